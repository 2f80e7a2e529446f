package paho

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// A Keeper is what the library asks and tells the owner of a session about its connections. Its methods are called one
// after another and without the session's lock, and must not block, Dial apart.
//
//	Dial → Failed → … → Dial → Connected → Ended → Wait → Dial → …
type Keeper interface {
	// Wait is how long the library waits before it goes through its list of servers once more.
	Wait() time.Duration
	// Dial begins an attempt to connect to the next server. ctx ends with the time for the attempt, CONNACK included.
	Dial(ctx context.Context) (net.Conn, error)
	// Failed ends it: the server cannot be dialled, does not answer in time, or refuses (*mqtt.ConnackError).
	Failed(err error)
	// Connected says that the server has accepted; what the handler is told belongs to that connection from now on.
	Connected(sessionPresent bool)
	// Ended says why the connection is over: mqtt.ErrClosed after Disconnect, the cause given to Close or Reset, a
	// *mqtt.DisconnectError, or what the library says. Before the next Connected the handler is told of orphans at most.
	Ended(cause error)
}

// faultTime bounds the wait for the library to say why a connection has ended, which it does in a goroutine of its own.
const faultTime = time.Second

// farewellTime bounds how long what is pending may take when ctx of Keep has ended.
const farewellTime = time.Second

// Keep has autopaho keep the session connected until ctx ends, Disconnect is called, or it cannot be begun, which is the
// error. The end of ctx is a Disconnect, too. All goroutines of the library have ended when Keep returns; where the
// socket takes nothing, it does so after a Close.
func (s *Session) Keep(ctx context.Context, k Keeper) error {
	s.Lock()
	s.parting = false
	s.Unlock()
	attempt := &attempt{s: s, k: k}
	manager, err := autopaho.NewConnection(context.WithoutCancel(ctx), s.config(attempt))
	if err != nil {
		return fmt.Errorf("begin autopaho: %w", err)
	}
	s.Lock()
	s.manager = manager
	s.Unlock()
	select {
	case <-manager.Done():
	case <-ctx.Done():
		s.farewell()
		<-manager.Done()
	}
	// The library is silent about what its own end cuts short.
	attempt.cancelled(ctx)
	s.Lock()
	l := s.link
	s.Unlock()
	if l != nil {
		s.mark(l, mqtt.ErrClosed)
		attempt.down()
	}
	s.Lock()
	s.manager = nil
	s.Unlock()
	return nil
}

// farewell disconnects when nobody waits for it. The error is that it takes longer.
func (s *Session) farewell() {
	ctx, cancel := context.WithTimeout(context.Background(), farewellTime)
	defer cancel()
	_ = s.Disconnect(ctx)
}

// mark notes why a connection ends, unless that is known.
func (s *Session) mark(l *link, cause error) {
	s.Lock()
	defer s.Unlock()
	if l.cause == nil {
		l.cause = cause
	}
}

// An attempt is what the library's loop does at the moment; only that loop uses it, and Keep behind it.
type attempt struct {
	s *Session
	k Keeper
	// begun: the loop has begun; open: an attempt has no outcome yet.
	begun, open bool
}

// config tells autopaho what to do.
func (s *Session) config(a *attempt) autopaho.ClientConfig {
	servers := make([]*url.URL, s.o.Servers)
	for i := range servers {
		servers[i] = &url.URL{Scheme: "mqtt", Host: fmt.Sprintf("server-%d", i+1)}
	}
	c := autopaho.ClientConfig{
		ServerUrls:                    servers,
		KeepAlive:                     uint16(seconds(s.o.Keepalive, 1<<16-1)),
		CleanStartOnInitialConnection: s.o.CleanStart,
		SessionExpiryInterval:         seconds(s.o.Expiry, 1<<32-1),
		ConnectUsername:               s.o.Username,
		ConnectPassword:               []byte(s.o.Password),
		ReconnectBackoff:              a.wait,
		ConnectTimeout:                s.o.ConnectTimeout,
		AttemptConnection:             a.dial,
		OnConnectError:                func(err error) { a.failed(refusal(err)) },
		OnConnectionUp:                a.up,
		OnConnectionDown:              func() bool { a.down(); return true },
		ConnectPacketBuilder:          s.connect,
		ClientConfig: paho.ClientConfig{
			ClientID:          s.o.ClientID,
			Session:           &witness{State: s.state, s: s},
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){s.received},
			PacketTimeout:     max(packetTimeout, s.o.ConnectTimeout),
			OnClientError:     s.fault,
		},
	}
	if w := s.o.Will; w != nil {
		c.WillMessage = &paho.WillMessage{Topic: w.Topic, Payload: w.Payload, QoS: w.QoS, Retain: w.Retain}
		if delay := seconds(w.Delay, 1<<32-1); delay > 0 {
			c.WillProperties = &paho.WillProperties{WillDelayInterval: &delay}
		}
	}
	return c
}

