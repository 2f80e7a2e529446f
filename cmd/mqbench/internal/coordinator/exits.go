package coordinator

import (
	"errors"
	"sync"
)

// errNoBroker ends connecting when there is nobody left to connect to.
var errNoBroker = errors.New("every broker has ended by itself, and nothing starts one again before the load")

// exits notes which brokers have ended by themselves. Before the load nothing starts one of them again: only faults do,
// and a broker that has ended takes over from no other.
type exits struct {
	brokers int

	mu    sync.Mutex
	ended map[int]bool
	// none is closed when no broker is left.
	none chan struct{}
}

// newExits returns that of so many brokers.
func newExits(brokers int) *exits {
	return &exits{brokers: brokers, ended: make(map[int]bool), none: make(chan struct{})}
}

// add notes that a broker has ended; a load balancer, which is numbered behind them, is none.
func (e *exits) add(broker int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if broker >= e.brokers || e.ended[broker] {
		return
	}
	e.ended[broker] = true
	if len(e.ended) == e.brokers {
		close(e.none)
	}
}
