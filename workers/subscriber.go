package workers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/pace"
	"github.com/mqbench/mqbench/workers/stamp"
)

// subackTimeout bounds the wait for a SUBACK. It is long: a cluster that has just lost a member may take seconds to
// answer, and how long it takes is what a run measures.
const subackTimeout = 10 * time.Second

// failedCode is the smallest code of a SUBACK that refuses a filter [MQTT 5.0 §3.9.3].
const failedCode = 0x80

// A subscriber is a client that receives messages and accounts for each.
type subscriber struct {
	// client is that of a publisher too where they are one device.
	*client
	log           *history.SubscriberLog
	subscriptions []mqtt.Subscription
	// subscribed is true while the session of the present connection is known to hold all subscriptions, granted says
	// so of the last session known: of each broker where they keep sessions apart, else of all. The session's lock
	// guards both.
	subscribed bool
	granted    []bool
	// flapping is nil where the subscription is wanted all the time. bare is true while it is not wanted, clear while the
	// session is known not to hold it. asking is held while a SUBSCRIBE or an UNSUBSCRIBE is under way: they must not
	// overtake one another.
	flapping    *pace.Presence
	bare, clear bool
	asking      sync.Mutex
}

// newSubscriber makes subscriber n of the fleet.
func newSubscriber(f *Fleet, n int) *subscriber {
	plan := &f.assignment.Subscribers[n]
	s := &subscriber{log: f.recorder.Subscriber(n), granted: make([]bool, 1)}
	if f.assignment.Apart {
		s.granted = make([]bool, len(f.assignment.Brokers))
	}
	group := f.assignment.SubscriberGroup(n)
	for _, filter := range plan.Filters {
		s.subscriptions = append(s.subscriptions, mqtt.Subscription{Filter: filter, QoS: byte(group.QoS)})
	}
	if plan.Device > 0 {
		p := f.publishers[plan.Device-1]
		s.client, p.device.subscriber = &p.client, s
		return s
	}
	s.client = &client{}
	s.prepare(f, subscriberKind, n, plan.Home, plan.Route)
	s.visit(f.assignment.subscriberPresence(n), group.Churn, group.Join)
	if group.Flap != nil {
		presence := f.assignment.flapping(n)
		s.flapping = &presence
	}
	s.name = plan.Client
	s.events = &s.log.ClientLog
	s.role = s
	s.open(f.options(plan.Client, s.number), s)
	return s
}

// connected implements role: a session that is still there still has its subscriptions, if it ever had them. A session
// that a broker has kept to itself knows nothing of what another one granted meanwhile.
func (s *subscriber) connected(sessionPresent bool, at time.Duration) {
	session := s.keeping()
	*session = *session && sessionPresent && !s.bare
	s.subscribed, s.clear = *session, !sessionPresent
	if s.bare && s.clear {
		s.log.Unsubscribed(at, s.broker)
		s.becameReady()
	}
	if s.subscribed {
		s.log.Subscribed(at, s.broker, "")
		s.becameReady()
	}
}

// keeping is where it stands whether the session of the present connection has its subscriptions.
func (s *subscriber) keeping() *bool { return &s.granted[s.broker%len(s.granted)] }

// attends implements role: a subscriber without its subscriptions has to ask for them.
func (s *subscriber) attends() bool {
	s.session.Lock()
	defer s.session.Unlock()
	return !s.settled()
}

// settled says whether the session holds the subscription, or does not, as it is wanted. The lock is held.
func (s *subscriber) settled() bool {
	if s.bare {
		return s.clear
	}
	return s.subscribed
}

// attend implements role: it subscribes. A subscriber whose filters are refused is not served; it gives the connection
// up and tries the next broker of its route, as a device that needs its messages would.
func (s *subscriber) attend(ctx context.Context) error {
	s.asking.Lock()
	defer s.asking.Unlock()
	s.session.Lock()
	bare, settled := s.bare, s.settled()
	if !settled && !bare {
		s.clear = false
		s.log.Subscribing()
	}
	s.session.Unlock()
	switch {
	case settled:
		return nil
	case bare:
		return s.unsubscribe(ctx)
	default:
		return s.subscribe(ctx)
	}
}

