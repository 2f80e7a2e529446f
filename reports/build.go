package reports

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// windows are the parts of a measurement, in the order in which reports show them.
func windows() []history.Window {
	return []history.Window{history.Before, history.During, history.After}
}

// NewResult puts a judged run into numbers. The same record and analysis give the same result. The scenario may be nil
// where it could not be read any more. Thresholds are left to the gate, and with them the final verdict.
func NewResult(run *history.Run, a *check.Analysis, s *scenarios.Scenario) *Result {
	r := &Result{
		Schema:            Schema,
		Scenario:          run.Meta.Scenario,
		RunID:             fmt.Sprintf("%016x", run.Meta.RunID),
		Seed:              run.Meta.Seed,
		Verdict:           string(a.Verdict),
		Started:           run.Meta.Started.UTC(),
		Duration:          end(run),
		Interrupted:       run.Meta.Interrupted,
		Incomplete:        !run.Complete,
		Mqbench:           run.Meta.Mqbench,
		Environment:       maps.Clone(run.Meta.Environment),
		Topology:          topologyOf(run, s),
		Workload:          workloadOf(run, s),
		Counts:            countsOf(a.Counts),
		Anomalies:         Anomalies{Listed: len(a.Anomalies), Unlisted: a.AnomaliesDropped},
		Latency:           latenciesOf(a, check.All),
		Windows:           map[string]Latencies{},
		Failover:          pooled(a.Injections),
		Backlog:           backlogs(a.Injections),
		Outages:           outagesOf(a.Outages, end(run)),
		Arrivals:          arrivalsOf(a.Arrivals),
		UnavailabilityGap: a.UnavailabilityGap,
		Measured:          measuredOf(a.Measured),
		Generator:         generatorOf(run, &a.Generator),
		Machine:           machineOf(a.Generator.Machine),
	}
	if s != nil {
		r.Description = s.Description
		if q, err := s.Question(); err == nil {
			r.Question = q // one that cannot be written has no hash; it cannot have been saved either
		}
	}
	for _, w := range windows() {
		r.Windows[string(w)] = latenciesOf(a, string(w))
	}
	for _, p := range run.Phases {
		if p.Ended == 0 {
			p.Ended = r.Duration // the phase in which a crash stopped the record
		}
		r.Phases = append(r.Phases, Phase(p))
	}
	for _, g := range a.Groups {
		r.Groups = append(r.Groups, Group{Publishers: g.Publishers, Subscribers: g.Subscribers, Counts: countsOf(g.Counts)})
	}
	for _, i := range a.Injections {
		r.Injections = append(r.Injections, injectionOf(i))
	}
	for n, b := range run.Brokers {
		r.Brokers = append(r.Brokers, brokerOf(b, originOf(run, n)))
	}
	for _, f := range a.Findings {
		r.Findings = append(r.Findings, Finding{Name: f.Name, Verdict: string(f.Verdict), Detail: f.Detail})
	}
	r.complete()
	return r
}

// complete replaces every missing list and map by an empty one, so that readers of the JSON never meet a null.
func (r *Result) complete() {
	r.Environment = nonNil(r.Environment)
	r.Latency = nonNil(r.Latency)
	r.Windows = nonNil(r.Windows)
	r.Phases = some(r.Phases)
	r.Groups = some(r.Groups)
	r.Injections = some(r.Injections)
	r.Brokers = some(r.Brokers)
	r.Findings = some(r.Findings)
	r.Thresholds = some(r.Thresholds)
	r.Generator.Beyond = some(r.Generator.Beyond)
	r.Generator.Waits = nonNil(r.Generator.Waits)
	for name, l := range r.Windows {
		r.Windows[name] = nonNil(l)
	}
	if t := r.Topology.Settings; t != nil {
		t.Survives = some(t.Survives)
	}
}

func nonNil[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return M{}
	}
	return m
}

func some[S ~[]E, E any](s S) S {
	if s == nil {
		return S{}
	}
	return s
}

// end is the end of the last phase; what a crash left behind ends with its last recorded second.
func end(run *history.Run) time.Duration {
	var last time.Duration
	for _, p := range run.Phases {
		last = max(last, p.Began, p.Ended)
	}
	for _, s := range run.Timeline {
		last = max(last, s.At)
	}
	return last
}

func measuredOf(m check.Measured) *Measured {
	if m.Span <= 0 {
		return nil
	}
	known := func(d time.Duration) float64 {
		if d < 0 {
			return -1
		}
		return d.Seconds()
	}
	return &Measured{
		Seconds: m.Span.Seconds(), Written: m.Written, Acknowledged: m.Acknowledged, Delivered: m.Delivered,
		GeneratorCPUSeconds: known(m.GeneratorCPU), BrokerCPUSeconds: known(m.BrokerCPU), BrokerRSSBytes: m.BrokerRSSBytes,
		Connected: m.Connected,
	}
}

