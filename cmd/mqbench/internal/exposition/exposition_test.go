package exposition_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/exposition"
	"github.com/mqbench/mqbench/reports/history"
)

// hostile is what a broker may say of itself.
const hostile = "2.0\"} 1\n# EOF\nmqbench_clients \\ \xff\x00</script>"

// recorded is a run of two brokers in which a little of everything has happened.
func recorded(t *testing.T) *history.Recorder {
	t.Helper()
	r, err := history.NewRecorder(history.Options{
		Lanes: 2,
		Meta: history.Meta{
			RunID: 0xabc, Scenario: "story", Seed: 7, Broker: "mochi", Brokers: []string{"b1", "b2"}, PersistentSessions: true,
			SharedSessions: true, Started: time.Unix(1_700_000_000, 500_000_000),
			Origins: []history.Origin{{Version: hostile}, {Version: "2.1", Image: "mochi:2.1"}},
		},
		Publishers: []history.PublisherInfo{{Client: "p", Group: "p", Topic: "t", QoS: 1}},
		Subscribers: []history.SubscriberInfo{
			{Client: "s", Group: "s", QoS: 1, Publishers: []int{0}},
			{Client: "p", Group: "p", QoS: 1, Account: 1, Device: 1, Publishers: []int{0}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	r.BeginPhase("measure")
	return r
}

// happen lets a message of each fate pass, and a fault that is healed, one that is not, and one that failed.
func happen(r *history.Recorder) {
	p, s := r.Publisher(0), r.Subscriber(0)
	now := r.Now()
	ms := time.Millisecond
	p.Connected(now, 0, false, 3*ms)
	s.Connected(now, 1, false, 4*ms)
	p.Due(5)
	for seq := range uint32(4) {
		p.Written(seq, now, now+ms, 0, seq == 0)
	}
	p.Unsent(4)
	p.Acknowledged(0, now, now+ms, now+3*ms, 0, 0)
	p.Acknowledged(1, now, now+ms, now+3*ms, 1, 0)
	p.Refused(2, now, now+ms, now+3*ms, 0, 0x87)
	p.InDoubt(3, now, now+ms, now+3*ms, 0)
	for _, seq := range []uint32{1, 0, 0} {
		s.Received(history.Receipt{Sequence: seq, Intended: now, Sent: now + ms, QoS: 1}, []byte("t"), now+9*ms)
	}
	s.Phantom([]byte("t"), "strange", now+9*ms)
	s.EndBatch()

	healed := r.BeginInjection(history.Injection{Fault: "kill", Targets: []int{1}, Began: now})
	r.Applied(healed, now+ms, nil)
	r.BeginHeal(healed, now+2*ms)
	r.Healed(healed, now+3*ms, nil)
	r.BeginInjection(history.Injection{Fault: "latency", Targets: []int{0, 1}, Detail: "100ms ± 20ms", Began: now})
	failed := r.BeginInjection(history.Injection{Fault: "kill", Targets: []int{1}, Began: now})
	r.Applied(failed, now+ms, errors.New("no such process"))
	r.BrokerExit(0, history.Exit{At: now, Detail: "exit status 1"})
	tick(r)
}

func tick(r *history.Recorder) {
	r.Tick(r.Now(), history.Sample{
		Generator: history.GeneratorSample{CPU: 2 * time.Second, RSSBytes: 1000, Effort: history.Effort{
			Processors: 1.5, HeapBytes: 500, GCs: 3, GCCPU: time.Millisecond, Throttled: 20 * time.Millisecond,
		}},
		Brokers: []history.BrokerSample{{Up: true, CPU: time.Second, RSSBytes: 77}, {}},
	})
}

// serve shows a run at a free port.
func serve(t *testing.T, r *history.Recorder) *exposition.Server {
	t.Helper()
	s, err := exposition.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if r != nil {
		s.Show(r)
	}
	return s
}

// scrape asks for the metrics, and returns their type and text.
func scrape(t *testing.T, s *exposition.Server, accept string) (kind, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("status %s, %v: %s", response.Status, err, body)
	}
	return response.Header.Get("Content-Type"), string(body)
}

// parse reads the text format.
func parse(t *testing.T, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value is that of the one metric of a family whose labels have these values.
func value(t *testing.T, families map[string]*dto.MetricFamily, name string, labels map[string]string) float64 {
	t.Helper()
	found := math.NaN()
	for _, m := range families[name].GetMetric() {
		if !carries(m, labels) {
			continue
		}
		if !math.IsNaN(found) {
			t.Fatalf("%s%v is there twice", name, labels)
		}
		found = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	if math.IsNaN(found) {
		t.Errorf("%s%v is missing", name, labels)
	}
	return found
}

func carries(m *dto.Metric, labels map[string]string) bool {
	for name, want := range labels {
		if !slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == name && l.GetValue() == want }) {
			return false
		}
	}
	return true
}

// TestValues: what the record knows is what is served, in the base units of Prometheus.
func TestValues(t *testing.T) {
	r := recorded(t)
	happen(r)
	kind, text := scrape(t, serve(t, r), "text/plain")
	if !strings.HasPrefix(kind, "text/plain") {
		t.Errorf("content type %q", kind)
	}
	families := parse(t, text)
	one := func(name, label string) map[string]string { return map[string]string{name: label} }
	for _, want := range []struct {
		name   string
		labels map[string]string
		value  float64
	}{
		{"run_info", map[string]string{"scenario": "story", "seed": "7", "product": "mochi"}, 1},
		{"run_start_timestamp_seconds", nil, 1_700_000_000.5},
		{"run_phase", one("phase", "measure"), 1},
		{"run_phase", one("phase", "drain"), 0},
		{"clients", nil, 2},
		{"clients_connected", nil, 2},
		{"messages_due_total", nil, 5},
		{"messages_written_total", nil, 4},
		{"messages_acknowledged_total", nil, 2},
		{"messages_in_doubt_total", nil, 1},
		{"messages_refused_total", nil, 1},
		{"messages_unsent_total", nil, 1},
		{"deliveries_total", nil, 2},
		{"deliveries_duplicated_total", nil, 1},
		{"deliveries_reordered_total", nil, 1},
		{"deliveries_phantom_total", nil, 1},
		{"broker_info", map[string]string{"broker": "b1", "version": strings.ToValidUTF8(hostile, "\uFFFD"), "image": ""}, 1},
		{"broker_up", one("broker", "b1"), 1},
		{"broker_up", one("broker", "b2"), 0},
		{"broker_cpu_seconds_total", one("broker", "b1"), 1},
		{"broker_resident_memory_bytes", one("broker", "b1"), 77},
		{"broker_messages_acknowledged_total", one("broker", "b2"), 1},
		{"broker_deliveries_total", one("broker", "b2"), 2},
		{"broker_clients_connected", one("broker", "b1"), 1},
		{"broker_connections_blocked", one("broker", "b1"), 0},
		{"broker_blocked_seconds_total", one("broker", "b1"), 0},
		{"broker_exits_total", one("broker", "b1"), 1},
		{"faults_total", map[string]string{"fault": "kill", "target": "b2", "detail": ""}, 2},
		{"faults_failed_total", one("fault", "kill"), 1},
		{"faults_active", one("fault", "kill"), 0},
		{"faults_active", map[string]string{"fault": "latency", "target": "b1, b2", "detail": "100ms ± 20ms"}, 1},
		{"generator_late_messages_total", nil, 1},
		{"generator_cpu_seconds_total", nil, 2},
		{"generator_processors", nil, 1.5},
		{"generator_resident_memory_bytes", nil, 1000},
		{"generator_heap_bytes", nil, 500},
		{"generator_gc_cycles_total", nil, 3},
		{"generator_gc_cpu_seconds_total", nil, 0.001},
		{"generator_throttled_seconds_total", nil, 0.02},
		{"publish_delay_seconds", one("window", "before"), 4},
		{"publish_seconds", one("window", "before"), 2},
		{"end_to_end_seconds", one("window", "before"), 2},
		{"end_to_end_seconds", one("window", "during"), 0},
		{"generator_write_blocked_seconds", nil, 0},
	} {
		name := "mqbench_" + want.name
		if got := value(t, families, name, want.labels); got != want.value {
			t.Errorf("%s%v = %v, want %v", name, want.labels, got, want.value)
		}
	}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			if !carries(m, map[string]string{"run": "0000000000000abc"}) {
				t.Errorf("%s does not tell its run", name)
			}
		}
	}
}

// TestUnknownThrottling: what a system does not tell is missing, and never 0.
func TestUnknownThrottling(t *testing.T) {
	r := recorded(t)
	r.Tick(r.Now(), history.Sample{Generator: history.GeneratorSample{Effort: history.Effort{Throttled: -1}}})
	tick(r)
	_, text := scrape(t, serve(t, r), "text/plain")
	if families := parse(t, text); families["mqbench_generator_throttled_seconds_total"] != nil {
		t.Error("throttling is told although a second of it is not known")
	}
}

// sample is a line of OpenMetrics: a name, labels, a value.
const sample = `^([a-z_]+)(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (?:[0-9.e+-]+|\+Inf)$`

// TestOpenMetrics: who asks for OpenMetrics gets it: counters are named without their suffix, each sample stands below
// its family, and the end is marked.
func TestOpenMetrics(t *testing.T) {
	r := recorded(t)
	happen(r)
	kind, text := scrape(t, serve(t, r), "application/openmetrics-text; version=1.0.0")
	if !strings.HasPrefix(kind, "application/openmetrics-text; version=1.0.0") {
		t.Errorf("content type %q", kind)
	}
	if body, whole := strings.CutSuffix(text, "\n# EOF\n"); !whole || strings.Contains(body, "\n# EOF") {
		t.Error("the end is not marked, or more than once")
	}
	form := regexp.MustCompile(sample)
	suffixes := map[string][]string{"counter": {"_total"}, "gauge": {""}, "histogram": {"_bucket", "_sum", "_count"}}
	family, kindOf := "", ""
	lines, samples := bufio.NewScanner(strings.NewReader(text)), 0
	for lines.Scan() {
		line := lines.Text()
		if rest, is := strings.CutPrefix(line, "# TYPE "); is {
			family, kindOf, _ = strings.Cut(rest, " ")
			continue
		}
		if strings.HasPrefix(line, "# HELP ") || line == "# EOF" {
			continue
		}
		samples++
		m := form.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no line of OpenMetrics: %q", line)
			continue
		}
		suffix, inside := strings.CutPrefix(m[1], family)
		if !inside || !slices.Contains(suffixes[kindOf], suffix) {
			t.Errorf("%s stands below %s %s", m[1], kindOf, family)
		}
	}
	if lines.Err() != nil || samples < 1000 {
		t.Errorf("%d samples, %v", samples, lines.Err())
	}
}

