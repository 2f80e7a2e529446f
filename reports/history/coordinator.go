package history

import (
	"slices"
	"time"
)

// Amend changes what is known of the run, such as the broker's version once it runs. RunID, Started, Brokers,
// SharedSessions, BridgeQoS, PersistentSessions and Keepalive are used from the start and must not change.
func (r *Recorder) Amend(change func(m *Meta)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.meta)
}

// BeginPhase ends the phase that is open and begins another. "measure" ends the WarmUp window.
func (r *Recorder) BeginPhase(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.Now()
	r.endPhase(now)
	r.phases = append(r.phases, Phase{Name: name, Began: now})
	r.layOutWindows()
}

// EndPhase ends the phase that is open.
func (r *Recorder) EndPhase() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endPhase(r.Now())
}

func (r *Recorder) endPhase(now time.Duration) {
	if last := len(r.phases) - 1; last >= 0 && r.phases[last].Ended == 0 {
		r.phases[last].Ended = now
	}
}

// layOutWindows publishes the windows anew.
func (r *Recorder) layOutWindows() {
	windows := windowsOf(r.phases, r.injections)
	r.windows.Store(&windows)
}

// BeginInjection records that a fault is about to be carried out, at i.Began, and returns its number. The window During
// begins.
func (r *Recorder) BeginInjection(i Injection) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	i.Targets = slices.Clone(i.Targets)
	r.injections = append(r.injections, i)
	r.layOutWindows()
	return len(r.injections) - 1
}

// Applied records that the call that carried out injection n came back, with err if it failed. Resumptions are counted
// from here; also after an error, because part of the fault may have taken hold.
func (r *Recorder) Applied(n int, at time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := &r.injections[n]
	i.Applied = at
	if err != nil {
		i.Error = err.Error()
		r.layOutWindows()
	}
	list := slices.Clone(r.marks.Load().list)
	r.marks.Store(&marks{append(list, mark{injection: n, applied: at, targets: i.Targets, takes: goesOn(i.Fault)})})
}

// BeginHeal records that the call that undoes injection n begins.
func (r *Recorder) BeginHeal(n int, at time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.injections[n].Healing = at
	r.layOutWindows()
}

// Healed records that injection n is undone and its targets serve again. With an error it counts as never healed.
func (r *Recorder) Healed(n int, at time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.injections[n].HealError = err.Error()
		return
	}
	r.injections[n].Healed = at
	list := slices.Clone(r.marks.Load().list)
	for k := range list {
		if list[k].injection == n {
			list[k].healed = at
		}
	}
	r.marks.Store(&marks{list})
	r.layOutWindows()
}

// Injections returns a copy of the injections so far, by number.
func (r *Recorder) Injections() []Injection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.copyInjections()
}

// copyInjections is Injections for a caller that holds r.mu.
func (r *Recorder) copyInjections() []Injection {
	all := slices.Clone(r.injections)
	for n := range all {
		all[n].Targets = slices.Clone(all[n].Targets)
	}
	return all
}

// BrokerExit records the end of a broker's process.
func (r *Recorder) BrokerExit(broker int, e Exit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broker(broker).Exits = append(r.broker(broker).Exits, e)
}

// broker returns the record of a broker, which may be one that Meta does not name.
func (r *Recorder) broker(n int) *Broker {
	for len(r.brokers) <= n {
		r.brokers = append(r.brokers, Broker{})
	}
	return &r.brokers[n]
}
