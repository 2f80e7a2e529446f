package mqtt

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
)

// What is taken over is asked for as the client itself would, and nothing that the server sends for it is answered.
func TestTakeOver(t *testing.T) {
	for _, protocol := range []byte{V311, V5} {
		o := persistent(protocol)
		asked, err := encodeConnect(&New(o, Deaf{}).o)
		if err != nil {
			t.Fatal(err)
		}
		o.Will = &Will{Topic: "gone"}
		conn, v := tcpPair(t)
		done := make(chan error, 1)
		go func() { done <- TakeOver(deadline(t), conn, o) }()
		v.want(asked)
		v.send(connack(protocol, true, 0), publication(protocol, 1<<1, 7, "t", "queued"), ack(typePubrel, 8, 0))
		if err := result(t, done); err != nil {
			t.Fatalf("protocol %d: %v", protocol, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		v.wantEnd()
	}
}

func TestTakeOverRefused(t *testing.T) {
	conn, v := tcpPair(t)
	v.send(connack(V311, false, 5))
	var refused *ConnackError
	if err := TakeOver(deadline(t), conn, persistent(V311)); !errors.As(err, &refused) || refused.Reason != 5 {
		t.Errorf("got %v, want return code 5", err)
	}
	v.packet()
	v.wantEnd()
}

// inside is a connection on top of another, as TLS is.
type inside struct{ net.Conn }

func (i inside) NetConn() net.Conn { return i.Conn }

// Reset drops the connection so that the server cannot take it for an orderly end.
func TestReset(t *testing.T) {
	links := map[string]func() (net.Conn, *server){
		"tcp": func() (net.Conn, *server) { return tcpPair(t) },
		"something on tcp": func() (net.Conn, *server) {
			conn, v := tcpPair(t)
			return inside{conn}, v
		},
	}
	for name, link := range links {
		s := New(persistent(V311), newDiary())
		s.Reset(nil)
		v := greeted(t, s, link, connack(V311, false, 0))
		ended := serve(s)
		because := errors.New("because")
		s.Reset(because)
		s.Reset(nil)
		if _, err := v.read(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the server reads %v, want %v", name, err, syscall.ECONNRESET)
		}
		if err := result(t, ended); !errors.Is(err, because) {
			t.Errorf("%s: Serve: %v, want %v", name, err, because)
		}
	}
	// Where nothing can be reset it is closed.
	s := New(Options{Keepalive: time.Minute, CleanStart: true}, newDiary())
	v := greeted(t, s, func() (net.Conn, *server) { return pipePair(t) }, connack(V311, false, 0))
	s.Reset(nil)
	v.wantEnd()
}