// subscribe asks for the subscriptions.
func (s *subscriber) subscribe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, subackTimeout)
	defer cancel()
	answer, err := s.session.Subscribe(ctx, s.subscriptions)
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	s.session.Lock()
	defer s.session.Unlock()
	if !s.up {
		return nil // The client was to go meanwhile: the subscription is the next stay's matter.
	}
	at := answer.At
	lowered, err := s.grants(answer.Codes)
	if err != nil {
		err = fmt.Errorf("subscribe: %w", err)
		s.log.SubscribeFailed(at, s.broker, err.Error())
		return err
	}
	s.subscribed, *s.keeping() = true, true
	s.log.Subscribed(at, s.broker, lowered)
	s.becameReady()
	return nil
}

// grants reads the codes of a SUBACK: which filters got a lower QoS than asked for, or an error that names the refused
// ones.
func (s *subscriber) grants(codes []byte) (lowered string, err error) {
	if len(codes) != len(s.subscriptions) {
		return "", fmt.Errorf("%d filters were answered by %d codes", len(s.subscriptions), len(codes))
	}
	var low, refused []string
	for i, code := range codes {
		asked := s.subscriptions[i]
		switch {
		case code >= failedCode:
			refused = append(refused, fmt.Sprintf("filter %q refused with 0x%02x", asked.Filter, code))
		case code < asked.QoS:
			low = append(low, fmt.Sprintf("filter %q granted QoS %d of %d", asked.Filter, code, asked.QoS))
		}
	}
	if len(refused) > 0 {
		return "", errors.New(strings.Join(refused, ", "))
	}
	return strings.Join(low, ", "), nil
}

// disconnected implements role.
func (s *subscriber) disconnected(time.Duration) {}

// left implements role.
func (s *subscriber) left() {}

// Received implements mqtt.Handler: it accounts for a message.
func (s *subscriber) Received(p *mqtt.Publish, at time.Duration) {
	mark, err := stamp.Read(p.Payload)
	if err != nil {
		if _, will := s.fleet.wills[string(p.Topic)]; will && errors.Is(err, stamp.ErrForeign) {
			return // A broker published the will of a client that it lost; wills carry no stamp.
		}
		if string(p.Payload) == mqtt.ProbePayload {
			return // Nobody's load: it proves that a bridge carries messages.
		}
		s.log.Phantom(p.Topic, err.Error(), at)
		return
	}
	if detail := s.suspicion(mark, p.Topic); detail != "" {
		s.log.Phantom(p.Topic, detail, at)
		return
	}
	s.log.Received(history.Receipt{
		Publisher: mark.Publisher, Sequence: mark.Sequence, Intended: mark.Intended, Sent: mark.Sent,
		QoS: p.QoS, Dup: p.Dup, Retain: p.Retain,
	}, p.Topic, at)
}

// suspicion says why a message with a sound stamp cannot be one of this run; "" if it can.
func (s *subscriber) suspicion(mark stamp.Stamp, topic []byte) string {
	if mark.Run != s.fleet.assignment.RunID {
		return fmt.Sprintf("message of another run: %016x", mark.Run)
	}
	if int64(mark.Publisher) >= int64(len(s.fleet.topics)) {
		return fmt.Sprintf("message of publisher %d, which does not exist", mark.Publisher)
	}
	if want := s.fleet.topics[mark.Publisher]; string(topic) != want {
		return fmt.Sprintf("message that publisher %d published to topic %q", mark.Publisher, want)
	}
	return ""
}

// EndBatch implements mqtt.Handler.
func (s *subscriber) EndBatch(time.Duration) { s.log.EndBatch() }

// Acknowledged implements mqtt.Handler; a subscriber publishes nothing.
func (s *subscriber) Acknowledged(uint64, byte, time.Duration) {}

// Orphaned implements mqtt.Handler; a subscriber publishes nothing.
func (s *subscriber) Orphaned(uint64, time.Duration) {}

// Taken implements mqtt.Handler; a subscriber publishes nothing.
func (s *subscriber) Taken(int, time.Duration) {}

// Flushed implements mqtt.Handler; a subscriber publishes nothing.
func (s *subscriber) Flushed(time.Duration) {}
