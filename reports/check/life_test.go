package check_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// The words of stories about clients that come and go by plan.

func leaves(at time.Duration, c history.ClientRef) step {
	return func(s *story) { s.event(at, c, history.Left, 0, false, "") }
}

func called(at time.Duration, c history.ClientRef) step {
	return func(s *story) { s.event(at, c, history.Called, 0, false, "") }
}

func turnedAway(at time.Duration, c history.ClientRef) step {
	return func(s *story) {
		s.event(at, c, history.Connecting, 0, false, "")
		s.event(at, c, history.ConnectFailed, 0, false, "refused")
	}
}

// absent takes back the client's first connection: its time has not come at the start.
func absent(c history.ClientRef) step {
	return func(s *story) {
		never(c)(s)
		leaves(time.Second, c)(s)
	}
}

// pauses gives up subscriber 0's subscription for a time; the UNSUBACK takes 10ms, so does the SUBACK.
func pauses(from, until time.Duration) step {
	return func(s *story) {
		s.event(from, sub(0), history.Unsubscribing, 1, false, "")
		s.event(from+10*time.Millisecond, sub(0), history.Unsubscribed, 1, false, "")
		s.event(until, sub(0), history.Subscribed, 1, false, "")
	}
}

// unasked says that message n came although nothing was subscribed.
func unasked(n uint32, at time.Duration) step {
	return func(s *story) { s.oddity(history.Unasked, n, at, 0, func(*history.Oddity) {}) }
}

// slowest is the longest way that a message of the run took.
func slowest(d time.Duration) step {
	return func(s *story) {
		h := hdr.New(1, int64(time.Hour), 3)
		_ = h.RecordValue(int64(d))
		s.run.Latencies = map[history.Window]map[history.Metric]*hdr.Histogram{history.Before: {history.EndToEnd: h}}
	}
}

// fates are what an analysis says of deliveries, outages and findings.
func fates(a *check.Analysis) []string {
	list := []string{fmt.Sprintf("expected %d delivered %d lost %d missed %d unknown %d",
		a.Counts.Expected, a.Counts.Delivered, a.Counts.Lost, a.Counts.Missed, a.Counts.LostUnknown)}
	for _, o := range a.Outages {
		list = append(list, fmt.Sprintf("outage of %s %s to %s", o.Name, o.Began, o.Ended))
	}
	for _, i := range a.Injections {
		list = append(list, fmt.Sprintf("%s: %d affected, %d resumed, %d never, %d withdrawn, %d bystanders",
			i.Fault, i.Affected, i.Resumed, i.NeverResumed, i.Withdrawn, i.Bystanders))
	}
	return append(list, slices.DeleteFunc(findings(a), func(f string) bool { return f == "pass: missed" })...)
}

