package scenarios

// A BridgeLink is a bridge of a topology: broker From runs it, as a client of broker To.
type BridgeLink struct {
	From, To  int
	Direction Direction
}

// Bridged tells that the brokers are joined by bridges.
func (t Topology) Bridged() bool {
	switch t.Shape {
	case ShapeStar, ShapeChain, ShapeMesh, ShapeEdge:
		return true
	default:
		return false
	}
}

// Outward tells that the bridges of the shape only go out, from the broker that runs each to the other.
func (t Topology) Outward() bool { return t.Shape == ShapeMesh || t.Shape == ShapeEdge }

// joined tells that the brokers have links to one another.
func (t Topology) joined() bool { return t.Bridged() || t.Shape == ShapeCluster }

// Balanced tells that clients reach the brokers through a load balancer alone.
func (t Topology) Balanced() bool { return t.Balancer != "" && t.Balancer != BalancerNone }

// SharesSessions tells that a client finds its session at every broker, as far as the product keeps it.
func (t Topology) SharesSessions() bool { return t.Shape == ShapeSingle || t.Shape == ShapeCluster }

// BridgeLinks lists the bridges of the shape, in order. Every pair of brokers has one path at most along which a
// message can go, so that each arrives exactly once.
func (t Topology) BridgeLinks() []BridgeLink {
	var links []BridgeLink
	for from := range t.Nodes {
		for to := range t.Nodes {
			switch {
			case from == to:
			case t.Shape == ShapeMesh,
				(t.Shape == ShapeStar || t.Shape == ShapeEdge) && to == 0,
				t.Shape == ShapeChain && to == from-1:
				links = append(links, BridgeLink{From: from, To: to, Direction: t.Bridge.Direction})
			}
		}
	}
	return links
}

// Reaches tells whether a message that broker at took from a publisher whose home is broker home can come to a
// subscriber at broker to, as the shape is built. What it cannot reach is missed by construction.
func (t Topology) Reaches(home, at, to int) bool {
	switch t.Shape {
	case ShapeIndependent, ShapeStandby:
		return at == to
	case ShapeStar:
		return t.Bridge.Direction != DirectionOut || at == to || to == 0
	case ShapeChain:
		return t.Bridge.Direction != DirectionOut || to <= at
	case ShapeEdge:
		return at == to || to == 0
	case ShapeMesh:
		return at == to || at == home
	default:
		return true
	}
}
