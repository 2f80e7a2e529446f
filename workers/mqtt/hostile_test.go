package mqtt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// unharmed runs a story and wants neither goroutines nor descriptors nor much memory to stay from it.
func unharmed(t *testing.T, story func(t *testing.T)) {
	t.Helper()
	// What a process needs once is there after one connection.
	t.Run("warm", func(t *testing.T) {
		s := New(persistent(V311), newDiary())
		greeted(t, s, func() (net.Conn, *server) { return tcpPair(t) }, connack(V311, false, 0))
		stop(t, s, serve(s))
	})
	goroutines, files, heap := runtime.NumGoroutine(), openFiles(t), heapInUse()
	t.Run("hostile", story)
	eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, "all connections are closed", func() bool { return openFiles(t) <= files })
	if grown := heapInUse() - heap; grown > 16<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// besieged is a session with messages in every stage and a SUBSCRIBE without an answer.
func besieged(t *testing.T, protocol byte, link func() (net.Conn, *server)) (*Session, *diary, *server, <-chan error) {
	t.Helper()
	d := newDiary()
	s := New(persistent(protocol), d)
	v := greeted(t, s, link, connack(protocol, false, 0))
	ended := serve(s)
	for qos := range byte(3) {
		publish(t, s, "own", qos, "x", uint64(qos))
		v.packet()
	}
	publish(t, s, "own", 2, "x", 3)
	v.packet()
	v.send(ack(typePubrec, 3, 0))
	v.want(ack(typePubrel, 3, 0))
	subscribe(deadline(t), s, Subscription{Filter: "t"})
	v.packet()
	return s, d, v, ended
}

// assault writes what the session may not want to read, while what it says is thrown away.
func assault(v *server, data ...[]byte) (end func()) {
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(io.Discard, v.in) })
	both.Go(func() { _, _ = v.conn.Write(bytes.Join(data, nil)) })
	return both.Wait
}

// What a server must not send ends the connection at once, from the first byte that shows it, whether it is the
// answer to CONNECT or comes later; nothing waits for the rest.
func TestHostileBytes(t *testing.T) {
	greetings := map[string][]byte{
		"TLS alert":     {0x15, 3, 1, 0, 2, 2, 40},
		"TLS handshake": append([]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, bytes.Repeat([]byte{0x5a}, 500)...),
		"HTTP":          []byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
		"SSH":           []byte("SSH-2.0-OpenSSH_9.6\r\n"),
		"zeros":         make([]byte, 1000),
		"ones":          bytes.Repeat([]byte{0xff}, 1000),
		"five lengths":  {typePublish << 4, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"giant PINGRESP": {
			typePingresp << 4, 0xff, 0xff, 0xff, 0x7f,
		},
		"giant SUBSCRIBE":          {typeSubscribe<<4 | 2, 0xff, 0xff, 0xff, 0x7f},
		"giant of a reserved type": {0, 0xff, 0xff, 0xff, 0x7f},
		"giant of QoS 3":           {typePublish<<4 | 6, 0xff, 0xff, 0xff, 0x7f},
		"giant CONNACK":            {typeConnack << 4, 0xff, 0xff, 0xff, 0x7f},
		"PUBLISH of 0 bytes":       {typePublish << 4, 0},
		"topic beyond the end":     {typePublish << 4, 3, 0xff, 0xff, 't'},
	}
	unharmed(t, func(t *testing.T) {
		versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
			for name, data := range greetings {
				t.Run(name, func(t *testing.T) {
					s := New(persistent(protocol), newDiary())
					conn, v := link()
					end := assault(v, data)
					var wrong *ProtocolError
					if _, err := s.Connect(deadline(t), conn); !errors.As(err, &wrong) {
						t.Errorf("connect: %v, want a breach of the protocol", err)
					}
					end()
					s, d, v, ended := besieged(t, protocol, link)
					end = assault(v, data)
					if err := result(t, ended); !errors.As(err, &wrong) {
						t.Errorf("serve: %v, want a breach of the protocol", err)
					}
					end()
					if got := d.about("got", "ack", "orphan"); len(got) > 0 {
						t.Errorf("told %q", got)
					}
					s.Close(nil)
				})
			}
		})
	})
}

