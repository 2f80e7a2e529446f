package coordinator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/exposition"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/history"
)

// scraped are the samples of a scrape, by name and labels; counters tells which of them may not fall.
type scraped struct {
	samples  map[string]float64
	counters map[string]bool
}

// scrape asks a server for its metrics. Histograms give the count and each class.
func scrape(ctx context.Context, url string) (scraped, error) {
	s := scraped{map[string]float64{}, map[string]bool{}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return s, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return s, err
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return s, err
	}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			key := name
			for _, l := range m.GetLabel() {
				if l.GetName() != "run" {
					key += fmt.Sprintf(" %s=%s", l.GetName(), l.GetValue())
				}
			}
			h := m.GetHistogram()
			s.samples[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(h.GetSampleCount())
			s.counters[key] = family.GetType() != dto.MetricType_GAUGE
			for _, b := range h.GetBucket() {
				class := fmt.Sprintf("%s le=%v", key, b.GetUpperBound())
				s.samples[class], s.counters[class] = float64(b.GetCumulativeCount()), true
			}
		}
	}
	return s, nil
}

// TestExposition: while a broker is killed and started again no counter falls and none goes away, and at the end they
// are what the result says.
func TestExposition(t *testing.T) {
	t.Parallel()
	server, err := exposition.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	// In half a second more becomes due than a backlog of five holds: whoever comes back first, the fault hits somebody.
	s := prepare(t, "phases.measure=3s", "chaos=[{at: 500ms, fault: kill, target: b1, for: 500ms}]", "workload.client.session=persistent",
		"workload.client.backlog=5")
	s.Recording = server.Show
	ctx, cancel := bounded(t)
	defer cancel()

	watching, stop := context.WithCancel(ctx)
	watched := make(chan error, 1)
	var last scraped
	go func() { watched <- watch(watching, server.URL(), &last) }()
	result, err := Run(ctx, s.Options)
	stop()
	if err := errors.Join(err, <-watched); err != nil {
		t.Fatal(err)
	}
	final, err := scrape(ctx, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := risen(last, final); err != nil || len(last.samples) == 0 {
		t.Errorf("of %d samples: %v", len(last.samples), err)
	}
	compareToResult(t, final.samples, result)
	s.left(t)
}

// watch scrapes until the end, a few times a second, and says what has fallen.
func watch(ctx context.Context, url string, last *scraped) error {
	ticks := time.NewTicker(50 * time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		now, err := scrape(ctx, url)
		if ctx.Err() != nil {
			return nil
		}
		if err := errors.Join(err, risen(*last, now)); err != nil {
			return err
		}
		*last = now
	}
}

// risen says which counter has fallen or gone away.
func risen(before, now scraped) error {
	for key, was := range before.samples {
		if is, there := now.samples[key]; before.counters[key] && (!there || is < was) {
			return fmt.Errorf("%s fell from %v to %v (there: %v)", key, was, is, there)
		}
	}
	return nil
}

// compareToResult compares what is served at the end with the judgement of the run. There are no duplicate subscribers
// and no shared ones, and everything is of QoS 1, so that all are counted alike.
func compareToResult(t *testing.T, samples map[string]float64, r *reports.Result) {
	t.Helper()
	c := r.Counts
	want := map[string]float64{
		"messages_written_total":                           float64(c.Attempted),
		"messages_acknowledged_total":                      float64(c.Acknowledged),
		"messages_in_doubt_total":                          float64(c.InDoubt),
		"messages_refused_total":                           float64(c.Refused),
		"messages_unsent_total":                            float64(c.Unsent),
		"messages_due_total":                               float64(c.Attempted + c.Unsent),
		"deliveries_total":                                 float64(c.Delivered),
		"deliveries_duplicated_total":                      float64(c.Duplicated),
		"deliveries_reordered_total":                       float64(c.Reordered),
		"deliveries_phantom_total":                         float64(c.Phantom),
		"clients":                                          float64(r.Workload.Publishers + r.Workload.Subscribers),
		"clients_connected":                                0,
		"generator_late_messages_total":                    float64(r.Generator.Late),
		"generator_cpu_seconds_total":                      r.Generator.CPUSeconds,
		"broker_cpu_seconds_total broker=b1":               r.Brokers[0].CPUSeconds,
		"broker_messages_acknowledged_total broker=b1":     float64(c.Acknowledged),
		"broker_deliveries_total broker=b1":                float64(c.Delivered),
		"broker_exits_total broker=b1":                     0,
		"broker_blocked_seconds_total broker=b1":           r.Brokers[0].Blocked.Seconds,
		"broker_clients_connected broker=b1":               0,
		"faults_total detail= fault=kill target=b1":        1,
		"faults_failed_total detail= fault=kill target=b1": 0,
		"faults_active detail= fault=kill target=b1":       0,
	}
	for window, latencies := range r.Windows {
		for metric, d := range latencies {
			want[metric+"_seconds window="+window] = float64(d.Count)
			want[metric+"_seconds window="+window+" le=100"] = float64(d.Count)
		}
	}
	if c.Lost+c.Unsent+c.InDoubt+c.Duplicated == 0 || r.Windows[string(history.During)]["publish_delay"].Count == 0 {
		t.Errorf("the fault hit nobody: %+v", c)
	}
	for key, want := range want {
		if got, there := samples["mqbench_"+key]; !there || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v (there: %v), the result says %v", key, got, there, want)
		}
	}
}
