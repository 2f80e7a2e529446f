package mqtt

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write CONFORMANCE.md anew")

// A statement is one demand of the protocol on the client's side, or on what the client can see of the server's.
type statement struct {
	// five and three are its identifiers in 5.0 and 3.1.1 without "MQTT-", or a section (§) where a demand has no
	// number; empty where that version does not make it.
	five, three string
	// demand is what it asks for.
	demand string
	// of says whom it binds.
	of party
	// show is the story that a version's test tells on every kind of connection; nil where reason says why there is
	// nothing to show.
	show   func(p *drama)
	reason string
}

// A party is whom a statement binds.
type party string

const (
	client party = "client"
	// watched: the server's duty, which this client checks and answers to a breach of.
	watched party = "server, watched"
)

// A drama is a session and the server that the test plays for it, over and over.
type drama struct {
	*testing.T
	protocol byte
	link     func() (net.Conn, *server)
	o        Options
	s        *Session
	d        *diary
	v        *server
	ended    <-chan error
}

// five reports whether the drama is one of 5.0.
func (p *drama) five() bool { return p.protocol == V5 }

// session makes the session of the options as they are now.
func (p *drama) session() *Session {
	if p.s == nil {
		p.o.Poller = &poller
		p.d = newDiary()
		p.s = New(p.o, p.d)
	}
	return p.s
}

// start connects, by a CONNACK of success, and serves.
func (p *drama) start(present bool, properties ...byte) {
	p.Helper()
	p.session()
	p.v = greeted(p.T, p.s, p.link, connack(p.protocol, present, 0, properties...))
	p.ended = serve(p.s)
}

// asked connects and returns CONNECT as the server got it.
func (p *drama) asked() []byte {
	p.Helper()
	conn, v := p.link()
	done := make(chan error, 1)
	go func() {
		_, err := p.session().Connect(deadline(p.T), conn)
		done <- err
	}()
	packet := v.packet()
	v.send(connack(p.protocol, false, 0))
	if err := result(p.T, done); err != nil {
		p.Fatal(err)
	}
	p.v, p.ended = v, serve(p.s)
	return packet
}

// lose ends the connection from the server's side.
func (p *drama) lose() {
	p.Helper()
	closeAll(p.T, p.v.conn)
	if err := result(p.T, p.ended); err == nil || errors.Is(err, ErrClosed) {
		p.Errorf("Serve: %v, want the end of the connection", err)
	}
}

// finish ends what is connected and forgets the session, for another scene.
func (p *drama) finish() {
	p.Helper()
	stop(p.T, p.s, p.ended)
	p.s = nil
}

// publish sends one message with its payload's first byte as its token.
func (p *drama) publish(topic string, qos byte, payload string) {
	p.Helper()
	publish(p.T, p.s, topic, qos, payload, uint64(payload[0]))
}

// want reads packets from the client and compares.
func (p *drama) want(packets ...[]byte) {
	p.Helper()
	for _, packet := range packets {
		p.v.want(packet)
	}
}

// told waits for what the handler is told that begins with one of the words, and compares.
func (p *drama) told(words string, want ...string) {
	p.Helper()
	if got := p.d.await(p.T, len(want), strings.Fields(words)...); !slices.Equal(got, want) {
		p.Errorf("told %q, want %q", got, want)
	}
}

// wrong sends what the server must not, and wants it answered by the end of the connection: with DISCONNECT and
// the reason in 5.0 [MQTT-4.13.1-1], without a word in 3.1.1 [MQTT-4.8.0-1].
func (p *drama) wrong(reason byte, packet []byte) {
	p.Helper()
	// A client that is not pleased may close before it has read everything.
	_, _ = p.v.conn.Write(packet)
	if p.five() {
		p.want([]byte{typeDisconnect << 4, 1, reason})
	}
	p.v.wantEnd()
	var broke *ProtocolError
	if err := result(p.T, p.ended); !errors.As(err, &broke) || broke.Reason != reason {
		p.Errorf("% x: Serve: %v, want reason 0x%02x", packet, err, reason)
	}
	p.s = nil
}

// refused connects to a server that answers with the packet, and wants an error with the text and the end.
func (p *drama) refused(answer []byte, text string) error {
	p.Helper()
	v, err := tryConnect(p.T, p.session(), p.link, answer)
	if err == nil || !strings.Contains(err.Error(), text) {
		p.Errorf("connect: %v, want %q", err, text)
	}
	v.wantEnd()
	if err := p.s.Serve(); !errors.Is(err, ErrNotConnected) {
		p.Errorf("Serve: %v, want %v", err, ErrNotConnected)
	}
	p.s = nil
	return err
}