func TestLife(t *testing.T) {
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	for _, c := range []struct {
		name  string
		story []step
		want  []string
	}{
		{
			"a clean subscriber misses what is published while it is away",
			[]step{clean, acked("0-9"), received("0-4 8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)), up(s(10.5), sub(0), 1, false)},
			[]string{"expected 7 delivered 7 lost 0 missed 3 unknown 0"},
		},
		{
			"what was under way when it left is missed",
			[]step{clean, acked("0-9"), received("0-3 8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)), up(s(10.5), sub(0), 1, false)},
			[]string{"expected 6 delivered 6 lost 0 missed 4 unknown 0"},
		},
		{
			"older than anything under way",
			[]step{clean, acked("0-9"), received("0-2 8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)), up(s(10.5), sub(0), 1, false)},
			[]string{"expected 6 delivered 5 lost 1 missed 4 unknown 0", "fail: silent loss"},
		},
		{
			"in a run of slow messages more may be under way",
			[]step{slowest(s(2)), clean, acked("0-9"), received("0-2 8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)), up(s(10.5), sub(0), 1, false)},
			[]string{"expected 5 delivered 5 lost 0 missed 5 unknown 0"},
		},
		{
			"in a stay no longer than messages are under way nobody can tell what was lost",
			[]step{slowest(s(9)), clean, acked("0-9"), received("8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)), up(s(10.5), sub(0), 1, false)},
			[]string{"expected 2 delivered 2 lost 0 missed 8 unknown 0", "inconclusive: stays too short"},
		},
		{
			"what was passed over before it left is lost, however young",
			[]step{slowest(s(5)), clean, acked("0-9"), received("0-2 4 8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)), up(s(10.5), sub(0), 1, false)},
			[]string{"expected 7 delivered 6 lost 1 missed 3 unknown 0", "fail: silent loss"},
		},
		{
			"a persistent session is owed everything",
			[]step{acked("0-9"), received("0-4 8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)), up(s(10.5), sub(0), 1, true)},
			[]string{"expected 10 delivered 7 lost 3 missed 0 unknown 0", "fail: silent loss"},
		},
		{
			"a persistent session that is not there any more has been lost",
			[]step{acked("0-9"), received("0-4 8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)), up(s(10.5), sub(0), 1, false)},
			[]string{"expected 10 delivered 7 lost 3 missed 0 unknown 0", "pass: declared loss"},
		},
		{
			"a client whose time has not come has no outage",
			[]step{clean, absent(sub(0)), acked("0-9"), received("5-9"), called(s(7.4), sub(0)), up(s(7.5), sub(0), 1, false)},
			[]string{"expected 5 delivered 5 lost 0 missed 5 unknown 0"},
		},
		{
			"a client that never had to come has none either",
			[]step{absent(pub(0)), another, ackedBy(1, "0-3"), receivedIn(1, "0-3")},
			[]string{"expected 4 delivered 4 lost 0 missed 0 unknown 0"},
		},
		{
			"called back and refused is an outage from the call on",
			[]step{acked("0-9"), received("0-9"), leaves(s(7.5), pub(0)), called(s(9), pub(0)), turnedAway(s(9.1), pub(0)), up(s(11), pub(0), 0, true)},
			[]string{"expected 10 delivered 10 lost 0 missed 0 unknown 0", "outage of p0 9s to 11s", "fail: unexplained outages"},
		},
		{
			"called back and never there",
			[]step{acked("0-4"), received("0-4"), leaves(s(7.5), pub(0)), called(s(9), pub(0))},
			[]string{"expected 5 delivered 5 lost 0 missed 0 unknown 0", "outage of p0 9s to -1ns", "fail: unexplained outages"},
		},
		{
			"called back just before the end",
			[]step{acked("0-4"), received("0-4"), leaves(s(7.5), pub(0)), called(drained-time.Second, pub(0))},
			[]string{"expected 5 delivered 5 lost 0 missed 0 unknown 0"},
		},
		{
			"leaving ends an outage",
			[]step{
				acked("0-4"), received("0-4"), down(s(8), pub(0), 0), turnedAway(s(8.1), pub(0)), leaves(s(9), pub(0)),
				called(s(12), pub(0)), up(s(12.1), pub(0), 0, true),
			},
			[]string{"expected 5 delivered 5 lost 0 missed 0 unknown 0", "outage of p0 8s to 9s", "fail: unexplained outages"},
		},
		{
			"a fault does not affect who is away",
			[]step{
				acked("0-4"), received("0-4"), leaves(s(8), pub(0)), fault("kill", 0, s(9), s(11)), called(s(12), pub(0)),
				up(s(12.1), pub(0), 0, true), resumed(0, sub(0), s(10)),
			},
			[]string{"expected 5 delivered 5 lost 0 missed 0 unknown 0", "kill: 0 affected, 0 resumed, 0 never, 0 withdrawn, 1 bystanders"},
		},
		{
			"who is called back during a fault and cannot come has an outage that the fault explains",
			[]step{
				acked("0-4"), received("0-4"), leaves(s(8), pub(0)), fault("kill", 0, s(9), s(12)), called(s(10), pub(0)),
				turnedAway(s(10), pub(0)), up(s(12.1), pub(0), 0, true), resumed(0, sub(0), s(10)),
			},
			[]string{
				"expected 5 delivered 5 lost 0 missed 0 unknown 0", "outage of p0 10s to 12.1s",
				"kill: 0 affected, 0 resumed, 0 never, 0 withdrawn, 1 bystanders",
			},
		},
		{
			"who leaves before it is back is withdrawn",
			[]step{
				acked("0-4"), received("0-4"), fault("kill", 0, s(9), s(12)), down(s(9.1), pub(0), 0), leaves(s(10), pub(0)),
				called(s(14), pub(0)), up(s(14.1), pub(0), 0, true), resumed(0, pub(0), s(15)), resumed(0, sub(0), s(10)),
			},
			[]string{
				"expected 5 delivered 5 lost 0 missed 0 unknown 0", "outage of p0 9.1s to 10s",
				"kill: 0 affected, 0 resumed, 0 never, 1 withdrawn, 1 bystanders",
			},
		},
		{
			"who is back before it leaves is affected like any other",
			[]step{
				acked("0-4"), received("0-4"), fault("kill", 0, s(9), s(12)), down(s(9.1), pub(0), 0), up(s(10), pub(0), 1, true),
				resumed(0, pub(0), s(11)), leaves(s(13), pub(0)), resumed(0, sub(0), s(10)),
			},
			[]string{
				"expected 5 delivered 5 lost 0 missed 0 unknown 0", "outage of p0 9.1s to 10s",
				"kill: 1 affected, 1 resumed, 0 never, 0 withdrawn, 1 bystanders",
			},
		},
		{
			"nothing is owed while nothing is subscribed",
			[]step{acked("0-9"), received("0-4 8 9"), pauses(s(7.5), s(10.5))},
			[]string{"expected 7 delivered 7 lost 0 missed 3 unknown 0"},
		},
		{
			"what comes at the edges is delivered, what does not is missed",
			[]step{acked("0-9"), received("0-3 5 7-9"), pauses(s(7.5), s(10.5))},
			[]string{"expected 8 delivered 8 lost 0 missed 2 unknown 0"},
		},
		{
			"from the SUBACK on everything is owed",
			[]step{acked("0-9"), received("0-4 9"), pauses(s(7.5), s(10.5))},
			[]string{"expected 7 delivered 6 lost 1 missed 3 unknown 0", "fail: silent loss"},
		},
		{
			"a message that was held may come after the UNSUBACK",
			[]step{acked("0-9"), received("0-4 8 9"), pauses(s(7.002), s(10.5)), unasked(4, s(7.5))},
			[]string{"expected 7 delivered 7 lost 0 missed 3 unknown 0", "pass: delivered after UNSUBACK"},
		},
		{
			"a new one may not",
			[]step{acked("0-9"), received("0-5 8 9"), pauses(s(7.5), s(10.5)), unasked(5, s(8.1))},
			[]string{"expected 8 delivered 8 lost 0 missed 2 unknown 0", "fail: delivered without a subscription"},
		},
		{
			"a connection without a subscription that nobody wants is no outage",
			[]step{
				acked("0-9"), received("0-4 8 9"), func(st *story) {
					st.event(s(7.5), sub(0), history.Unsubscribing, 1, false, "")
					st.event(s(8), sub(0), history.Disconnected, 1, false, "EOF")
					st.event(s(8.2), sub(0), history.Connecting, 1, false, "")
					st.event(s(8.3), sub(0), history.Connected, 1, false, "")
					st.event(s(8.3), sub(0), history.Unsubscribed, 1, false, "")
					st.event(s(10.5), sub(0), history.Subscribed, 1, false, "")
				},
			},
			[]string{"expected 7 delivered 7 lost 0 missed 3 unknown 0", "outage of s0 8s to 8.3s", "fail: unexplained outages"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := tell(c.story...).judge(t)
			if diff(t, "told", c.want, fates(a)); t.Failed() {
				t.Log(details(a))
			}
			shuffled := tell(c.story...)
			slices.Reverse(shuffled.run.Events)
			diff(t, "with events in another order", c.want, fates(shuffled.judge(t)))
		})
	}
}

// TestMissedUnderWay: what was owed, and is taken to have been under way when the subscriber left, is told apart.
func TestMissedUnderWay(t *testing.T) {
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	a := tell(
		slowest(s(2)), clean, acked("0-9"), received("0-2 8 9"), leaves(s(7.5), sub(0)), called(s(10.4), sub(0)),
		up(s(10.5), sub(0), 1, false),
	).judge(t)
	want := "5 deliveries were missed: their messages were published while the subscriber had no session that could be " +
		"reached, 2 in the 3.00 s before it left or unsubscribed by plan, and so may have been under way"
	for _, f := range a.Findings {
		if f.Name == "missed" {
			diff(t, "finding", want, f.Detail)
			return
		}
	}
	t.Error("no finding tells of missed deliveries")
}

// attempts are attempts of a client to connect, refused or not.
func attempts(c history.ClientRef, refused bool, times ...time.Duration) step {
	return func(s *story) {
		for _, at := range times {
			s.event(at, c, history.Connecting, 0, false, "")
			if refused {
				s.event(at+time.Millisecond, c, history.ConnectFailed, 0, false, "refused")
			}
		}
	}
}

// TestStorm: attempts of affected clients count from the fault to each one's CONNACK.
func TestStorm(t *testing.T) {
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	a := tell(
		acked("0-9"), received("0-9"), another, fault("kill", 0, s(9), s(12)),
		down(s(9.1), pub(0), 0), attempts(pub(0), true, s(9.2), s(9.4), s(10.3)), up(s(11), pub(0), 0, true),
		down(s(9.1), pub(1), 0), attempts(pub(1), true, s(9.3), s(10.25)), up(s(10.5), pub(1), 0, true),
		// What comes later belongs to something else, and so does what nobody did who was hit.
		down(s(13), pub(1), 0), attempts(pub(1), true, s(13.1)), up(s(13.2), pub(1), 0, true),
		attempts(sub(0), true, s(9.3)),
	).judge(t)
	// Within a second: 10.25, 10.3, 10.5 and 11.
	diff(t, "storm", check.Storm{Attempts: 7, Failed: 5, Most: 4, Peak: 4}, a.Injections[0].Storm)
}

// TestArrivals: a wait is from the call to what the client wants of its connection.
func TestArrivals(t *testing.T) {
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	a := tell(
		acked("0-9"), received("0-9"), absent(sub(0)), called(s(5), sub(0)), attempts(sub(0), true, s(5)), up(s(6), sub(0), 1, false),
		leaves(s(7), pub(0)), called(s(8), pub(0)), up(s(8.25), pub(0), 0, true), leaves(s(9), pub(0)), called(s(10), pub(0)),
	).judge(t)
	got := a.Arrivals
	want := []string{"pubs: called 2 served 1 failed 0 peak 1 all in -1ns, waits [250ms]",
		"subs: called 1 served 1 failed 1 peak 1 all in 1.001s, waits [1.001s]"}
	var told []string
	for _, x := range got {
		told = append(told, fmt.Sprintf("%s: called %d served %d failed %d peak %d all in %v, waits %v",
			x.Group, x.Called, x.Served, x.Failed, x.Peak, x.AllIn, x.Waits))
	}
	diff(t, "arrivals", want, told)
}

// aDevice makes one client of publisher 0 and subscriber 0.
func aDevice(st *story) {
	never(sub(0))(st)
	st.run.Subscribers[0].Device, st.run.Subscribers[0].Client = 1, "p0"
	st.event(time.Second, sub(0), history.Subscribed, 0, false, "")
}

// TestDevice: a client that publishes and subscribes is one client, with one outage, and back when both halves are.
func TestDevice(t *testing.T) {
	s := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	a := tell(
		acked("0-9"), received("0-9"), aDevice, fault("kill", 0, s(9), s(12)), down(s(9.1), pub(0), 0),
		up(s(10), pub(0), 0, false), func(st *story) { st.event(s(10.5), sub(0), history.Subscribed, 0, false, "") },
		resumed(0, pub(0), s(10.2)), resumed(0, sub(0), s(11)),
	).judge(t)
	want := []string{
		"expected 10 delivered 10 lost 0 missed 0 unknown 0", "outage of p0 9.1s to 10.5s",
		"kill: 1 affected, 1 resumed, 0 never, 0 withdrawn, 0 bystanders",
	}
	diff(t, "told", want, fates(a))
	f := a.Injections[0].Clients[0]
	got := []time.Duration{f.Detect, f.Reconnect, f.Resubscribe, f.Published, f.Received, f.Resume}
	diff(t, "way back", []time.Duration{s(0.1), s(1), s(1.5), s(1.2), s(2), s(2)}, got)
	if !f.Device || a.Injections[0].Detect.TotalCount() != 1 {
		t.Errorf("device %v, %d detections", f.Device, a.Injections[0].Detect.TotalCount())
	}
}
