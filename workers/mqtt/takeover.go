package mqtt

import (
	"context"
	"fmt"
	"net"
)

// TakeOver connects under another client's identifier, so that the server has to end that one's connection
// [MQTT-3.1.4-3]: CONNECT with the same options on conn and CONNACK, until ctx ends. There is no will, and nothing
// behind CONNACK is ever read or acknowledged, so that every message of QoS 1 and 2 is still owed to the other client,
// whose session goes on or, with a clean start, is gone. The caller closes conn when it has seen the effect, without
// DISCONNECT; on an error it is closed already. Errors are those of [Session.Connect].
func TakeOver(ctx context.Context, conn net.Conn, o Options) error {
	o.Will = nil
	s := New(o, Deaf{})
	l := newLink(s, conn)
	packet, _, err := s.begin(l)
	if err == nil {
		stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo()) })
		_, err = l.greet(packet, s.defaults())
		if !stop() {
			err = fmt.Errorf("no CONNACK: %w", context.Cause(ctx))
		}
	}
	if err != nil {
		shut(conn)
		return fmt.Errorf("take over: %w", err)
	}
	return nil
}
