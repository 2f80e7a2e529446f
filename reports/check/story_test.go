package check_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// A story is a small history, told in steps. It begins with one publisher at b1 and one subscriber at b2, both with
// persistent sessions and connected at 1s, in a cluster of two brokers; keepalive is 1s. Load is offered from 2s to
// 22s, the drain ends at 60s. Message n is intended at 3s + n·1s, written 1ms and settled 5ms later, and received 10ms
// after it was intended.
type story struct {
	run     *history.Run
	details map[int]map[uint32]history.Detail
	scans   int
}

type step func(s *story)

const (
	loadBegan = 2 * time.Second
	loadEnded = 22 * time.Second
	drained   = 60 * time.Second
	ended     = 61 * time.Second
)

func tell(steps ...step) *story {
	s := &story{details: make(map[int]map[uint32]history.Detail)}
	s.run = &history.Run{
		Meta: history.Meta{
			Shape: "cluster", Brokers: []string{"b1", "b2"}, PersistentSessions: true, Keepalive: time.Second,
			Redelivery: 30 * time.Second,
		},
		Phases: []history.Phase{
			{Name: "connect", Began: time.Second, Ended: loadBegan},
			{Name: "measure", Began: loadBegan, Ended: loadEnded},
			{Name: "drain", Began: loadEnded, Ended: drained},
			{Name: "close", Began: drained, Ended: ended},
		},
		Publishers:  []history.Publisher{{Client: "p0", Group: "pubs", Topic: "t/0", QoS: 1}},
		Subscribers: []history.Subscriber{{Client: "s0", Group: "subs", Filters: []string{"t/#"}, QoS: 1, Home: 1}},
		Flows:       []history.Flow{{}},
		Brokers:     []history.Broker{{Name: "b1"}, {Name: "b2"}},
		Complete:    true,
	}
	s.up(time.Second, pub(0), 0, false)
	s.up(time.Second, sub(0), 1, false)
	for _, step := range steps {
		step(s)
	}
	return s
}

func pub(n int) history.ClientRef { return history.ClientRef{Number: n} }
func sub(n int) history.ClientRef { return history.ClientRef{Subscriber: true, Number: n} }

// intended is the time for which message n is due.
func intended(n uint32) time.Duration { return 3*time.Second + time.Duration(n)*time.Second }

func (s *story) judge(t *testing.T) *check.Analysis {
	t.Helper()
	a, err := check.Judge(s.run, s.lookUp)
	if err != nil {
		t.Fatalf("judge: %v", err)
	}
	explained(t, a)
	return a
}

func (s *story) lookUp(want map[int]*roaring.Bitmap) (map[int]map[uint32]history.Detail, error) {
	s.scans++
	found := make(map[int]map[uint32]history.Detail)
	for p, set := range want {
		found[p] = make(map[uint32]history.Detail)
		for it := set.Iterator(); it.HasNext(); {
			seq := it.Next()
			if d, ok := s.details[p][seq]; ok {
				found[p][seq] = d
			}
		}
	}
	return found, nil
}

func (s *story) event(at time.Duration, c history.ClientRef, kind history.EventKind, broker int, present bool, detail string) {
	s.run.Events = append(s.run.Events, history.Event{
		At: at, Client: c, Kind: kind, Broker: broker, SessionPresent: present, Detail: detail,
	})
}

// up connects a client; a subscriber is subscribed 1ms later, or at once when its session is present.
func (s *story) up(at time.Duration, c history.ClientRef, broker int, present bool) {
	s.event(at, c, history.Connecting, broker, false, "")
	s.event(at, c, history.Connected, broker, present, "")
	switch {
	case !c.Subscriber:
	case present:
		s.event(at, c, history.Subscribed, broker, false, "")
	default:
		s.event(at+time.Millisecond, c, history.Subscribed, broker, false, "")
	}
}

// numbers reads "0-4 6 9".
func numbers(text string) []uint32 {
	var list []uint32
	for _, part := range strings.Fields(text) {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		low, err1 := strconv.ParseUint(from, 10, 32)
		high, err2 := strconv.ParseUint(to, 10, 32)
		if err1 != nil || err2 != nil {
			panic("numbers: " + text)
		}
		for n := low; n <= high; n++ {
			list = append(list, uint32(n))
		}
	}
	return list
}

