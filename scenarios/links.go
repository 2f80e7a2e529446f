package scenarios

import (
	"cmp"
	"maps"
	"slices"
)

// A Link is the way from one broker's bridge, or with From [Clients] from the clients, to a broker.
type Link struct{ From, To int }

// Proxied lists the links that have to pass a proxy because a fault changes them by that means, in order and without
// repetition. Where a fault's target is drawn or found later, that is every link that it may need.
func (s *Scenario) Proxied() []Link {
	links := map[Link]bool{}
	for _, f := range s.Chaos {
		if f.Via != ViaProxy {
			continue
		}
		for _, link := range s.Topology.links() {
			if s.Topology.touches(f, link) {
				links[link] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(links), func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

// links lists the links that a proxy can be on: those of clients and of bridges.
func (t Topology) links() []Link {
	var links []Link
	for b := range t.Nodes {
		links = append(links, Link{From: Clients, To: b})
	}
	for _, bridge := range t.BridgeLinks() {
		links = append(links, Link{From: bridge.From, To: bridge.To})
	}
	return links
}

// touches tells whether a fault on links may change the link.
func (t Topology) touches(f Fault, link Link) bool {
	if f.Kind == FaultPartition {
		return cuts(Apart(Sides(f), f.Direction), link)
	}
	kind := LinksBrokers
	if link.From == Clients {
		kind = LinksClients
	}
	if f.Links != LinksAll && f.Links != kind {
		return false
	}
	at, named := brokerNumber(string(f.Target))
	return !named || link.From == at || link.To == at
}

// Apart returns the sides of a partition as they are cut from one another: with a direction, the first from all others,
// which stay together.
func Apart(sides [][]int, direction Direction) [][]int {
	if direction != DirectionOut && direction != DirectionIn || len(sides) < 2 {
		return sides
	}
	return [][]int{sides[0], slices.Concat(sides[1:]...)}
}

// cuts tells whether the ends of the link are on different sides.
func cuts(sides [][]int, link Link) bool {
	from := slices.IndexFunc(sides, func(side []int) bool { return slices.Contains(side, link.From) })
	to := slices.IndexFunc(sides, func(side []int) bool { return slices.Contains(side, link.To) })
	return from >= 0 && to >= 0 && from != to
}

// Sides returns the sides of a partition as numbers of brokers; [Clients] stands for the clients.
func Sides(f Fault) [][]int {
	var sides [][]int
	for _, names := range f.Sides {
		var side []int
		for _, name := range names {
			if broker, named := brokerNumber(name); named {
				side = append(side, broker)
			} else if name == ClientsSide {
				side = append(side, Clients)
			}
		}
		sides = append(sides, side)
	}
	return sides
}

// brokerNumber is the number, from 0, of the broker with that name.
func brokerNumber(name string) (number int, named bool) {
	number = slices.Index(BrokerNames(maxNodes), name)
	return number, number >= 0
}
