package main

import (
	"fmt"
	"io"

	"github.com/mqbench/mqbench/cmd/mqbench/internal/coordinator"
	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
)

// printClient prints what all clients have in common, a line each. Passwords are not shown.
func printClient(w io.Writer, s *scenarios.Scenario) {
	c := s.Workload.Client
	fmt.Fprintf(w, "client: library %s, MQTT %s, session %s, keepalive %s\n", c.Library, c.Protocol, c.Session, c.Keepalive)
	printTransport(w, c)
	fmt.Fprintf(w, "reconnect: backoff %s, jitter %s, brokers %s\n", c.Reconnect.Backoff, c.Reconnect.Jitter, c.Reconnect.Brokers)
	if addresses, err := c.Sources(); err == nil && len(addresses) > 0 { // A plan has been made: there is no error.
		further := ""
		if n := len(c.SourceAddresses) - 1; n > 0 {
			further = fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(w, "source addresses: %s%s, %d in turn\n", c.SourceAddresses[0], further, len(addresses))
	}
	switch {
	case c.Credentials != "":
		fmt.Fprintf(w, "credentials: of each its own, from %s\n", c.Credentials)
	case c.Username != "":
		fmt.Fprintf(w, "credentials: username %q for all\n", c.Username)
	}
	if s.Topology.Users != "" {
		fmt.Fprintf(w, "users: brokers let in those of %s alone\n", s.Topology.Users)
	}
}

// printTransport says what carries MQTT, in the words of the scenario.
func printTransport(w io.Writer, c scenarios.Client) {
	path := ""
	if c.Transport.WebSocket() {
		path = ", path " + c.WebSocket.Path
	}
	fmt.Fprintf(w, "transport: %s%s\n", c.Transport, path)
	if !c.Transport.Encrypted() {
		return
	}
	fmt.Fprintf(w, "tls: min_version %s, certificates %s, resumption %t, verify %t\n", c.TLS.MinVersion, c.TLS.Certificates,
		c.TLS.Resumption, c.TLS.Verify)
	for _, x := range [][2]string{{"server_name", c.TLS.ServerName}, {"ca", c.TLS.CA}, {"certificate", c.TLS.Certificate}} {
		if x[1] != "" {
			fmt.Fprintf(w, "     %s %s\n", x[0], x[1])
		}
	}
}

// printAttendance prints who comes and goes by plan: how many are there when the load starts, and how often one leaves
// and comes until it ends.
func printAttendance(w io.Writer, s *scenarios.Scenario, p *coordinator.Plan) error {
	t := reports.Table{Header: []string{"by plan", "at first", "leave", "come", "how"}, Text: []int{0, 4}}
	rows := 0
	row := func(name string, a workers.Attendance, how ...string) {
		t.Row(name, fmt.Sprint(a.First), fmt.Sprint(a.Leave), fmt.Sprint(a.Come), how[0])
		for _, further := range how[1:] {
			t.Row("", "", "", "", further)
		}
		rows++
	}
	for i, g := range s.Workload.Publishers {
		if how := comings(g.Churn, g.Join); len(how) > 0 {
			row("pub "+g.Name, p.Assignment.PublisherAttendance(i), how...)
		}
	}
	for i, g := range s.Workload.Subscribers {
		if how := comings(g.Churn, g.Join); len(how) > 0 {
			row("sub "+g.Name, p.Assignment.SubscriberAttendance(i), how...)
		}
		if g.Flap != nil {
			row("sub "+g.Name, p.Assignment.FlapAttendance(i), fmt.Sprintf("unsubscribed every %s for %s", g.Flap.Every, g.Flap.For))
		}
	}
	if rows == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return show(w, &t)
}

// comings says how the clients of a group come and go, in the words of the scenario; none: they stay.
func comings(churn *scenarios.Churn, join *scenarios.Join) (how []string) {
	if join != nil {
		how = append(how, fmt.Sprintf("join at %s within %s", join.At, join.Within))
	}
	if churn != nil {
		how = append(how, fmt.Sprintf("stay %s, away %s, %s", churn.Stay, churn.Away, churn.Leave))
	}
	return how
}
