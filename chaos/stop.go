package chaos

import "context"

// stop asks brokers to end gracefully: they may hand over, save and say goodbye to their clients.
func stop(ctx context.Context, t Target, brokers []int) (Heal, error) {
	return startAgain(t, brokers), each(ctx, brokers, t.Stop)
}