// subscribing sends SUBSCRIBE and returns where the answer will be.
func (p *drama) subscribing(subscriptions ...Subscription) <-chan subscribed {
	return subscribe(deadline(p.T), p.s, subscriptions...)
}

// written waits until the socket, or a pipe's reader, has taken everything, so that the clock can go on.
func (p *drama) written() {
	p.Helper()
	eventually(p.T, "everything is written", func() (written bool) {
		p.under(func() { written = !p.s.link.blocked })
		return written
	})
}

// under runs what needs the session's lock.
func (p *drama) under(do func()) {
	p.s.Lock()
	defer p.s.Unlock()
	do()
}

// Every statement is kept, in the versions that make it and on every kind of connection.
func TestConformance(t *testing.T) {
	for _, version := range []struct {
		name     string
		protocol byte
		id       func(statement) string
	}{
		{"5.0", V5, func(s statement) string { return s.five }},
		{"3.1.1", V311, func(s statement) string { return s.three }},
	} {
		t.Run(version.name, func(t *testing.T) {
			stories := make(map[string][]func(*drama))
			for _, s := range statements() {
				if id := version.id(s); id != "" && s.show != nil {
					stories[id] = append(stories[id], s.show)
				}
			}
			for _, id := range slices.Sorted(maps.Keys(stories)) {
				t.Run(tag(id), func(t *testing.T) {
					transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
						for _, show := range stories[id] {
							show(&drama{T: t, protocol: version.protocol, link: link, o: persistent(version.protocol)})
						}
					})
				})
			}
		})
	}
}

// story is the name of the function that shows it.
func (s statement) story() string {
	name := runtime.FuncForPC(reflect.ValueOf(s.show).Pointer()).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}

// tag is an identifier as the specification writes it, or a section.
func tag(id string) string {
	if strings.HasPrefix(id, "§") {
		return id
	}
	return "MQTT-" + id
}

// Every numbered statement of both specifications is in the table, or binds a server in ways that no client sees;
// whatever is in the table has a test or the reason why there is none.
func TestConformanceIsComplete(t *testing.T) {
	for _, version := range []struct {
		name         string
		all, servers []string
		id           func(statement) string
	}{
		{"5.0", numbered(numbered50), numbered(servers50), func(s statement) string { return s.five }},
		{"3.1.1", numbered(numbered311), numbered(servers311), func(s statement) string { return s.three }},
	} {
		count := make(map[string]int)
		for _, s := range statements() {
			id := version.id(s)
			if id == "" {
				continue
			}
			count[id]++
			if !strings.HasPrefix(id, "§") && !slices.Contains(version.all, id) {
				t.Errorf("%s has no statement %s", version.name, tag(id))
			}
			if (s.show == nil) == (s.reason == "") {
				t.Errorf("%s %s: want either a test or a reason", version.name, tag(id))
			}
		}
		for _, id := range version.all {
			if here, there := count[id] > 0, slices.Contains(version.servers, id); here == there {
				t.Errorf("%s %s: in the table %v, among the server's own %v; want one of them", version.name, tag(id), here, there)
			}
		}
		for _, id := range version.servers {
			if !slices.Contains(version.all, id) {
				t.Errorf("%s has no statement %s", version.name, tag(id))
			}
		}
	}
	if five, three := len(numbered(numbered50)), len(numbered(numbered311)); five != 251 || three != 141 {
		t.Errorf("%d and %d statements, want 251 and 141", five, three)
	}
}

// numbered expands "3.1.2: 1-3 7" to 3.1.2-1, 3.1.2-2, 3.1.2-3 and 3.1.2-7, a section a line.
func numbered(lines string) (ids []string) {
	for line := range strings.Lines(lines) {
		section, numbers, found := strings.Cut(strings.TrimSpace(line), ": ")
		if !found {
			continue
		}
		for word := range strings.FieldsSeq(numbers) {
			var first, last int
			if n, _ := fmt.Sscanf(word, "%d-%d", &first, &last); n < 2 {
				last = first
			}
			for n := first; n <= last; n++ {
				ids = append(ids, fmt.Sprintf("%s-%d", section, n))
			}
		}
	}
	return ids
}

