package paho

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
	"github.com/eclipse/paho.golang/paho/session"
	"github.com/eclipse/paho.golang/paho/session/state"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// failure is the smallest reason code that refuses [MQTT 5.0 §2.4].
const failure = 0x80

// A witness is the library's own session state, watched: it tells the session what becomes of messages. A call that ends
// one is passed on first, so that what the session does then finds the library done with it.
type witness struct {
	*state.State
	s *Session
	// connected says whether the state has a connection, which it looks at itself before every answer but that to a
	// PUBREC (paho.golang 0.23.0); answering, which guards it, is held until that one is written.
	answering sync.Mutex
	connected bool
}

// ConAckReceived implements session.SessionManager. Where the server does not have the session, the state forgets what
// is in flight, and nobody who waits for it is told: it is in doubt from now on [MQTT-3.2.2-5].
func (w *witness) ConAckReceived(conn io.Writer, sent *packets.Connect, ack *packets.Connack) error {
	if !ack.SessionPresent {
		w.s.Lock()
		w.s.orphan(false)
		w.s.Unlock()
	}
	w.answering.Lock()
	w.connected = true
	w.answering.Unlock()
	if err := w.State.ConAckReceived(conn, sent, ack); err != nil {
		return err
	}
	return w.s.accepted(sent, ack)
}

// accepted notes what the server takes, and lifts the deadline of the attempt.
func (s *Session) accepted(sent *packets.Connect, ack *packets.Connack) error {
	s.Lock()
	defer s.Unlock()
	s.limits = limits{window: s.o.InFlight, maximumPacket: 1 + 4 + maximumRemaining, maximumQoS: 2, retain: true}
	if sent.Properties != nil && sent.Properties.SessionExpiryInterval != nil {
		s.link.expiry = *sent.Properties.SessionExpiryInterval
	}
	if p := ack.Properties; p != nil {
		if p.ReceiveMaximum != nil {
			s.limits.window = min(s.limits.window, int(*p.ReceiveMaximum))
		}
		if p.MaximumPacketSize != nil {
			s.limits.maximumPacket = int(*p.MaximumPacketSize)
		}
		if p.MaximumQOS != nil {
			s.limits.maximumQoS = *p.MaximumQOS
		}
		if p.RetainAvailable != nil {
			s.limits.retain = *p.RetainAvailable == 1
		}
		if p.SessionExpiryInterval != nil {
			s.link.expiry = *p.SessionExpiryInterval
		}
	}
	return s.link.bound(time.Time{})
}

// ConnectionLost implements session.SessionManager; a DISCONNECT of the server comes this way first.
func (w *witness) ConnectionLost(packet *packets.Disconnect) error {
	if packet != nil {
		e := &mqtt.DisconnectError{Reason: packet.ReasonCode}
		if packet.Properties != nil {
			e.Text = packet.Properties.ReasonString
		}
		w.s.Lock()
		if l := w.s.link; l != nil && l.cause == nil {
			l.cause = e
		}
		w.s.Unlock()
	}
	w.answering.Lock()
	defer w.answering.Unlock()
	w.connected = false
	return w.State.ConnectionLost(packet)
}

// AddToSession implements session.SessionManager: the library gives a message its packet identifier, and from now on
// sends it again after a reconnect.
func (w *witness) AddToSession(ctx context.Context, p session.Packet, answer chan<- packets.ControlPacket) error {
	if err := w.State.AddToSession(ctx, p, answer); err != nil {
		return err
	}
	if publish, ok := p.(*packets.Publish); ok {
		w.s.Lock()
		w.s.outbox.store(publish.PacketID)
		w.s.Unlock()
	}
	return nil
}

// PacketReceived implements session.SessionManager: acknowledgements come this way. A PUBREC that was read from a
// connection that is over by now counts as one that never came.
func (w *witness) PacketReceived(p *packets.ControlPacket, received chan<- *packets.Publish) error {
	w.s.introduced()
	at := w.s.o.Now()
	if p.Type == packets.SUBACK || p.Type == packets.UNSUBACK {
		// Who waits for it goes on as soon as it is passed on.
		w.s.Lock()
		w.s.answered = at
		w.s.Unlock()
	}
	if p.Type == packets.PUBREC {
		w.answering.Lock()
		defer w.answering.Unlock()
		if !w.connected {
			return nil
		}
	}
	err := w.State.PacketReceived(p, received)
	switch ack := p.Content.(type) {
	case *packets.Puback:
		w.s.settle(ack.PacketID, 1, ack.ReasonCode, at)
	case *packets.Pubrec:
		if ack.ReasonCode >= failure {
			w.s.settle(ack.PacketID, 2, ack.ReasonCode, at)
		}
	case *packets.Pubcomp:
		// The server owns the message since PUBREC, whatever the reason.
		w.s.settle(ack.PacketID, 2, 0, at)
	}
	return err
}

// introduced waits until the owner knows of the connection.
func (s *Session) introduced() {
	s.Lock()
	l := s.link
	s.Unlock()
	if l != nil {
		<-l.ready
	}
}

// received is the library's callback for a message. It comes before the acknowledgement is sent.
func (s *Session) received(p paho.PublishReceived) (bool, error) {
	s.introduced()
	at := s.o.Now()
	s.Lock()
	defer s.Unlock()
	s.h.Received(&mqtt.Publish{
		Topic: []byte(p.Packet.Topic), Payload: p.Packet.Payload, QoS: p.Packet.QoS, Dup: p.Packet.Duplicate(),
		Retain: p.Packet.Retain, PacketID: p.Packet.PacketID,
	}, at)
	s.h.EndBatch(at)
	return true, nil
}