// settle gives messages of publisher p a detail with an outcome.
func (s *story) settle(p int, text string, o history.Outcome, reason byte) {
	pub := &s.run.Publishers[p]
	if s.details[p] == nil {
		s.details[p] = make(map[uint32]history.Detail)
	}
	for _, n := range numbers(text) {
		pub.Next = max(pub.Next, n+1)
		pub.Due = max(pub.Due, uint64(n)+1)
		d := history.Detail{
			Publisher: p, Sequence: n, Intended: intended(n), Written: intended(n) + time.Millisecond,
			Settled: intended(n) + 5*time.Millisecond, Outcome: o, Reason: reason, Broker: pub.Home,
		}
		if o == history.OutcomeWritten {
			d.Settled = 0
		}
		s.details[p][n] = d
	}
}

// The words of stories. Those of publisher p have no number in their name; without p it is publisher 0.

func acked(text string) step { return ackedBy(0, text) }
func ackedBy(p int, text string) step {
	return func(s *story) {
		s.settle(p, text, history.OutcomeAcknowledged, 0)
		for _, n := range numbers(text) {
			s.run.Publishers[p].Acknowledged.Add(n)
		}
	}
}

func unmatched(text string) step {
	return func(s *story) {
		acked(text)(s)
		s.settle(0, text, history.OutcomeAcknowledged, 0x10)
		s.run.Publishers[0].Unmatched += uint64(len(numbers(text)))
	}
}

func written(text string) step { // QoS 0
	return func(s *story) { s.settle(0, text, history.OutcomeWritten, 0) }
}

func inDoubt(text string) step {
	return func(s *story) {
		s.settle(0, text, history.OutcomeInDoubt, 0)
		for _, n := range numbers(text) {
			s.run.Publishers[0].InDoubt.Add(n)
		}
	}
}

func refused(text string) step {
	return func(s *story) {
		s.settle(0, text, history.OutcomeRefused, 0x97)
		for _, n := range numbers(text) {
			s.run.Publishers[0].Refused.Add(n)
		}
	}
}

func unsent(text string) step {
	return func(s *story) {
		p := &s.run.Publishers[0]
		for _, n := range numbers(text) {
			p.Unsent.Add(n)
			p.Next, p.Due = max(p.Next, n+1), max(p.Due, uint64(n)+1)
		}
	}
}

func received(text string) step { return receivedIn(0, text) }
func receivedIn(flow int, text string) step {
	return func(s *story) {
		for _, n := range numbers(text) {
			s.run.Flows[flow].Delivered.Add(n)
		}
	}
}

func qos(published, subscribed byte) step {
	return func(s *story) {
		for n := range s.run.Publishers {
			s.run.Publishers[n].QoS = published
		}
		for n := range s.run.Subscribers {
			s.run.Subscribers[n].QoS = subscribed
		}
	}
}

func clean(s *story)       { s.run.Meta.PersistentSessions = false }
func crashed(s *story)     { s.run.Complete = false }
func interrupted(s *story) { s.run.Meta.Interrupted = true }
func noJournal(s *story)   { clear(s.details) }

func shape(name string) step { return func(s *story) { s.run.Meta.Shape = name } }

// on says to which broker messages of publisher 0 were written.
func on(broker int, text string) step {
	return func(s *story) {
		for _, n := range numbers(text) {
			d := s.details[0][n]
			d.Broker = broker
			s.details[0][n] = d
		}
	}
}

func down(at time.Duration, c history.ClientRef, broker int) step {
	return func(s *story) { s.event(at, c, history.Disconnected, broker, false, "EOF") }
}

func up(at time.Duration, c history.ClientRef, broker int, present bool) step {
	return func(s *story) { s.up(at, c, broker, present) }
}

func granted(detail string) step {
	return func(s *story) {
		for n := range s.run.Events {
			if s.run.Events[n].Kind == history.Subscribed {
				s.run.Events[n].Detail = detail
			}
		}
	}
}

// never takes back the client's first connection.
func never(c history.ClientRef) step {
	return func(s *story) {
		s.run.Events = slices.DeleteFunc(s.run.Events, func(e history.Event) bool { return e.Client == c })
	}
}

// late moves the client's first connection to another time.
func late(at time.Duration, c history.ClientRef, broker int) step {
	return func(s *story) {
		never(c)(s)
		s.up(at, c, broker, false)
	}
}

func left(at time.Duration, c history.ClientRef, broker int) step {
	return func(s *story) { s.event(at, c, history.Closed, broker, false, "") }
}

func fault(kind string, broker int, began, healed time.Duration) step {
	return func(s *story) {
		i := history.Injection{
			Fault: kind, Planned: began, Targets: []int{broker}, Began: began, Applied: began + time.Millisecond,
		}
		if healed > 0 {
			i.Healing, i.Healed = healed-time.Second, healed
		}
		s.run.Injections = append(s.run.Injections, i)
	}
}

