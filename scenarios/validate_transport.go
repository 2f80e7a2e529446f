package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// checkTransport compares the transport with what the broker has, and what is said about it with one another.
func (v *validator) checkTransport() {
	const path = "workload.client.transport"
	c := v.Workload.Client
	v.checkFilesThere()
	v.checkCredentials()
	if !v.ok(path) {
		return
	}
	if v.able != nil && c.Transport != TransportTCP && !slices.Contains(v.able.Transports, c.Transport) {
		v.problem(path, "the recipe of broker %s has no transport %s%s: want %s", v.Topology.Broker, c.Transport, v.origin(path),
			oneOf(words(append([]Transport{TransportTCP}, v.able.Transports...)...)))
	}
	v.checkTransportSection("tls", c.Transport.Encrypted(), "tls or wss")
	v.checkTransportSection("websocket", c.Transport.WebSocket(), "ws or wss")
	v.checkTLS()
	if p := "workload.client.websocket.path"; c.Transport.WebSocket() && v.ok(p) &&
		(!strings.HasPrefix(c.WebSocket.Path, "/") || strings.ContainsAny(c.WebSocket.Path, " \t\n?#")) {
		v.problem(p, "path %q: want one that begins with / and has no query", shorten(c.WebSocket.Path))
	}
}

// checkTransportSection refuses what has nothing to be about.
func (v *validator) checkTransportSection(key string, used bool, want string) {
	path := "workload.client." + key
	if _, written := v.decoder.places[path]; written && !used {
		v.problem(path, "%s is about what transport %s%s does not have: want transport %s, or leave it out", key,
			v.Workload.Client.Transport, v.origin("workload.client.transport"), want)
	}
}

// checkTLS checks what is said about encryption.
func (v *validator) checkTLS() {
	const path = "workload.client.tls."
	c := v.Workload.Client
	if !c.Transport.Encrypted() || !v.ok("workload.client.tls") {
		return
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		written := path + cmp.Or(map[bool]string{true: "certificate"}[c.TLS.Key == ""], "key")
		v.problem(written, "want certificate and key together")
	}
	generated := c.TLS.Certificates == CertificatesGenerated
	if generated && c.TLS.Certificate != "" {
		v.problem(path+"certificates", "clients have a certificate already, by the key certificate: leave one out")
	}
	if generated && v.able != nil && !v.able.ClientCertificates {
		v.problem(path+"certificates", "the recipe of broker %s cannot have it demand certificates of clients", v.Topology.Broker)
	}
	if !c.TLS.Verify && c.TLS.CA != "" {
		v.problem(path+"verify", "ca has no effect without verify: leave one out")
	}
}

// checkFilesThere reads the files that the scenario names.
func (v *validator) checkFilesThere() {
	files := v.files()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		name := *files[path]
		if name == "" || !v.ok(path) || v.options.ReadFile == nil {
			continue
		}
		if _, err := v.options.ReadFile(name); err != nil {
			v.reject(path, "%s: %v", title(path), err)
		}
	}
}

// checkCredentials checks who clients are, and whom brokers let in.
func (v *validator) checkCredentials() {
	const path = "workload.client.credentials"
	c := v.Workload.Client
	if c.Credentials != "" && v.ok(path) {
		for _, key := range []string{"username", "password"} {
			if !v.decoder.absentKey("workload.client." + key) {
				v.problem("workload.client."+key, "%s is for all clients, and credentials has one for each: leave one out", key)
			}
		}
		if identities := v.identities(path, c.Credentials); identities != nil && v.ok("workload.publishers", "workload.subscribers") {
			v.checkEnough(path, identities)
		}
	}
	const users = "topology.users"
	if v.Topology.Users == "" || !v.ok(users) {
		return
	}
	if v.able != nil && !v.able.Users {
		v.problem(users, "the recipe of broker %s cannot have it demand passwords", v.Topology.Broker)
	}
	if v.Topology.Balanced() {
		v.problem(users, "the balancer asks brokers how they are without a password: leave users or the balancer out")
	}
	v.checkUsers(users, v.identities(users, v.Topology.Users))
	v.checkLetIn()
}

