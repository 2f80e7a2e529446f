package stamp_test

import (
	"testing"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/stamp"
)

// The language refuses payloads without room for a stamp. It imports nothing of ours, so it states the size itself.
func TestSizeIsTheSmallestPayload(t *testing.T) {
	if scenarios.StampSize != stamp.Size {
		t.Errorf("scenarios.StampSize is %d, a stamp takes %d bytes", scenarios.StampSize, stamp.Size)
	}
}
