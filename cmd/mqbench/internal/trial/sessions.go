package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// A memory is a session that waits at a broker for a client that is away, with messages for it.
type memory struct {
	client   *client
	payloads []string
}

// remember makes a session at one broker and has messages wait in it, which are published at another.
func (s *stage) remember(ctx context.Context, name string, at, from int) (*memory, error) {
	protocol, qos := s.recipe.Newest(), s.qos()
	// A session that began at another broker, or in a check before, is none of this one's.
	unique := fmt.Sprintf("%s-%x", name, time.Now().UnixNano())
	m := &memory{client: s.newClient("away-"+unique, protocol, true)}
	if _, err := m.client.connect(ctx, at); err != nil {
		return nil, err
	}
	topic := s.name(from) + "/trial/" + s.token + "-" + unique
	err := m.client.subscribe(ctx, topic, qos)
	if err = errors.Join(err, m.client.leave(ctx)); err != nil {
		return nil, err
	}
	for i := range sentEach {
		if qos > 0 { // at QoS 0 none waits
			m.payloads = append(m.payloads, fmt.Sprintf("%s %d", unique, i))
		}
	}
	publisher := s.newClient("pub-"+unique, protocol, false)
	if _, err := publisher.connect(ctx, from); err != nil {
		return nil, err
	}
	defer func() { _ = publisher.leave(ctx) }()
	return m, publisher.publish(ctx, topic, qos, m.payloads)
}

// recallWithin bounds the return to a session, besides the time after which a product sends messages again.
const recallWithin = 30 * time.Second

// recall has the client come back to the first of some brokers that lets it in, and tells whether its session is still
// there. Where it is, what waited in it has to come.
func (s *stage) recall(ctx context.Context, m *memory, at []int) (present bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, recallWithin+s.recipe.Redelivery, errOverdue)
	defer cancel()
	connack, err := m.client.connectAny(ctx, at)
	if err != nil {
		return false, err
	}
	defer func() { _ = m.client.leave(ctx) }()
	if !connack.SessionPresent {
		return false, nil
	}
	lacks := func() int {
		n := 0
		for _, payload := range m.payloads {
			if m.client.inbox.got[payload] == 0 {
				n++
			}
		}
		return n
	}
	if err := m.client.inbox.until(ctx, func() bool { return lacks() == 0 }); err != nil {
		m.client.inbox.mu.Lock()
		defer m.client.inbox.mu.Unlock()
		return true, fmt.Errorf("the session is there, but %d of %d messages that waited in it are not: %w", lacks(), len(m.payloads), err)
	}
	return true, nil
}

// keepSession proves that a session keeps messages for a client that is away; in a cluster, that the client finds it at
// another broker, with what was published at a third.
func (s *stage) keepSession(ctx context.Context) (string, error) {
	serving := s.serving()
	at := serving[len(serving)-1]
	from, back, detail := at, at, "of "+s.name(at)
	if s.topology.Shape == scenarios.ShapeCluster {
		from, back = serving[0], serving[len(serving)/2]
		detail = fmt.Sprintf("of %s found at %s, with what %s took", s.name(at), s.name(back), s.name(from))
	}
	m, err := s.remember(ctx, "session", at, from)
	if err != nil {
		return "", err
	}
	present, err := s.recall(ctx, m, []int{back})
	if err == nil && !present {
		err = errors.New("the client comes back, and its session is not there")
	}
	return detail, err
}

// victim is the broker that a fault ends: the first of a standby; by a kill, the one with the most bridges; else the
// last.
func (s *stage) victim(fault scenarios.FaultKind) int {
	bridges := make([]int, max(1, s.topology.Nodes))
	victim := len(bridges) - 1
	if s.topology.Shape == scenarios.ShapeStandby {
		return 0
	}
	for _, link := range s.topology.BridgeLinks() {
		bridges[link.From]++
		bridges[link.To]++
	}
	for broker, n := range bridges {
		if fault == scenarios.FaultKill && n > bridges[victim] {
			victim = broker
		}
	}
	return victim
}

