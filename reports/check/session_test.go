package check_test

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// What the reconnect matrix says of sessions decides who is owed what. The subscriber loses b2 at 7.5s, between
// messages 4 and 5, and is back at 10.5s, between 7 and 8.
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
		"session lost: a delivery that came by way of another broker proves nothing": {
			story:    tell(kill, lose, back(false), served, acked("0-9"), on(1, "4-9"), received("0-2 4-9")),
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

// How many sessions were gone when their clients came back is told whether or not that cost a message.
func TestSessionsLost(t *testing.T) {
	returns := func(extra ...step) *story {
		return tell(append([]step{
			acked("0-9"), received("0-9"), fault("kill", 1, 4400*ms, 5*s), resumed(0, sub(0), 5*s), resumed(0, pub(0), 5*s),
			down(4500*ms, sub(0), 1), up(4600*ms, sub(0), 0, false), down(4500*ms, pub(0), 0), up(4600*ms, pub(0), 0, true),
		}, extra...)...)
	}
	for name, c := range map[string]struct {
		story *story
		want  string
	}{
		"one of two": {returns(), "of 2 returns of clients with persistent sessions, 1 met SessionPresent=0: 1 with the kill of b2 at 4.4s"},
		"the second time too": {
			returns(fault("kill", 0, 7100*ms, 8*s), resumed(1, sub(0), 8*s), resumed(1, pub(0), 8*s), down(7200*ms, sub(0), 0),
				up(7300*ms, sub(0), 0, false)),
			"of 3 returns of clients with persistent sessions, 2 met SessionPresent=0: 1 with the kill of b2 at 4.4s, " +
				"1 with the kill of b1 at 7.1s",
		},
		"clean sessions always are": {returns(clean), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, f := range c.story.judge(t).Findings {
				if f.Name == "sessions lost" {
					got = f.Detail
				}
			}
			diff(t, "sessions lost", c.want, got)
		})
	}
}

// A broker that breaks the protocol is left by its clients: that is said, whatever fault was in force, with what it did
// and to whom first. A device is one client.
func TestProtocolBroken(t *testing.T) {
	const most, unknown = "receive maximum exceeded: more PUBLISH packets in flight than this client allows", "malformed packet: type 15"
	left := func(at time.Duration, c history.ClientRef, how string) step {
		return func(s *story) { s.event(at, c, history.Disconnected, 1, false, history.BrokenProtocol+": "+how) }
	}
	kill := fault("kill", 1, 7400*time.Millisecond, 10*s)
	for name, c := range map[string]struct {
		story *story
		want  string
	}{
		"two clients, two ways": {
			story: tell(kill, acked("0-9"), received("0-9"), resumed(0, sub(0), 12*s),
				left(7500*time.Millisecond, sub(0), most), up(8*s, sub(0), 1, true), left(8500*time.Millisecond, sub(0), unknown),
				up(9*s, sub(0), 1, true), left(9500*time.Millisecond, sub(0), most), up(10*s, sub(0), 1, true),
				down(11*s, sub(0), 1), up(12*s, sub(0), 1, true), left(9*s, pub(0), most)),
			want: "4 connections were ended by the client because the broker broke the protocol: 3 (" + most + "), 1 (" + unknown +
				"); first: s0 at b2 at 7.5s",
		},
		"a device": {
			story: tell(kill, aDevice, acked("0-9"), received("0-9"), left(8*s, pub(0), most)),
			want:  "1 connection was ended by the client because the broker broke the protocol: 1 (" + most + "); first: p0 at b1 at 8s",
		},
		"nobody": {story: tell(kill, acked("0-9"), received("0-9"), down(8*s, sub(0), 1))},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			for _, f := range c.story.judge(t).Findings {
				if f.Name == "protocol broken" && f.Verdict == check.Pass {
					got += f.Detail
				}
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
