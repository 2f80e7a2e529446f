package workers

import (
	"context"
	"errors"
	"fmt"

	"github.com/mqbench/mqbench/scenarios"
)

// Disconnect takes a share, between 0 and 1, of the clients that are connected to the brokers from them, once: see
// [scenarios.Departure].
func (f *Fleet) Disconnect(_ context.Context, _ []int, _ float64, how scenarios.Departure) error {
	return fmt.Errorf("disconnect by %s: %w", how, errors.ErrUnsupported)
}
