package history

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// The body of a record is a head in JSON, for what is small and may grow fields, and lists in binary for what is as
// many as clients, messages and flows.

// A head is the part of a run that is saved as JSON.
type head struct {
	Meta                                     Meta
	Phases                                   []Phase
	Injections                               []Injection
	Timeline                                 []Second
	Brokers                                  []Broker
	Generator                                Generator
	EventsDropped, OdditiesDropped, Phantoms uint64
	Complete                                 bool
}

// encodeBody writes a run. The same run gives the same bytes.
func encodeBody(run *Run) ([]byte, error) {
	first, err := json.Marshal(head{
		Meta: run.Meta, Phases: run.Phases, Injections: run.Injections, Timeline: run.Timeline, Brokers: run.Brokers,
		Generator: run.Generator, EventsDropped: run.EventsDropped, OdditiesDropped: run.OdditiesDropped,
		Phantoms: run.Phantoms, Complete: run.Complete,
	})
	if err != nil {
		return nil, err
	}
	w := &writer{}
	w.bytes(first)
	w.publishers(run.Publishers)
	w.subscribers(run.Subscribers)
	w.flows(run.Flows)
	w.events(run.Events)
	w.resumptions(run.Resumptions)
	w.oddities(run.Oddities)
	if err := w.latencies(run.Latencies); err != nil {
		return nil, err
	}
	return w.b, nil
}

// decodeBody undoes encodeBody and checks that every number that refers to something does.
func decodeBody(schema uint32, b []byte) (*Run, error) {
	r := newReader(schema, b)
	var first head
	if err := json.Unmarshal(r.bytes(), &first); err != nil {
		return nil, fmt.Errorf("read head: %w", err)
	}
	run := &Run{
		Meta: first.Meta, Phases: first.Phases, Injections: first.Injections, Timeline: first.Timeline,
		Brokers: first.Brokers, Generator: first.Generator, EventsDropped: first.EventsDropped,
		OdditiesDropped: first.OdditiesDropped, Phantoms: first.Phantoms, Complete: first.Complete,
	}
	run.Publishers = list(r, r.publisher)
	run.Subscribers = list(r, r.subscriber)
	run.Flows = r.flows()
	run.Events = list(r, r.event)
	run.Resumptions = list(r, r.resumption)
	run.Oddities = list(r, r.oddity)
	run.Latencies = r.latencies()
	if r.err == nil && len(r.b) > 0 {
		r.fail("more than a record")
	}
	if r.err != nil {
		return nil, r.err
	}
	if schema < copiesSchema {
		run.modernise()
	}
	return run, run.validate()
}

// longestRedelivery stands for what older records do not say: the longest that was met.
const longestRedelivery = 30 * time.Second

// copiesSchema is the schema from which on records know copies.
const copiesSchema = 2

// schedulesSchema is the schema from which on they know schedules and closed loops.
const schedulesSchema = 3

// devicesSchema is the schema from which on they know devices.
const devicesSchema = 4

// modernise fills in what records knew only from their shape before they knew copies.
func (run *Run) modernise() {
	run.Meta.Redelivery = longestRedelivery
	run.Meta.SharedSessions = run.Meta.Shape != "independent" && run.Meta.Shape != "standby"
	for n := range run.Publishers {
		run.Publishers[n].Original = n
	}
}

// validate checks the references within a run, so that readers may follow them.
func (run *Run) validate() error {
	client := func(c ClientRef) bool {
		if c.Subscriber {
			return c.Number < len(run.Subscribers)
		}
		return c.Number < len(run.Publishers)
	}
	for n, p := range run.Publishers {
		if p.Client != "" && p.Original != n && (p.Original != n-1 || run.Publishers[n-1].Original != n-1) {
			return fmt.Errorf("%w: publisher %d is a copy of %d", errBody, n, p.Original)
		}
	}
	for _, f := range run.Flows {
		if f.Publisher >= len(run.Publishers) || f.Account >= len(run.Subscribers) {
			return fmt.Errorf("%w: flow of publisher %d to account %d", errBody, f.Publisher, f.Account)
		}
	}
	for _, s := range run.Subscribers {
		if s.Account >= len(run.Subscribers) {
			return fmt.Errorf("%w: account %d", errBody, s.Account)
		}
	}
	for _, e := range run.Events {
		if !client(e.Client) {
			return fmt.Errorf("%w: event of client %d", errBody, e.Client.Number)
		}
	}
	for _, m := range run.Resumptions {
		if !client(m.Client) || m.Injection >= len(run.Injections) {
			return fmt.Errorf("%w: resumption of client %d from injection %d", errBody, m.Client.Number, m.Injection)
		}
	}
	for _, o := range run.Oddities {
		if o.Publisher >= len(run.Publishers) || o.Subscriber >= len(run.Subscribers) {
			return fmt.Errorf("%w: oddity of publisher %d at subscriber %d", errBody, o.Publisher, o.Subscriber)
		}
	}
	return nil
}

// latencies writes the histograms by window and metric.
func (w *writer) latencies(all map[Window]map[Metric]*hdr.Histogram) error {
	w.count(uint64(len(all)))
	for _, window := range slices.Sorted(maps.Keys(all)) {
		w.text(string(window))
		w.count(uint64(len(all[window])))
		for _, metric := range slices.Sorted(maps.Keys(all[window])) {
			h := all[window][metric]
			if h == nil || h.LowestTrackableValue() != int64(lowestLatency) ||
				h.HighestTrackableValue() != int64(highestLatency) || h.SignificantFigures() != latencyDigits {
				return fmt.Errorf("the histogram of %q in %q is not of the record's geometry", metric, window)
			}
			w.text(string(metric))
			w.histogram(h)
		}
	}
	return nil
}

// histogramBound is how many windows, and metrics in a window, a record may have: a histogram takes much more memory
// than its form.
const histogramBound = 32

func (r *reader) latencies() map[Window]map[Metric]*hdr.Histogram {
	all := make(map[Window]map[Metric]*hdr.Histogram)
	for range r.fewItems() {
		window := Window(r.text())
		all[window] = make(map[Metric]*hdr.Histogram)
		for range r.fewItems() {
			metric := Metric(r.text())
			if all[window][metric] = r.histogram(); r.err != nil {
				return nil
			}
		}
	}
	return all
}

func (r *reader) fewItems() int {
	n := r.items()
	if n > histogramBound {
		r.fail("too many histograms")
		return 0
	}
	return n
}
