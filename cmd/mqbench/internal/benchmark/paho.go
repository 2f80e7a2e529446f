package benchmark

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/eclipse/paho.golang/paho"
	"golang.org/x/sync/errgroup"

	"github.com/mqbench/mqbench/workers/stamp"
)

// senders is the number of goroutines that publish on one paho client, as its Publish waits for the acknowledgement.
const senders = 8

// measurePaho does with paho.golang what a careful tool would: a stamp in each message, a histogram per client, a
// buffered reader, and a Receive Maximum, without which each client allocates half a megabyte.
func measurePaho(ctx context.Context, s Spec) (Measurement, error) {
	before := memory()
	clients := make([]*pahoClient, s.Clients)
	var g errgroup.Group
	g.SetLimit(32)
	for n := range clients {
		g.Go(func() (err error) {
			clients[n], err = connectPaho(ctx, s, n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Measurement{}, err
	}
	defer func() {
		for _, c := range clients {
			_ = c.client.Disconnect(&paho.Disconnect{}) // the counterpart may be gone: there is nothing left to do then
		}
	}()
	if s.Case == Idle {
		return Measurement{RSSBytes: memory() - before, Clients: s.Clients}, nil
	}
	u := startUsage()
	var err error
	if s.Case == Receive {
		err = receivePaho(ctx, s, clients)
	} else {
		err = publishPaho(ctx, s, clients)
	}
	m := u.stop()
	m.Messages, m.Clients = s.Messages/s.Clients*s.Clients, s.Clients
	return m, err
}

// pahoClient is one client with what a load tool keeps for it.
type pahoClient struct {
	client   *paho.Client
	topic    string
	epoch    time.Time
	received atomic.Int64
	next     uint32
	latency  *hdr.Histogram
	service  *hdr.Histogram
}

func connectPaho(ctx context.Context, s Spec, n int) (*pahoClient, error) {
	conn, err := address(s.Address).Dial(ctx, 0)
	if err != nil {
		return nil, err
	}
	c := &pahoClient{topic: fmt.Sprintf("bench/%d", n+1), epoch: time.Now()}
	if s.Case != Idle {
		c.latency, c.service = hdr.New(1, time.Hour.Nanoseconds(), 3), hdr.New(1, time.Hour.Nanoseconds(), 3)
	}
	c.client = paho.NewClient(paho.ClientConfig{
		ClientID: fmt.Sprintf("paho-%d", n), Conn: newBufferedConn(conn),
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){c.receive},
		PacketTimeout:     roundTimeout,
	})
	maximum := uint16(inFlight)
	_, err = c.client.Connect(ctx, &paho.Connect{
		ClientID: fmt.Sprintf("paho-%d", n), KeepAlive: 60, CleanStart: true,
		Properties: &paho.ConnectProperties{ReceiveMaximum: &maximum},
	})
	return c, err
}

// receive accounts for a message as our own subscriber does: stamp, order, two latencies.
func (c *pahoClient) receive(p paho.PublishReceived) (bool, error) {
	at := time.Since(c.epoch)
	m, err := stamp.Read(p.Packet.Payload)
	if err != nil {
		return true, err
	}
	if m.Sequence >= c.next {
		c.next = m.Sequence + 1
	}
	// The counterpart has another epoch; the cost of recording does not depend on the value.
	value := max(1, (at - m.Sent).Nanoseconds())
	err = errors.Join(c.latency.RecordValue(value), c.service.RecordValue(value))
	c.received.Add(1)
	return true, err
}

func receivePaho(ctx context.Context, s Spec, clients []*pahoClient) error {
	for _, c := range clients {
		subscribe := &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: receiveTopic}}}
		if _, err := c.client.Subscribe(ctx, subscribe); err != nil {
			return err
		}
	}
	want := int64(s.Messages / s.Clients)
	return waitFor(ctx, func() bool {
		for _, c := range clients {
			if c.received.Load() < want {
				return false
			}
		}
		return true
	})
}

func publishPaho(ctx context.Context, s Spec, clients []*pahoClient) error {
	qos := map[Case]byte{PublishQoS1: 1, PublishQoS2: 2}[s.Case]
	perClient := s.Messages / s.Clients
	workers := senders
	if qos == 0 {
		workers = 1
	}
	var g errgroup.Group
	for n, c := range clients {
		var next atomic.Int64
		for w := range workers {
			histogram := hdr.New(1, time.Hour.Nanoseconds(), 3)
			if w == 0 {
				histogram = c.latency
			}
			g.Go(func() error { return c.publish(ctx, n, qos, s.Payload, perClient, &next, histogram) })
		}
	}
	return g.Wait()
}

// publish sends messages until the client's share is done; the senders of a client take numbers from next.
func (c *pahoClient) publish(
	ctx context.Context, n int, qos byte, size, share int, next *atomic.Int64, histogram *hdr.Histogram,
) error {
	payload := make([]byte, size)
	for {
		sequence := next.Add(1) - 1
		if sequence >= int64(share) {
			return nil
		}
		at := time.Since(c.epoch)
		stamp.Stamp{
			Run: RunID, Publisher: uint32(n), Sequence: uint32(sequence), Intended: at, Sent: at,
		}.Put(payload)
		if _, err := c.client.Publish(ctx, &paho.Publish{Topic: c.topic, QoS: qos, Payload: payload}); err != nil {
			return err
		}
		if err := histogram.RecordValue(max(1, (time.Since(c.epoch) - at).Nanoseconds())); err != nil {
			return err
		}
	}
}

// bufferedConn spares paho.golang system calls: it reads each packet in three pieces and writes it in several.
// paho.golang locks a connection that can be locked around each packet.
type bufferedConn struct {
	net.Conn
	reader *bufio.Reader

	sync.Mutex
	writer *bufio.Writer
}

func newBufferedConn(c net.Conn) *bufferedConn {
	return &bufferedConn{Conn: c, reader: bufio.NewReader(c), writer: bufio.NewWriter(c)}
}

// Read reads from the buffer.
func (c *bufferedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// Write writes into the buffer.
func (c *bufferedConn) Write(p []byte) (int, error) { return c.writer.Write(p) }

// Unlock sends the packet. An error stays with the writer and comes back from the next Write.
func (c *bufferedConn) Unlock() {
	_ = c.writer.Flush()
	c.Mutex.Unlock()
}
