package mqtt

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// A server is the other end of a connection, played by the test.
type server struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// poller serves the plain TCP connections of these tests.
var poller Poller

// A veiled connection does not show that it is TCP, so that it is read by a goroutine of its own.
type veiled struct{ net.Conn }

// NetConn shows it to who wants to reset it.
func (v veiled) NetConn() net.Conn { return v.Conn }

// transports are the kinds of connections that a session treats differently.
func transports(t *testing.T, story func(t *testing.T, link func() (net.Conn, *server))) {
	t.Run("veiled", func(t *testing.T) {
		story(t, func() (net.Conn, *server) {
			conn, v := tcpPair(t)
			return veiled{conn}, v
		})
	})
	t.Run("tcp", func(t *testing.T) {
		story(t, func() (net.Conn, *server) { return tcpPair(t) })
	})
	t.Run("pipe", func(t *testing.T) {
		story(t, func() (net.Conn, *server) { return pipePair(t) })
	})
}

// versions are both protocol versions on both transports.
func versions(t *testing.T, story func(t *testing.T, protocol byte, link func() (net.Conn, *server))) {
	for protocol, name := range map[byte]string{V311: "3.1.1", V5: "5.0"} {
		t.Run(name, func(t *testing.T) {
			transports(t, func(t *testing.T, link func() (net.Conn, *server)) { story(t, protocol, link) })
		})
	}
}

func pipePair(t *testing.T) (net.Conn, *server) {
	t.Helper()
	client, far := net.Pipe()
	return ends(t, client, far)
}

func tcpPair(t *testing.T) (net.Conn, *server) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { closeAll(t, listener) }()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}()
	client := dial(t, listener.Addr().String())
	return ends(t, client, <-accepted)
}

func closeAll(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func ends(t *testing.T, client, far net.Conn) (net.Conn, *server) {
	t.Helper()
	t.Cleanup(func() {
		shut(client)
		shut(far)
	})
	if err := far.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return client, &server{t, far, bufio.NewReader(far)}
}

// packet reads one whole packet, with its header.
func (v *server) packet() []byte {
	v.t.Helper()
	p, err := v.read()
	if err != nil {
		v.t.Fatalf("server reads: %v", err)
	}
	return p
}

func (v *server) read() ([]byte, error) {
	p := make([]byte, 2, 64)
	if _, err := io.ReadFull(v.in, p); err != nil {
		return nil, err
	}
	for {
		n, size := length(p[1:])
		if size < 0 {
			return nil, errors.New("malformed length")
		}
		if size > 0 {
			p = append(p, make([]byte, n)...)
			_, err := io.ReadFull(v.in, p[1+size:])
			return p, err
		}
		p = append(p, 0)
		if _, err := io.ReadFull(v.in, p[len(p)-1:]); err != nil {
			return nil, err
		}
	}
}

// want reads one packet and compares.
func (v *server) want(packet []byte) {
	v.t.Helper()
	if got := v.packet(); !bytes.Equal(got, packet) {
		v.t.Fatalf("server got % x, want % x", got, packet)
	}
}

// wantEnd waits for the client to close.
func (v *server) wantEnd() {
	v.t.Helper()
	if p, err := v.read(); err == nil {
		v.t.Fatalf("server got % x, want the end", p)
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		v.t.Fatal("the client does not close")
	}
}

// send writes packets in one go.
func (v *server) send(packets ...[]byte) {
	v.t.Helper()
	if _, err := v.conn.Write(bytes.Join(packets, nil)); err != nil {
		v.t.Fatalf("server writes: %v", err)
	}
}

// wrap puts a header before a body.
func wrap(first byte, body ...byte) []byte {
	return append(appendLength([]byte{first}, len(body)), body...)
}

// connack is the packet; properties are those of 5.0, encoded.
func connack(protocol byte, present bool, reason byte, properties ...byte) []byte {
	body := []byte{0, reason}
	if present {
		body[0] = 1
	}
	if protocol == V5 {
		body = appendBlock(body, properties)
	}
	return wrap(typeConnack<<4, body...)
}

// publication is a PUBLISH packet; flags as in its first byte.
func publication(protocol, flags byte, id uint16, topic, payload string) []byte {
	body := appendString(nil, topic)
	if flags&6 != 0 {
		body = binary.BigEndian.AppendUint16(body, id)
	}
	if protocol == V5 {
		body = append(body, 0)
	}
	return wrap(typePublish<<4|flags, append(body, payload...)...)
}

// ack is a PUBACK, PUBREC, PUBREL or PUBCOMP; a reason of 0 is left out.
func ack(kind byte, id uint16, reason byte) []byte {
	body := binary.BigEndian.AppendUint16(nil, id)
	if reason != 0 {
		body = append(body, reason)
	}
	return wrap(kind<<4|flagsOf(kind), body...)
}

// greeted connects s over a new link to a server that answers with the CONNACK, and returns that server.
func greeted(t *testing.T, s *Session, link func() (net.Conn, *server), connack []byte) *server {
	t.Helper()
	v, err := tryConnect(t, s, link, connack)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func tryConnect(t *testing.T, s *Session, link func() (net.Conn, *server), connack []byte) (*server, error) {
	t.Helper()
	s.Lock()
	s.o.Poller = &poller
	s.Unlock()
	conn, v := link()
	done := make(chan error, 1)
	go func() {
		_, err := s.Connect(deadline(t), conn)
		done <- err
	}()
	if p := v.packet(); p[0] != typeConnect<<4 {
		t.Fatalf("server got % x, want CONNECT", p)
	}
	// A client that is not pleased closes in the middle of it.
	if _, err := v.conn.Write(connack); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("server writes: %v", err)
	}
	return v, result(t, done)
}

// stop ends a session that the test is done with.
func stop(t *testing.T, s *Session, ended <-chan error) {
	t.Helper()
	s.Close(nil)
	if err := result(t, ended); !errors.Is(err, ErrClosed) {
		t.Errorf("Serve: %v, want %v", err, ErrClosed)
	}
}