func workloadOf(run *history.Run, s *scenarios.Scenario) Workload {
	w := Workload{
		Library:     run.Meta.Library,
		Protocol:    run.Meta.Protocol,
		Transport:   overTCP(run.Meta.Transport),
		Session:     string(scenarios.SessionClean),
		Publishers:  len(run.Publishers),
		Subscribers: len(run.Subscribers),
	}
	if s != nil {
		w.InFlight, w.Keepalive = s.Workload.Client.InFlight, s.Workload.Client.Keepalive
	}
	for _, second := range run.Timeline {
		if second.Width >= time.Second/2 {
			w.PeakRate = max(w.PeakRate, float64(second.Due)/second.Width.Seconds())
		}
	}
	accounts := map[int]bool{}
	for _, x := range run.Subscribers {
		if accounts[x.Account] && !x.Shared {
			w.SubscriberCopies++
		}
		accounts[x.Account] = true
	}
	if run.Meta.PersistentSessions {
		w.Session = string(scenarios.SessionPersistent)
	}
	for n, p := range run.Publishers {
		w.Rate += p.Rate
		if p.Window > 0 {
			w.ClosedLoops++
		}
		if p.Original != n {
			w.PublisherCopies++
		}
	}
	if math.IsNaN(w.Rate) || math.IsInf(w.Rate, 0) {
		w.Rate = 0 // JSON has no such numbers, and a rate that is none has not been offered.
	}
	return w
}

func countsOf(c check.Counts) Counts {
	return Counts{
		Attempted: c.Attempted, Acknowledged: c.Acknowledged, InDoubt: c.InDoubt, Refused: c.Refused, Unsent: c.Unsent,
		Expected: c.Expected, Delivered: c.Delivered,
		Lost: c.Lost, LostDeclared: c.LostDeclared, LostSilent: c.LostSilent, LostUnknown: c.LostUnknown,
		LostPrefix: c.LostPrefix, LostMiddle: c.LostMiddle, LostSuffix: c.LostSuffix,
		Recovered: c.Recovered, Duplicated: c.Duplicated, Reordered: c.Reordered, Copies: c.Copies,
		Phantom: c.Phantom, Missed: c.Missed,
		RefusedDelivered: c.RefusedDelivered, Unmatched: c.Unmatched,
	}
}

func latenciesOf(a *check.Analysis, window string) Latencies {
	l := Latencies{}
	for _, m := range history.Metrics() {
		if a.Latencies[window][m] == nil && slices.Contains(history.StepMetrics(), m) {
			continue // the transport has no such step
		}
		l[string(m)] = ofHistogram(a.Latencies[window][m], 0)
	}
	return l
}

func injectionOf(i check.Injection) Injection {
	return Injection{
		Fault: i.Fault, Target: strings.Join(i.Targets, ", "), Detail: i.Detail,
		Began: i.Began, Applied: i.Applied, Healing: i.Healing, Healed: i.Healed, Error: i.Error, HealError: i.HealError,
		Failover: failoverOfOne(i),
		Bystanders: Bystanders{
			Count:  i.Bystanders,
			Resume: ofHistogram(i.BystanderResume, int64(i.Bystanders)-countOf(i)),
		},
		T50: i.T50, T90: i.T90, T99: i.T99, T100: i.T100, RateBack: i.RateBack, LatencyBack: i.LatencyBack,
		Backlog: i.Backlog, Brokers: viewsOf(i.Brokers),
		Lost: i.Lost, Duplicated: i.Duplicated, Reordered: i.Reordered,
	}
}

// countOf is the number of bystanders of an injection that were served again.
func countOf(i check.Injection) int64 {
	if i.BystanderResume == nil {
		return 0
	}
	return i.BystanderResume.TotalCount()
}

// failoverOfOne sums up the ways back from one injection.
func failoverOfOne(i check.Injection) Failover {
	f := failoverOf(i.Affected, i.Resumed, i.NeverResumed, i.Clients)
	f.Clients.Withdrawn = i.Withdrawn
	f.Storm = Storm{
		Attempts: i.Storm.Attempts, Failed: i.Storm.Failed, MostOfAClient: i.Storm.Most, PeakPerSecond: i.Storm.Peak,
	}
	return f
}

// arrivalsOf sums up how clients came by their plan.
func arrivalsOf(arrivals []check.Arrival) []Arrival {
	var list []Arrival
	for _, a := range arrivals {
		waits := slices.Concat(a.Waits, slices.Repeat([]time.Duration{-1}, a.Called-a.Served))
		list = append(list, Arrival{
			Group: a.Group, Called: a.Called, Failed: a.Failed, PeakPerSecond: a.Peak, Wait: ofSpans(waits),
			AllIn: a.AllIn,
		})
	}
	return list
}

