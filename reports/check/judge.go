package check

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/mqbench/mqbench/reports/history"
)

// Details looks up the lives of the messages named, per publisher number, in the journals of the record. Messages that
// the journals do not know are missing in its answer.
type Details func(want map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error)

// Judge judges a recorded run. It changes neither, and the same record gives the identical analysis, whatever the order
// of what happened at the same time. Details may be nil; undelivered messages whose time is not known are then left
// open.
//
// An error means that the record contradicts itself or that the journals could not be read; it is not a verdict on the
// brokers.
func Judge(run *history.Run, details Details) (*Analysis, error) {
	r, err := newRecord(run)
	if err != nil {
		return nil, fmt.Errorf("judge the record: %w", err)
	}
	if details == nil {
		details = func(map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error) { return nil, nil }
	}
	d, err := r.judgeDelivery(details)
	if err != nil {
		return nil, fmt.Errorf("judge the record: %w", err)
	}
	windows, err := latencies(run.Latencies)
	if err != nil {
		return nil, fmt.Errorf("judge the record: %w", err)
	}
	a := &Analysis{
		Verdict:           Pass,
		Counts:            d.total,
		Groups:            d.groups.rows(),
		Latencies:         windows,
		Injections:        r.judgeFailover(),
		Outages:           r.outages(),
		Arrivals:          r.arrivals(),
		UnavailabilityGap: r.unavailabilityGap(),
		Measured:          r.measurement(),
		Generator:         r.generator(windows),
	}
	a.Anomalies, a.AnomaliesDropped = d.anomalies.list()
	a.Strip, a.ByWindow = d.strip.finished(), d.anomalies.byWindow
	for i := range a.Injections {
		x := &a.Injections[i]
		x.Lost, x.Duplicated, x.Reordered = d.anomalies.of(i)
		x.RateBack, x.LatencyBack, x.Backlog = r.rateBack(i), r.latencyBack(i), r.backlog(i)
		x.Brokers = r.brokerViews(i)
	}
	a.Findings = r.findings(a, d)
	for _, f := range a.Findings {
		a.Verdict = Worst(a.Verdict, f.Verdict)
	}
	return a, nil
}
