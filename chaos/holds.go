package chaos

import (
	"context"
	"sync"

	"github.com/mqbench/mqbench/scenarios"
)

// holds knows which faults have which brokers: a fault that a broker cannot have beside another waits until that one is
// healed.
type holds struct {
	mu sync.Mutex
	// held has, per broker, the kinds of faults that it is under.
	held []map[scenarios.FaultKind]bool
	// freed is closed, and made anew, when a broker is given back.
	freed chan struct{}
}

func newHolds(brokers int) *holds {
	h := &holds{held: make([]map[scenarios.FaultKind]bool, brokers), freed: make(chan struct{})}
	for b := range h.held {
		h.held[b] = map[scenarios.FaultKind]bool{}
	}
	return h
}

// take waits until all brokers can have the fault and takes them at once, so that two steps cannot wait for each other.
// Where ctx ends before that, it returns a broker that was not free.
func (h *holds) take(ctx context.Context, kind scenarios.FaultKind, brokers []int) (busy int, taken bool) {
	for {
		busy, freed := h.tryTake(kind, brokers)
		if freed == nil {
			return 0, true
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return busy, false
		}
	}
}

// tryTake takes the brokers, or returns one that is not free and what is closed when it may be worth to try again.
func (h *holds) tryTake(kind scenarios.FaultKind, brokers []int) (busy int, freed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range brokers {
		for other := range h.held[b] {
			if kind.Excludes(other) {
				return b, h.freed
			}
		}
	}
	for _, b := range brokers {
		h.held[b][kind] = true
	}
	return 0, nil
}

// release gives brokers back that the fault had taken.
func (h *holds) release(kind scenarios.FaultKind, brokers []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range brokers {
		delete(h.held[b], kind)
	}
	close(h.freed)
	h.freed = make(chan struct{})
}
