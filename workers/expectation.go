package workers

// An Expectation is the load that an assignment will offer, computed from its schedules.
type Expectation struct {
	Warmup  Offer `json:"warmup"`
	Measure Offer `json:"measure"`
}

// An Offer is the load of one phase: messages due, those of copies too, and deliveries owed if every subscriber has a
// session all the time. What is published twice is owed once.
type Offer struct {
	Messages   uint64 `json:"messages"`
	Deliveries uint64 `json:"deliveries"`
}

// Expected counts the messages and deliveries of each phase. It steps through every Poisson schedule, some ten
// nanoseconds a message. Closed loops have no schedule: what they will offer is not known and not counted.
func (a *Assignment) Expected() Expectation {
	owed := a.accountsOf()
	schedules := a.Schedules()
	var e Expectation
	for n, p := range a.Publishers {
		pacer := schedules.Pacer(n)
		warmup := pacer.Before(a.Warmup)
		measure := pacer.Before(a.Warmup+a.Measure) - warmup
		if p.Copy {
			owed[n] = 0
		}
		e.Warmup.add(warmup, owed[n])
		e.Measure.add(measure, owed[n])
	}
	return e
}

// add counts messages that are owed to that many accounts each.
func (o *Offer) add(messages, accounts uint64) {
	o.Messages += messages
	o.Deliveries += messages * accounts
}

// accountsOf returns, for each publisher, the number of accounts to which its messages are owed.
func (a *Assignment) accountsOf() []uint64 {
	owed := make([]uint64, len(a.Publishers))
	counted := make([]bool, a.Accounts)
	for _, s := range a.Subscribers {
		if counted[s.Account] {
			continue
		}
		counted[s.Account] = true
		for _, r := range a.FlowSets[s.FlowSet] {
			for n := r.First; n < r.End; n++ {
				owed[n]++
			}
		}
	}
	return owed
}
