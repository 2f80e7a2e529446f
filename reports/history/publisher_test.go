package history_test

import (
	"testing"

	"github.com/mqbench/mqbench/reports/history"
)

func TestEveryMessageHasOneFate(t *testing.T) {
	o := fleet(1, 0, 1)
	o.Dir = t.TempDir()
	r := record(t, o)
	p := r.Publisher(0)
	p.Due(7)
	for _, seq := range []uint32{0, 1, 2, 3, 5} {
		p.Written(seq, ms(1), ms(2), 0, seq == 5)
	}
	p.Acknowledged(0, ms(1), ms(2), ms(3), 0, 0)
	p.Acknowledged(1, ms(1), ms(2), ms(3), 0, 0x10)
	p.Refused(2, ms(1), ms(2), ms(3), 0, 0x87)
	p.InDoubt(3, ms(1), ms(2), ms(3), 0)
	p.Unsent(4)
	p.Unsent(6)
	// Said again, it changes nothing.
	p.Acknowledged(1, ms(1), ms(2), ms(9), 0, 0x10)
	p.Refused(2, ms(1), ms(2), ms(9), 0, 0x87)
	p.InDoubt(3, ms(1), ms(2), ms(9), 0)
	p.Unsent(4)

	if got, want := r.Totals(), (history.Totals{Due: 7, Written: 5, Acknowledged: 2, Unsent: 2, Clients: 1}); got != want {
		t.Errorf("totals %+v, want %+v", got, want)
	}
	run := finish(t, r)
	got := run.Publishers[0]
	fates := map[string]string{
		"acknowledged": got.Acknowledged.String(), "refused": got.Refused.String(), "unsent": got.Unsent.String(),
		// The run ended before anything was heard of 5.
		"in doubt": got.InDoubt.String(),
	}
	for fate, want := range map[string]string{"acknowledged": "0-1", "refused": "2", "in doubt": "3 5", "unsent": "4 6"} {
		if fates[fate] != want {
			t.Errorf("%s: %q, want %q", fate, fates[fate], want)
		}
	}
	if got.Due != 7 || got.Next != 7 || got.Unmatched != 1 {
		t.Errorf("publisher %+v", got)
	}
	if run.Generator.Late != 1 || run.Generator.Written != 5 {
		t.Errorf("generator %+v", run.Generator)
	}
	if h := run.Latencies[history.WarmUp][history.PublishLatency]; h.TotalCount() != 2 {
		t.Errorf("%d publish latencies, want 2", h.TotalCount())
	}
	details := 0
	if _, err := history.ScanJournals(o.Dir, func(history.Detail) { details++ }); err != nil || details != 4 {
		t.Errorf("the journals know %d messages, %v; want 4", details, err)
	}
}
