package check

import (
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// Steps are the parts of a client's reconnect where a transport has handshakes.
type Steps struct {
	// Dialed is when TCP stood and Handshaken when the handshakes on it were made, since the injection began.
	Dialed, Handshaken time.Duration
	// Resumed tells that TLS resumed an earlier session of the client.
	Resumed bool
}

// since are the steps as a client's way back has them; nil where they were not recorded.
func (s steps) since(began time.Duration) *Steps {
	if s.handshaken < 0 {
		return nil
	}
	return &Steps{Dialed: s.dialed - began, Handshaken: s.handshaken - began, Resumed: s.resumed}
}

// steps are those of an attempt to connect, as far as they were recorded.
type steps struct {
	// dialed is when its TCP connection stood, handshaken when the handshakes on it were made; -1: not recorded.
	dialed, handshaken time.Duration
	// resumed tells that TLS resumed an earlier session.
	resumed bool
}

func noSteps() steps { return steps{dialed: -1, handshaken: -1} }

// note notes the step that an event is, if it is one. A new attempt has none.
func (s *steps) note(e history.Event) {
	switch e.Kind {
	case history.Dialed:
		s.dialed = e.At
	case history.Handshaken:
		s.handshaken, s.resumed = e.At, e.Detail == history.ResumedSession
	case history.Connecting:
		*s = noSteps()
	default:
	}
}
