package trial

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

const (
	// sentEach is how many messages each publisher of a check sends.
	sentEach = 20
	// greetEvery is the time between the messages that find out when a path is open: a cluster makes a subscription
	// known to its other brokers after it has confirmed it.
	greetEvery = 200 * time.Millisecond
	// settle is how long a check waits, after everything has arrived, for what should not.
	settle = 500 * time.Millisecond
)

// deliver proves that messages of one quality of service get from every broker to every other one that the shape joins
// it to, as often as they should, and to no other: each once at QoS 0, where nothing is wrong, and at QoS 2, and at
// least once at QoS 1.
func (s *stage) deliver(ctx context.Context, protocol scenarios.Protocol, qos scenarios.QoS) (string, error) {
	d := &delivery{stage: s, qos: qos, round: fmt.Sprintf("%s-%x", s.token, time.Now().UnixNano())}
	defer d.leave(ctx)
	if err := d.connect(ctx, protocol); err != nil {
		return "", err
	}
	for n := range d.publishers {
		if err := d.greet(ctx, n); err != nil {
			return "", err
		}
	}
	for n, p := range d.publishers {
		var payloads []string
		for i := range sentEach {
			payloads = append(payloads, d.payload(n, i))
		}
		if err := p.publish(ctx, d.topic(n), qos, payloads); err != nil {
			return "", err
		}
	}
	if err := d.arrive(ctx); err != nil {
		return "", err
	}
	if err := pause(ctx, settle); err != nil {
		return "", err
	}
	return d.verify()
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// A delivery is a check with a publisher and a subscriber at every broker that serves.
type delivery struct {
	*stage
	qos                     scenarios.QoS
	round                   string
	brokers                 []int
	publishers, subscribers []*client
}

// topic is where the n-th publisher publishes: topics begin with its broker's name, as a mesh needs it.
func (d *delivery) topic(n int) string {
	return d.name(d.brokers[n]) + "/trial/" + d.round
}

func (d *delivery) payload(n, i int) string { return fmt.Sprintf("%s %d", d.name(d.brokers[n]), i) }

func (d *delivery) greeting(n int) string { return d.name(d.brokers[n]) + " hello" }

// reaches tells whether what publisher n sends gets to subscriber m.
func (d *delivery) reaches(n, m int) bool {
	return d.topology.Reaches(d.brokers[n], d.brokers[n], d.brokers[m])
}

// connect connects all clients and subscribes.
func (d *delivery) connect(ctx context.Context, protocol scenarios.Protocol) error {
	d.brokers = d.serving()
	for _, broker := range d.brokers {
		sub := d.newClient("sub-"+d.name(broker)+"-"+d.round, protocol, false)
		pub := d.newClient("pub-"+d.name(broker)+"-"+d.round, protocol, false)
		d.subscribers, d.publishers = append(d.subscribers, sub), append(d.publishers, pub)
		if _, err := sub.connect(ctx, broker); err != nil {
			return err
		}
		if err := sub.subscribe(ctx, "+/trial/"+d.round, d.qos); err != nil {
			return err
		}
		if _, err := pub.connect(ctx, broker); err != nil {
			return err
		}
	}
	return nil
}

// greet has publisher n send greetings until everybody has one who should.
func (d *delivery) greet(ctx context.Context, n int) error {
	for {
		if err := d.publishers[n].publish(ctx, d.topic(n), d.qos, []string{d.greeting(n)}); err != nil {
			return err
		}
		deaf := ""
		for m, s := range d.subscribers {
			if d.reaches(n, m) && s.inbox.times(d.greeting(n)) == 0 {
				deaf = d.name(d.brokers[m])
			}
		}
		if deaf == "" {
			return nil
		}
		if err := pause(ctx, greetEvery); err != nil {
			return fmt.Errorf("nothing gets from %s to %s: %w", d.name(d.brokers[n]), deaf, err)
		}
	}
}

// arrive waits until every message has come wherever it should.
func (d *delivery) arrive(ctx context.Context) error {
	for m, s := range d.subscribers {
		err := s.inbox.until(ctx, func() bool {
			for n := range d.publishers {
				for i := range sentEach {
					if d.reaches(n, m) && s.inbox.got[d.payload(n, i)] == 0 {
						return false
					}
				}
			}
			return true
		})
		if err != nil {
			return fmt.Errorf("%s: %w", d.missing(m), err)
		}
	}
	return nil
}

// missing says what subscriber m lacks.
func (d *delivery) missing(m int) string {
	var lacks []string
	for n := range d.publishers {
		came := 0
		for i := range sentEach {
			came += min(1, d.subscribers[m].inbox.times(d.payload(n, i)))
		}
		if d.reaches(n, m) && came < sentEach {
			lacks = append(lacks, fmt.Sprintf("%d of %d from %s", came, sentEach, d.name(d.brokers[n])))
		}
	}
	return fmt.Sprintf("at %s arrived only %s", d.name(d.brokers[m]), strings.Join(lacks, ", "))
}

// verify counts what arrived.
func (d *delivery) verify() (string, error) {
	joined, apart, repeated := 0, 0, 0
	for n := range d.publishers {
		for m, s := range d.subscribers {
			from, to := d.name(d.brokers[n]), d.name(d.brokers[m])
			if !d.reaches(n, m) {
				apart++
				if s.inbox.times(d.greeting(n)) > 0 || s.inbox.times(d.payload(n, 0)) > 0 {
					return "", fmt.Errorf("messages get from %s to %s, which the shape does not join", from, to)
				}
				continue
			}
			joined++
			for i := range sentEach {
				times := s.inbox.times(d.payload(n, i))
				if times > 1 && d.qos != 1 {
					return "", fmt.Errorf("message %d from %s came %d times at %s", i+1, from, times, to)
				}
				repeated += times - 1
			}
		}
	}
	detail := fmt.Sprintf("ways open: %d", joined)
	if apart > 0 {
		detail += fmt.Sprintf(", closed: %d", apart)
	}
	if repeated > 0 {
		detail += fmt.Sprintf(", messages repeated: %d", repeated)
	}
	return detail, nil
}

// leave ends all connections. That of a broker which has gone has ended already.
func (d *delivery) leave(ctx context.Context) {
	for _, c := range append(d.publishers, d.subscribers...) {
		_ = c.leave(ctx)
	}
}