// CONFORMANCE.md says what the table says.
func TestConformanceDocument(t *testing.T) {
	want := conformanceDocument()
	if *update {
		if err := os.WriteFile("CONFORMANCE.md", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("CONFORMANCE.md"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("CONFORMANCE.md is not what the table says (%v): run go test ./workers/mqtt -run Conformance -update", err)
	}
}

// conformanceDocument is the table for people.
func conformanceDocument() []byte {
	var b bytes.Buffer
	b.WriteString(conformanceHead)
	for _, version := range []struct {
		name, all, servers string
		id                 func(statement) string
	}{
		{"5.0", numbered50, servers50, func(s statement) string { return s.five }},
		{"3.1.1", numbered311, servers311, func(s statement) string { return s.three }},
	} {
		own, watching, not, sections := make(map[string]bool), make(map[string]bool), make(map[string]bool), 0
		for _, s := range statements() {
			switch id := version.id(s); {
			case id == "":
			case strings.HasPrefix(id, "§"):
				sections++
			case s.show == nil:
				not[id] = true
			case s.of == watched:
				watching[id] = true
			default:
				own[id] = true
			}
		}
		for id := range own {
			delete(not, id)
			delete(watching, id)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", version.name, len(numbered(version.all)), len(own),
			len(watching), len(not), len(numbered(version.servers)), sections)
	}
	b.WriteString("\n## The statements\n\n| 5.0 | 3.1.1 | demand | binds | shown by |\n| --- | --- | --- | --- | --- |\n")
	for _, s := range statements() {
		shown := "not applicable: " + s.reason
		if s.show != nil {
			shown = s.story()
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", s.five, s.three, s.demand, s.of, shown)
	}
	fmt.Fprintf(&b, conformanceTail, flat(servers50), flat(servers311))
	return b.Bytes()
}

// flat is a list of numbered statements in one line.
func flat(lines string) string {
	return strings.Join(strings.FieldsFunc(lines, func(r rune) bool { return r == '\n' || r == '\t' }), "; ")
}

const conformanceHead = `# Conformance of the session

What MQTT 5.0 (OASIS, 7 March 2019) and 3.1.1 (29 October 2014) demand of a client, by the numbers of their appendices
B, and what shows that the session of this package keeps it. The table is written by its tests (` +
	"`go test ./workers/mqtt -run Conformance -update`" + `) from the same list that
drives them: ` + "`TestConformance/5.0/MQTT-3.1.2-20`" + ` is the test of that statement, over TCP, over TCP that is read by a goroutine of its own, and over a pipe. A statement that is
neither shown nor explained fails the tests.

A statement that binds the server is *watched* where its breach is visible to a client: the session answers it as
section 4.13 (4.8 in 3.1.1) says, with the reason in DISCONNECT where there is one and the end of the connection.

| version | statements | client's, tested | server's, watched | client's, not applicable | server's alone | without a number, tested |
| --- | --- | --- | --- | --- | --- | --- |
`

const conformanceTail = `
## The server's alone

No single client can see whether a server keeps these, or they leave it a choice.

5.0: %s.

3.1.1: %s.

## What is tolerated

Where a demand on the server has no effect on what is measured, the session does not end a connection for it:

* DUP in a PUBLISH of QoS 0 (3.3.1-2) is passed on, since a repetition is something to count.
* An acknowledgement of something that is not in flight is ignored, or answered with 0x92 where it needs an answer:
  servers repeat themselves when connections change.
* Reason codes of PUBREL and PUBCOMP (3.6.2-1, 3.7.2-1) decide nothing and are not looked at; PUBACK, PUBREC and SUBACK may say any
  code from 0x80 on, which is a refusal (section 2.4).
* Response Information that was not asked for (3.1.2-28), an Authentication Method in CONNACK (4.12.0-6), Reason Strings, User
  Properties and a Server Reference are read, checked for their form and reported where there is a place for them.
* A 5.0 CONNACK that refuses may have the form of 3.1.1, as a server sends it that knows no 5.0.
* A broken CONNACK is answered by closing alone, without DISCONNECT, which section 4.13 leaves to the client.

## Where the words could be read more strictly

* PUBREL packets that are sent again after a reconnection go in the order of their PUBLISH packets (4.6.0-4). That is the
  order of the PUBREC packets too, unless a server had answered out of order on the connection before.
* PINGREQ leaves when the keepalive has passed, so the interval exceeds it by as long as it takes to notice (3.1.2-20); servers have
  to wait for half as long again.
* A session outlives its expiry on the client's side until CONNACK says that the server has forgotten it (4.1.0-2): only the server
  knows when it noticed the end of the connection.
`
