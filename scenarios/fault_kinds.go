package scenarios

import "slices"

// Momentary tells that the fault is over as soon as it was done: it has no time until its heal.
func (k FaultKind) Momentary() bool { return k == FaultRestart || k == FaultDisconnect }

// ends tells that the fault ends or freezes the broker itself, rather than to change its links or limits.
func (k FaultKind) ends() bool {
	switch k {
	case FaultKill, FaultStop, FaultPause, FaultRestart, FaultRolling, FaultMonkey:
		return true
	default:
		return false
	}
}

// Excludes tells that one broker cannot have both faults at the same time: two of a kind, or one that ends or freezes
// the broker beside any other.
func (k FaultKind) Excludes(other FaultKind) bool { return k == other || k.ends() || other.ends() }

// Impairs tells that the fault changes links or limits, as an [Impairment] does.
func (k FaultKind) Impairs() bool { return !k.ends() && k != FaultDisconnect }

// changesLinks tells that the fault is done to links, by one means or the other.
func (k FaultKind) changesLinks() bool { return k.Impairs() && k != FaultCPU && k != FaultMemory }

// parameters are the keys, besides at and fault, that a fault of the kind may have.
func (k FaultKind) parameters() []string {
	held := []string{"for", "every"}
	switch k {
	case FaultRestart:
		return []string{"target", "every"}
	case FaultPartition:
		return append(held, "sides", "direction", "via")
	case FaultLatency:
		return append(held, "target", "links", "via", "delay", "jitter")
	case FaultLoss, FaultBandwidth, FaultReset:
		return append(append(held, "target", "links", "via"), k.needs()...)
	case FaultCPU, FaultMemory:
		return append(append(held, "target"), k.needs()...)
	case FaultDisconnect:
		return []string{"target", "every", "share", "how"}
	default:
		return append(held, "target")
	}
}

// needs are the parameters that say what a fault of the kind does.
func (k FaultKind) needs() []string {
	switch k {
	case FaultPartition:
		return []string{"sides"}
	case FaultLoss:
		return []string{"loss"}
	case FaultLatency:
		return []string{"delay"}
	case FaultBandwidth:
		return []string{"rate"}
	case FaultCPU:
		return []string{"cpus"}
	case FaultMemory:
		return []string{"memory"}
	default:
		return nil
	}
}

// faultsWith lists the faults that may have the parameter.
func faultsWith(parameter string) []string {
	var kinds []string
	for _, word := range faultWords() {
		if slices.Contains(FaultKind(word).parameters(), parameter) {
			kinds = append(kinds, word)
		}
	}
	return kinds
}

// faultWords are the kinds of faults.
func faultWords() []string {
	return words(FaultKill, FaultStop, FaultPause, FaultRestart, FaultRolling, FaultMonkey, FaultPartition, FaultLoss,
		FaultLatency, FaultBandwidth, FaultReset, FaultCPU, FaultMemory, FaultDisconnect)
}