// TestRunsInTurn: a server without a run has nothing, and a run takes the place of the one before it.
func TestRunsInTurn(t *testing.T) {
	s := serve(t, nil)
	if _, text := scrape(t, s, "text/plain"); text != "" {
		t.Errorf("without a run there is %q", text)
	}
	first, second := recorded(t), recorded(t)
	happen(first)
	for _, r := range []*history.Recorder{first, second} {
		s.Show(r)
		_, text := scrape(t, s, "text/plain")
		families := parse(t, text)
		want := float64(r.Progress().Written)
		if got := value(t, families, "mqbench_messages_written_total", nil); got != want {
			t.Errorf("written %v, want %v", got, want)
		}
		if got := value(t, families, "mqbench_publish_delay_seconds", map[string]string{"window": "before"}); got != want {
			t.Errorf("%v delays, want %v", got, want)
		}
	}
}

// TestAddresses: an address that is none and one that is taken are told apart, and a closed server frees its own.
func TestAddresses(t *testing.T) {
	for _, none := range []string{"", "9464", "127.0.0.1", "http://127.0.0.1:80/metrics"} {
		if s, err := exposition.Listen(none); !errors.Is(err, exposition.ErrAddress) {
			t.Errorf("at %q: %v, %v", none, s, err)
		}
	}
	s, err := exposition.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), exposition.Path)
	if _, err := exposition.Listen(address); err == nil || errors.Is(err, exposition.ErrAddress) ||
		!strings.Contains(err.Error(), "address already in use") {
		t.Errorf("at an address that is taken: %v", err)
	}
	response, err := http.Get("http://" + address + "/elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("elsewhere: %s, %v", response.Status, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("after the end: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSilentClient: who connects and asks for nothing does not keep the program from ending.
func TestSilentClient(t *testing.T) {
	s, err := exposition.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), exposition.Path)
	silent, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	fmt.Fprint(silent, "GET /metrics HTTP/1.1\r\n")
	ended := make(chan error, 1)
	go func() { ended <- s.Close() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the server does not end")
	}
}

// names are those of all families that a run may have.
func names(t *testing.T) []string {
	t.Helper()
	r := recorded(t)
	happen(r)
	p := r.Publisher(0)
	p.Steps(r.Now(), r.Now()+4, 0, history.Steps{Dial: 1, TLS: 1, Upgrade: 1})
	tick(r)
	_, text := scrape(t, serve(t, r), "text/plain")
	return slices.Sorted(maps.Keys(parse(t, text)))
}
