package exposition

import (
	"fmt"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mqbench/mqbench/reports/history"
)

// prefix begins the name of every metric.
const prefix = "mqbench_"

// runLabel tells runs apart; every metric has it.
const runLabel = "run"

// A collector reads the record of the run that is shown whenever somebody scrapes.
type collector struct {
	families  []family
	latencies *latencies

	mu       sync.Mutex
	recorder *history.Recorder // nil: no run is shown
}

func newCollector() *collector {
	return &collector{families: families(), latencies: newLatencies()}
}

// show has another run collected from now on.
func (c *collector) show(r *history.Recorder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recorder = r
	c.latencies.forget()
}

// Describe implements [prometheus.Collector].
func (c *collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, f := range c.families {
		descriptions <- f.description
	}
	c.latencies.describe(descriptions)
}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(metrics chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.recorder == nil {
		return
	}
	p := c.recorder.Progress()
	run := fmt.Sprintf("%016x", p.Meta.RunID)
	for _, f := range c.families {
		f.collect(p, func(value float64, labels ...string) {
			metrics <- prometheus.MustNewConstMetric(f.description, f.kind, value, valid(run, labels)...)
		})
	}
	c.latencies.collect(c.recorder, run, metrics)
}

// valid are the values of a metric's labels. What is not UTF-8 was said by a broker, and the format knows no other.
func valid(run string, labels []string) []string {
	values := []string{run}
	for _, l := range labels {
		values = append(values, strings.ToValidUTF8(l, "\uFFFD"))
	}
	return values
}

// describe is the description of a metric that has the label of the run and these.
func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, append([]string{runLabel}, labels...), nil)
}
