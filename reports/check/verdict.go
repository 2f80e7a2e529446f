package check

// Worst returns the worst of the verdicts; of none it is [Pass]. A verdict that it does not know counts as
// [Inconclusive], because what is not understood must not pass.
func Worst(vs ...Verdict) Verdict {
	worst := Pass
	for _, v := range vs {
		if v.badness() > worst.badness() {
			worst = v
		}
	}
	if worst.badness() == Inconclusive.badness() {
		return Inconclusive
	}
	return worst
}

// badness ranks verdicts.
func (v Verdict) badness() int {
	switch v {
	case Pass:
		return 0
	case Fail:
		return 2
	default:
		return 1
	}
}
