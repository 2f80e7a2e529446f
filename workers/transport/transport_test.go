package transport_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/mqbench/mqbench/fixtures/certificates"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/transport"
)

// patience bounds every wait of these tests; the machine may be busy.
const patience = 30 * time.Second

// authority makes an authority.
func authority(t *testing.T) *certificates.Authority {
	t.Helper()
	a, err := certificates.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// keyed makes the configuration of a server out of a pair.
func keyed(t *testing.T, pair certificates.Pair, err error) *tls.Config {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := pair.TLS()
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}}
}

// door handles each connection of a listener until the test ends.
func door(t *testing.T, listener net.Listener, handle func(net.Conn)) string {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			all.Go(func() { handle(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, conn := range conns {
			_ = conn.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return listener.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// echo sends back what comes.
func echo(conn net.Conn) {
	_, _ = io.Copy(conn, conn)
	_ = conn.Close()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// wrap makes the handshakes with a server, as broker "b1".
func wrap(t *testing.T, s transport.Settings, address string) (net.Conn, transport.Phases, error) {
	t.Helper()
	tr, err := transport.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return shake(t, tr, address, "b1")
}

func shake(t *testing.T, tr *transport.Transport, address, broker string) (net.Conn, transport.Phases, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return tr.Wrap(ctx, dial(t, address), 0, broker)
}

// exchange sends bytes and wants them back.
func exchange(t *testing.T, conn net.Conn, size int) {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	sent := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7}, size/7+1)[:size]
	go func() {
		if _, err := conn.Write(sent); err != nil {
			t.Errorf("write: %v", err)
		}
	}()
	got := make([]byte, size)
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatalf("read: %v", err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("other bytes come back than were sent")
	}
}

// web serves WebSocket at /mqtt and sends every byte of a message back in frames of at most piece bytes.
func web(t *testing.T, subprotocols []string, piece int) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/mqtt", func(w http.ResponseWriter, r *http.Request) {
		socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: subprotocols})
		if err != nil {
			return
		}
		defer func() { _ = socket.CloseNow() }()
		socket.SetReadLimit(-1)
		for {
			kind, message, err := socket.Read(r.Context())
			if err != nil {
				return
			}
			if kind != websocket.MessageBinary {
				t.Errorf("a %v frame came [MQTT-6.0.0-1]", kind)
			}
			for len(message) > 0 {
				n := min(piece, len(message))
				if socket.Write(r.Context(), websocket.MessageBinary, message[:n]) != nil {
					return
				}
				message = message[n:]
			}
		}
	})
	mux.HandleFunc("/secret", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/mqtt", http.StatusFound) })
	mux.HandleFunc("/text", func(w http.ResponseWriter, r *http.Request) {
		if socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: subprotocols}); err == nil {
			_ = socket.Write(r.Context(), websocket.MessageText, []byte("hello"))
			_, _, _ = socket.Read(r.Context())
		}
	})
	return mux
}

// serveWeb serves HTTP until the test ends.
func serveWeb(t *testing.T, listener net.Listener, handler http.Handler) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	server := &http.Server{Handler: handler, BaseContext: func(net.Listener) context.Context { return ctx }}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		cancel()
		_ = server.Close()
		served.Wait()
	})
	return listener.Addr().String()
}

func TestPlainStaysAsItIs(t *testing.T) {
	tr, err := transport.New(transport.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, door(t, listen(t), echo))
	got, phases, err := tr.Wrap(t.Context(), conn, 0, "b1")
	if got != conn || phases != (transport.Phases{}) || err != nil {
		t.Errorf("Wrap = %v, %v, %v; want the connection itself", got, phases, err)
	}
	if _, tcp := got.(*net.TCPConn); !tcp {
		t.Errorf("the connection is a %T: the session could not read it without blocking", got)
	}
}

func TestRoundTrips(t *testing.T) {
	a := authority(t)
	pair, err := a.Server("b1")
	secure := func(l net.Listener) net.Listener { return tls.NewListener(l, keyed(t, pair, err)) }
	trust := &transport.TLS{CA: a.CA()}
	for name, story := range map[string]struct {
		settings transport.Settings
		address  string
	}{
		"tls": {transport.Settings{TLS: trust}, door(t, secure(listen(t)), echo)},
		"ws":  {transport.Settings{WebSocket: true}, serveWeb(t, listen(t), web(t, []string{"mqtt"}, 1))},
		"wss": {transport.Settings{TLS: trust, WebSocket: true}, serveWeb(t, secure(listen(t)), web(t, []string{"mqtt"}, 1000))},
	} {
		t.Run(name, func(t *testing.T) {
			conn, phases, err := wrap(t, story.settings, story.address)
			if err != nil {
				t.Fatal(err)
			}
			exchange(t, conn, 3)
			exchange(t, conn, 40_000)
			if (phases.TLS > 0) != (story.settings.TLS != nil) || (phases.Upgrade > 0) != story.settings.WebSocket {
				t.Errorf("phases %+v for %s", phases, name)
			}
			under, ok := conn.(interface{ NetConn() net.Conn })
			if !ok {
				t.Fatal("the connection does not tell what is under it")
			}
			if _, tcp := under.NetConn().(*net.TCPConn); !tcp {
				t.Errorf("under it is a %T, want the TCP connection", under.NetConn())
			}
			if err := conn.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			if _, err := under.NetConn().Write([]byte{0}); !errors.Is(err, net.ErrClosed) {
				t.Errorf("after Close the TCP connection answers %v", err)
			}
		})
	}
}

