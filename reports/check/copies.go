package check

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports/history"
)

// copiesOf lists, by publisher, those that publish its messages again. Equal sequence numbers are the same message.
func copiesOf(run *history.Run) map[int][]int {
	copies := make(map[int][]int)
	for n, p := range run.Publishers {
		if p.Original != n {
			copies[p.Original] = append(copies[p.Original], n)
		}
	}
	return copies
}

// A stream is all that one account was to receive of a publisher and its copies, each of which has a flow of its own.
type stream struct {
	publisher, account int
	flows              []history.Flow
}

// streams yields the streams: one for each flow where nothing is published twice.
func (r *record) streams() iter.Seq[stream] {
	type key struct{ publisher, account int }
	return func(yield func(stream) bool) {
		joined := make(map[key][]history.Flow)
		for n, f := range r.run.Flows {
			k := key{r.run.Publishers[f.Publisher].Original, f.Account}
			if len(r.copies[k.publisher]) > 0 {
				joined[k] = append(joined[k], f)
			} else if !yield(stream{k.publisher, k.account, r.run.Flows[n : n+1]}) {
				return
			}
		}
		inOrder := func(a, b key) int {
			return cmp.Or(cmp.Compare(a.publisher, b.publisher), cmp.Compare(a.account, b.account))
		}
		for _, k := range slices.SortedFunc(maps.Keys(joined), inOrder) {
			if !yield(stream{k.publisher, k.account, joined[k]}) {
				return
			}
		}
	}
}

// from is the set of messages of one source that the account received.
func (s *stream) from(x source) *roaring.Bitmap {
	for n := range s.flows {
		if s.flows[n].Publisher == x.publisher {
			return roaring.And(s.flows[n].Delivered.Bitmap(), x.all)
		}
	}
	return roaring.New()
}

// received is the set of all messages of the ledger that the account received.
func (s *stream) received(l *ledger) *roaring.Bitmap {
	got := roaring.New()
	for _, x := range l.sources {
		got.Or(s.from(x))
	}
	return got
}

// counts adds up what the flows count of receipts beyond the first.
func (s *stream) counts() (c Counts) {
	for _, f := range s.flows {
		c.add(Counts{Duplicated: f.Duplicated, Reordered: f.Reordered, Copies: f.Copies})
	}
	return c
}
