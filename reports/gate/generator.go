package gate

import (
	"fmt"
	"math"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// excuse widens a figure by what may be mqbench's own doing and not the brokers'. A generator can only make times longer
// and throughput smaller than they are, so that a bound that is kept is kept in any case:
//
//   - A latency may be shorter by mqbench's own waits on its way, at the same statistic: the lag of shards before the
//     write, the lag of readers and of the process after the message, or its acknowledgement, had come.
//   - Where the generator was beyond its bounds, times may be as short as any, and amounts of what was published and
//     received as large; what could not be sent may have been as little as nothing.
//
// What was lost, duplicated, reordered or refused is what it is.
func excuse(observed reports.Figure, t scenarios.FigureName, r *reports.Result) figure {
	f := figure{Figure: observed}
	if !f.Known || t.Metric == scenarios.MemoryGrowth || t.Statistic == "count" || t.Statistic == "never" {
		return f
	}
	beyond := len(r.Generator.Beyond) > 0
	const because = "mqbench beyond its bounds" // the finding says of what
	switch t.Metric {
	case "attempted", "acknowledged", "expected", "delivered", scenarios.AcknowledgedRate, scenarios.DeliveredRate:
		if beyond {
			f.High, f.doubt = math.Inf(1), because
		}
	case "unsent":
		if beyond {
			f.Low, f.doubt = 0, because
		}
	case "in_doubt", "refused", "lost", "recovered", "duplicated", "reordered", "copies", "phantom", "missed",
		scenarios.BrokerCPUPerMessage, scenarios.BrokerMemory, scenarios.BrokerMemoryPerConnection, scenarios.GeneratorCPUPerMessage:
	default:
		if beyond {
			f.Low, f.doubt = 0, because
		} else if own := ownPart(t, r.Generator.Waits); own > 0 {
			f.Low = max(0, f.Low-float64(own))
			f.doubt = fmt.Sprintf("mqbench's up to %s", reports.Span(own))
		}
	}
	return f
}

// ownPart is how much of a latency may be mqbench's own waits.
func ownPart(t scenarios.FigureName, waits reports.Latencies) time.Duration {
	part := func(m history.Metric) time.Duration {
		d := waits[string(m)]
		if v, ok := d.Statistic(t.Statistic); ok && d.Count > 0 {
			return max(v, 0)
		}
		return 0
	}
	// The pulse feels what the others feel, as far as it keeps the whole process from running: it is no further wait.
	sending := part(history.ShardLag)
	reading := max(part(history.ReadLag)+part(history.SchedulerLatency), part(history.WakeLag))
	switch t.Metric {
	case string(history.PublishDelay):
		return sending
	case string(history.EndToEnd):
		return sending + reading
	case string(history.PublishLatency), string(history.Service), string(history.ConnectLatency),
		string(history.DialTime), string(history.TLSHandshake), string(history.UpgradeTime), string(history.ConnackTime):
		return reading
	default:
		return 0
	}
}
