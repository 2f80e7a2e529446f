// Package transport puts TLS, WebSocket, or one on top of the other, on a TCP connection that somebody else has dialed.
//
// It owns the handshakes, their times, the resumption of TLS sessions and the polite end of what it made. It does not
// dial, speaks no MQTT and retries nothing. Clients and readiness probes use it; of ours it imports nothing.
//
// What [Transport.Wrap] returns is a net.Conn whose deadlines are those of the TCP connection and whose NetConn method
// returns it. A deadline that passes while something is being written leaves it unusable, as half a record or frame may
// be out: here deadlines only end connections.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// DefaultPath is where brokers offer MQTT over WebSocket unless told otherwise. No specification names a path; brokers
// and clients agree on this one.
const DefaultPath = "/mqtt"

// Settings are what all connections of a fleet have in common.
type Settings struct {
	// TLS describes the encryption; nil: none.
	TLS *TLS
	// WebSocket asks for MQTT in binary frames of WebSocket [MQTT 5.0 §6]; Path is where, "" is [DefaultPath].
	WebSocket bool
	Path      string
}

// TLS describes the encryption of connections.
type TLS struct {
	// CA holds certificates in PEM that servers are trusted by; empty: those of the system.
	CA []byte
	// ServerName is the name that the server's certificate must have, and that is sent in SNI [RFC 6066 §3]; "": that of
	// the broker, as Wrap is told.
	ServerName string
	// Certificate returns the certificate of a client; nil: clients have none.
	Certificate func(client int) (tls.Certificate, error)
	// MinVersion is tls.VersionTLS12 or tls.VersionTLS13; 0 is TLS 1.2.
	MinVersion uint16
	// MaxVersion bounds the version from above; 0: the newest.
	MaxVersion uint16
	// Resumption lets a client resume its last session with each server [RFC 8446 §2.2; RFC 5077].
	Resumption bool
	// Insecure accepts every certificate of a server.
	Insecure bool
}

// Phases are the times that the handshakes of one connection took; 0 where there was none.
type Phases struct {
	// TLS is from the first byte of the TLS handshake to its end, Upgrade from the HTTP request to the answer that
	// switches to WebSocket.
	TLS, Upgrade time.Duration
	// Resumed tells that the TLS handshake resumed an earlier session of the client.
	Resumed bool
}

// A Transport makes connections of one kind. Its methods are safe for concurrent use.
type Transport struct {
	settings Settings
	// base is what the configurations of all clients have in common; nil without TLS.
	base *tls.Config

	mu sync.Mutex
	// sessions remembers what each client can resume.
	sessions map[int]tls.ClientSessionCache
}

// remembered bounds how many servers' sessions a client keeps: more brokers than that are not in its turn at a time.
const remembered = 8

// New checks the settings and returns a transport. It is an error when CA holds no certificate.
func New(s Settings) (*Transport, error) {
	t := &Transport{settings: s, sessions: make(map[int]tls.ClientSessionCache)}
	if s.Path == "" {
		t.settings.Path = DefaultPath
	}
	if !strings.HasPrefix(t.settings.Path, "/") {
		return nil, fmt.Errorf("websocket path %q: want one that begins with /", s.Path)
	}
	if s.TLS == nil {
		return t, nil
	}
	t.base = &tls.Config{
		MinVersion: max(s.TLS.MinVersion, tls.VersionTLS12), MaxVersion: s.TLS.MaxVersion, ServerName: s.TLS.ServerName,
		InsecureSkipVerify: s.TLS.Insecure, //nolint:gosec // asked for in so many words
	}
	if len(s.TLS.CA) > 0 {
		t.base.RootCAs = x509.NewCertPool()
		if !t.base.RootCAs.AppendCertsFromPEM(s.TLS.CA) {
			return nil, errors.New("CA: there is no certificate in PEM")
		}
	}
	return t, nil
}

// Plain tells that Wrap returns connections as they are.
func (t *Transport) Plain() bool { return t.base == nil && !t.settings.WebSocket }

// Wrap makes the handshakes on a connection to a broker, for a client by its number, until ctx ends; plain TCP is
// returned as it is. On an error conn is closed, and the phases are those that were finished. The error is that of ctx
// where it ended, or names the handshake that failed.
func (t *Transport) Wrap(ctx context.Context, conn net.Conn, client int, broker string) (net.Conn, Phases, error) {
	var phases Phases
	if t.Plain() {
		return conn, phases, nil
	}
	wrapped := &stacked{Conn: conn, under: conn}
	if err := t.stack(ctx, wrapped, client, broker, &phases); err != nil {
		_ = conn.Close()
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%w (%w)", err, cause)
		}
		return nil, phases, err
	}
	return wrapped, phases, nil
}

// stack puts one layer on the other.
func (t *Transport) stack(ctx context.Context, c *stacked, client int, broker string, phases *Phases) error {
	if t.base != nil {
		if err := t.encrypt(ctx, c, client, broker, phases); err != nil {
			return fmt.Errorf("TLS handshake: %w", err)
		}
	}
	if t.settings.WebSocket {
		if err := t.upgrade(ctx, c, broker, phases); err != nil {
			return fmt.Errorf("WebSocket upgrade: %w", err)
		}
	}
	return nil
}