// pooled sums up the ways back from all injections.
func pooled(injections []check.Injection) Failover {
	var affected, resumed, never int
	var clients []check.ClientFailover
	for _, i := range injections {
		affected, resumed, never = affected+i.Affected, resumed+i.Resumed, never+i.NeverResumed
		clients = append(clients, i.Clients...)
	}
	f := failoverOf(affected, resumed, never, clients)
	for _, i := range injections {
		f.Clients.Withdrawn += i.Withdrawn
		f.Storm.Attempts, f.Storm.Failed = f.Storm.Attempts+i.Storm.Attempts, f.Storm.Failed+i.Storm.Failed
		f.Storm.MostOfAClient = max(f.Storm.MostOfAClient, i.Storm.Most)
		f.Storm.PeakPerSecond = max(f.Storm.PeakPerSecond, i.Storm.Peak)
	}
	return f
}

// backlogs sums up how long it took until nothing was behind any more, over the injections that were carried out.
func backlogs(injections []check.Injection) Distribution {
	var spans []time.Duration
	for _, i := range injections {
		if i.Error == "" && i.Applied > 0 {
			spans = append(spans, i.Backlog)
		}
	}
	return ofSpans(spans)
}

func viewsOf(views []check.BrokerView) []BrokerView {
	var list []BrokerView
	for _, v := range views {
		list = append(list, BrokerView{
			Name: v.Broker, ConnectedBefore: v.ConnectedBefore, ConnectedDuring: v.ConnectedDuring,
			Before: serviceOf(v.Before), During: serviceOf(v.During), After: serviceOf(v.After),
		})
	}
	return list
}

func serviceOf(v check.Service) Service {
	s := Service{Seconds: v.Span.Seconds()}
	if v.Span > 0 {
		s.AcknowledgedPerSecond = float64(v.Acknowledged) / s.Seconds
		s.DeliveredPerSecond = float64(v.Delivered) / s.Seconds
	}
	return s
}

// failoverOf sums up clients' ways back. A client that was served again without having found its connection dead had no
// way to go and is left out of the steps; one that was never served again counts as never in every step that it did not
// reach.
func failoverOf(affected, resumed, never int, clients []check.ClientFailover) Failover {
	var detect, reconnect, resubscribe, resume []time.Duration
	for _, c := range clients {
		resume = append(resume, c.Resume)
		if c.Detect < 0 && c.Resume >= 0 {
			continue
		}
		detect = append(detect, c.Detect)
		reconnect = append(reconnect, c.Reconnect)
		if c.Client.Subscriber || c.Device {
			resubscribe = append(resubscribe, c.Resubscribe)
		}
	}
	return Failover{
		Handshakes: handshakesOf(clients),
		Clients:    InjectedClients{Affected: affected, Resumed: resumed, NeverResumed: never},
		Detect:     ofSpans(detect), Reconnect: ofSpans(reconnect), Resubscribe: ofSpans(resubscribe), Resume: ofSpans(resume),
	}
}

// overTCP is what a transport adds to TCP; "": nothing.
func overTCP(transport string) string {
	if transport == string(scenarios.TransportTCP) {
		return ""
	}
	return transport
}

// handshakesOf sums up the handshakes of clients' ways back.
func handshakesOf(clients []check.ClientFailover) *Handshakes {
	var dialed, handshaken []time.Duration
	var h Handshakes
	for _, c := range clients {
		if c.Steps == nil {
			continue
		}
		dialed, handshaken = append(dialed, c.Steps.Dialed), append(handshaken, c.Steps.Handshaken)
		if c.Steps.Resumed {
			h.Resumed++
		}
	}
	if len(handshaken) == 0 {
		return nil
	}
	h.Dialed, h.Handshaken = ofSpans(dialed), ofSpans(handshaken)
	return &h
}

func outagesOf(outages []check.Outage, end time.Duration) Outages {
	o := Outages{Count: len(outages)}
	for _, x := range outages {
		if len(x.Injections) == 0 {
			o.Unexplained++
		}
		ended := x.Ended
		if ended < 0 {
			ended = end
		}
		o.Longest = max(o.Longest, ended-x.Began)
	}
	return o
}

func brokerOf(b history.Broker, o history.Origin) Broker {
	r := Broker{
		Name: b.Name, Version: o.Version, Image: o.Image, Digest: o.Digest, Address: o.Address,
		ConnackProperties: maps.Clone(o.ConnackProperties), CPUSeconds: b.CPU.Seconds(), PeakRSSBytes: b.PeakRSSBytes,
		Blocked: Blocked{Spells: b.Blocked.Spells, Seconds: b.Blocked.Time.Seconds(), Longest: b.Blocked.Longest},
	}
	for _, e := range b.Exits {
		if !e.Expected {
			r.UnexpectedExits++
		}
	}
	return r
}