func TestDeadlineEndsARead(t *testing.T) {
	conn, _, err := wrap(t, transport.Settings{WebSocket: true}, serveWeb(t, listen(t), web(t, []string{"mqtt"}, 1)))
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		read <- err
	}()
	if err := conn.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-read:
		if err == nil {
			t.Error("the read ended without an error")
		}
	case <-time.After(patience):
		t.Fatal("the read goes on behind its deadline")
	}
}

func TestRefusals(t *testing.T) {
	a, other := authority(t), authority(t)
	pair, err := a.Server("b1")
	server := keyed(t, pair, err)
	old := server.Clone()
	old.MaxVersion = tls.VersionTLS12
	mutual := server.Clone()
	mutual.ClientAuth, mutual.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	mutual.ClientCAs.AppendCertsFromPEM(a.CA())
	// TLS 1.3 tells a client without a certificate only after the handshake.
	mutual.MaxVersion = tls.VersionTLS12
	late, err := a.ServerUntil(time.Now().Add(-time.Minute), "b1")
	expired := keyed(t, late, err)
	encrypted := func(c *tls.Config) string { return door(t, tls.NewListener(listen(t), c), echo) }
	trust := func(change func(*transport.TLS)) transport.Settings {
		s := &transport.TLS{CA: a.CA()}
		change(s)
		return transport.Settings{TLS: s}
	}
	as := func(*transport.TLS) {}
	at := func(path string) transport.Settings { return transport.Settings{WebSocket: true, Path: path} }
	site := serveWeb(t, listen(t), web(t, []string{"mqtt"}, 10))
	for name, story := range map[string]struct {
		settings transport.Settings
		address  string
		want     string
	}{
		"wrong CA":     {trust(func(s *transport.TLS) { s.CA = other.CA() }), encrypted(server), "certificate signed by unknown authority"},
		"wrong name":   {trust(func(s *transport.TLS) { s.ServerName = "b9" }), encrypted(server), "certificate is valid for b1, not b9"},
		"expired":      {trust(as), encrypted(expired), "certificate has expired"},
		"old version":  {trust(func(s *transport.TLS) { s.MinVersion = tls.VersionTLS13 }), encrypted(old), "protocol version not supported"},
		"no pair":      {trust(as), encrypted(mutual), "remote error: tls: "},
		"plain server": {trust(as), door(t, listen(t), func(c net.Conn) { _, _ = c.Write([]byte{0x20, 2, 0, 0, 0}) }), "does the port speak TLS?"},
		"hangs up":     {trust(as), door(t, listen(t), func(c net.Conn) { _ = c.Close() }), "TLS handshake: "},
		"404":          {at("/nothing"), site, `WebSocket upgrade: the server does not serve MQTT this way: the server answers "404 Not Found" at /nothing`},
		"403":          {at("/secret"), site, `the server answers "403 Forbidden" at /secret`},
		"redirection":  {at("/elsewhere"), site, `the server answers "302 Found" at /elsewhere`},
		"subprotocol":  {at("/mqtt"), serveWeb(t, listen(t), web(t, nil, 1)), `the server chose subprotocol "", want "mqtt"`},
		"no HTTP":      {at("/mqtt"), door(t, listen(t), func(c net.Conn) { _, _ = c.Write([]byte{0x20, 2, 0, 0}); _ = c.Close() }), "WebSocket upgrade: "},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _, err := wrap(t, story.settings, story.address)
			if err == nil {
				_ = conn.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), story.want) {
				t.Errorf("error %q, want %q in it", err, story.want)
			}
		})
	}
}

// TestSilence has a server take the connection and say nothing: the context bounds each handshake.
func TestSilence(t *testing.T) {
	silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	a := authority(t)
	pair, err := a.Server("b1")
	half := keyed(t, pair, err)
	for name, story := range map[string]struct {
		settings transport.Settings
		listener net.Listener
	}{
		"tls":             {transport.Settings{TLS: &transport.TLS{CA: a.CA()}}, listen(t)},
		"ws":              {transport.Settings{WebSocket: true}, listen(t)},
		"wss after tls":   {transport.Settings{TLS: &transport.TLS{CA: a.CA()}, WebSocket: true}, tls.NewListener(listen(t), half)},
		"tls before wss ": {transport.Settings{TLS: &transport.TLS{CA: a.CA()}, WebSocket: true}, listen(t)},
	} {
		t.Run(name, func(t *testing.T) {
			tr, err := transport.New(story.settings)
			if err != nil {
				t.Fatal(err)
			}
			conn := dial(t, door(t, story.listener, silent))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, _, err = tr.Wrap(ctx, conn, 0, "b1")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want that of the context", err)
			}
			if _, err := conn.Write([]byte{0}); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the connection is still open: %v", err)
			}
		})
	}
}

