package history_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/history"
)

// duplicated describes a publisher, its copy, another publisher, and a subscriber of two clients.
func duplicated() history.Options {
	o := fleet(3, 2, 1)
	o.Publishers[1].Copy = true
	o.Subscribers[1].Copy, o.Subscribers[1].Account = true, 0
	return o
}

// path is a receipt in a story: which publisher's, by which client, and the message.
type path struct {
	publisher uint32
	client    int
	seq       uint32
}

func TestReceiptsByTheirPath(t *testing.T) {
	stories := map[string]struct {
		receipts  []path
		want      [2]history.Flow // of the original and its copy, without the sets
		delivered [2]string
		total     uint64
	}{
		"each by all four paths": {
			receipts: []path{{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {1, 1, 0}}, delivered: [2]string{"0", "0"}, total: 1,
			want: [2]history.Flow{{Copies: 1}, {Copies: 2}},
		},
		"halves that make a whole": {
			receipts: []path{{0, 0, 0}, {1, 1, 1}, {0, 1, 2}, {1, 0, 3}}, delivered: [2]string{"0 2", "1 3"}, total: 4,
		},
		"twice by one path is a duplicate, and a copy stays one": {
			receipts: []path{{0, 0, 0}, {1, 0, 0}, {1, 0, 0}, {0, 0, 0}}, delivered: [2]string{"0", "0"}, total: 1,
			want: [2]history.Flow{{Duplicated: 1}, {Duplicated: 1, Copies: 1}},
		},
		"a path that lags behind is in order": {
			receipts:  []path{{0, 0, 0}, {0, 0, 1}, {0, 0, 2}, {1, 0, 0}, {0, 1, 0}, {0, 1, 1}, {1, 0, 1}},
			delivered: [2]string{"0-2", "0-1"}, total: 3, want: [2]history.Flow{{Copies: 2}, {Copies: 2}},
		},
		"but not if it swaps": {
			receipts: []path{{0, 0, 0}, {0, 0, 1}, {0, 1, 1}, {0, 1, 0}}, delivered: [2]string{"0-1", ""}, total: 2,
			want: [2]history.Flow{{Copies: 2, Reordered: 1}},
		},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			r := record(t, duplicated())
			for i, m := range story.receipts {
				r.Subscriber(m.client).Received(history.Receipt{Publisher: m.publisher, Sequence: m.seq, QoS: 1}, nil, ms(10+i))
				r.Subscriber(m.client).EndBatch()
			}
			if got := r.Totals().Delivered; got != story.total {
				t.Errorf("%d deliveries in the timeline, want %d", got, story.total)
			}
			run := finish(t, r)
			if got := run.Latencies[history.WarmUp][history.EndToEnd].TotalCount(); uint64(got) != story.total {
				t.Errorf("%d latencies, want %d", got, story.total)
			}
			for n, want := range story.want {
				got := run.Flows[n]
				want.Publisher = n
				if delivered := got.Delivered.String(); delivered != story.delivered[n] {
					t.Errorf("flow %d delivered %q, want %q", n, delivered, story.delivered[n])
				}
				got.Delivered = history.Sequences{}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("flow %d (-want +got):\n%s", n, diff)
				}
			}
			for _, o := range run.Oddities {
				if o.Kind == history.Duplicate && run.Flows[o.Publisher].Duplicated == 0 {
					t.Errorf("a copy is listed: %+v", o)
				}
			}
			if run.Publishers[0].Original != 0 || run.Publishers[1].Original != 0 || run.Publishers[2].Original != 2 {
				t.Errorf("originals %+v", run.Publishers)
			}
		})
	}
}

// drawReceipts draws receipts by any path.
func drawReceipts(t *rapid.T) []path {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) path {
		return path{
			rapid.Uint32Range(0, 2).Draw(t, "publisher"), rapid.IntRange(0, 1).Draw(t, "client"),
			rapid.Uint32Range(0, 6).Draw(t, "sequence"),
		}
	}), 0, 60).Draw(t, "receipts")
}

// Every receipt is one of: the account's first of a message, a first by its path, or a duplicate.
func TestCopiesAgainstACountByHand(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := record(t, duplicated())
		var firsts, copies, duplicates uint64
		seen, had := map[path]bool{}, map[path]bool{}
		for _, m := range drawReceipts(rt) {
			receives(r.Subscriber(m.client), m.publisher, m.seq, ms(1))
			message := path{publisher: m.publisher, seq: m.seq}
			if m.publisher == 1 {
				message.publisher = 0
			}
			switch {
			case seen[m]:
				duplicates++
			case had[message]:
				copies++
			default:
				firsts++
			}
			seen[m], had[message] = true, true
		}
		if got := r.Totals(); got.Delivered != firsts || got.Duplicated != duplicates {
			rt.Fatalf("totals %+v, want %d delivered, %d duplicated", got, firsts, duplicates)
		}
		run := finish(t, r)
		var gotCopies, gotDuplicates uint64
		for _, f := range run.Flows {
			gotCopies, gotDuplicates = gotCopies+f.Copies, gotDuplicates+f.Duplicated
		}
		if gotCopies != copies || gotDuplicates != duplicates || uint64(len(run.Oddities)) < duplicates {
			rt.Fatalf("%d copies, %d duplicates, want %d and %d", gotCopies, gotDuplicates, copies, duplicates)
		}
	})
}

// Each client's part in a process of its own gives the same counts.
func TestMergedCopiesAreThoseOfTheWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := duplicated()
		whole, parts := record(t, o), []*history.Recorder{record(t, o), record(t, o)}
		for _, m := range drawReceipts(rt) {
			receives(whole.Subscriber(m.client), m.publisher, m.seq, ms(1))
			receives(parts[m.client].Subscriber(m.client), m.publisher, m.seq, ms(1))
		}
		want := finish(t, whole).Flows
		got := merge(rt, finish(t, parts[0]), finish(t, parts[1])).Flows
		if !slices.EqualFunc(want, got, func(a, b history.Flow) bool {
			return a.Delivered.Equal(b.Delivered) && a.Copies == b.Copies && a.Duplicated == b.Duplicated
		}) {
			rt.Fatalf("merged %+v, want %+v", got, want)
		}
	})
}

func TestMisdescribedCopiesAreRefused(t *testing.T) {
	for want, change := range map[string]func(o *history.Options){
		"new recorder: publisher 0: it is no copy of the one before it": func(o *history.Options) { o.Publishers[0].Copy = true },
		"new recorder: publisher 2: it is no copy of the one before it": func(o *history.Options) { o.Publishers[2].Copy = true },
		"new recorder: subscriber 0: it has not the account of the one before it": func(o *history.Options) {
			o.Subscribers[0].Copy = true
		},
		"new recorder: subscriber 1: it has not the account of the one before it": func(o *history.Options) {
			o.Subscribers[1].Account = 1
		},
	} {
		o := duplicated()
		change(&o)
		if _, err := history.NewRecorder(o); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
