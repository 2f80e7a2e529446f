package coordinator

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/mqbench/mqbench/fixtures/brokers"
	"github.com/mqbench/mqbench/fixtures/certificates"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
	"github.com/mqbench/mqbench/workers/transport"
)

// caFile is the file of a run directory with the authority that the brokers' certificates are from.
const caFile = "ca.pem"

// access decides how clients reach the brokers of a run, and whom these let in. Certificates are made anew for each run;
// the key of their authority is kept nowhere.
func access(s *scenarios.Scenario, dir *Dir) (brokers.Access, error) {
	c := s.Workload.Client
	a := brokers.Access{Transport: c.Transport, Path: c.WebSocket.Path}
	if c.Transport.Encrypted() {
		var err error
		if a.Authority, err = certificates.New(time.Now()); err != nil {
			return a, err
		}
		a.Mutual = c.TLS.Certificates == scenarios.CertificatesGenerated
		write := func(w io.Writer) error {
			_, err := w.Write(a.Authority.CA())
			return err
		}
		if err := dir.Write(caFile, write); err != nil {
			return a, err
		}
	}
	if s.Topology.Users == "" {
		return a, nil
	}
	users, err := identities(s.Topology.Users)
	if err != nil {
		return a, fmt.Errorf("users: %w", err)
	}
	a.Users = []brokers.User{{Name: scenarios.Insider, Password: rand.Text()}}
	told := map[string]bool{}
	for _, u := range users {
		// Several clients may be one user; brokers refuse to be told of it twice.
		if !told[u.Username] {
			told[u.Username] = true
			a.Users = append(a.Users, brokers.User{Name: u.Username, Password: u.Password})
		}
	}
	return a, nil
}

// identities reads a file of credentials.
func identities(name string) ([]scenarios.Identity, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return scenarios.ParseIdentities(name, text)
}

// clientTransport is the transport of the clients; nil is plain TCP.
func clientTransport(s *scenarios.Scenario, plan *workers.Assignment, a brokers.Access) (*transport.Transport, error) {
	c := s.Workload.Client
	if !c.Transport.Encrypted() && !c.Transport.WebSocket() {
		return nil, nil
	}
	settings := transport.Settings{WebSocket: c.Transport.WebSocket(), Path: c.WebSocket.Path}
	if c.Transport.Encrypted() {
		settings.TLS = &transport.TLS{
			CA: a.Authority.CA(), ServerName: c.TLS.ServerName, MinVersion: tlsVersion(c.TLS.MinVersion),
			Resumption: c.TLS.Resumption, Insecure: !c.TLS.Verify,
		}
		if c.TLS.CA != "" {
			var err error
			if settings.TLS.CA, err = os.ReadFile(c.TLS.CA); err != nil {
				return nil, fmt.Errorf("ca: %w", err)
			}
		}
		all, err := clientCertificates(s, plan, a)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			settings.TLS.Certificate = func(client int) (tls.Certificate, error) {
				return all[min(client, len(all)-1)], nil
			}
		}
	}
	return transport.New(settings)
}

// tlsVersion is the number of a version.
func tlsVersion(v scenarios.TLSVersion) uint16 {
	if v == scenarios.TLSVersion13 {
		return tls.VersionTLS13
	}
	return tls.VersionTLS12
}

// clientCertificates are the certificates of the clients by their numbers, made or read before any of them connects; a
// single one is that of all.
func clientCertificates(s *scenarios.Scenario, plan *workers.Assignment, a brokers.Access) ([]tls.Certificate, error) {
	settings := s.Workload.Client.TLS
	if settings.Certificate != "" {
		one, err := tls.LoadX509KeyPair(settings.Certificate, settings.Key)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		return []tls.Certificate{one}, nil
	}
	all := make([]tls.Certificate, plan.Clients())
	there := 0
	for n := range all {
		var err error
		switch identity := plan.Identity(n); {
		case identity.Certificate != "":
			all[n], err = loadPair(s.Workload.Client.Credentials, identity)
		case a.Mutual:
			var pair certificates.Pair
			if pair, err = a.Authority.Client(plan.ClientID(n)); err == nil {
				all[n], err = pair.TLS()
			}
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("certificate of client %d: %w", n+1, err)
		}
		there++
	}
	if there == 0 {
		return nil, nil
	}
	if there < len(all) {
		return nil, errors.New("credentials: some clients have a certificate and others have not: want one for each")
	}
	return all, nil
}

// loadPair reads the files of a client, which are relative to the file of credentials.
func loadPair(credentials string, identity scenarios.Identity) (tls.Certificate, error) {
	at := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(filepath.Dir(credentials), name)
	}
	return tls.LoadX509KeyPair(at(identity.Certificate), at(identity.Key))
}
