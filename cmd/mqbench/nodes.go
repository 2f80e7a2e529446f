package main

import (
	"fmt"

	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/scenarios"
)

// checkNodes refuses a number of brokers that a shape cannot have; 0 is the number of whoever names none.
func checkNodes(r brokers.Recipe, shape scenarios.Shape, nodes int) error {
	least, most := scenarios.NodesOf(shape, r.MinClusterNodes)
	if nodes == 0 || least <= nodes && nodes <= most {
		return nil
	}
	return fmt.Errorf("--nodes: got %d, want %d to %d for shape %s of %s", nodes, least, most, shape, r.Name)
}
