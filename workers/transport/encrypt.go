package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"
)

// encrypt makes the TLS handshake.
func (t *Transport) encrypt(ctx context.Context, c *stacked, client int, broker string, phases *Phases) error {
	config, err := t.config(client, broker)
	if err != nil {
		return err
	}
	encrypted := tls.Client(c.Conn, config)
	began := time.Now()
	err = encrypted.HandshakeContext(ctx)
	if err != nil {
		return explain(err)
	}
	phases.TLS, phases.Resumed = time.Since(began), encrypted.ConnectionState().DidResume
	c.Conn, c.tls = encrypted, encrypted
	return nil
}

// config is the configuration of one client's connection to a broker.
func (t *Transport) config(client int, broker string) (*tls.Config, error) {
	config := t.base.Clone()
	if config.ServerName == "" {
		config.ServerName = broker
	}
	if t.settings.TLS.Resumption {
		config.ClientSessionCache = t.cache(client)
	}
	if t.settings.TLS.Certificate == nil {
		return config, nil
	}
	certificate, err := t.settings.TLS.Certificate(client)
	if err != nil {
		return nil, fmt.Errorf("certificate of client %d: %w", client+1, err)
	}
	// It is sent whatever authorities the server names: whether it is good is for the server to say.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	return config, nil
}

// cache is where a client keeps its sessions. Clients share none, as devices do not.
func (t *Transport) cache(client int) tls.ClientSessionCache {
	t.mu.Lock()
	defer t.mu.Unlock()
	cache, ok := t.sessions[client]
	if !ok {
		cache = tls.NewLRUClientSessionCache(remembered)
		t.sessions[client] = cache
	}
	return cache
}

// explain adds what the error of a handshake most likely means.
func explain(err error) error {
	if _, plain := errors.AsType[tls.RecordHeaderError](err); plain {
		return fmt.Errorf("%w: does the port speak TLS?", err)
	}
	return err
}
