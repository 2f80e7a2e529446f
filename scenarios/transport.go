package scenarios

import "path/filepath"

// Transport is what carries MQTT between clients and brokers.
type Transport string

// The transports: TCP as it is, TLS over it, MQTT in frames of WebSocket [MQTT 5.0 §6] over one or the other.
const (
	TransportTCP Transport = "tcp"
	TransportTLS Transport = "tls"
	TransportWS  Transport = "ws"
	TransportWSS Transport = "wss"
)

// Encrypted tells that the transport has TLS in it.
func (t Transport) Encrypted() bool { return t == TransportTLS || t == TransportWSS }

// WebSocket tells that the transport has WebSocket in it.
func (t Transport) WebSocket() bool { return t == TransportWS || t == TransportWSS }

// TLS is how clients encrypt. Brokers that mqbench starts have certificates that are made for the run, and clients
// trust them without being told; files are relative to the scenario's own.
type TLS struct {
	// CA is a file of certificates in PEM that brokers are trusted by instead.
	CA string `yaml:"ca,omitempty"`
	// ServerName is the name that the certificate of every broker must have; none: the broker's own, such as b1.
	ServerName string `yaml:"server_name,omitempty"`
	// Certificate and Key are files in PEM of a certificate that all clients show.
	Certificate string `yaml:"certificate,omitempty"`
	Key         string `yaml:"key,omitempty"`
	// Certificates is where each client's own certificate comes from. Brokers then let in nobody without one.
	Certificates Certificates `yaml:"certificates,omitempty" default:"none"`
	MinVersion   TLSVersion   `yaml:"min_version,omitempty" default:"1.2"`
	// Resumption lets a client that comes back to a broker resume its TLS session there.
	Resumption bool `yaml:"resumption,omitempty" default:"true"`
	// Verify checks the certificates of brokers.
	Verify bool `yaml:"verify,omitempty" default:"true"`
}

// Certificates is where clients have certificates of their own from.
type Certificates string

// The sources. CertificatesGenerated: made for the run, with the client identifier as common name.
const (
	CertificatesNone      Certificates = "none"
	CertificatesGenerated Certificates = "generated"
)

// TLSVersion is a version of TLS.
type TLSVersion string

// The versions that are still in use [RFC 8996].
const (
	TLSVersion12 TLSVersion = "1.2"
	TLSVersion13 TLSVersion = "1.3"
)

// WebSocket is where brokers offer MQTT over WebSocket.
type WebSocket struct {
	Path string `yaml:"path,omitempty" default:"/mqtt"`
}

// files are the scenario's words for files, by their keys.
func (s *Scenario) files() map[string]*string {
	c := &s.Workload.Client
	return map[string]*string{
		"topology.users":                  &s.Topology.Users,
		"workload.client.credentials":     &c.Credentials,
		"workload.client.tls.ca":          &c.TLS.CA,
		"workload.client.tls.certificate": &c.TLS.Certificate,
		"workload.client.tls.key":         &c.TLS.Key,
	}
}

// locateFiles makes the paths of files that a scenario file names relative to what its own name is relative to, as
// locateRecipe does.
func (s *Scenario) locateFiles(file string, d *decoder) {
	for path, name := range s.files() {
		if *name != "" && !filepath.IsAbs(*name) && d.places[path].override == "" {
			*name = filepath.Join(filepath.Dir(file), *name)
		}
	}
}

// AbsoluteFiles makes the paths of files that the scenario names absolute, so that it can be used from anywhere.
func (s *Scenario) AbsoluteFiles() error {
	for _, name := range s.files() {
		if *name == "" {
			continue
		}
		absolute, err := filepath.Abs(*name)
		if err != nil {
			return err
		}
		*name = absolute
	}
	return nil
}

// completeTransport leaves nothing said about what the transport does not have.
func completeTransport(c *Client) {
	if !c.Transport.Encrypted() {
		c.TLS = TLS{}
	}
	if !c.Transport.WebSocket() {
		c.WebSocket = WebSocket{}
	}
}