func TestResumption(t *testing.T) {
	a := authority(t)
	pair, err := a.Server("b1", "b2")
	address := door(t, tls.NewListener(listen(t), keyed(t, pair, err)), echo)
	stranger := door(t, tls.NewListener(listen(t), keyed(t, pair, err)), echo)
	tr, err := transport.New(transport.Settings{TLS: &transport.TLS{CA: a.CA(), Resumption: true, ServerName: "b1"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		address string
		want    bool
	}{{address, false}, {address, true}, {stranger, false}, {stranger, true}} {
		conn, phases, err := shake(t, tr, step.address, "b1")
		if err != nil {
			t.Fatal(err)
		}
		exchange(t, conn, 10) // the tickets of TLS 1.3 come with the first bytes
		_ = conn.Close()
		if phases.Resumed != step.want {
			t.Errorf("connection %d: resumed %t, want %t", i+1, phases.Resumed, step.want)
		}
	}
	conn := dial(t, stranger)
	_, phases, err := tr.Wrap(t.Context(), conn, 1, "b1")
	if err != nil || phases.Resumed {
		t.Errorf("another client: resumed %t, %v; want a session of its own", phases.Resumed, err)
	}
}

func TestClientCertificate(t *testing.T) {
	a := authority(t)
	pair, err := a.Server("b1")
	config := keyed(t, pair, err)
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	config.ClientCAs.AppendCertsFromPEM(a.CA())
	names := make(chan string, 1)
	address := door(t, tls.NewListener(listen(t), config), func(c net.Conn) {
		if c.(*tls.Conn).HandshakeContext(context.Background()) == nil {
			names <- c.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName
		}
		echo(c)
	})
	conn, _, err := wrap(t, transport.Settings{TLS: &transport.TLS{CA: a.CA(), Certificate: func(client int) (tls.Certificate, error) {
		pair, err := a.Client("device-1")
		if err != nil {
			return tls.Certificate{}, err
		}
		return pair.TLS()
	}}}, address)
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, conn, 5)
	if got := <-names; got != "device-1" {
		t.Errorf("the server saw %q", got)
	}
}

// TestTextFrame: MQTT control packets come in binary frames [MQTT-6.0.0-1].
func TestTextFrame(t *testing.T) {
	conn, _, err := wrap(t, transport.Settings{WebSocket: true, Path: "/text"}, serveWeb(t, listen(t), web(t, []string{"mqtt"}, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 8)); err == nil || !strings.Contains(err.Error(), "want binary [MQTT-6.0.0-1]") {
		t.Errorf("error %v, want that the frame is not binary", err)
	}
}

// TestCloseIsBounded has a server that takes nothing: the end of TLS must not wait for it.
func TestCloseIsBounded(t *testing.T) {
	a := authority(t)
	pair, err := a.Server("b1")
	stop := make(chan struct{})
	address := door(t, tls.NewListener(listen(t), keyed(t, pair, err)), func(c net.Conn) {
		_ = c.(*tls.Conn).HandshakeContext(context.Background())
		<-stop
	})
	t.Cleanup(func() { close(stop) })
	conn, _, err := wrap(t, transport.Settings{TLS: &transport.TLS{CA: a.CA()}}, address)
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		for {
			if _, err := conn.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}()
	closed := make(chan struct{})
	go func() { defer close(closed); _ = conn.Close() }()
	for _, done := range []chan struct{}{closed, written} {
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal("Close does not end the connection")
		}
	}
}

func TestBadSettings(t *testing.T) {
	for want, s := range map[string]transport.Settings{
		"CA: there is no certificate in PEM":                 {TLS: &transport.TLS{CA: []byte("nothing")}},
		`websocket path "mqtt": want one that begins with /`: {WebSocket: true, Path: "mqtt"},
	} {
		if _, err := transport.New(s); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestResetReachesTCP: a session that resets its connection has the server see RST, and no goodbye of TLS before it.
func TestResetReachesTCP(t *testing.T) {
	a := authority(t)
	pair, err := a.Server("b1")
	listener := tls.NewListener(listen(t), keyed(t, pair, err))
	ended := make(chan error, 1)
	address := door(t, listener, func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, 14)); err != nil { // CONNECT
			ended <- err
			return
		}
		_, _ = c.Write([]byte{0x20, 2, 0, 0})
		_, err := c.Read(make([]byte, 1))
		ended <- err
	})
	conn, _, err := wrap(t, transport.Settings{TLS: &transport.TLS{CA: a.CA()}}, address)
	if err != nil {
		t.Fatal(err)
	}
	s := mqtt.New(mqtt.Options{CleanStart: true}, mqtt.Deaf{})
	if _, err := s.Connect(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	s.Reset(nil)
	select {
	case err := <-ended:
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the server saw %v, want a reset", err)
		}
	case <-time.After(patience):
		t.Fatal("the server did not see the end")
	}
}