// connect completes CONNECT. Without a Receive Maximum the library makes room for 65,535 messages in every client. It
// asks for a clean start only once by itself, but a clean session is one at every connect.
func (s *Session) connect(c *paho.Connect, _ *url.URL) (*paho.Connect, error) {
	if c.Properties == nil {
		c.Properties = &paho.ConnectProperties{RequestProblemInfo: true}
	}
	c.Properties.ReceiveMaximum = &s.o.ReceiveMaximum
	if s.o.MaximumPacketSize > 0 {
		c.Properties.MaximumPacketSize = &s.o.MaximumPacketSize
	}
	c.CleanStart = s.o.CleanStart
	return c, nil
}

// seconds is a duration in whole seconds, rounded up.
func seconds(d time.Duration, most uint32) uint32 {
	return uint32(min(max(0, (d+time.Second-1)/time.Second), time.Duration(most)))
}

// wait is the library's backoff: nothing before the very first attempt.
func (a *attempt) wait(int) time.Duration {
	if !a.begun {
		a.begun = true
		return 0
	}
	return a.k.Wait()
}

// dial begins an attempt. The library bounds the wait for CONNACK by the timeout, but not dialling, nor what it sends
// again on behalf of the session before the connection counts as made: the deadline of the connection does.
func (a *attempt) dial(ctx context.Context, _ autopaho.ClientConfig, _ *url.URL) (net.Conn, error) {
	until := time.Now().Add(a.s.o.ConnectTimeout)
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	a.open = true
	conn, err := a.k.Dial(ctx)
	if err != nil {
		return nil, err
	}
	l := newLink(a.s, conn)
	if err := l.bound(until); err != nil {
		return nil, errors.Join(fmt.Errorf("set deadline: %w", err), conn.Close())
	}
	a.s.Lock()
	defer a.s.Unlock()
	if len(a.s.faults) > 0 {
		<-a.s.faults // Said too late about an earlier connection; nobody else takes from here.
	}
	a.s.link = l
	return l, nil
}

// failed ends an attempt.
func (a *attempt) failed(err error) {
	a.s.Lock()
	l := a.s.link
	a.s.link = nil
	if l != nil && l.cause != nil {
		err = l.cause
	}
	a.s.Unlock()
	if l != nil {
		_ = l.Close() // The library has closed it wherever it has used it.
		close(l.over)
	}
	a.open = false
	a.k.Failed(err)
}

// cancelled ends an attempt that the end of the library's loop cut short.
func (a *attempt) cancelled(ctx context.Context) {
	if !a.open {
		return
	}
	err := context.Cause(ctx)
	if err == nil {
		err = mqtt.ErrClosed
	}
	a.failed(err)
}

// refusal is the error of an attempt in the words that both kinds of session share.
func refusal(err error) error {
	var refused *autopaho.ConnackError
	if errors.As(err, &refused) && refused.ReasonCode >= failure {
		return &mqtt.ConnackError{Protocol: mqtt.V5, Reason: refused.ReasonCode, Text: refused.Reason}
	}
	// The library names the server before the error, by an address that is none.
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// up is called when the library has its CONNACK.
func (a *attempt) up(manager *autopaho.ConnectionManager, connack *paho.Connack) {
	s := a.s
	a.open = false
	s.Lock()
	l := s.link
	s.manager, s.up = manager, true
	s.Unlock()
	a.k.Connected(connack.SessionPresent)
	close(l.ready)
	s.Lock()
	defer s.Unlock()
	s.Flush()
}

// down ends a connection of which the library says that it is over: nothing of it works any more but the goroutine
// that hands over messages, which may wait for an acknowledgement of what could not be written.
func (a *attempt) down() {
	s := a.s
	s.Lock()
	l := s.link
	s.up = false
	cause := l.cause
	if m := s.outbox.sending; m != nil {
		m.written()
	}
	s.Unlock()
	_ = l.Close() // It is closed, unless DISCONNECT could not be sent.
	close(l.over)
	s.senders.Wait()
	if cause == nil {
		cause = s.reason()
	}
	s.Lock()
	s.link = nil
	s.outbox.dropUnkept()
	if s.o.CleanStart || l.expiry == 0 {
		s.orphan(true)
	}
	s.Unlock()
	a.k.Ended(cause)
}

// A fault is what the library says of the end of a connection.
type fault struct{ cause error }

// fault takes the library's word for why a connection has ended; only the first is of interest.
func (s *Session) fault(err error) {
	select {
	case s.faults <- fault{err}:
	default:
	}
}

// reason waits for that word.
func (s *Session) reason() error {
	limit := time.NewTimer(faultTime)
	defer limit.Stop()
	select {
	case said := <-s.faults:
		return said.cause
	case <-limit.C:
		return errors.New("paho.golang ended the connection and does not say why")
	}
}
