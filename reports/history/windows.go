package history

import (
	"cmp"
	"slices"
	"time"
)

// measurePhase is the name of the phase whose beginning ends the WarmUp window.
const measurePhase = "measure"

// Windows says to which [Window] a time belongs.
type Windows struct{ bounds []bound }

// A bound is the start of a window; the window lasts until the next bound.
type bound struct {
	from   time.Duration
	window int
}

// Windows returns the windows of a run, from its phases and injections.
func (r *Run) Windows() Windows { return windowsOf(r.Phases, r.Injections) }

// At returns the window of the time at.
func (w Windows) At(at time.Duration) Window { return WindowNames()[w.at(at)] }

// at is At by number. Recorders ask for recent times, hence the search from the end.
func (w Windows) at(at time.Duration) int {
	for i := len(w.bounds) - 1; i >= 0; i-- {
		if at >= w.bounds[i].from {
			return w.bounds[i].window
		}
	}
	return warmUp
}

// failed says that an injection was not carried out and that nobody went on to heal it.
func (i Injection) failed() bool { return i.Error != "" && i.Healing == 0 }

// InForce says that an injection has begun and is not healed. One that failed is in force only while somebody heals it,
// because part of it may have taken hold.
func (i Injection) InForce() bool { return !i.failed() && i.Healed == 0 }

// windowsOf lays out the windows: WarmUp until the measurement begins, then Before until the first injection, During
// while any injection is not yet healed, After otherwise. An injection that was never healed lasts until the end. One
// that failed is none, unless somebody went on to heal it because part of it may have taken hold.
func windowsOf(phases []Phase, injections []Injection) Windows {
	i := slices.IndexFunc(phases, func(p Phase) bool { return p.Name == measurePhase })
	if i < 0 {
		return Windows{}
	}
	type change struct {
		at   time.Duration
		step int
	}
	var changes []change
	for _, injection := range injections {
		if injection.failed() {
			continue
		}
		changes = append(changes, change{injection.Began, 1})
		if injection.Healed > 0 {
			changes = append(changes, change{max(injection.Healed, injection.Began), -1})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	began := phases[i].Began
	bounds := []bound{{began, before}}
	active := 0
	for _, c := range changes {
		active += c.step
		window := after
		if active > 0 {
			window = during
		}
		at := max(c.at, began)
		// Of several changes at one time the last one says what comes after them.
		if last := &bounds[len(bounds)-1]; last.from == at {
			last.window = window
		} else if last.window != window {
			bounds = append(bounds, bound{at, window})
		}
	}
	return Windows{bounds}
}
