package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// politeness bounds how long the end of a connection may take to tell the server of itself.
const politeness = 250 * time.Millisecond

// A stacked is a connection on top of a TCP connection.
type stacked struct {
	net.Conn // the topmost layer
	under    net.Conn
	tls      *tls.Conn
	web      *websocket.Conn
	closing  sync.Once
}

// NetConn is the TCP connection below.
func (c *stacked) NetConn() net.Conn { return c.under }

// SetDeadline sets the deadlines of the TCP connection: those of the layers would only be copies of them, or close it.
func (c *stacked) SetDeadline(t time.Time) error { return c.under.SetDeadline(t) }

// SetReadDeadline sets that of the TCP connection.
func (c *stacked) SetReadDeadline(t time.Time) error { return c.under.SetReadDeadline(t) }

// SetWriteDeadline sets that of the TCP connection.
func (c *stacked) SetWriteDeadline(t time.Time) error { return c.under.SetWriteDeadline(t) }

// Close ends the connection. Of TLS the server is told, as it should be [RFC 8446 §6.1], if it takes the word at once. A
// second call does nothing.
func (c *stacked) Close() (err error) {
	err = net.ErrClosed
	c.closing.Do(func() {
		// A server that takes nothing must not keep the end waiting.
		limit := time.AfterFunc(politeness, func() { _ = c.under.Close() })
		defer limit.Stop()
		if c.tls != nil {
			_ = c.tls.Close() // closes what is under it, too
		}
		err = c.under.Close()
		if errors.Is(err, net.ErrClosed) {
			err = nil
		}
		if c.web != nil {
			_ = c.web.CloseNow()
		}
	})
	return err
}
