package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

func TestWorst(t *testing.T) {
	verdicts := []check.Verdict{check.Pass, check.Inconclusive, check.Fail}
	if got := check.Worst(); got != check.Pass {
		t.Errorf("the worst of none = %s, want pass", got)
	}
	if got := check.Worst(check.Pass, "unheard of"); got != check.Inconclusive {
		t.Errorf("the worst of pass and an unknown verdict = %s, want inconclusive", got)
	}
	for i, a := range verdicts {
		for j, b := range verdicts {
			if got, want := check.Worst(a, b), verdicts[max(i, j)]; got != want {
				t.Errorf("the worst of %s and %s = %s, want %s", a, b, got, want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOf(rapid.SampledFrom(verdicts))
		a, b := some.Draw(t, "a"), some.Draw(t, "b")
		together := check.Worst(append(append([]check.Verdict{}, a...), b...)...)
		if apart := check.Worst(check.Worst(b...), check.Worst(a...)); together != apart {
			t.Fatalf("together %s, one after the other %s", together, apart)
		}
	})
}

// Each story of a run around its messages: what was done to the brokers, what they did, and whether the load was real.
// All messages arrive.
func TestFindings(t *testing.T) {
	kill := func(healed time.Duration) step { return fault("kill", 1, 10*s, healed) }
	hit := []step{down(10*s+20*ms, sub(0), 1), up(10*s+100*ms, sub(0), 0, true), resumed(0, sub(0), 11*s)}
	cut := []step{down(10*s, sub(0), 1), up(10*s+500*ms, sub(0), 1, true)}
	rate := func(r float64) step { return func(s *story) { s.run.Publishers[0].Rate = r } }
	planned := func(n uint64) step { return func(s *story) { s.run.Publishers[0].Planned = n } }
	due := func(n uint64) step { return func(s *story) { s.run.Publishers[0].Due = n } }
	for name, c := range map[string]struct {
		steps []step
		want  []string
		says  string
	}{
		"a fault, survived": {steps: append(hit, kill(15*s))},
		"a run that ended while its clients were connecting": {
			steps: []step{neverLoaded}, want: []string{"inconclusive: interrupted", "inconclusive: nothing published"},
			says: "not one of 0 due messages was written",
		},
		"a fault that failed": {
			steps: []step{kill(0), failed(0, "no such process")}, want: []string{"inconclusive: fault did not happen"},
			says: "kill of b2 at 10s: no such process",
		},
		"a fault that was planned and never begun": {
			steps: []step{fault("kill", 1, 0, 0), func(s *story) { s.run.Injections[0].Planned, s.run.Injections[0].Applied = 9e9, 0 }},
			want:  []string{"inconclusive: fault did not happen"}, says: "planned for 9s and never carried out",
		},
		"a killed broker that does not come back": {
			steps: append(hit, kill(15*s), healFailed("not ready within 60s")), want: []string{"fail: broker did not come back"},
			says: "kill of b2 at 10s: healing from 14s on did not bring it back: not ready within 60s",
		},
		"a frozen broker that cannot be thawed": {
			steps: append(hit, fault("pause", 1, 10*s, 15*s), healFailed("no such process")),
			want:  []string{"inconclusive: broker did not come back"},
		},
		"one of two killed, and the other cannot be started because it runs": {
			steps: append(hit, kill(15*s), healFailed("it runs already"), func(s *story) { s.run.Injections[0].Error = "no answer in time" }),
			want:  []string{"inconclusive: fault did not happen", "inconclusive: broker did not come back"},
		},
		"an interrupted heal": {
			steps: append(hit, kill(15*s), healFailed("context canceled"), interrupted),
			want:  []string{"inconclusive: interrupted", "inconclusive: broker did not come back"},
		},
		"a heal that nobody tried": {
			steps: append(hit, kill(0)), want: []string{"inconclusive: broker did not come back"}, says: "it was never healed",
		},
		"cut off without a fault": {
			steps: cut, want: []string{"fail: unexplained outages"}, says: "first: s0 lost b2 at 10s (EOF), back at 10.5s",
		},
		"cut off before the fault": {
			steps: append([]step{fault("pause", 0, 10200*ms, 10400*ms), resumed(0, pub(0), 11*s)}, cut...),
			want:  []string{"fail: unexplained outages"},
		},
		"cut off by a fault on another broker": {
			steps: append([]step{fault("pause", 0, 9900*ms, 10400*ms), resumed(0, sub(0), 11*s), resumed(0, pub(0), 11*s)}, cut...),
		},
		"cut off as late as keepalive may notice": {
			steps: append([]step{fault("pause", 1, 6*s, 7*s), resumed(0, sub(0), 11*s)}, cut...),
		},
		"cut off later than keepalive may notice": {
			steps: append([]step{fault("pause", 1, 6*s, 6900*ms), resumed(0, sub(0), 11*s)}, cut...),
			want:  []string{"fail: unexplained outages"},
		},
		"cut off during connect, and back before the load": {
			steps: []step{down(1500*ms, sub(0), 1), up(1600*ms, sub(0), 1, true)},
		},
		"cut off at the end of the run": {steps: []step{down(drained+100*ms, sub(0), 1)}},
		"a publisher cut off in the drain": {
			steps: []step{down(25*s, pub(0), 0)}, want: []string{"fail: unexplained outages"}, says: "never came back",
		},
		"a broker that crashed": {
			steps: append([]step{exit(1, 10*s+ms, "exit status 2")}, cut...), want: []string{"fail: broker crashed"},
			says: "b2 ended by itself at 10.001s (exit status 2)",
		},
		"a broker that aborted": {
			steps: append([]step{exit(1, 10*s, "signal: aborted (core dumped)")}, cut...), want: []string{"fail: broker crashed"},
		},
		"a broker whose end is noticed when its clients are back elsewhere": {
			steps: append([]step{exit(1, 11*s, "signal: killed")}, cut...), want: []string{"inconclusive: broker killed from outside"},
		},
		"a broker that ended long after": {
			steps: append([]step{exit(1, 14*s, "signal: killed")}, cut...),
			want:  []string{"fail: unexplained outages", "inconclusive: broker killed from outside"},
		},
		"a broker that the kernel killed": {
			steps: append([]step{exit(1, 10*s, "signal: killed")}, cut...), want: []string{"inconclusive: broker killed from outside"},
			says: "the machine may be out of memory",
		},
		"a container that the kernel killed": {
			steps: append([]step{exit(1, 10*s, "exited with code 137")}, cut...), want: []string{"inconclusive: broker killed from outside"},
		},
		"another broker's end is felt in a cluster": {
			steps: append([]step{exit(0, 10*s, "signal: killed")}, cut...),
			want:  []string{"inconclusive: broker killed from outside"},
		},
		"where brokers share nothing, another one's end explains nothing": {
			steps: append([]step{shape("independent"), on(1, "0-9"), exit(0, 10*s, "signal: killed")}, cut...),
			want:  []string{"fail: unexplained outages", "inconclusive: broker killed from outside"},
		},
		"the generator did not keep its schedule": {
			steps: []step{rate(100), timeline("99999999999")}, want: []string{"inconclusive: load not offered"},
			says: "90 of 1,000 messages became due in 10.0 s",
		},
		"a Poisson process may fall short by chance": {steps: []step{rate(12.5), timeline("99999999999")}},
		"and by more than chance": {
			steps: []step{rate(14.5), timeline("99999999999")}, want: []string{"inconclusive: load not offered"},
		},
		"the load ends before the last heal does": {steps: []step{rate(9), timeline("99999999999999999999"), idle(10, 20)}},
		"a schedule that was kept":                {steps: []step{planned(10)}},
		"a schedule that was not kept": {
			steps: []step{planned(11)}, want: []string{"inconclusive: load not offered"}, says: "10 of 11 messages became due in 20.0 s",
		},
		"a schedule that was cut short":    {steps: []step{planned(11), interrupted}, want: []string{"inconclusive: interrupted"}},
		"a closed loop offers what it can": {steps: []step{window(3), rate(0), timeline("91111111111")}},
		"beside a closed loop, a schedule that was not kept": {
			steps: []step{window(3), func(s *story) {
				s.run.Publishers = append(s.run.Publishers, history.Publisher{Client: "p1", Group: "pubs", Topic: "t/1", Planned: 5, Original: 1})
			}, up(1500*ms, pub(1), 0, false)},
			want: []string{"inconclusive: load not offered"}, says: "0 of 5 messages",
		},
		"the generator did not get to what was due": {
			steps: []step{due(20)}, want: []string{"inconclusive: load not dealt with"}, says: "10 of 20 due messages",
		},
		"the brokers did not take the load": {
			steps: []step{timeline("99999"), func(s *story) { s.run.Timeline[3].Unsent = 2 }},
			want:  []string{"inconclusive: load not taken"}, says: "2 of 45 messages",
		},
		"unsent during a fault is its effect": {
			steps: append([]step{timeline("9999999999999"), kill(15 * s), func(s *story) { s.run.Timeline[9].Unsent = 9 }}, hit...),
		},
		"the generator was late": {
			steps: []step{func(s *story) {
				s.run.Generator = history.Generator{Written: 1000, Late: 11, LateBound: 10 * ms}
			}},
			want: []string{"inconclusive: generator late"}, says: "11 of 1,000 messages were written more than 10.0 ms late",
		},
		"the generator was late once in a while": {
			steps: []step{func(s *story) { s.run.Generator = history.Generator{Written: 1000, Late: 10} }},
		},
		"the fault hit an idle system": {
			steps: append([]step{timeline("00000000999999"), kill(15 * s)}, hit...),
			want:  []string{"inconclusive: idle before the fault"},
		},
		"events dropped": {
			steps: []step{func(s *story) { s.run.EventsDropped = 3 }}, want: []string{"inconclusive: events dropped"},
		},
		"a refused subscription, repaired": {
			steps: append([]step{
				kill(15 * s), down(10*s+20*ms, sub(0), 1), connectedOnly(10*s+50*ms, sub(0), 0),
				refusedSubscription(10*s+60*ms, sub(0), 0), down(10*s+70*ms, sub(0), 0),
			}, hit[1:]...),
			want: []string{"pass: subscriptions refused"}, says: "s0 by b1 at 10.06s (code 0x87)",
		},
		"some of the clients never resumed": {
			steps: append(hit[:2:2], kill(15*s)), want: []string{"pass: never resumed"},
			says: "1 of 1 client hit by the kill of b2 at 10s not served again",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(append([]step{acked("0-9"), received("0-9")}, c.steps...)...).judge(t)
			diff(t, "findings", append([]string{}, c.want...), findings(a))
			text := details(a)
			if !strings.Contains(text, c.says) {
				t.Errorf("findings do not say %q", c.says)
			}
			worst := check.Pass
			for _, f := range a.Findings {
				worst = check.Worst(worst, f.Verdict)
			}
			if a.Verdict != worst {
				t.Errorf("verdict %s, want %s", a.Verdict, worst)
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

func healFailed(text string) step {
	return func(s *story) { s.run.Injections[0].HealError = text }
}

func connectedOnly(at time.Duration, c history.ClientRef, broker int) step {
	return func(s *story) { s.event(at, c, history.Connected, broker, false, "") }
}

func subscribedOnly(at time.Duration, c history.ClientRef, broker int) step {
	return func(s *story) { s.event(at, c, history.Subscribed, broker, false, "") }
}

// neverLoaded is a run that was interrupted before its publisher was connected.
func neverLoaded(s *story) {
	s.run.Phases = []history.Phase{{Name: "connect", Began: time.Second, Ended: loadBegan}, {Name: "close", Began: loadBegan}}
	s.run.Events = slices.DeleteFunc(s.run.Events, func(e history.Event) bool { return !e.Client.Subscriber })
	p := &s.run.Publishers[0]
	p.Due, p.Next, p.Acknowledged = 0, 0, history.Sequences{}
	s.run.Flows[0].Delivered = history.Sequences{}
	s.run.Meta.Interrupted = true
}

func drainEndsAt(at time.Duration) step {
	return func(s *story) { s.run.Phases[2].Ended, s.run.Phases[3].Began = at, at }
}

// settledAt moves the acknowledgement of a message of publisher 0.
func settledAt(n uint32, at time.Duration) step {
	return func(s *story) {
		d := s.details[0][n]
		d.Settled = at
		s.details[0][n] = d
	}
}

func refusedSubscription(at time.Duration, c history.ClientRef, broker int) step {
	return func(s *story) { s.event(at, c, history.SubscribeFailed, broker, false, "code 0x87") }
}

// The words of the evidence, as people read them.
func TestEvidence(t *testing.T) {
	killed := []step{
		fault("kill", 1, 7400*ms, 10*s), down(7500*ms, sub(0), 1), up(10500*ms, sub(0), 1, false), resumed(0, sub(0), 11*s),
	}
	for name, c := range map[string]struct {
		steps []step
		want  string
	}{
		"silent": {
			[]step{acked("0-9"), received("0-3 6-9"), fault("pause", 1, 6500*ms, 7*s), resumed(0, sub(0), 7*s)},
			"fail: silent loss: 2 deliveries of acknowledged messages were lost without notice (SessionPresent=1, or never disconnected); " +
				"first: p0 #4 on t/0 to s0, intended at 7s, during pause of b2 at 6.5s\n",
		},
		// In binary 6.56 is neither 6 + 0.56 nor a number of thousandths.
		"a time that is no binary fraction": {
			[]step{acked("0-9"), received("0-3 5-9"), fault("pause", 1, 6560*ms, 6900*ms), resumed(0, sub(0), 7*s)},
			"fail: silent loss: 1 delivery of an acknowledged message was lost without notice (SessionPresent=1, or never disconnected); " +
				"first: p0 #4 on t/0 to s0, intended at 7s, after pause of b2 at 6.56s\n",
		},
		"declared": {
			append(killed, acked("0-9"), received("0-2 8 9")),
			"pass: declared loss: 5 deliveries of acknowledged messages were lost because their subscribers' sessions were gone when they came back " +
				"(SessionPresent=0): 5 with the kill of b2 at 7.4s; first: p0 #3 on t/0 to s0, intended at 6s, before any fault\n",
		},
		"missed": {
			append(killed, clean, acked("0-9"), received("0-4 8 9")),
			"pass: missed: 3 deliveries were missed: their messages were published while the subscriber had no session that " +
				"could be reached\n",
		},
		"open": {
			[]step{acked("0-9"), received("0-8")},
			"inconclusive: drain not finished: 1 delivery was outstanding at the end of 1 flow (the drain ended after 38.0 s): " +
				"whether they are lost is not known; first: p0 #9 on t/0 to s0, intended at 12s\n",
		},
		"open, with a subscriber away": {
			[]step{acked("0-9"), received("0-4"), fault("kill", 1, 7400*ms, 10*s), down(7500*ms, sub(0), 1)},
			"inconclusive: drain not finished: 5 deliveries were outstanding at the end of 1 flow (the drain ended after 38.0 s, with " +
				"1 subscriber not connected): whether they are lost is not known; first: p0 #5 on t/0 to s0, intended at 8s, " +
				"during kill of b2 at 7.4s\npass: never resumed: 1 of 1 client hit by the kill of b2 at 7.4s not served again until " +
				"the end of the run\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			diff(t, "evidence", c.want, details(tell(c.steps...).judge(t)))
		})
	}
}

// A record that contradicts itself is an error and not a verdict.
func TestContradictions(t *testing.T) {
	for name, c := range map[string]struct {
		change step
		want   string
	}{
		"flow of nobody":         {func(s *story) { s.run.Flows[0].Publisher = 1 }, "flow 0: publisher 1 of 1"},
		"flow to nobody":         {func(s *story) { s.run.Flows[0].Account = 1 }, "flow 0: account 1 has no subscriber"},
		"flow twice":             {func(s *story) { s.run.Flows = append(s.run.Flows, s.run.Flows[0]) }, "have another flow"},
		"account out of range":   {func(s *story) { s.run.Subscribers[0].Account = 7 }, "subscriber 0: account 7"},
		"event of nobody":        {up(s, sub(5), 0, false), "client 5 of 1"},
		"outcome of no message":  {func(s *story) { s.run.Publishers[0].Acknowledged.Add(99) }, "message 99 has an outcome"},
		"target that is no more": {fault("kill", 7, s, 2*s), "injection 0: targets [7] of 2 brokers"},
		"duplicate from nobody":  {func(s *story) { again(1, true, ms, 0)(s); s.run.Oddities[0].Publisher = 9 }, "oddity 0: publisher 9 of 1"},
		"oddity at nobody":       {func(s *story) { again(1, true, ms, 0)(s); s.run.Oddities[0].Subscriber = 9 }, "oddity 0: subscriber 9 of 1"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := check.Judge(tell(acked("0-9"), received("0-9"), c.change).run, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("judged %v, error %v, want an error with %q", a, err, c.want)
			}
		})
	}
}
