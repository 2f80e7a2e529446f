package chaos

import (
	"slices"

	"github.com/mqbench/mqbench/scenarios"
)

// cutOff lists, in ascending order, the brokers that a partition cuts off: from the clients, where they are on a side;
// else from the largest side, and of equal ones from the last, because who is cut off is named first.
func cutOff(sides [][]int) []int {
	stay := slices.IndexFunc(sides, func(side []int) bool { return slices.Contains(side, scenarios.Clients) })
	if stay < 0 {
		stay = 0
		for i, side := range sides {
			if len(side) >= len(sides[stay]) {
				stay = i
			}
		}
	}
	return sidesBrokers(slices.Delete(slices.Clone(sides), stay, stay+1))
}

// sidesBrokers lists the brokers of all sides in ascending order.
func sidesBrokers(sides [][]int) []int {
	brokers := slices.Concat(sides...)
	brokers = slices.DeleteFunc(brokers, func(b int) bool { return b == scenarios.Clients })
	slices.Sort(brokers)
	return brokers
}
