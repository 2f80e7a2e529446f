package check_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/check"
)

const s = time.Second

// Each story of delivery: what the counts have to be, and every finding.
func TestDelivery(t *testing.T) {
	const silent, unfinished = "fail: silent loss", "inconclusive: drain not finished"
	for name, c := range map[string]struct {
		story     *story
		want      check.Counts
		findings  []string
		anomalies []string
	}{
		"all is well": {
			story: tell(acked("0-9"), received("0-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10},
		},
		"first acknowledged message dropped": {
			story:     tell(acked("0-9"), received("1-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostPrefix: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent prefix p0#0"},
		},
		"middle acknowledged message dropped": {
			story:     tell(acked("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"last acknowledged message dropped: it may be under way": {
			story:    tell(acked("0-9"), received("0-8")),
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 9, LostUnknown: 1},
			findings: []string{unfinished},
		},
		"one of two flows got nothing": {
			story:    tell(another, acked("0-9"), ackedBy(1, "0-2"), received("0-9")),
			want:     check.Counts{Attempted: 13, Acknowledged: 13, Expected: 10, Delivered: 10, LostUnknown: 3},
			findings: []string{unfinished},
		},
		"one lost and one duplicated do not cancel out": {
			story: tell(acked("0-9"), received("0-4 6-9"), again(3, false, 7*s, 0)),
			want: check.Counts{
				Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1, Duplicated: 1,
			},
			findings:  []string{silent, "pass: duplicates"},
			anomalies: []string{"duplicated dup=0 p0#3", "lost silent middle p0#5"},
		},
		"QoS 0 message dropped": {
			story:     tell(qos(0, 1), written("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{"pass: loss at QoS 0"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"subscribed at QoS 0: the loss is forgiven": {
			story:     tell(qos(1, 0), acked("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{"pass: loss at QoS 0"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"granted QoS 0 instead of 1: the loss is forgiven": {
			story:     tell(granted(`filter "t/#" granted QoS 0 of 1`), acked("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{"pass: loss at QoS 0"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"granted QoS 1 instead of 2: it is not": {
			story:     tell(qos(2, 2), granted(`filter "t/#" granted QoS 1 of 2`), acked("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"at subscribed QoS 0 only what was acknowledged is owed": {
			story: tell(qos(1, 0), acked("0-3 5-9"), inDoubt("4"), received("0-3 5-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 9, InDoubt: 1, Expected: 9, Delivered: 9},
		},
		"in doubt, then delivered: recovered": {
			story: tell(acked("0-3 6-9"), inDoubt("4 5"), received("0-4 6-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 8, InDoubt: 2, Expected: 9, Delivered: 9, Recovered: 1},
		},
		"refused and not delivered is nobody's loss": {
			story: tell(acked("0-3 5-9"), refused("4"), received("0-3 5-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 9, Refused: 1, Expected: 9, Delivered: 9},
		},
		"refused, then delivered": {
			story:     tell(acked("0-3 5-9"), refused("4"), received("0-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 9, Refused: 1, Expected: 10, Delivered: 10, RefusedDelivered: 1},
			findings:  []string{"pass: refused yet delivered"},
			anomalies: []string{"refused yet delivered p0#4"},
		},
		"unsent is nobody's loss": {
			story: tell(acked("0-3 5-9"), unsent("4"), received("0-3 5-9")),
			want:  check.Counts{Attempted: 9, Acknowledged: 9, Unsent: 1, Expected: 9, Delivered: 9},
		},
		"delivered though it was never sent": {
			story:     tell(acked("0-3 5-9"), unsent("4"), received("0-9")),
			want:      check.Counts{Attempted: 9, Acknowledged: 9, Unsent: 1, Expected: 9, Delivered: 9, Phantom: 1},
			findings:  []string{"fail: phantom messages"},
			anomalies: []string{"phantom never attempted p0#4"},
		},
		"delivered from beyond the end": {
			story:     tell(acked("0-9"), received("0-9 77")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Phantom: 1},
			findings:  []string{"fail: phantom messages"},
			anomalies: []string{"phantom never attempted p0#77"},
		},
		"a message of another run": {
			story:     tell(acked("0-9"), received("0-9"), phantom("run 77 instead of 1", 5*s)),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Phantom: 1},
			findings:  []string{"fail: phantom messages"},
			anomalies: []string{"phantom #0"},
		},
		"a truncated payload costs its message and is a phantom": {
			story: tell(acked("0-9"), received("0-4 6-9"), phantom("payload of 12 bytes", 7*s)),
			want: check.Counts{
				Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1, Phantom: 1,
			},
			findings:  []string{"fail: phantom messages", silent},
			anomalies: []string{"phantom #0", "lost silent middle p0#5"},
		},
		"acknowledged with no matching subscribers, and lost": {
			story: tell(acked("0-4 6-9"), unmatched("5"), received("0-4 6-9")),
			want: check.Counts{
				Attempted: 10, Acknowledged: 10, Unmatched: 1, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1,
			},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"acknowledged with no matching subscribers, and delivered": {
			story: tell(acked("0-4 6-9"), unmatched("5"), received("0-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 10, Unmatched: 1, Expected: 10, Delivered: 10},
		},
		"nothing was acknowledged": {
			story:    tell(inDoubt("0-9"), received("")),
			want:     check.Counts{Attempted: 10, InDoubt: 10},
			findings: []string{"inconclusive: nothing acknowledged"},
		},
		"nothing was published": {
			story:    tell(),
			findings: []string{"inconclusive: nothing published"},
		},
		"without a journal, a middle loss in one long session is still certain": {
			story:     tell(acked("0-9"), received("0-4 6-8"), noJournal),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 8, Lost: 1, LostSilent: 1, LostMiddle: 1, LostUnknown: 1},
			findings:  []string{silent, "inconclusive: journals incomplete"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"a crashed run knows its two sides at different times": {
			story:    tell(crashed, acked("0-8"), received("0-9")),
			want:     check.Counts{Attempted: 9, Acknowledged: 9, Expected: 9, Delivered: 9},
			findings: []string{"inconclusive: record incomplete"},
		},
		"interrupted": {
			story:    tell(interrupted, acked("0-9"), received("0-9")),
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10},
			findings: []string{"inconclusive: interrupted"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.story.judge(t)
			diff(t, "counts", c.want, a.Counts)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			diff(t, "anomalies", append([]string{}, c.anomalies...), classes(a))
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}

// What the reconnect matrix says of sessions decides who is owed what. The subscriber loses b2 at 7.5s, between messages 4 and 5, and is
// back at 10.5s, between 7 and 8.
func TestSessions(t *testing.T) {
	kill := fault("kill", 1, 7400*time.Millisecond, 10*s)
	lose := down(7500*time.Millisecond, sub(0), 1)
	back := func(present bool) step { return up(10500*time.Millisecond, sub(0), 1, present) }
	served := resumed(0, sub(0), 11*s)
	for name, c := range map[string]struct {
		story     *story
		want      check.Counts
		findings  []string
		anomalies []string
	}{
		"session kept, nothing lost": {
			story: tell(kill, lose, back(true), served, acked("0-9"), received("0-9")),
			want:  check.Counts{Expected: 10, Delivered: 10},
		},
		"session kept, what was published meanwhile is owed": {
			story:     tell(kill, lose, back(true), served, acked("0-9"), received("0-4 8 9")),
			want:      check.Counts{Expected: 10, Delivered: 7, Lost: 3, LostSilent: 3, LostMiddle: 3},
			findings:  []string{"fail: silent loss"},
			anomalies: []string{"lost silent middle p0#5", "lost silent middle p0#6", "lost silent middle p0#7"},
		},
		"session kept, a gap that is too young to be final": {
			story: tell(kill, lose, back(true), served, acked("0-9"), received("0-4 8 9"), drainEndsAt(48*s)),
			want:  check.Counts{Expected: 7, Delivered: 7, LostUnknown: 3}, findings: []string{"inconclusive: drain not finished"},
		},
		"session kept, a gap part of which is old enough": {
			story:     tell(kill, lose, back(true), served, acked("0-9"), received("0-4 8 9"), drainEndsAt(49500*time.Millisecond)),
			want:      check.Counts{Expected: 9, Delivered: 7, Lost: 2, LostSilent: 2, LostMiddle: 2, LostUnknown: 1},
			findings:  []string{"fail: silent loss", "inconclusive: drain not finished"},
			anomalies: []string{"lost silent middle p0#5", "lost silent middle p0#6"},
		},
		"a gap that opened after the fault was over is final": {
			story:     tell(fault("pause", 0, 2500*time.Millisecond, 3*s), resumed(0, pub(0), 4*s), acked("0-9"), received("0-4 6-9"), drainEndsAt(25*s)),
			want:      check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{"fail: silent loss"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"QoS 0 is never sent again, and a gap is final": {
			story:    tell(qos(0, 0), fault("pause", 0, 7*s, 8*s), resumed(0, pub(0), 8*s), written("0-9"), received("0-4 6-9"), drainEndsAt(25*s)),
			want:     check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings: []string{"pass: loss at QoS 0"}, anomalies: []string{"lost silent middle p0#5"},
		},
		"session lost: what was published before the client was told is declared loss": {
			story:    tell(kill, lose, back(false), served, acked("0-9"), received("0-2 8 9")),
			want:     check.Counts{Expected: 10, Delivered: 5, Lost: 5, LostDeclared: 5, LostMiddle: 5},
			findings: []string{"pass: declared loss"},
			anomalies: []string{
				"lost declared middle p0#3", "lost declared middle p0#4", "lost declared middle p0#5", "lost declared middle p0#6",
				"lost declared middle p0#7",
			},
		},
		"session lost: between the answer and the subscription is missed": {
			story: tell(kill, lose, connectedOnly(8500*time.Millisecond, sub(0), 1), subscribedOnly(10500*time.Millisecond, sub(0), 1),
				served, acked("0-9"), received("0-5 8 9")),
			want:     check.Counts{Expected: 8, Delivered: 8, Missed: 2},
			findings: []string{"pass: missed"},
		},
		"session lost: a gap in front of a delivery was silent": {
			story:     tell(kill, lose, back(false), served, acked("0-9"), received("0 2 3 5-9")),
			want:      check.Counts{Expected: 10, Delivered: 8, Lost: 2, LostSilent: 1, LostDeclared: 1, LostMiddle: 2},
			findings:  []string{"fail: silent loss", "pass: declared loss"},
			anomalies: []string{"lost silent middle p0#1", "lost declared middle p0#4"},
		},
		"session lost: a delivery that came of a repetition proves nothing": {
			story:    tell(kill, lose, back(false), served, acked("0-9"), settledAt(4, 11*s), received("0-2 4-9")),
			want:     check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostDeclared: 1, LostMiddle: 1},
			findings: []string{"pass: declared loss"}, anomalies: []string{"lost declared middle p0#3"},
		},
		"session lost and nothing after it: the end of the flow is no riddle": {
			story:     tell(kill, lose, back(false), served, acked("0-4"), received("0-2")),
			want:      check.Counts{Expected: 5, Delivered: 3, Lost: 2, LostDeclared: 2, LostSuffix: 2},
			findings:  []string{"pass: declared loss"},
			anomalies: []string{"lost declared suffix p0#3", "lost declared suffix p0#4"},
		},
		"clean session: meanwhile is missed, what was under way is lost": {
			story:     tell(clean, kill, lose, back(false), served, acked("0-9"), received("0-3 8 9")),
			want:      check.Counts{Expected: 7, Delivered: 6, Lost: 1, LostDeclared: 1, LostMiddle: 1, Missed: 3},
			findings:  []string{"pass: declared loss", "pass: missed"},
			anomalies: []string{"lost declared middle p0#4"},
		},
		"clean session that never returns is owed nothing": {
			story:    tell(clean, kill, lose, acked("0-9"), received("0-4")),
			want:     check.Counts{Expected: 5, Delivered: 5, Missed: 5},
			findings: []string{"pass: missed", "pass: never resumed"},
		},
		"persistent session that never returns is owed all": {
			story:    tell(kill, lose, acked("0-9"), received("0-4")),
			want:     check.Counts{Expected: 5, Delivered: 5, LostUnknown: 5},
			findings: []string{"inconclusive: drain not finished", "pass: never resumed"},
		},
		"lost twice: each time on its own": {
			story: tell(kill, lose, back(true), served, fault("kill", 1, 11200*time.Millisecond, 12*s),
				down(11300*time.Millisecond, sub(0), 1), up(11500*time.Millisecond, sub(0), 1, false), resumed(1, sub(0), 12*s),
				acked("0-9"), received("0-4 9")),
			want:     check.Counts{Expected: 10, Delivered: 6, Lost: 4, LostDeclared: 4, LostMiddle: 4},
			findings: []string{"pass: declared loss"},
			anomalies: []string{
				"lost declared middle p0#5", "lost declared middle p0#6", "lost declared middle p0#7", "lost declared middle p0#8",
			},
		},
		"kept once and then lost: what an earlier connection left open went with the session": {
			story: tell(kill, lose, back(true), served, fault("kill", 1, 11200*time.Millisecond, 12*s),
				down(11300*time.Millisecond, sub(0), 1), up(11500*time.Millisecond, sub(0), 1, false), resumed(1, sub(0), 12*s),
				acked("0-9"), received("0 1 3-9")),
			want:      check.Counts{Expected: 10, Delivered: 9, Lost: 1, LostDeclared: 1, LostMiddle: 1},
			findings:  []string{"pass: declared loss"},
			anomalies: []string{"lost declared middle p0#2"},
		},
		"subscriber joins late": {
			story:    tell(late(5500*time.Millisecond, sub(0), 1), acked("0-9"), received("3-9")),
			want:     check.Counts{Expected: 7, Delivered: 7, Missed: 3},
			findings: []string{"fail: unexplained outages", "pass: missed"},
		},
		"subscriber that was never there": {
			story:    tell(never(sub(0)), acked("0-9")),
			want:     check.Counts{Missed: 10},
			findings: []string{"fail: unexplained outages", "inconclusive: nothing delivered", "inconclusive: never subscribed", "pass: missed"},
		},
		"leaving at the end is no loss of session": {
			story: tell(acked("0-9"), received("0-9"), left(60500*time.Millisecond, sub(0), 1), left(60500*time.Millisecond, pub(0), 0)),
			want:  check.Counts{Expected: 10, Delivered: 10},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.story.judge(t)
			got := a.Counts
			got.Attempted, got.Acknowledged = 0, 0
			diff(t, "counts", c.want, got)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			diff(t, "anomalies", append([]string{}, c.anomalies...), classes(a))
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}

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
