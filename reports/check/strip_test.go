package check_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// mishaps adds up a strip, its columns and what is undated.
func mishaps(s *check.Strip) (all check.Mishaps) {
	if s == nil {
		return all
	}
	for _, row := range s.Rows {
		all.Lost, all.Duplicated, all.Reordered = all.Lost+row.Undated.Lost, all.Duplicated+row.Undated.Duplicated, all.Reordered+row.Undated.Reordered
		for n := range s.Columns {
			all.Lost, all.Duplicated, all.Reordered = all.Lost+row.Lost[n], all.Duplicated+row.Duplicated[n], all.Reordered+row.Reordered[n]
		}
	}
	return all
}

// TestStripCountsEverything: whatever happened, the strip has as many as the counts.
func TestStripCountsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyStory(t)
		for range rapid.IntRange(0, 2).Draw(t, "unlisted") { // beyond what the record lists
			s.run.Flows[0].Duplicated++
			s.run.OdditiesDropped++
		}
		a, err := check.Judge(s.run, s.lookUp)
		if err != nil {
			t.Fatalf("judge: %v", err)
		}
		if len(s.run.Flows) > 0 && a.Strip == nil {
			t.Fatal("there is no strip")
		}
		want := check.Mishaps{Lost: a.Counts.Lost, Duplicated: a.Counts.Duplicated, Reordered: a.Counts.Reordered}
		if got := mishaps(a.Strip); got != want {
			t.Errorf("the strip has %+v, the counts %+v", got, want)
		}
	})
}

// TestStripPlacesByIntendedTime: load begins at 2s; message n is intended at 3s + n·1s.
func TestStripPlacesByIntendedTime(t *testing.T) {
	s := tell(
		another, ackedBy(1, "0-9"), receivedIn(1, "0-2 4-9"), // p1#3 is lost, intended at 6s
		acked("0-9"), received("0-9"), again(5, true, 9*time.Second, 0), behind(6, 10*time.Second),
	)
	s.run.Publishers[1].QoS = 1
	s.run.Flows[0].Duplicated += 7 // which the record does not list
	a := s.judge(t)
	x := a.Strip
	if x == nil || x.Began != loadBegan || x.Width != time.Second || x.Columns != 20 || len(x.Rows) != 2 {
		t.Fatalf("strip %+v (want 2 rows and 20 columns of a second from 2s)", x)
	}
	if n := x.Rows[1].Lost[4]; n != 1 {
		t.Errorf("p1: lost %v (want 1 in the fifth second of the load)", x.Rows[1].Lost)
	}
	if x.Rows[0].Duplicated[6] != 1 || x.Rows[0].Undated.Duplicated != 7 {
		t.Errorf("p0: duplicated %v, undated %+v (want 1 in the seventh second, 7 undated)", x.Rows[0].Duplicated, x.Rows[0].Undated)
	}
	if x.Rows[0].Reordered[7] != 1 {
		t.Errorf("p0: reordered %v (want 1 in the eighth second)", x.Rows[0].Reordered)
	}
	diff(t, "publishers", check.Bundle{Group: "pubs", Broker: "b1", First: "p0", Last: "p0", Count: 1}, x.Rows[0].From)
	diff(t, "accounts", check.Bundle{Group: "subs", Broker: "b2", First: "s0", Last: "s0", Count: 1}, x.Rows[0].To)
}

// TestStripIsBounded: a strip has at most 48 rows and 120 columns, which never mix brokers or groups while they are few.
func TestStripIsBounded(t *testing.T) {
	for _, x := range []struct{ publishers, subscribers, groups, brokers int }{
		{1, 1, 1, 1}, {10_000, 4, 1, 3}, {4, 5_000, 2, 3}, {1000, 1, 1, 30}, {600, 600, 60, 2}, {100, 100, 1, 60},
	} {
		t.Run(fmt.Sprint(x), func(t *testing.T) {
			s := tell()
			s.run.Phases[1].Ended, s.run.Phases[2] = 3602*time.Second, history.Phase{Name: "drain", Began: 3602 * time.Second, Ended: 3700 * time.Second}
			s.run.Phases[3] = history.Phase{Name: "close", Began: 3700 * time.Second, Ended: 3701 * time.Second}
			s.run.Publishers, s.run.Subscribers, s.run.Flows, s.run.Events = nil, nil, nil, nil
			s.run.Meta.Brokers, s.run.Brokers = nil, nil
			for n := range x.brokers {
				name := fmt.Sprintf("b%d", n+1)
				s.run.Meta.Brokers = append(s.run.Meta.Brokers, name)
				s.run.Brokers = append(s.run.Brokers, history.Broker{Name: name})
			}
			for n := range x.publishers {
				s.run.Publishers = append(s.run.Publishers, history.Publisher{
					Client: fmt.Sprint("p", n), Group: fmt.Sprint("pubs", n%x.groups), QoS: 1, Home: n % x.brokers, Original: n,
				})
			}
			for n := range x.subscribers {
				s.run.Subscribers = append(s.run.Subscribers, history.Subscriber{
					Client: fmt.Sprint("s", n), Group: fmt.Sprint("subs", n%x.groups), QoS: 1, Home: n % x.brokers, Account: n,
				})
			}
			for n := range max(x.publishers, x.subscribers) {
				s.run.Flows = append(s.run.Flows, history.Flow{Publisher: n % x.publishers, Account: n % x.subscribers})
			}
			strip := s.judge(t).Strip
			if len(strip.Rows) == 0 || len(strip.Rows) > 48 || strip.Columns != 120 || strip.Width != 30*time.Second {
				t.Fatalf("%d rows, %d columns of %v (want at most 48, and 120 of 30s)", len(strip.Rows), strip.Columns, strip.Width)
			}
			flows := 0
			for _, r := range strip.Rows {
				flows += r.Flows
				if x.groups*x.brokers <= 30 && x.groups == 1 && (r.From.Group == "" || x.publishers > x.subscribers && r.From.Broker == "") {
					t.Errorf("row %+v mixes what could be told apart", r.From)
				}
			}
			if flows != len(s.run.Flows) {
				t.Errorf("rows of %d flows (want %d)", flows, len(s.run.Flows))
			}
		})
	}
}

// TestNoStripWithoutLoad: what was never offered cannot go wrong.
func TestNoStripWithoutLoad(t *testing.T) {
	s := tell()
	s.run.Phases = s.run.Phases[:1]
	if a := s.judge(t); a.Strip != nil {
		t.Errorf("strip %+v of a run without load", a.Strip)
	}
	s = tell()
	s.run.Flows = nil
	if a := s.judge(t); a.Strip != nil {
		t.Errorf("strip %+v of a run without flows", a.Strip)
	}
}

// TestMishapsByWindow: a fault from 6.5s to 8s, message n is intended at 3s + n·1s.
func TestMishapsByWindow(t *testing.T) {
	a := tell(
		another, ackedBy(1, "0-9"), receivedIn(1, "0-2 5-9"), // p1#3 at 6s and p1#4 at 7s are lost
		acked("0-9"), received("0-9"), again(2, true, 9*time.Second, 0), again(4, true, 10*time.Second, 0), behind(6, 10*time.Second),
		fault("pause", 0, 6500*ms, 8*time.Second), qos(1, 1),
	).judge(t)
	diff(t, "by window", map[history.Window]check.Mishaps{
		history.Before: {Lost: 1, Duplicated: 1}, history.During: {Lost: 1, Duplicated: 1}, history.After: {Reordered: 1},
	}, a.ByWindow)
}
