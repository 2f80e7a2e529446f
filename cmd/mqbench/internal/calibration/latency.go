package calibration

import (
	"context"
	"time"

	"github.com/mqbench/mqbench/fixtures/faulty"
	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// delay is what the broker adds on purpose.
const delay = 50 * time.Millisecond

// latencies are the cases in which the broker adds a known time: the median with it less the median without it is
// what mqbench measures, and the median of how long the broker held messages back is what is true: like with like, for on
// a busy machine a few late timers move a mean and not a median. Nothing else may change.
func latencies() []trial {
	return []trial{
		delayed("delivery delayed", 0, faulty.Plan{DeliveryDelay: delay}, func(t faulty.Truth) time.Duration {
			return t.Delivery.Median()
		}, history.EndToEnd, history.Service),
		delayed("acknowledgement delayed", 1, faulty.Plan{AnswerDelay: delay}, func(t faulty.Truth) time.Duration {
			return t.Answer.Median()
		}, history.PublishLatency),
		// PUBREC and PUBCOMP are both late.
		delayed("acknowledgements delayed, QoS 2", 2, faulty.Plan{AnswerDelay: delay}, func(t faulty.Truth) time.Duration {
			return 2 * t.Answer.Median()
		}, history.PublishLatency),
	}
}

func delayed(
	name string, qos scenarios.QoS, plan faulty.Plan, truth func(faulty.Truth) time.Duration, metrics ...history.Metric,
) trial {
	plain := small(name, qos)
	plain.publishers = []scenarios.PublisherGroup{publishers("p", 20, qos, 20)}
	late := plain
	late.plan = func(int) faulty.Plan { return plan }
	return trial{name: name, alone: true, rows: func(ctx context.Context) ([]row, error) {
		without, err := plain.run(ctx)
		if err != nil {
			return nil, err
		}
		with, err := late.run(ctx)
		if err != nil {
			return nil, err
		}
		rows := counts(with)
		for _, m := range metrics {
			added := median(with.analysis, m) - median(without.analysis, m)
			rows = append(rows, span(string(m)+" added", truth(with.truth), added))
		}
		held := truth(with.truth)
		return append(rows, within("broker held back", delay, 3*delay, held)), nil
	}}
}

// median is the middle of all samples of the measurement; 0 where there are none.
func median(a *check.Analysis, m history.Metric) time.Duration {
	h := a.Latencies[check.All][m]
	if h == nil || h.TotalCount() == 0 {
		return 0
	}
	return time.Duration(h.ValueAtQuantile(50))
}
