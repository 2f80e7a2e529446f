package coordinator

import (
	"github.com/mqbench/mqbench/chaos"
	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/workers"
)

// target is all that chaos can harm: brokers and their links, and the clients.
type target struct {
	*fixtures.Cluster
	*workers.Fleet
}

var _ chaos.Target = target{}