// What a server may do, however strange, leaves the session alive.
func TestHostileButLawful(t *testing.T) {
	const many = 20_000
	each := func(packet func(id uint16) []byte) []byte {
		var all []byte
		for id := range uint16(many) {
			all = append(all, packet(id+100)...)
		}
		return all
	}
	unharmed(t, func(t *testing.T) {
		versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
			for name, data := range map[string][]byte{
				"PINGRESP nobody asked for": bytes.Repeat([]byte{0xd0, 0}, many),
				"PUBACK not in use":         each(func(id uint16) []byte { return ack(typePuback, id, 0) }),
				"PUBREC not in use":         each(func(id uint16) []byte { return ack(typePubrec, id, 0) }),
				"PUBREL not in use":         each(func(id uint16) []byte { return ack(typePubrel, id, 0) }),
				"PUBCOMP not in use":        each(func(id uint16) []byte { return ack(typePubcomp, id, 0) }),
				"PUBREC again and again":    bytes.Repeat(ack(typePubrec, 3, 0), many),
				"QoS 2 again and again":     bytes.Repeat(publication(protocol, 4|dup, 9, "t", "x"), many),
				"every QoS 2 identifier": each(func(id uint16) []byte {
					return append(publication(protocol, 4, id, "t", "x"), ack(typePubrel, id, 0)...)
				}),
				"DUP at QoS 0": bytes.Repeat(publication(protocol, dup, 0, "t", "x"), 10),
			} {
				t.Run(name, func(t *testing.T) {
					s, _, v, ended := besieged(t, protocol, link)
					var writing sync.WaitGroup
					writing.Go(func() { _, _ = v.conn.Write(append(data, publication(protocol, 2, 77, "last", "x")...)) })
					for packet := v.packet(); !bytes.Equal(packet, ack(typePuback, 77, 0)); {
						packet = v.packet() // the session has come through to the end
					}
					writing.Wait()
					publish(t, s, "t", 0, "alive", 0)
					v.want(publication(protocol, 0, 0, "t", "alive"))
					stop(t, s, ended)
				})
			}
		})
	})
}

// However little of a CONNACK comes, the context bounds the wait for the rest.
func TestConnackNeverEnds(t *testing.T) {
	unharmed(t, func(t *testing.T) {
		versions(t, func(t *testing.T, protocol byte, link func() (net.Conn, *server)) {
			whole := connack(protocol, false, 0)
			for cut := range whole {
				s := New(persistent(protocol), newDiary())
				conn, v := link()
				ctx, cancel := context.WithCancelCause(t.Context())
				because := errors.New("waited long enough")
				go func() {
					v.packet()
					v.send(whole[:cut])
					cancel(because)
				}()
				if _, err := s.Connect(ctx, conn); !errors.Is(err, because) {
					t.Errorf("%d bytes of CONNACK: %v, want %v", cut, err, because)
				}
				v.wantEnd()
			}
		})
	})
}

// A packet costs what has come of it, whatever its header announces.
func TestGiantCostsWhatHasCome(t *testing.T) {
	transports(t, func(t *testing.T, link func() (net.Conn, *server)) {
		_, _, v, ended := besieged(t, V5, link)
		before := heapInUse()
		const come = 200 << 10
		v.send([]byte{typePublish << 4, 0xff, 0xff, 0xff, 0x7f, 0, 1, 't', 0})
		for range come >> 10 {
			v.send(make([]byte, 1<<10))
		}
		// The session has read the rest as soon as it may: what is left in sockets would be no cost of its own.
		if grown := heapInUse() - before; grown > 4*come {
			t.Errorf("the heap has grown by %d bytes for %d of a packet of %d", grown, come, maximumPacket)
		}
		closeAll(t, v.conn)
		if err := result(t, ended); err == nil {
			t.Error("no error")
		}
	})
}

// exchange is a lawful conversation: what the server says, in steps that the client answers.
func exchange(protocol byte) [][]byte {
	return [][]byte{
		connack(protocol, false, 0), suback(protocol, 1, 1),
		append(publication(protocol, 2, 5, "t", "one"), publication(protocol, 4, 6, "t", "two")...),
		append(ack(typePubrel, 6, 0), ack(typePuback, 2, 0)...), append(ack(typePubrec, 3, 0), 0xd0, 0), ack(typePubcomp, 3, 0),
	}
}

