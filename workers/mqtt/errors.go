package mqtt

import (
	"errors"
	"fmt"
)

// Causes of the end of a connection that are not an answer of the server.
var (
	// ErrClosed is the cause after Disconnect, and after Close without a cause.
	ErrClosed = errors.New("connection closed by this client")
	// ErrKeepalive is the cause when the server gave no sign of life in time, or took no byte for so long.
	ErrKeepalive = errors.New("keepalive: no sign of life from the server")
	// ErrNotConnected is returned where a connection is needed and there is none.
	ErrNotConnected = errors.New("not connected")
	// ErrNoRoom is the answer of CanPublish while Room is 0.
	ErrNoRoom = errors.New("no room for a message now")
)

// A ConnackError is a server's refusal of CONNECT.
type ConnackError struct {
	// Protocol tells how to read Reason: a return code (V311) or a reason code (V5).
	Protocol, Reason byte
	// Text is the server's Reason String (5.0), often empty.
	Text string
}

// Error names the reason as the specification does.
func (e *ConnackError) Error() string {
	name := ReasonName(e.Reason)
	if e.Protocol != V5 {
		name = returnCodeName(e.Reason)
	}
	return fmt.Sprintf("connection refused: %s (0x%02x)%s", name, e.Reason, quoted(e.Text))
}

// A DisconnectError is a server's DISCONNECT (5.0), the cause of the end of a connection.
type DisconnectError struct {
	Reason byte
	// Text is the server's Reason String, often empty.
	Text string
}

// Error names the reason as the specification does.
func (e *DisconnectError) Error() string {
	return fmt.Sprintf("disconnected by the server: %s (0x%02x)%s", disconnectName(e.Reason), e.Reason, quoted(e.Text))
}

// A ProtocolError says that the server broke the protocol and how; the connection is closed.
type ProtocolError struct {
	// Reason is the code of the DISCONNECT that 5.0 answers with; 3.1.1 just closes.
	Reason byte
	Detail string
}

// Error says what the server did wrong.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("server broke the protocol: %s: %s", ReasonName(e.Reason), e.Detail)
}

// malformed is a packet that cannot be parsed (section 4.13).
func malformed(format string, arguments ...any) error {
	return &ProtocolError{Reason: reasonMalformed, Detail: fmt.Sprintf(format, arguments...)}
}

// violation is a packet that should not be there, or not like this (section 4.13).
func violation(format string, arguments ...any) error {
	return &ProtocolError{Reason: reasonProtocolError, Detail: fmt.Sprintf(format, arguments...)}
}

// quoted is the server's own explanation as the end of an error message.
func quoted(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf(": %q", text)
}