func resumed(injection int, c history.ClientRef, at time.Duration) step {
	return func(s *story) {
		s.run.Resumptions = append(s.run.Resumptions, history.Resumption{Injection: injection, Client: c, At: at})
	}
}

// again is a duplicate of message n at subscriber m.
func again(n uint32, dup bool, at time.Duration, m int) step {
	return func(s *story) {
		account := s.run.Subscribers[m].Account
		for f := range s.run.Flows {
			if s.run.Flows[f].Account == account && s.run.Flows[f].Publisher == 0 {
				s.run.Flows[f].Duplicated++
			}
		}
		s.oddity(history.Duplicate, n, at, m, func(o *history.Oddity) { o.Dup = dup })
	}
}

// behind says that message n was first received behind a later one.
func behind(n uint32, at time.Duration) step {
	return func(s *story) {
		s.run.Flows[0].Reordered++
		s.oddity(history.Reordered, n, at, 0, func(*history.Oddity) {})
	}
}

func phantom(detail string, at time.Duration) step {
	return func(s *story) {
		s.run.Phantoms++
		s.oddity(history.Phantom, 0, at, 0, func(o *history.Oddity) {
			o.Publisher, o.Intended, o.Sent, o.Detail, o.Topic = -1, 0, 0, detail, "t/?"
		})
	}
}

func (s *story) oddity(kind history.OddityKind, n uint32, at time.Duration, m int, change func(*history.Oddity)) {
	o := history.Oddity{
		Kind: kind, At: at, Subscriber: m, Account: s.run.Subscribers[m].Account, Sequence: n,
		Intended: intended(n), Sent: intended(n) + time.Millisecond, QoS: s.run.Subscribers[m].QoS,
	}
	change(&o)
	s.run.Oddities = append(s.run.Oddities, o)
}

// sharing makes a second subscriber at b1 and lets both share one subscription.
func sharing(s *story) {
	s.run.Subscribers = append(s.run.Subscribers, history.Subscriber{
		Client: "s1", Group: "subs", Filters: []string{"t/#"}, QoS: s.run.Subscribers[0].QoS,
	})
	s.run.Subscribers[0].Shared, s.run.Subscribers[1].Shared = true, true
	s.up(time.Second, sub(1), 0, false)
}

// another adds a publisher whose topic subscriber 0 asked for too.
func another(s *story) {
	n := len(s.run.Publishers)
	s.run.Publishers = append(s.run.Publishers, history.Publisher{
		Client: fmt.Sprintf("p%d", n), Group: "pubs", Topic: fmt.Sprintf("t/%d", n), QoS: s.run.Publishers[0].QoS,
		Original: n,
	})
	s.run.Flows = append(s.run.Flows, history.Flow{Publisher: n})
	s.up(time.Second, pub(n), 0, false)
}

func exit(broker int, at time.Duration, detail string) step {
	return func(s *story) {
		b := &s.run.Brokers[broker]
		b.Exits = append(b.Exits, history.Exit{At: at, Detail: detail})
	}
}

// timeline adds a second per digit from the start of the load: so many deliveries of 9 due messages, p99 in
// milliseconds the same for all.
func timeline(delivered string) step {
	return func(s *story) {
		for n, digit := range delivered {
			s.run.Timeline = append(s.run.Timeline, history.Second{
				At: loadBegan + time.Duration(n+1)*time.Second, Width: time.Second, Due: 9, Written: 9,
				Delivered: uint64(digit - '0'), EndToEndP99: 5 * time.Millisecond,
			})
		}
	}
}

// findings lists an analysis' findings as "verdict: name", but for the count of lost sessions, which TestSessionsLost
// tells, and for the assurances, which TestAssurances tells.
func findings(a *check.Analysis) []string {
	list := []string{}
	for _, f := range a.Findings {
		if f.Name == "sessions lost" || strings.HasPrefix(f.Name, "no ") {
			continue
		}
		list = append(list, string(f.Verdict)+": "+f.Name)
	}
	return list
}

func details(a *check.Analysis) string {
	var b strings.Builder
	for _, f := range a.Findings {
		if f.Name == "sessions lost" || strings.HasPrefix(f.Name, "no ") {
			continue
		}
		fmt.Fprintf(&b, "%s: %s: %s\n", f.Verdict, f.Name, f.Detail)
	}
	return b.String()
}

// classes lists an analysis' anomalies as "kind class publisher#sequence".
func classes(a *check.Analysis) []string {
	list := []string{}
	for _, x := range a.Anomalies {
		list = append(list, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s#%d", x.Kind, x.Class, x.Publisher, x.Sequence)), " "))
	}
	return list
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
