package scenarios

import (
	"slices"
	"time"
)

const (
	// minEvery is the shortest period: below it a broker is never up.
	minEvery = 100 * time.Millisecond
	// maxInjections bounds the schedule.
	maxInjections = 100_000
)

// checkChaos checks each fault of the schedule, and that no two of them hold the same broker.
func (v *validator) checkChaos() {
	if !v.ok("chaos", "phases.measure") {
		return
	}
	injections := 0
	for i, f := range v.Chaos {
		path := indexed("chaos", i)
		if !v.ok(path + ".fault") {
			continue
		}
		v.checkParameters(path, f)
		if f.Kind != FaultPartition {
			v.checkTarget(path, f)
		}
		v.checkTimes(path, f)
		if v.ok(path+".at", path+".every") && f.Every > 0 && f.Kind != FaultRolling {
			injections += int((v.Phases.Measure-f.At)/f.Every) + 1
		}
	}
	if injections > maxInjections {
		v.problem("chaos", "the schedule has %d injections, more than the bound of %d", injections, maxInjections)
		return
	}
	v.checkOverlaps()
}

// checkTarget checks that the target exists.
func (v *validator) checkTarget(path string, f Fault) {
	at := path + ".target"
	nodes := v.Topology.Nodes
	if !v.ok(at, "topology.nodes") {
		return
	}
	switch f.Target {
	case "":
		v.reject(at, "%s lacks the key target: want %s, or %s", f.Kind, brokerRange(nodes), oneOf(targetWords()))
	case TargetAll, TargetRandom:
	case TargetMajority:
		if nodes < 2 {
			v.reject(at, "target majority needs several brokers, and there is one%s", v.origin("topology.nodes"))
		}
	case TargetMinority:
		if nodes < 3 {
			v.reject(at, "target minority needs at least 3 brokers, and nodes is %d%s", nodes, v.origin("topology.nodes"))
		}
	case TargetLeader:
		v.checkLeader(at, f)
	default:
		if known := BrokerNames(nodes); !slices.Contains(known, string(f.Target)) {
			v.reject(at, "there is no broker %q to %s: want %s%s, or %s", shorten(string(f.Target)), f.Kind,
				brokerRange(nodes), v.origin("topology.nodes"), oneOf(targetWords()))
		}
	}
}

// checkLeader checks that somebody leads and can be found.
func (v *validator) checkLeader(at string, f Fault) {
	switch {
	case f.Kind == FaultRolling || f.Kind == FaultMonkey:
		v.reject(at, "%s is planned before the run, when nobody leads yet: want all, or the name of a broker", f.Kind)
	case v.ok("topology.shape") && v.Topology.Shape != ShapeCluster:
		v.reject(at, "target leader needs a cluster, and shape is %s%s", v.Topology.Shape, v.origin("topology.shape"))
	case v.able != nil && !v.able.Leader:
		v.reject(at, "mqbench cannot tell who leads in a cluster of %s: want the name of a broker or random", v.Topology.Broker)
	}
}

// checkTimes checks at, for and every against the measurement and one another.
func (v *validator) checkTimes(path string, f Fault) {
	measure := v.Phases.Measure
	if !v.ok(path + ".at") {
		return
	}
	if f.At >= measure {
		v.reject(path+".at", "%s at %s is not within the measurement, which ends at %s%s", f.Kind, formatDuration(f.At),
			formatDuration(measure), v.origin("phases.measure"))
		return
	}
	if v.ok(path + ".every") {
		v.checkEvery(path+".every", f)
	}
	if !v.ok(path + ".for") {
		return
	}
	switch {
	case f.For == 0 && !v.decoder.absentKey(path+".for"):
		v.reject(path+".for", "for is 0s: want a duration above 0s, or leave it out")
	case f.Kind != FaultMonkey && f.For > measure-f.At:
		v.reject(path+".for", "%s at %s for %s ends after the measurement, which ends at %s%s", f.Kind, formatDuration(f.At),
			formatDuration(f.For), formatDuration(measure), v.origin("phases.measure"))
	case f.Every > 0 && v.ok(path+".every"):
		v.checkRepetition(path, f)
	}
}

// checkEvery checks the period.
func (v *validator) checkEvery(path string, f Fault) {
	switch {
	case f.Every == 0 && !v.decoder.absentKey(path):
		v.reject(path, "every is 0s: want a duration above 0s, or leave it out")
	case f.Every > 0 && f.Every < minEvery:
		v.reject(path, "every is %s: want %s or more", f.Every, minEvery)
	case f.Kind == FaultRolling && f.Target == TargetAll && v.ok("topology.nodes"):
		turns := v.Topology.Nodes - 1
		if turns > 0 && f.Every >= (v.Phases.Measure-f.At+time.Duration(turns)-1)/time.Duration(turns) {
			v.reject(path, "the turn of b%d comes %d times %s%s after %s, and that is not within the measurement, which ends at %s",
				turns+1, turns, formatDuration(f.Every), v.origin(path), formatDuration(f.At), formatDuration(v.Phases.Measure))
		}
	}
}

// checkRepetition checks that a repeated fault has healed when its next turn comes.
func (v *validator) checkRepetition(path string, f Fault) {
	switch {
	case f.Kind.Momentary() || f.Kind == FaultMonkey:
	case f.Kind == FaultRolling:
		if f.For >= f.Every {
			v.reject(path+".for", "each broker stays away for %s, but the turn of the next comes after %s%s", formatDuration(f.For),
				formatDuration(f.Every), v.origin(path+".every"))
		} else if last := v.lastTurn(f); last+f.For > v.Phases.Measure {
			v.reject(path+".for", "the last broker is away from %s to %s, after the end of the measurement at %s",
				formatDuration(last), formatDuration(last+f.For), formatDuration(v.Phases.Measure))
		}
	case f.For == 0:
		v.reject(path+".every", "a %s that is repeated needs the key for: want a duration shorter than every", f.Kind)
	case f.For >= f.Every:
		v.reject(path+".for", "for is %s, but the next %s comes after %s: want a shorter one", formatDuration(f.For), f.Kind,
			formatDuration(f.Every))
	}
}

// lastTurn is when the last broker of a rolling fault has its turn.
func (v *validator) lastTurn(f Fault) time.Duration {
	if f.Target != TargetAll || !v.ok("topology.nodes") {
		return f.At
	}
	return f.At + f.Every*time.Duration(v.Topology.Nodes-1)
}
