package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// subprotocol is the name of MQTT among WebSocket's subprotocols [MQTT-6.0.0-3].
const subprotocol = "mqtt"

// upgrade asks the server over HTTP to switch to WebSocket.
func (t *Transport) upgrade(ctx context.Context, c *stacked, broker string, phases *Phases) error {
	began := time.Now()
	//nolint:bodyclose // the library closes it, or goes on with it as the connection
	socket, response, err := websocket.Dial(ctx, "ws://"+broker+t.settings.Path, &websocket.DialOptions{
		HTTPClient:      over(c.Conn),
		Subprotocols:    []string{subprotocol},
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			err := fmt.Errorf("the server answers %q at %s", response.Status, t.settings.Path)
			if response.StatusCode < http.StatusInternalServerError {
				err = fmt.Errorf("%w: %w", errMismatch, err)
			}
			return err
		}
		return err
	}
	if got := socket.Subprotocol(); got != subprotocol {
		_ = socket.CloseNow()
		return fmt.Errorf("%w: the server chose subprotocol %q, want %q [MQTT-6.0.0-4]", errMismatch, got, subprotocol)
	}
	phases.Upgrade = time.Since(began)
	// MQTT bounds its packets itself.
	socket.SetReadLimit(-1)
	c.Conn, c.web = &frames{Conn: c.Conn, socket: socket}, socket
	return nil
}

// over is an HTTP client that has this connection and no other: it follows no redirection.
func over(conn net.Conn) *http.Client {
	use := make(chan net.Conn, 1)
	use <- conn
	dial := func(context.Context, string, string) (net.Conn, error) {
		select {
		case conn := <-use:
			return conn, nil
		default:
			return nil, errors.New("the connection is used up")
		}
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// frames is the stream of bytes in the binary frames of a WebSocket connection. Where a frame ends means nothing
// [MQTT-6.0.0-2]. Its deadlines are those of the connection below.
type frames struct {
	net.Conn
	socket *websocket.Conn
	// frame is what is being read; nil between frames.
	frame io.Reader
}

// Read reads from the present frame, or waits for one.
func (f *frames) Read(p []byte) (int, error) {
	for {
		if f.frame == nil {
			kind, frame, err := f.socket.Reader(context.Background())
			if err != nil {
				return 0, ended(err)
			}
			if kind != websocket.MessageBinary {
				return 0, fmt.Errorf("the server sent a %v frame, want binary [MQTT-6.0.0-1]", kind)
			}
			f.frame = frame
		}
		n, err := f.frame.Read(p)
		if errors.Is(err, io.EOF) {
			f.frame, err = nil, nil
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// ended makes the end that a server announces the end of the stream.
func ended(err error) error {
	switch websocket.CloseStatus(err) {
	case websocket.StatusNormalClosure, websocket.StatusGoingAway, websocket.StatusNoStatusRcvd:
		return io.EOF
	default:
		return err
	}
}

// Write sends one frame.
func (f *frames) Write(p []byte) (int, error) {
	if err := f.socket.Write(context.Background(), websocket.MessageBinary, p); err != nil {
		return 0, err
	}
	return len(p), nil
}