// restart ends a broker and starts it again: a session of it has to be there where the recipe claims that it survives.
// The other brokers of a standby let clients in meanwhile.
func (s *stage) restart(ctx context.Context, fault scenarios.FaultKind) (string, error) {
	broker := s.victim(fault)
	m, err := s.remember(ctx, string(fault), broker, broker)
	if err != nil {
		return "", err
	}
	if err := s.end(ctx, fault, broker); err != nil {
		return "", err
	}
	if s.topology.Shape == scenarios.ShapeStandby {
		if err := s.visit(ctx, s.all()[1:]); err != nil {
			return "", err
		}
	}
	began := time.Now()
	if err := s.cluster.Start(ctx, broker); err != nil {
		return "", err
	}
	detail := fmt.Sprintf("%s is back after %.1f s", s.name(broker), time.Since(began).Seconds())
	kept, err := s.survived(ctx, m, []int{broker}, fault)
	return detail + ", " + kept, err
}

// takeOver ends the broker that serves: the next one has to let clients in, with the sessions that the recipe claims to
// survive. Then it starts the first again, and ends the other, so that the first serves at the end.
func (s *stage) takeOver(ctx context.Context, fault scenarios.FaultKind) (string, error) {
	m, err := s.remember(ctx, string(fault), 0, 0)
	if err != nil {
		return "", err
	}
	if err := s.end(ctx, fault, 0); err != nil {
		return "", err
	}
	began := time.Now()
	others := s.all()[1:]
	if err := s.visit(ctx, others); err != nil {
		return "", fmt.Errorf("no other broker takes over: %w", err)
	}
	detail := fmt.Sprintf("taken over after %.1f s", time.Since(began).Seconds())
	kept, err := s.survived(ctx, m, others, fault)
	if detail += ", " + kept; err != nil {
		return detail, err
	}
	return detail, s.giveBack(ctx, others)
}

// giveBack starts the first broker again and ends the others, one after the other, until it serves.
func (s *stage) giveBack(ctx context.Context, others []int) error {
	if err := s.cluster.Start(ctx, 0); err != nil {
		return err
	}
	for _, other := range others {
		if err := s.cluster.Stop(ctx, other); err != nil {
			return err
		}
	}
	if err := s.visit(ctx, []int{0}); err != nil {
		return fmt.Errorf("the first broker does not serve again: %w", err)
	}
	for _, other := range others {
		if err := s.cluster.Start(ctx, other); err != nil {
			return err
		}
	}
	return nil
}

// visit waits until the first of some brokers lets a client in.
func (s *stage) visit(ctx context.Context, brokers []int) error {
	guest := s.newClient(fmt.Sprintf("guest-%x", time.Now().UnixNano()), s.recipe.Newest(), false)
	if _, err := guest.connectAny(ctx, brokers); err != nil {
		return err
	}
	return guest.leave(ctx)
}

// survived compares what became of a session with what the recipe claims. It claims no more than it says: what is there
// although it need not be is told, and no failure.
func (s *stage) survived(ctx context.Context, m *memory, at []int, fault scenarios.FaultKind) (string, error) {
	claimed := slices.Contains(s.profile.Survives, fault)
	present, err := s.recall(ctx, m, at)
	switch {
	case claimed && err == nil && !present:
		return "session gone", fmt.Errorf("the recipe claims that sessions survive %s, but Session Present is 0", fault)
	case claimed && err != nil:
		return "session broken", fmt.Errorf("the recipe claims that sessions survive %s: %w", fault, err)
	case !present && err != nil:
		return "", err
	case !present:
		return "session gone, as it may be", nil
	case err != nil:
		return "session there without its messages, as it may be", nil //nolint:nilerr // nothing was claimed
	case claimed:
		return "session kept", nil
	default:
		return "session kept, though none is claimed", nil
	}
}
