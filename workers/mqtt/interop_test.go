package mqtt

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

// startMochi runs a real broker in this process and returns its address.
func startMochi(t *testing.T) (*mochi.Server, string) {
	t.Helper()
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := server.AddHook(new(auth.AllowHook), nil); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.AddListener(listeners.NewNet("test", listener)); err != nil {
		t.Fatal(err)
	}
	go func() {
		if err := server.Serve(); err != nil {
			t.Errorf("mochi: %v", err)
		}
	}()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("mochi: %v", err)
		}
	})
	return server, listener.Addr().String()
}

func connect(t *testing.T, s *Session, conn net.Conn) Connack {
	t.Helper()
	ack, err := s.Connect(deadline(t), conn)
	if err != nil {
		t.Fatal(err)
	}
	return ack
}

func TestBroker(t *testing.T) {
	_, address := startMochi(t)
	for _, protocol := range []byte{V311, V5} {
		for qos := range byte(3) {
			for _, kind := range []string{"tcp", "wrapped"} {
				name := fmt.Sprintf("protocol %d QoS %d %s", protocol, qos, kind)
				t.Run(name, func(t *testing.T) { throughBroker(t, address, protocol, qos, kind == "wrapped") })
			}
		}
	}
}

// A wrapped connection hides the socket, as TLS does.
type wrapped struct{ net.Conn }

func throughBroker(t *testing.T, address string, protocol, qos byte, wrap bool) {
	conn := func() net.Conn {
		if wrap {
			return wrapped{dial(t, address)}
		}
		return dial(t, address)
	}
	const messages = 100
	topic := fmt.Sprintf("t/%d/%d/%v", protocol, qos, wrap)
	seen, told := newDiary(), newDiary()
	subscriber := New(Options{Protocol: protocol, ClientID: "s" + topic, CleanStart: true, Poller: &poller, Keepalive: time.Minute}, seen)
	connect(t, subscriber, conn())
	ended := serve(subscriber)
	answer, err := subscriber.Subscribe(deadline(t), []Subscription{{Filter: topic + "/#", QoS: qos}})
	if err != nil || len(answer.Codes) != 1 || answer.Codes[0] != qos {
		t.Fatalf("subscribe: % x, %v; want QoS %d", answer.Codes, err, qos)
	}
	publisher := New(Options{Protocol: protocol, ClientID: "p" + topic, CleanStart: true, Poller: &poller, InFlight: 20}, told)
	connect(t, publisher, conn())
	publishing := serve(publisher)
	var want, acknowledged []string
	for i := range messages {
		publish(t, publisher, topic+"/x", qos, fmt.Sprint("m", i), uint64(i))
		want = append(want, fmt.Sprintf("got %s/x m%d q%d", topic, i, qos))
		acknowledged = append(acknowledged, fmt.Sprintf("ack %d 0x00", i))
	}
	if got := seen.await(t, messages, "got"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if qos > 0 {
		if got := told.await(t, messages, "ack"); !slices.Equal(got, acknowledged) {
			t.Errorf("got %q, want %q", got, acknowledged)
		}
	}
	for s, ended := range map[*Session]<-chan error{subscriber: ended, publisher: publishing} {
		if err := s.Disconnect(deadline(t)); err != nil {
			t.Error(err)
		}
		if err := result(t, ended); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want %v", err, ErrClosed)
		}
	}
	if got := told.about("orphan"); len(got) > 0 {
		t.Errorf("orphans %q", got)
	}
}

// A real broker keeps a persistent session: what is published meanwhile arrives once after the reconnection,
// without a new SUBSCRIBE. This broker sends it in any order and with DUP.
func TestBrokerKeepsSession(t *testing.T) {
	server, address := startMochi(t)
	for _, protocol := range []byte{V311, V5} {
		for _, qos := range []byte{1, 2} {
			t.Run(fmt.Sprintf("protocol %d QoS %d", protocol, qos), func(t *testing.T) {
				topic := fmt.Sprintf("k/%d/%d", protocol, qos)
				seen, told := newDiary(), newDiary()
				o := persistent(protocol)
				o.ClientID = "s" + topic
				subscriber := New(o, seen)
				connect(t, subscriber, dial(t, address))
				ended := serve(subscriber)
				if _, err := subscriber.Subscribe(deadline(t), []Subscription{{Filter: topic, QoS: qos}}); err != nil {
					t.Fatal(err)
				}
				stop(t, subscriber, ended)
				publisher := New(Options{Protocol: protocol, ClientID: "p" + topic, CleanStart: true, Poller: &poller, InFlight: 5}, told)
				connect(t, publisher, dial(t, address))
				publishing := serve(publisher)
				var want []string
				for i := range 20 {
					publish(t, publisher, topic, qos, fmt.Sprint("m", i), uint64(i))
					want = append(want, fmt.Sprintf("got %s m%d q%d", topic, i, qos))
				}
				told.await(t, 20, "ack")
				// It acknowledges before it puts the message into the session, and a client that takes the session over
				// meanwhile does not get it.
				eventually(t, "the session holds all messages", func() bool {
					kept, ok := server.Clients.Get(o.ClientID)
					return ok && kept.State.Inflight.Len() == 20
				})
				if ack := connect(t, subscriber, dial(t, address)); !ack.SessionPresent {
					t.Fatal("the broker has forgotten the session")
				}
				ended = serve(subscriber)
				got := seen.await(t, 20, "got")
				for i := range got {
					// The broker marks what it takes for sent once, which it may not know of the last one yet.
					got[i] = strings.TrimSuffix(got[i], " dup")
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
				stop(t, subscriber, ended)
				stop(t, publisher, publishing)
			})
		}
	}
}
