package scenarios

import (
	"path/filepath"
	"strings"
)

// IsRecipePath tells the path of a recipe file from the name of a product: it has a separator, or ends in .yaml or
// .yml.
func IsRecipePath(broker string) bool {
	extension := filepath.Ext(broker)
	return strings.ContainsAny(broker, `/\`) || extension == ".yaml" || extension == ".yml"
}

// locateRecipe makes the path of a recipe that a scenario file names relative to what the file's own name is relative
// to: people keep the two next to each other and start mqbench from anywhere. A path from an override stays: it means
// where its author is.
func (s *Scenario) locateRecipe(file string, d *decoder) {
	broker := s.Topology.Broker
	if !IsRecipePath(broker) || filepath.IsAbs(broker) || d.places["topology.broker"].override != "" {
		return
	}
	if folder := filepath.Dir(file); folder != "." {
		s.Topology.Broker = filepath.Join(folder, broker)
	}
}
