package scenarios

import (
	"math"
	"slices"
)

// rateKeys are the keys that say a rate. One of them has to be there; rate and burst go together.
func rateKeys() []string { return []string{"rate", "stages", "burst", "sine", "replay"} }

// checkRate checks what a group says about its rate.
func (v *validator) checkRate(i int, g PublisherGroup) {
	group := indexed("workload.publishers", i)
	var written []string
	for _, key := range rateKeys() {
		if !v.ok(group + "." + key) {
			return // It may be the only one.
		}
		if !v.decoder.absentKey(group + "." + key) {
			written = append(written, key)
		}
	}
	switch {
	case len(written) == 0:
		v.reject(group+".rate", "%s lacks its rate: want one of %s", title(group), oneOf(rateKeys()))
		return
	case len(written) > 1 && !slices.Equal(written, []string{"rate", "burst"}):
		last := written[len(written)-1]
		v.reject(group+"."+last, "%s has a rate already, by its key %s: want one of %s, or rate between the bursts of burst",
			title(group), written[0], oneOf(rateKeys()))
		return
	}
	v.checkClosed(i, g)
	v.checkStages(i, g)
	v.checkBurst(i, g)
	v.checkSine(i, g)
	if path := group + "." + written[0]; v.ok(group+".rate", group+".stages", group+".burst", group+".sine") && !g.Closed() {
		v.checkPeak(path, written[0], g)
	}
}

// checkPeak checks that the rate is one, and that it does not exhaust the sequence numbers.
func (v *validator) checkPeak(path, key string, g PublisherGroup) {
	peak := g.Peak()
	if peak <= 0 {
		is := " is"
		if key != "rate" {
			is = " never leaves"
		}
		v.reject(path, "%s%s %s: want a rate above 0/s", key, is, peak)
		return
	}
	each := float64(peak)
	if g.Per == PerGroup {
		each /= float64(max(g.Count, 1))
	}
	length := v.Phases.Warmup + v.Phases.Measure
	if v.ok("phases.warmup", "phases.measure") && each*length.Seconds() > maxMessages {
		v.problem(path, "%s for %s are more messages than the 32 bits of a sequence number tell apart: lower the rate, "+
			"or spread it over more publishers", peak, formatDuration(length))
	}
}

// checkClosed checks a closed loop and that others do not have its window.
func (v *validator) checkClosed(i int, g PublisherGroup) {
	path := func(key string) string { return v.publisherPath(i, key) }
	written := func(key string) bool { return v.ok(path(key)) && !v.decoder.absentKey(path(key)) }
	if !g.Closed() {
		if written("window") {
			v.problem(path("window"), "window is only for rate max: a schedule sends when a message is due; "+
				"in_flight of the client bounds what is unacknowledged")
		}
		return
	}
	v.checkRange(path("window"), g.Window, 1, math.MaxUint16)
	if written("burst") {
		v.reject(path("burst"), "a closed loop (rate max) has no bursts: leave burst out")
	}
	if g.Per == PerGroup && v.ok(path("per")) {
		v.problem(path("per"), "a closed loop (rate max) has no rate that per could divide: leave per out")
	}
	if g.Arrival == ArrivalPoisson && v.ok(path("arrival")) {
		v.problem(path("arrival"), "a closed loop (rate max) sends when there is room, not by an arrival process: leave arrival out")
	}
	if g.Duplicate && v.ok(path("duplicate")) {
		v.problem(path("duplicate"), "the two publishers of a duplicate share a schedule, which a closed loop (rate max) does not have: "+
			"leave duplicate out")
	}
}

// checkStages checks the lengths of stages.
func (v *validator) checkStages(i int, g PublisherGroup) {
	path := v.publisherPath(i, "stages")
	if v.decoder.absentKey(path) {
		return
	}
	if len(g.Stages) == 0 {
		v.reject(path, "stages is empty: want at least one, such as {for: 10s, rate: 0/s..50/s}")
	}
	for n, s := range g.Stages {
		stage := indexed(path, n)
		if v.ok(stage+".for") && s.For <= 0 {
			v.reject(stage+".for", "for is %s: want a duration above 0s", formatDuration(s.For))
		}
		v.spoil(stage, "for", "rate")
		if v.decoder.bad[stage] {
			v.decoder.bad[path] = true
		}
	}
}

// checkBurst checks the parts of a burst against one another.
func (v *validator) checkBurst(i int, g PublisherGroup) {
	path := v.publisherPath(i, "burst")
	if g.Burst == nil || !v.ok(path) {
		return
	}
	b := g.Burst
	v.checkFinite(path+".rate", b.Rate)
	if base := v.publisherPath(i, "rate"); v.ok(base, path+".rate") && !g.Closed() && b.Rate < g.Rate {
		v.reject(path+".rate", "rate is %s, below the rate between bursts, which is %s: want more", b.Rate, g.Rate)
	}
	if v.ok(path+".for") && b.For <= 0 {
		v.reject(path+".for", "for is %s: want a duration above 0s", formatDuration(b.For))
	}
	if v.ok(path+".for", path+".every") && b.Every <= b.For {
		v.reject(path+".every", "every is %s, but each burst lasts for %s: want more", formatDuration(b.Every), formatDuration(b.For))
	}
	v.spoil(path, "every", "for", "rate")
}

// checkSine checks the parts of a sine against one another.
func (v *validator) checkSine(i int, g PublisherGroup) {
	path := v.publisherPath(i, "sine")
	if g.Sine == nil || !v.ok(path) {
		return
	}
	v.checkFinite(path+".low", g.Sine.Low)
	v.checkFinite(path+".high", g.Sine.High)
	if v.ok(path+".period") && g.Sine.Period <= 0 {
		v.reject(path+".period", "period is %s: want a duration above 0s", formatDuration(g.Sine.Period))
	}
	if v.ok(path+".low", path+".high") && g.Sine.High < g.Sine.Low {
		v.reject(path+".high", "high is %s, below low, which is %s", g.Sine.High, g.Sine.Low)
	}
	v.spoil(path, "period", "low", "high")
}

// checkFinite refuses max where a number has to be.
func (v *validator) checkFinite(path string, r Rate) {
	if v.ok(path) && r.Max() {
		v.reject(path, "%s is max, which is only for the key rate of a group: want a rate such as 500/s", title(path))
	}
}

// spoil marks a section whose parts could not all be read, so that nothing builds on it.
func (v *validator) spoil(path string, keys ...string) {
	for _, key := range keys {
		if v.decoder.bad[path+"."+key] {
			v.decoder.bad[path] = true
		}
	}
}
