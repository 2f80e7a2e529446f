package benchmark

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
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

// histograms is over how many histograms the clients spread what they record.
const histograms = 16

// pahoFleet does with paho.golang what a careful tool would: a stamp in each message, histograms, a buffered reader, and
// a Receive Maximum, without which each client allocates half a megabyte.
type pahoFleet struct {
	spec    Spec
	epoch   time.Time
	clients []*pahoClient
	// done counts messages that were written, acknowledged or received.
	done             atomic.Int64
	latency, service [histograms]sharedHistogram
	// warm is until when, since the start of the load, nothing is filed in delay.
	warm  time.Duration
	delay [histograms]sharedHistogram
}

// A sharedHistogram belongs to several clients.
type sharedHistogram struct {
	mu     sync.Mutex
	values *hdr.Histogram
}

func (h *sharedHistogram) record(d time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.values == nil {
		h.values = hdr.New(1, time.Hour.Nanoseconds(), 3)
	}
	return h.values.RecordValue(max(1, d.Nanoseconds()))
}

func measurePaho(ctx context.Context, s Spec, meter *meter) (m Measurement, err error) {
	f := &pahoFleet{spec: s, epoch: time.Now(), warm: time.Duration(s.Warm * float64(s.Span)), clients: make([]*pahoClient, s.Clients)}
	before := memory()
	if s.Task == Connect {
		if err := meter.start(); err != nil {
			return m, err
		}
	}
	if err := f.connect(ctx); err != nil {
		return m, err
	}
	defer func() {
		for _, c := range f.clients {
			_ = c.client.Disconnect(&paho.Disconnect{}) // the counterpart may be gone: there is nothing left to do then
		}
	}()
	switch s.Task {
	case Idle:
		return Measurement{RSSBytes: memory() - before, Clients: s.Clients}, nil
	case Connect:
		m = meter.stop()
		m.Clients = s.Clients
		return m, nil
	case Receive:
		return s.follow(ctx, meter, f.count, f.subscribe)
	default:
		m, err = s.follow(ctx, meter, f.count, f.publish)
		m.Delay = f.delays()
		return m, err
	}
}

func (f *pahoFleet) count() int { return int(f.done.Load()) }

// connect connects all clients, as many at a time as our own engine does; for Connect they subscribe at once.
func (f *pahoFleet) connect(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(256)
	for n := range f.clients {
		g.Go(func() (err error) {
			if f.clients[n], err = f.connectClient(ctx, n); err == nil && f.spec.Task == Connect {
				err = f.clients[n].subscribe(ctx)
			}
			return err
		})
	}
	return g.Wait()
}

// pahoClient is one client with what a load tool keeps for it.
type pahoClient struct {
	fleet  *pahoFleet
	client *paho.Client
	topic  string
	number int
	next   uint32
}

func (f *pahoFleet) connectClient(ctx context.Context, n int) (*pahoClient, error) {
	conn, err := address(f.spec.Address).Dial(ctx, 0)
	if err != nil {
		return nil, err
	}
	c := &pahoClient{fleet: f, topic: fmt.Sprintf("bench/%d", n+1), number: n}
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

func (c *pahoClient) subscribe(ctx context.Context) error {
	_, err := c.client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: receiveTopic}}})
	return err
}

func (f *pahoFleet) subscribe(ctx context.Context) error {
	for _, c := range f.clients {
		if err := c.subscribe(ctx); err != nil {
			return err
		}
	}
	return nil
}

// receive accounts for a message as our own subscriber does: stamp, order, two latencies.
func (c *pahoClient) receive(p paho.PublishReceived) (bool, error) {
	at := time.Since(c.fleet.epoch)
	m, err := stamp.Read(p.Packet.Payload)
	if err != nil {
		return true, err
	}
	if m.Sequence >= c.next {
		c.next = m.Sequence + 1
	}
	// The counterpart has another epoch; the cost of recording does not depend on the value.
	shard := c.number % histograms
	err = errors.Join(c.fleet.latency[shard].record(at-m.Intended), c.fleet.service[shard].record(at-m.Sent))
	c.fleet.done.Add(1)
	return true, err
}

// publish has every client send its messages: as fast as it can, or each at its time.
func (f *pahoFleet) publish(ctx context.Context) error {
	perClient := f.spec.Messages / f.spec.Clients
	var g errgroup.Group
	began := time.Now().Add(lead)
	for n, c := range f.clients {
		if f.spec.Warm > 0 {
			g.Go(func() error { return c.pace(ctx, began, perClient) })
			continue
		}
		workers := senders
		if f.spec.QoS == 0 {
			workers = 1
		}
		var next atomic.Int64
		for w := range workers {
			g.Go(func() error { return c.blast(ctx, &f.latency[(n+w)%histograms], &next, perClient) })
		}
	}
	return g.Wait()
}

// blast sends messages until the client's share is done; the senders of a client take numbers from next.
func (c *pahoClient) blast(ctx context.Context, latencies *sharedHistogram, next *atomic.Int64, share int) error {
	payload := make([]byte, c.fleet.spec.Payload)
	for {
		sequence := next.Add(1) - 1
		if sequence >= int64(share) {
			return nil
		}
		if err := c.send(ctx, payload, uint32(sequence), time.Since(c.fleet.epoch), latencies); err != nil {
			return err
		}
	}
}

// pace sends the client's share, each message at its time; the phases of the clients are spread over the period.
func (c *pahoClient) pace(ctx context.Context, began time.Time, share int) error {
	const golden = 0.6180339887498949
	period := c.fleet.spec.Span / time.Duration(share)
	_, phase := math.Modf(float64(c.number) * golden)
	began = began.Add(time.Duration(phase * float64(period)))
	payload := make([]byte, c.fleet.spec.Payload)
	shard := c.number % histograms
	for sequence := range share {
		due := time.Duration(sequence) * period
		intended := began.Add(due)
		time.Sleep(time.Until(intended))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := c.send(ctx, payload, uint32(sequence), intended.Sub(c.fleet.epoch), &c.fleet.latency[shard]); err != nil {
			return err
		}
		if c.fleet.spec.QoS > 0 || due < c.fleet.warm {
			continue
		}
		if err := c.fleet.delay[shard].record(time.Since(intended)); err != nil {
			return err
		}
	}
	return nil
}

// send publishes one message and waits for its acknowledgement.
func (c *pahoClient) send(
	ctx context.Context, payload []byte, sequence uint32, intended time.Duration, latencies *sharedHistogram,
) error {
	at := time.Since(c.fleet.epoch)
	stamp.Stamp{Run: RunID, Publisher: uint32(c.number), Sequence: sequence, Intended: intended, Sent: at}.Put(payload)
	if _, err := c.client.Publish(ctx, &paho.Publish{Topic: c.topic, QoS: c.fleet.spec.QoS, Payload: payload}); err != nil {
		return err
	}
	c.fleet.done.Add(1)
	return latencies.record(time.Since(c.fleet.epoch) - at)
}

// delays are those of all clients.
func (f *pahoFleet) delays() Delay {
	all := hdr.New(1, time.Hour.Nanoseconds(), 3)
	for n := range f.delay {
		if h := f.delay[n].values; h != nil {
			all.Merge(h)
		}
	}
	at := func(percent float64) time.Duration { return time.Duration(all.ValueAtPercentile(percent)) }
	return Delay{P50: at(50), P99: at(99), P999: at(99.9)}
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
