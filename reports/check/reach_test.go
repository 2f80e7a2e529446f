package check_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/check"
)

// Brokers that share nothing deliver only what they took themselves, and each keeps its own sessions.
func TestBrokersApart(t *testing.T) {
	move := []step{
		fault("kill", 1, 7400*time.Millisecond, 10*s),
		down(7500*time.Millisecond, sub(0), 1), up(7600*time.Millisecond, sub(0), 0, false), resumed(0, sub(0), 8*s),
	}
	with := func(first []step, rest ...step) *story {
		return tell(append(append([]step{shape("independent")}, first...), rest...)...)
	}
	for name, c := range map[string]struct {
		story    *story
		want     check.Counts
		findings []string
	}{
		"published elsewhere": {
			story:    with(nil, acked("0-9"), on(0, "0-9")),
			want:     check.Counts{Missed: 10},
			findings: []string{"inconclusive: nothing delivered", "pass: missed"},
		},
		"the same in a cluster is owed": {
			story:    tell(acked("0-9"), on(0, "0-9"), received("1-9")),
			want:     check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostPrefix: 1},
			findings: []string{"fail: silent loss"},
		},
		"subscriber moves to the publisher's broker": {
			story:    with(move, acked("0-9"), on(0, "0-9"), received("5-9")),
			want:     check.Counts{Expected: 5, Delivered: 5, Missed: 5},
			findings: []string{"pass: missed"},
		},
		"what stays behind on the lost broker is declared; what comes there later is missed": {
			story:    with(move, acked("0-9"), on(1, "0-9"), received("0-2")),
			want:     check.Counts{Expected: 5, Delivered: 3, Lost: 2, LostDeclared: 2, LostSuffix: 2, Missed: 5},
			findings: []string{"pass: declared loss", "pass: missed"},
		},
		"what comes to the lost broker before the client is told elsewhere is owed": {
			story: with([]step{
				fault("pause", 1, 7400*time.Millisecond, 9*s), down(7500*time.Millisecond, sub(0), 1),
				up(9500*time.Millisecond, sub(0), 0, false), resumed(0, sub(0), 10*s),
			}, acked("0-9"), on(1, "0-9"), received("0-4")),
			want:     check.Counts{Expected: 7, Delivered: 5, Lost: 2, LostDeclared: 2, LostSuffix: 2, Missed: 3},
			findings: []string{"pass: declared loss", "pass: missed"},
		},
		"the session that it left behind is there when it comes back": {
			story: with(append(slices.Clone(move), down(10200*time.Millisecond, sub(0), 0), up(10300*time.Millisecond, sub(0), 1, true)),
				fault("kill", 0, 10100*time.Millisecond, 11*s), resumed(1, sub(0), 11*s),
				acked("0-9"), on(1, "0-9"), received("0-4 6-9")),
			want:     check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings: []string{"fail: silent loss", "pass: never resumed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.story.judge(t)
			got := a.Counts
			got.Attempted, got.Acknowledged = 0, 0
			diff(t, "counts", c.want, got)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}

// The members of a shared subscription count together.
func TestSharedSubscription(t *testing.T) {
	lose := []step{
		sharing, fault("kill", 1, 7400*time.Millisecond, 10*s),
		down(7500*time.Millisecond, sub(0), 1), resumed(0, sub(0), 11*s),
	}
	back := func(present bool) step { return up(10500*time.Millisecond, sub(0), 1, present) }
	with := func(rest ...step) *story { return tell(append(append([]step{}, lose...), rest...)...) }
	for name, c := range map[string]struct {
		story    *story
		want     check.Counts
		findings []string
	}{
		"split between the members": {
			story: tell(sharing, acked("0-9"), received("0-9")),
			want:  check.Counts{Expected: 10, Delivered: 10},
		},
		"one member gone: the other is owed all": {
			story: with(back(false), acked("0-9"), received("0-9")),
			want:  check.Counts{Expected: 10, Delivered: 10},
		},
		"nothing is missed while one member is there": {
			story:    with(clean, back(false), acked("0-9"), received("0-5 7-9")),
			want:     check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings: []string{"fail: silent loss"},
		},
		"a member that is away with a persistent session may be chosen too": {
			story:    with(back(false), acked("0-9"), received("0-5 7-9")),
			want:     check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostDeclared: 1, LostMiddle: 1},
			findings: []string{"pass: declared loss"},
		},
		"lost with the session of the member that may have had it": {
			story:    with(back(false), acked("0-9"), received("0-3 5-9")),
			want:     check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostDeclared: 1, LostMiddle: 1},
			findings: []string{"pass: declared loss"},
		},
		"under way to the member that left by plan, whatever others had meanwhile": {
			story:    tell(slowest(2*s), sharing, clean, acked("0-9"), received("0-3 5-9"), leaves(8500*time.Millisecond, sub(0))),
			want:     check.Counts{Expected: 9, Delivered: 9, Missed: 1},
			findings: []string{"pass: missed"},
		},
		"taken for the member that had just left by plan": {
			story:    tell(slowest(2*s), sharing, clean, acked("0-9"), received("0-3 5-9"), leaves(6500*time.Millisecond, sub(0))),
			want:     check.Counts{Expected: 9, Delivered: 9, Missed: 1},
			findings: []string{"pass: missed"},
		},
		"older than anything under way to the member that left by plan": {
			story:    tell(slowest(2*s), sharing, clean, acked("0-9"), received("0-3 5-9"), leaves(10500*time.Millisecond, sub(0))),
			want:     check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings: []string{"fail: silent loss"},
		},
		"a member that is away may still hold it": {
			story:    with(acked("0-9"), received("0-3 5-9")),
			want:     check.Counts{Expected: 9, Delivered: 9, LostUnknown: 1},
			findings: []string{"inconclusive: drain not finished"},
		},
		"no order is promised": {
			story: tell(sharing, acked("0-9"), received("0-9"), behind(3, 9*s)),
			want:  check.Counts{Expected: 10, Delivered: 10},
		},
		"again at the other member, QoS 1": {
			story:    tell(sharing, acked("0-9"), received("0-9"), again(3, false, 9*s, 1)),
			want:     check.Counts{Expected: 10, Delivered: 10, Duplicated: 1},
			findings: []string{"pass: duplicates"},
		},
		"again at the other member, QoS 2": {
			story:    tell(sharing, qos(2, 2), acked("0-9"), received("0-9"), again(3, false, 9*s, 1)),
			want:     check.Counts{Expected: 10, Delivered: 10, Duplicated: 1},
			findings: []string{"fail: duplicates at QoS 2"},
		},
		"again at the other member after the first lost its session, QoS 2": {
			story:    with(qos(2, 2), back(false), acked("0-9"), received("0-9"), again(3, false, 12*s, 1)),
			want:     check.Counts{Expected: 10, Delivered: 10, Duplicated: 1},
			findings: []string{"pass: duplicates after session loss"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.story.judge(t)
			got := a.Counts
			got.Attempted, got.Acknowledged = 0, 0
			diff(t, "counts", c.want, got)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}
