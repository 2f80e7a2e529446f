package workers

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// churning is a load of which everything comes and goes, on a short time scale.
func churning(session scenarios.Session, leave scenarios.Leave) *scenarios.Scenario {
	churn := &scenarios.Churn{
		Stay: scenarios.Span{Min: 200 * time.Millisecond, Max: 500 * time.Millisecond},
		Away: scenarios.Span{Min: 100 * time.Millisecond, Max: 300 * time.Millisecond}, Leave: leave,
	}
	s := load(
		scenarios.PublisherGroup{Name: "p", Count: 20, Topic: "t/{n}", QoS: 1, Rate: 50, Churn: churn},
		scenarios.SubscriberGroup{Name: "s", Count: 5, Filter: "t/#", QoS: 1, Churn: churn},
		scenarios.SubscriberGroup{Name: "f", Count: 5, Filter: "t/#", QoS: 1, Flap: &scenarios.Flap{
			Every: 400 * time.Millisecond, For: 150 * time.Millisecond,
		}},
		scenarios.SubscriberGroup{Name: "l", Count: 5, Filter: "t/#", QoS: 1, Join: &scenarios.Join{At: 500 * time.Millisecond}},
	)
	s.Workload.Client.Session = session
	s.Workload.Client.InFlight = 5000
	s.Phases.Measure = 3 * time.Second
	return s
}

// TestChurn: what was planned happened, no more and no less, and nothing was lost that a persistent session was owed.
func TestChurn(t *testing.T) {
	for _, session := range []scenarios.Session{scenarios.SessionClean, scenarios.SessionPersistent} {
		for _, leave := range []scenarios.Leave{scenarios.LeaveDisconnect, scenarios.LeaveDrop} {
			t.Run(string(session)+" "+string(leave), func(t *testing.T) {
				t.Parallel()
				tr := begin(t, churning(session, leave), newNetwork(startBroker(t)))
				tr.connect(t)
				tr.publish(t)
				if behind := tr.drain(t, patience); behind > 0 {
					t.Errorf("%d are behind", behind)
				}
				run := tr.finish(t)
				left, called := comings(tr.assignment)
				recalled := 0
				if session == scenarios.SessionPersistent {
					recalled = left - called // Those that are away when the load ends come back.
				}
				if got := events(run, history.Left); got != left {
					t.Errorf("%d times a client left, want %d", got, left)
				}
				if got := events(run, history.Called); got != called+recalled {
					t.Errorf("%d times a client was called, want %d", got, called+recalled)
				}
				if n := events(run, history.ConnectFailed) + events(run, history.Disconnected); n > 0 {
					t.Errorf("%d attempts failed or connections were lost", n)
				}
				// A machine that is late by more than an absence of a subscription leaves it out.
				if n := events(run, history.Unsubscribing); n == 0 || n < events(run, history.Unsubscribed) {
					t.Errorf("%d times unsubscribing, %d times unsubscribed", n, events(run, history.Unsubscribed))
				}
				for n := range run.Publishers {
					tr.checkOutcomes(t, n, &run.Publishers[n])
				}
				if session == scenarios.SessionPersistent {
					tr.checkVisitors(t, run)
				}
			})
		}
	}
}

// comings counts how often the plan has clients go, or not there yet, and come.
func comings(a *Assignment) (left, called int) {
	add := func(x Attendance, clients int) { left, called = left+clients-x.First+x.Leave, called+x.Come }
	for i, g := range a.PublisherGroups {
		add(a.PublisherAttendance(i), g.Count)
	}
	for i, g := range a.SubscriberGroups {
		add(a.SubscriberAttendance(i), g.Count)
	}
	return left, called
}

// checkVisitors: a subscriber with a persistent session that was there once is owed whatever was acknowledged and first
// written after it had its subscription.
func (tr *trial) checkVisitors(t *testing.T, run *history.Run) {
	t.Helper()
	subscribed := make(map[int]time.Duration)
	for _, e := range run.Events {
		if _, already := subscribed[e.Client.Number]; e.Kind == history.Subscribed && e.Client.Subscriber && !already {
			subscribed[e.Client.Number] = e.At
		}
	}
	lives := make(map[int]map[uint32]history.Detail)
	for n := range run.Publishers {
		lives[n] = tr.lives(t, n)
	}
	checked := 0
	for _, f := range run.Flows {
		s := run.Subscribers[f.Account]
		from, was := subscribed[f.Account]
		if s.Group == "f" || !was {
			continue
		}
		for seq, d := range lives[f.Publisher] {
			if d.Outcome != history.OutcomeAcknowledged || d.Written < from {
				continue
			}
			checked++
			if !f.Delivered.Contains(seq) {
				t.Errorf("%s of group %s lacks message %d of publisher %d, written at %v", s.Client, s.Group, seq, f.Publisher, d.Written)
				return
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d deliveries were checked", checked)
	}
}

// TestAbsences: nothing is due while a publisher is away, nor in the last moments of a stay.
func TestAbsences(t *testing.T) {
	s := churning(scenarios.SessionClean, scenarios.LeaveDisconnect)
	s.Phases.Measure = time.Minute
	a, err := Assign(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	end, due := a.Warmup+a.Measure, 0
	for n := range a.Publishers {
		presence, pacer := a.publisherPresence(n), a.Schedules().Pacer(n)
		for at := pacer.Next(); at < end; at = pacer.Next() {
			due++
			if there, until := presence.At(at); !there || until-at < lastWords && until < end {
				t.Fatalf("publisher %d has a message due at %v: there %v until %v", n, at, there, until)
			}
		}
	}
	// There for 350 of 550 ms on average, of which 50 are silent.
	if want := 20 * 50 * 60 * 300 / 550; due < want*95/100 || due > want*105/100 {
		t.Errorf("%d messages are due, want about %d", due, want)
	}
}
