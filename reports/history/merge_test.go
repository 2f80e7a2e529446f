package history_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/history"
)

// merge merges runs that fit together.
func merge(t *rapid.T, runs ...*history.Run) *history.Run {
	merged, err := history.Merge(runs...)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

// requireSameRun compares merged records, by their saved form and, to say where, by meaning.
func requireSameRun(t *rapid.T, what string, a, b *history.Run) {
	textA, errA := history.EncodeBody(a)
	textB, errB := history.EncodeBody(b)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if string(textA) != string(textB) {
		t.Fatalf("%s:\n%s", what, cmp.Diff(a, b, sameRun))
	}
}

func TestMergingDoesNotDependOnOrderOrSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawRun(t), drawRun(t), drawRun(t)
		if merged, err := history.Merge(a, b, c); err != nil {
			t.Skip(err, merged)
		}
		requireSameRun(t, "a+b and b+a", merge(t, a, b), merge(t, b, a))
		requireSameRun(t, "(a+b)+c and a+(b+c)", merge(t, merge(t, a, b), c), merge(t, a, merge(t, b, c)))
		requireSameRun(t, "a+b+c and c+b+a", merge(t, a, b, c), merge(t, c, b, a))
		requireSameRun(t, "a and merged a", merge(t, a), merge(t, merge(t, a)))
	})
}

func TestMergingLeavesThePartsAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawRun(t), drawRun(t)
		before, err := history.Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := history.Merge(a, b); err != nil {
			t.Skip(err)
		}
		after, err := history.Encode(a)
		if err != nil || string(before) != string(after) {
			t.Fatal("merging has changed its argument", err)
		}
	})
}

// One recorder for all clients and one for each half record the same.
func TestPartsMakeTheWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := fleet(4, 4, 1)
		o.Lanes = 1
		whole, first, second := record(t, o), record(t, o), record(t, o)
		part := func(n int) *history.Recorder { return []*history.Recorder{first, second}[n%2] }
		for range rapid.IntRange(0, 100).Draw(rt, "steps") {
			n, seq := rapid.IntRange(0, 3).Draw(rt, "client"), rapid.Uint32Range(0, 9).Draw(rt, "sequence")
			at := ms(rapid.IntRange(1, 50).Draw(rt, "at"))
			for _, r := range []*history.Recorder{whole, part(n)} {
				switch seq % 4 {
				case 0:
					sends(r.Publisher(n), seq, at)
				case 1:
					acks(r.Publisher(n), seq, at)
				case 2:
					receives(r.Subscriber(n), 1, seq, at)
				default:
					r.Subscriber(n).Disconnected(at, 0, "reset")
				}
			}
		}
		all, parts := finish(t, whole), merge(rt, finish(t, first), finish(t, second))
		// The epochs of the three recorders are not the same moment; everything else has to be.
		all.Meta.Started = parts.Meta.Started
		requireSameRun(rt, "whole and parts", all, parts)
	})
}

func TestMergeCountsWhatTwoMembersGotAsDuplicate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := shared(fleet(1, 2, 1))
		o.Lanes = 1
		first, second, whole := record(t, o), record(t, o), record(t, o)
		for range rapid.IntRange(0, 30).Draw(rt, "receipts") {
			n, seq := rapid.IntRange(0, 1).Draw(rt, "member"), rapid.Uint32Range(0, 9).Draw(rt, "sequence")
			receives([]*history.Recorder{first, second}[n].Subscriber(n), 0, seq, ms(1))
			receives(whole.Subscriber(n), 0, seq, ms(1))
		}
		got := merge(rt, finish(t, first), finish(t, second)).Flows[0]
		want := finish(t, whole).Flows[0]
		if !got.Delivered.Equal(want.Delivered) || got.Duplicated != want.Duplicated {
			rt.Fatalf("merged %v with %d duplicates, want %v with %d",
				got.Delivered, got.Duplicated, want.Delivered, want.Duplicated)
		}
	})
}

func TestMergeRefusesWhatDoesNotBelongTogether(t *testing.T) {
	run := func(change func(run *history.Run)) *history.Run {
		run := &history.Run{
			Meta:        history.Meta{RunID: 1},
			Publishers:  []history.Publisher{{Client: "p", Topic: "a"}},
			Subscribers: []history.Subscriber{{Client: "s"}},
			Injections:  []history.Injection{{Fault: "kill"}},
			Brokers:     []history.Broker{{Name: "b1"}},
		}
		change(run)
		return run
	}
	stories := map[string]func(run *history.Run){
		"it is of run 0000000000000002":       func(run *history.Run) { run.Meta.RunID = 2 },
		`publisher 0: "p" and "p" differ`:     func(run *history.Run) { run.Publishers[0].Topic = "b" },
		`subscriber 0: "s" and "s" differ`:    func(run *history.Run) { run.Subscribers[0].QoS = 2 },
		"injection 0: kill at 0s and stop at": func(run *history.Run) { run.Injections[0].Fault = "stop" },
		`broker 0 is "b1" and "b2"`:           func(run *history.Run) { run.Brokers[0].Name = "b2" },
	}
	for want, change := range stories {
		_, err := history.Merge(run(func(*history.Run) {}), run(change))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := history.Merge(); err == nil {
		t.Error("nothing is merged without an error")
	}
	placeholder := run(func(run *history.Run) {
		run.Publishers[0], run.Subscribers[0] = history.Publisher{}, history.Subscriber{}
	})
	if merged, err := history.Merge(placeholder, run(func(*history.Run) {})); err != nil || merged.Publishers[0].Client != "p" {
		t.Errorf("what one part knows nothing of is refused: %v", err)
	}
}