// converse is the client's side of exchange until it ends, in any way.
func converse(t *testing.T, s *Session, conn net.Conn) {
	t.Helper()
	if _, err := s.Connect(deadline(t), conn); err != nil {
		return
	}
	ended := serve(s)
	subscribe(deadline(t), s, Subscription{Filter: "t", QoS: 1})
	s.Lock()
	for qos := byte(1); qos <= 2; qos++ {
		if room := s.Reserve("own", qos, false, 1, uint64(qos)); room != nil {
			room[0] = 'x'
		}
	}
	s.Flush()
	s.Unlock()
	if err := result(t, ended); err == nil {
		t.Error("Serve has ended without a reason")
	}
}

// A server that ends the connection, orderly or not, behind any byte that it sends, or behind any byte that it has
// read, neither hangs the client nor costs it anything; what was in flight goes on with the next connection.
func TestServerBreaksOffAnywhere(t *testing.T) {
	unharmed(t, func(t *testing.T) {
		for _, protocol := range []byte{V311, V5} {
			whole := bytes.Join(exchange(protocol), nil)
			for _, end := range []struct {
				name string
				by   func(conn net.Conn)
			}{
				{"closes", func(conn net.Conn) { shut(conn) }},
				{"resets", func(conn net.Conn) { abandon(conn); shut(conn) }},
				{"half-closes", func(conn net.Conn) {
					_ = conn.(*net.TCPConn).CloseWrite()
					_, _ = io.Copy(io.Discard, conn)
					shut(conn)
				}},
			} {
				t.Run(end.name, func(t *testing.T) {
					o := persistent(protocol)
					o.Poller = &poller
					s := New(o, newDiary())
					for cut := range len(whole) + 1 {
						conn, v := tcpPair(t)
						var playing sync.WaitGroup
						playing.Go(func() {
							if cut%2 == 0 { // before or after CONNECT was read
								_, _ = v.read()
							}
							_, _ = v.conn.Write(whole[:cut])
							end.by(v.conn)
						})
						converse(t, s, conn)
						playing.Wait()
					}
					for read := range 60 {
						conn, v := tcpPair(t)
						var playing sync.WaitGroup
						playing.Go(func() {
							_, _ = v.conn.Write(whole)
							_, _ = io.CopyN(io.Discard, v.conn, int64(read))
							end.by(v.conn)
						})
						converse(t, s, conn)
						playing.Wait()
					}
				})
			}
		}
	})
}

// A server that never reads gets no more than a bounded number of answers made for it, and is dropped as easily as
// any other.
func TestServerNeverReads(t *testing.T) {
	unharmed(t, func(t *testing.T) {
		for name, burst := range map[string][]byte{
			"PUBREC": bytes.Repeat(ack(typePubrec, 99, 0), 1000), "PUBREL": bytes.Repeat(ack(typePubrel, 99, 0), 1000),
			"QoS 1": bytes.Repeat(publication(V5, 2, 9, "t", "x"), 1000),
		} {
			t.Run(name, func(t *testing.T) {
				s := New(persistent(V5), Deaf{})
				v := greeted(t, s, func() (net.Conn, *server) { return narrowPair(t) }, connack(V5, false, 0))
				ended := serve(s)
				before := heapInUse()
				var writing sync.WaitGroup
				stuck := make(chan struct{})
				writing.Go(func() {
					for range 20_000 {
						if err := v.conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
							return
						}
						if _, err := v.conn.Write(burst); err != nil {
							close(stuck)
							return
						}
					}
				})
				select {
				case <-stuck: // the session has stopped reading
				case <-time.After(patience):
					t.Error("the session reads without end what it cannot answer")
				}
				if grown := heapInUse() - before; grown > 4<<20 {
					t.Errorf("the heap has grown by %d bytes", grown)
				}
				stop(t, s, ended)
				writing.Wait()
			})
		}
	})
}

// Answers that pile up behind a socket that takes nothing cost memory in proportion to what they are, not its square.
func TestAnswersCostWhatTheyAre(t *testing.T) {
	_, l := offline(persistent(V5), Deaf{})
	l.blocked = true // there is no socket
	burst := bytes.Repeat(publication(V5, 2, 9, "t", ""), 40_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := l.handle(burst, 0); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
		t.Errorf("%d bytes were allocated for answers of %d", got, l.end-l.start)
	}
}

// An outcomes is a handler that keeps the account of tokens.
type outcomes struct {
	Deaf
	settled map[uint64]int
}

func (o *outcomes) Acknowledged(token uint64, _ byte, _ time.Duration) { o.settled[token]++ }

