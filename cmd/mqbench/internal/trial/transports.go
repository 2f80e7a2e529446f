package trial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/fixtures/certificates"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/transport"
)

// A carried dialer makes the handshakes of a transport on what another one has dialed.
type carried struct {
	dialer
	via *transport.Transport
}

// Dial implements dialer.
func (c carried) Dial(ctx context.Context, broker int) (net.Conn, error) {
	conn, err := c.dialer.Dial(ctx, broker)
	if err != nil {
		return nil, err
	}
	wrapped, _, err := c.via.Wrap(ctx, conn, 0, scenarios.BrokerNames(broker + 1)[broker])
	return wrapped, err
}

// tryTransports brings a single broker up for each transport that the recipe has, and proves that messages get through,
// and that nobody gets in without a certificate where the recipe claims to demand one.
func tryTransports(ctx context.Context, o Options, profile scenarios.Profile, report func(Result)) error {
	for _, carrier := range o.Recipe.Transports() {
		began := time.Now()
		access := brokers.Access{Transport: carrier, Path: transport.DefaultPath}
		if carrier.Encrypted() {
			var err error
			if access.Authority, err = certificates.New(began); err != nil {
				return err
			}
			access.Mutual = o.Recipe.ClientCertificates
		}
		s, err := newStage(ctx, o, scenarios.ShapeSingle, profile, access)
		if errors.Is(err, errNowhere) || ctx.Err() != nil {
			return err
		}
		name := "come up for " + string(carrier)
		if err != nil {
			report(Result{Check: name, Err: err, Took: time.Since(began)})
			continue
		}
		report(Result{Check: name, Detail: s.describe(), Took: time.Since(began)})
		for _, c := range s.transportChecks(access) {
			if result := c.do(ctx); ctx.Err() == nil {
				report(result)
			}
		}
		if err := s.cluster.Close(ctx); err != nil {
			report(Result{Check: "end", Err: err})
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// transportChecks are those of one transport.
func (s *stage) transportChecks(access brokers.Access) []check {
	list := []check{{name: "deliver over " + string(access.Transport), within: s.within, prove: func(ctx context.Context) (string, error) {
		return s.deliver(ctx, s.recipe.Newest(), s.recipe.MaxQoS)
	}}}
	if access.Mutual {
		list = append(list, check{
			name: "demand certificates over " + string(access.Transport), within: s.within,
			prove: func(ctx context.Context) (string, error) { return s.demandCertificates(ctx, access) },
		})
	}
	return list
}

// carrierOf is the transport of a client, with a certificate or without.
func carrierOf(access brokers.Access, certified bool) (*transport.Transport, error) {
	settings := transport.Settings{WebSocket: access.Transport.WebSocket(), Path: access.Path}
	if access.Authority == nil {
		return transport.New(settings)
	}
	settings.TLS = &transport.TLS{CA: access.Authority.CA()}
	if !certified {
		return transport.New(settings)
	}
	pair, err := access.Authority.Client("trial")
	if err != nil {
		return nil, err
	}
	certificate, err := pair.TLS()
	if err != nil {
		return nil, err
	}
	settings.TLS.Certificate = func(int) (tls.Certificate, error) { return certificate, nil }
	return transport.New(settings)
}

// demandCertificates tries to get in without a certificate.
func (s *stage) demandCertificates(ctx context.Context, access brokers.Access) (string, error) {
	via, err := carrierOf(access, false)
	if err != nil {
		return "", err
	}
	attempt, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	conn, err := carried{s.cluster, via}.Dial(attempt, 0)
	if err == nil {
		// Of TLS 1.3 a client is told only when it reads.
		_, err = mqtt.Probe(attempt, conn, mqtt.Options{ClientID: "trial-" + s.token + "-nobody"})
	}
	switch {
	case err == nil:
		return "", errors.New("the broker lets a client in that shows no certificate")
	case attempt.Err() != nil:
		return "", fmt.Errorf("the broker neither refuses a client that shows no certificate nor lets it in: %w", err)
	}
	return "without one: " + err.Error(), nil
}
