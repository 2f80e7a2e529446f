package check

import (
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// judgeFailover finds out, for each injection, whom it hit and how they came back.
//
// Where a transport has handshakes, between detect and reconnect lie also: dialed, when TCP stood, and handshaken.
//
//	began        detect            reconnect      resubscribe     resume
//	──┬────────────┬───────────────────┬───────────────┬─────────────┬──▶
//	  fault      connection          CONNACK         SUBACK        first success of a message
//	             known dead                                        sent after the fault was applied
//
// A broker may deliver to a new subscription before it answers the SUBSCRIBE [MQTT 5.0 §3.8.4]: a subscriber may resume
// before it has its SUBACK.
//
// A client that its plan took away before it was served again is counted as withdrawn and is not among the affected: how
// long it would have taken nobody knows.
//
// Affected are the clients that were connected to a target when the fault began, and those whose connection ended on
// its account until it was healed. A client that was already down then is on its way back from something else: it is
// neither affected nor a bystander. The end of a connection is put to one account: the latest injection that holds its
// broker (or held it so shortly before that the client may only just have noticed), or else the latest in force. Behind
// a balancer every injection may hold the broker of every client, and only the ends of connections tell who was hit.
func (r *record) judgeFailover() []Injection {
	resumed := make(map[resumption][]time.Duration)
	for _, x := range r.run.Resumptions {
		key := resumption{x.Injection, x.Client}
		resumed[key] = append(resumed[key], x.At)
	}
	for _, times := range resumed {
		slices.Sort(times)
	}
	list := make([]Injection, 0, len(r.run.Injections))
	for n := range r.run.Injections {
		list = append(list, r.judgeInjection(n, resumed))
	}
	return list
}

// A resumption names whose return from what.
type resumption struct {
	injection int
	client    history.ClientRef
}

func (r *record) judgeInjection(n int, resumed map[resumption][]time.Duration) Injection {
	i := &r.run.Injections[n]
	x := Injection{
		Number: n, Fault: i.Fault, Targets: []string{}, Detail: i.Detail,
		Began: i.Began, Applied: i.Applied, Healing: i.Healing, Healed: i.Healed, Error: i.Error, HealError: i.HealError,
		Detect: newHistogram(), Reconnect: newHistogram(), Resubscribe: newHistogram(), Resume: newHistogram(),
		BystanderResume: newHistogram(),
	}
	for _, t := range i.Targets {
		x.Targets = append(x.Targets, r.broker(t))
	}
	if r.spells[n].none {
		return x
	}
	for _, clients := range [][]client{r.publishers, r.subscribers} {
		for c := range clients {
			if !clients[c].half {
				r.judgeClient(&x, &clients[c], resumed)
			}
		}
	}
	x.Affected = len(x.Clients)
	r.setStorm(&x)
	x.T50, x.T90 = x.FailoverQuantile(0.5), x.FailoverQuantile(0.9)
	x.T99, x.T100 = x.FailoverQuantile(0.99), x.FailoverQuantile(1)
	return x
}

// judgeClient files one client of an injection: as affected, as a bystander, or not at all.
func (r *record) judgeClient(x *Injection, c *client, all map[resumption][]time.Duration) {
	i := &r.run.Injections[x.Number]
	resumed := all[resumption{x.Number, c.ref}]
	var receiver *client
	if c.device > 0 {
		receiver = &r.subscribers[c.device-1]
	}
	had, up := c.at(i.Began)
	lost := slices.IndexFunc(c.connections, func(y connection) bool { return y.blame == x.Number })
	onTarget := up && fired(*i) && slices.Contains(i.Targets, had.broker) && hitsAll(*i)
	leaves := c.leaves(i.Began)
	if !onTarget && lost < 0 {
		if served := len(resumed) > 0 && resumed[0] <= leaves; up && (served || leaves == forever) {
			x.Bystanders++
			if served {
				enter(x.BystanderResume, resumed[0]-i.Began)
			}
		}
		return
	}
	f := ClientFailover{Client: c.ref, Name: c.name, Group: c.group, Detect: -1, Reconnect: -1, Resubscribe: -1, Resume: -1}
	from := had
	if lost >= 0 {
		from = c.connections[lost]
		c.wayBack(&f, lost, i.Began)
	}
	f.From = r.broker(from.broker)
	switch {
	case lost < 0:
		f.To = f.From
	case f.Reconnect >= 0:
		f.To = r.broker(c.connections[lost+1].broker)
	}
	f.Resume = resume(f, i.Began, resumed)
	if receiver != nil {
		receiver.alsoReceives(&f, lost, i.Began, all[resumption{x.Number, receiver.ref}])
	}
	if leaves != forever && (f.Resume < 0 || i.Began+f.Resume > leaves) {
		x.Withdrawn++
		return
	}
	x.add(f)
}

// hitsAll says whether a fault hits every client of its targets: disconnect takes only a share of them, and those that
// it took are known by the ends of their connections.
func hitsAll(i history.Injection) bool {
	return scenarios.FaultKind(i.Fault) != scenarios.FaultDisconnect
}

// wayBack fills in the steps behind the loss of a connection.
func (c *client) wayBack(f *ClientFailover, lost int, began time.Duration) {
	f.Detect = c.connections[lost].ended - began
	for n, y := range c.connections[lost+1:] {
		if n == 0 {
			f.Reconnect, f.SessionPresent = y.began-began, y.present
			f.Steps = y.since(began)
		}
		if c.ref.Subscriber && y.subscribed >= 0 {
			f.Resubscribe = y.subscribed - began
			return
		}
	}
}

// alsoReceives completes the way back of a device, of which f is that of its publishing half: it is back when both of its
// halves are.
func (c *client) alsoReceives(f *ClientFailover, lost int, began time.Duration, resumed []time.Duration) {
	half := *f
	half.Client = c.ref
	if lost >= 0 {
		c.wayBack(&half, lost, began)
	}
	half.Resume = resume(half, began, resumed)
	f.Device, f.Resubscribe, f.Published, f.Received = true, half.Resubscribe, f.Resume, half.Resume
	f.Resume = max(f.Published, f.Received)
	if f.Published < 0 || f.Received < 0 {
		f.Resume = -1
	}
}

// resume is the client's failover time: to its first success after it had lost its connection, if it did. A client may
// be served for a while before it loses its connection, by a broker that is being stopped; that is no return. Where the
// record has no later success than such a one, the client was back at the earliest when it was connected and subscribed
// again, and that stands for it.
func resume(f ClientFailover, began time.Duration, resumed []time.Duration) time.Duration {
	for _, at := range resumed {
		if at-began >= f.Detect {
			return at - began
		}
	}
	if len(resumed) == 0 {
		return -1
	}
	if f.Client.Subscriber {
		return f.Resubscribe
	}
	return f.Reconnect
}

// add files an affected client.
func (i *Injection) add(f ClientFailover) {
	i.Clients = append(i.Clients, f)
	enter(i.Detect, f.Detect)
	enter(i.Reconnect, f.Reconnect)
	enter(i.Resubscribe, f.Resubscribe)
	enter(i.Resume, f.Resume)
	if f.Resume >= 0 {
		i.Resumed++
	} else {
		i.NeverResumed++
	}
}

// setBlame puts the end of each connection to the account of at most one injection.
func (r *record) setBlame(c *client) {
	for n := range c.connections {
		x := &c.connections[n]
		x.blame = -1
		if x.left || x.ended >= r.closing {
			continue
		}
		hit := false
		for i, s := range r.spells {
			aimed := r.run.Meta.Balanced || slices.Contains(r.run.Injections[i].Targets, x.broker)
			holds := aimed && s.holds(x.ended, r.grace)
			if !holds && (hit || !s.holds(x.ended, 0)) {
				continue
			}
			if x.blame < 0 || holds && !hit || s.began >= r.spells[x.blame].began {
				x.blame, hit = i, holds
			}
		}
	}
}

// histogramLimit is the longest failover time that a histogram tells apart.
const histogramLimit = 24 * time.Hour

func newHistogram() *hdr.Histogram {
	return hdr.New(int64(time.Microsecond), int64(histogramLimit), 3)
}

// enter adds a span to a histogram; negative ones did not happen.
func enter(h *hdr.Histogram, d time.Duration) {
	if d < 0 {
		return
	}
	// A value within its limit is never refused.
	_ = h.RecordValue(int64(min(d, histogramLimit)))
}