// checkLetIn checks that the brokers, which let in nobody but the users, know the clients by the names and passwords that
// these have.
func (v *validator) checkLetIn() {
	const users, credentials, username = "topology.users", "workload.client.credentials", "workload.client.username"
	c := v.Workload.Client
	if !v.ok(users, credentials, username, "workload.publishers", "workload.subscribers") {
		return
	}
	passwords := map[string]string{}
	for _, u := range v.identities(users, v.Topology.Users) {
		passwords[u.Username] = u.Password
	}
	if len(passwords) == 0 {
		return // The file cannot be known, or lacks everything, which was reported.
	}
	strange := func(name, password string) (why string) {
		switch known, is := passwords[name]; {
		case name == "":
			return "" // Brokers may know it by its certificate.
		case !is:
			return fmt.Sprintf("user %q is not there", shorten(name))
		case known != password:
			return fmt.Sprintf("user %q has another password there", shorten(name))
		default:
			return ""
		}
	}
	if why := strange(c.Username, c.Password); why != "" {
		v.problem(username, "the brokers let in who is in %s, and %s: they would refuse every client", v.Topology.Users, why)
	}
	if c.Credentials == "" {
		return
	}
	identities := v.identities(credentials, c.Credentials)
	for i, identity := range identities[:min(v.Workload.Clients(), len(identities))] {
		if why := strange(identity.Username, identity.Password); why != "" {
			v.problem(credentials, "the brokers let in who is in %s, and %s: they would refuse client %d", v.Topology.Users, why, i+1)
			return
		}
	}
}

// Insider is the name of the user as whom mqbench itself comes to brokers that ask who it is.
const Insider = "mqbench"

// checkUsers checks that the brokers can let each of the users in.
func (v *validator) checkUsers(path string, users []Identity) {
	passwords := map[string]string{}
	for _, u := range users {
		password, known := passwords[u.Username]
		switch {
		case u.Username == Insider:
			v.reject(path, "users: %s: the name %q is that of mqbench itself: want another", v.Topology.Users, Insider)
			return
		case known && password != u.Password:
			v.reject(path, "users: %s: user %q is there with two passwords: want one line for each user", v.Topology.Users,
				shorten(u.Username))
			return
		}
		passwords[u.Username] = u.Password
	}
}

// identities reads a file of credentials; nil: it was reported, or cannot be known.
func (v *validator) identities(path, name string) []Identity {
	if v.options.ReadFile == nil {
		return nil
	}
	text, err := v.options.ReadFile(name)
	if err != nil {
		return nil // it was reported
	}
	identities, err := ParseIdentities(name, text)
	if err != nil {
		v.reject(path, "%s: %v", title(path), err)
		return nil
	}
	return identities
}

// checkEnough compares the number of lines with that of clients.
func (v *validator) checkEnough(path string, identities []Identity) {
	clients := v.Workload.Clients()
	if missing := clients - len(identities); missing > 0 {
		v.problem(path, "credentials has %s for %d clients: %d are missing", plural(len(identities), "line"), clients, missing)
		return
	}
	for i, identity := range identities[:clients] {
		if identity.Certificate != "" && !v.Workload.Client.Transport.Encrypted() {
			v.problem(path, "client %d of credentials has a certificate, and transport %s%s shows none: want tls or wss", i+1,
				v.Workload.Client.Transport, v.origin("workload.client.transport"))
			return
		}
	}
}

// Clients is the number of simulated clients, both of a duplicate one counted.
func (w Workload) Clients() int {
	n := 0
	count := func(of int, duplicate bool) {
		n += of
		if duplicate {
			n += of
		}
	}
	for _, g := range w.Publishers {
		count(g.Count, g.Duplicate)
	}
	for _, g := range w.Subscribers {
		count(g.Count, g.Duplicate)
	}
	return n
}

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
