package scenarios

import (
	"cmp"
	"slices"
	"time"
)

// A hold is the time in which a line of the schedule has a broker in its hands.
type hold struct {
	line       int
	began, end time.Duration
}

// checkOverlaps reports faults that take a broker which another one still holds, where one broker cannot have both.
// Drawn targets are left to the plan, which draws around what is held.
func (v *validator) checkOverlaps() {
	if !v.ok("topology.nodes") {
		return
	}
	reported := map[[2]int]bool{}
	for broker, name := range BrokerNames(v.Topology.Nodes) {
		holds := v.holds(broker, name)
		slices.SortStableFunc(holds, func(a, b hold) int { return cmp.Compare(a.began, b.began) })
		// The hold of each kind of fault that ends last.
		last := map[FaultKind]hold{}
		for _, later := range holds {
			kind := v.Chaos[later.line].Kind
			if earlier, found := obstacle(last, kind, later.began); found && !reported[[2]int{earlier.line, later.line}] {
				reported[[2]int{earlier.line, later.line}] = true
				v.problem(indexed("chaos", later.line)+".at", "%s takes %s at %s, while the %s that began at %s holds it until %s",
					kind, name, formatDuration(later.began), v.Chaos[earlier.line].Kind,
					formatDuration(earlier.began), formatDuration(earlier.end))
			}
			if same, held := last[kind]; !held || same.end < later.end {
				last[kind] = later
			}
		}
	}
}

// obstacle finds the hold that a fault of the kind meets at that time; of several, the one that ends last.
func obstacle(held map[FaultKind]hold, kind FaultKind, at time.Duration) (worst hold, found bool) {
	for other, h := range held {
		if !kind.Excludes(other) || h.end < at {
			continue
		}
		if !found || cmp.Or(cmp.Compare(h.end, worst.end), cmp.Compare(worst.line, h.line)) > 0 {
			worst, found = h, true
		}
	}
	return worst, found
}

// holds lists when the schedule holds a broker by name, or by the word all.
func (v *validator) holds(broker int, name string) []hold {
	var holds []hold
	for i, f := range v.Chaos {
		path := indexed("chaos", i)
		named := f.Target == TargetAll || string(f.Target) == name || v.onSide(path, f, broker)
		if !named || f.Kind == FaultMonkey || !v.ok(path+".fault", path+".target", path+".at", path+".for", path+".every") {
			continue
		}
		switch {
		case f.Kind == FaultRolling && f.Target == TargetAll:
			at := f.At + f.Every*time.Duration(broker)
			holds = append(holds, hold{i, at, at + f.For})
		case f.Kind == FaultRolling || f.Every == 0:
			holds = append(holds, hold{i, f.At, v.ends(f, f.At)})
		default:
			for at := f.At; at < v.Phases.Measure; at += f.Every {
				holds = append(holds, hold{i, at, v.ends(f, at)})
			}
		}
	}
	return holds
}

// onSide tells whether a partition has the broker on one of its sides.
func (v *validator) onSide(path string, f Fault, broker int) bool {
	return f.Kind == FaultPartition && v.ok(path+".sides") &&
		slices.ContainsFunc(Sides(f), func(side []int) bool { return slices.Contains(side, broker) })
}

// ends is when a fault that begins at that time is healed.
func (v *validator) ends(f Fault, at time.Duration) time.Duration {
	switch {
	case f.Kind.Momentary() || f.Kind == FaultRolling:
		return at + f.For
	case f.For == 0:
		return v.Phases.Measure
	default:
		return at + f.For
	}
}
