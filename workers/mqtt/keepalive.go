package mqtt

import (
	"fmt"
	"math"
	"time"
)

// never is the answer of CheckKeepalive when there is nothing to check.
const never = time.Duration(math.MaxInt64)

// CheckKeepalive does what is due at now for a living connection and says when to call again; the session has no
// timer of its own. PINGREQ is sent when the client has sent nothing, or the server has said nothing, for the
// keepalive in force (the second also finds a dead server behind a client that only sends). The connection ends
// with ErrKeepalive when no byte has come for that long after PINGREQ, or the socket has taken no byte for that
// long while bytes were pending. Without a connection, the answer is now plus the keepalive; with keepalive off,
// the far future. Calling late makes detection late and nothing else. The lock is not held.
func (s *Session) CheckKeepalive(now time.Duration) (next time.Duration) {
	s.Lock()
	defer s.Unlock()
	l := s.link
	if l == nil || !l.up || l.dead() {
		if s.o.Keepalive <= 0 {
			return never
		}
		return now + s.o.Keepalive
	}
	if l.keepalive <= 0 {
		return never
	}
	if l.silent && now >= l.pinged+l.keepalive {
		l.fail(fmt.Errorf("%w within %v after PINGREQ", ErrKeepalive, l.keepalive))
		return now + l.keepalive
	}
	if l.blocked && now >= l.progress+l.keepalive {
		l.fail(fmt.Errorf("%w: it took no byte for %v", ErrKeepalive, l.keepalive))
		return now + l.keepalive
	}
	if !l.silent && !l.blocked && now >= min(l.sent, l.heard)+l.keepalive {
		l.ping(now)
	}
	return l.deadline(now)
}

// ping sends PINGREQ.
func (l *link) ping(now time.Duration) {
	if l.parting {
		return
	}
	l.silent, l.pinged = true, now
	copy(l.space(2), []byte{typePingreq << 4, 0})
	l.flush(now)
}

// deadline is when CheckKeepalive has something to do next.
func (l *link) deadline(now time.Duration) time.Duration {
	next := now + l.keepalive
	switch {
	case l.silent:
		next = min(next, l.pinged+l.keepalive)
	case !l.blocked:
		next = min(next, max(now, min(l.sent, l.heard)+l.keepalive))
	}
	if l.blocked {
		next = min(next, l.progress+l.keepalive)
	}
	return next
}