func (o *outcomes) Orphaned(token uint64, _ time.Duration) { o.settled[token]++ }

// A server that does anything at all, over several connections: nothing hangs, and every message that was taken has
// one outcome and no more, the last of them when a clean session has come to its end.
func TestRandomServer(t *testing.T) {
	unharmed(t, func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			protocol := rapid.SampledFrom([]byte{V311, V5}).Draw(rt, "protocol")
			seed := rapid.Uint64().Draw(rt, "seed")
			o := persistent(protocol)
			o.CleanStart, o.ReceiveMaximum, o.Poller = rapid.Bool().Draw(rt, "clean"), 20, &poller
			l := &outcomes{settled: make(map[uint64]int)}
			s := New(o, l)
			token := uint64(0)
			random := rand.New(rand.NewPCG(seed, 1))
			for range rapid.IntRange(1, 4).Draw(rt, "connections") {
				conn, v := tcpPair(t)
				switch rapid.IntRange(0, 2).Draw(rt, "kind of connection") {
				case 0:
					shut(conn)
					conn, v = pipePair(t)
				case 1:
					conn = veiled{conn}
				}
				var playing sync.WaitGroup
				madness := rand.New(rand.NewPCG(random.Uint64(), 2))
				present := !o.CleanStart && madness.IntN(3) > 0 && token > 0
				playing.Go(func() { rage(v, madness, protocol, present) })
				// A server that neither reads nor answers holds up a pipe for as long as the context allows.
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				_, err := s.Connect(ctx, conn)
				cancel()
				if err == nil {
					ended := serve(s)
					for range random.IntN(30) {
						s.Lock()
						qos := byte(random.IntN(3))
						if room := s.Reserve("t", qos, false, 3, token); room != nil {
							copy(room, "abc")
							if qos > 0 {
								token++
							}
						}
						s.Flush()
						s.Unlock()
					}
					result(t, ended)
				}
				shut(v.conn)
				playing.Wait()
				shut(conn)
			}
			s.Lock()
			defer s.Unlock()
			for token, times := range l.settled {
				if times > 1 {
					rt.Errorf("seed %d: message %d has %d outcomes", seed, token, times)
				}
			}
			if o.CleanStart && s.InFlight() > 0 {
				rt.Errorf("seed %d: %d messages in flight after the end of a clean session", seed, s.InFlight())
			}
		})
	})
}

// rage plays a server at random until it has had enough, reading all the while or not.
func rage(v *server, random *rand.Rand, protocol byte, present bool) {
	defer shut(v.conn)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer shut(v.conn)
	if random.IntN(10) > 0 {
		reading.Go(func() { _, _ = io.Copy(io.Discard, v.in) })
	}
	if random.IntN(10) > 0 {
		if _, err := v.conn.Write(connack(protocol, present, 0)); err != nil {
			return
		}
	}
	for range random.IntN(40) {
		data := someBytes(random, protocol)
		switch random.IntN(12) {
		case 0: // a bit turns over
			if len(data) > 0 {
				data[random.IntN(len(data))] ^= 1 << random.IntN(8)
			}
		case 1:
			data = data[:random.IntN(len(data)+1)]
		case 2:
			data = append(data, byte(random.IntN(256)))
		}
		if _, err := v.conn.Write(data); err != nil {
			return
		}
	}
	if tcp, ok := v.conn.(*net.TCPConn); ok {
		switch random.IntN(3) {
		case 0:
			abandon(tcp)
		case 1:
			_ = tcp.CloseWrite()
		}
	}
}

// someBytes is a packet that could be right where it comes.
func someBytes(random *rand.Rand, protocol byte) []byte {
	id := uint16(random.IntN(12))
	switch random.IntN(10) {
	case 0:
		return publication(protocol, 0, 0, "t", strings.Repeat("x", random.IntN(300)))
	case 1:
		return publication(protocol, 2|byte(random.IntN(2))<<3, id, "t", "x")
	case 2:
		return publication(protocol, 4|byte(random.IntN(2))<<3, id, "t", "x")
	case 3:
		return ack(typePubrec, id, 0)
	case 4:
		return ack(typePubrel, id, 0)
	case 5:
		return ack(typePubcomp, id, 0)
	case 6:
		return []byte{0xd0, 0}
	default:
		return ack(typePuback, id, 0)
	}
}
