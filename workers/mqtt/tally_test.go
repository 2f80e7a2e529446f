package mqtt

import (
	"net"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However the socket cuts the pending bytes up, a tally counts each new message when its last byte is gone, and nothing
// else.
func TestTally(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pending []byte
		var ends []int // of new messages
		for range rapid.IntRange(0, 20).Draw(t, "packets") {
			first := rapid.SampledFrom([]byte{
				typePublish << 4, typePublish<<4 | 1<<1 | 1, typePublish<<4 | 2<<1, typePublish<<4 | 1<<1 | dup,
				typePuback << 4, typePubrel<<4 | 2, typePingreq << 4, typeSubscribe<<4 | 2,
			}).Draw(t, "first byte")
			size := rapid.SampledFrom([]int{0, 2, 3, 127, 128, 300, 20_000}).Draw(t, "size")
			pending = append(appendLength(append(pending, first), size), make([]byte, size)...)
			if first>>4 == typePublish && first&dup == 0 {
				ends = append(ends, len(pending))
			}
		}
		var position tally
		counted := 0
		for taken := 0; taken < len(pending); {
			n := rapid.IntRange(1, len(pending)-taken).Draw(t, "taken")
			counted += position.advance(pending[taken:], n)
			taken += n
			want := 0
			for _, end := range ends {
				if end <= taken {
					want++
				}
			}
			if counted != want {
				t.Fatalf("%d messages after %d bytes, want %d", counted, taken, want)
			}
		}
		if position.missing != 0 {
			t.Fatalf("%d bytes missing at the end", position.missing)
		}
	})
}

// A meter is a handler that counts what is told of messages on their way out.
type meter struct {
	Deaf
	taken int
}

func (m *meter) Taken(n int, _ time.Duration) { m.taken += n }

// A connection that ends while its socket is blocked has handed over exactly the messages of which Taken tells: the
// server can read these, and no other one whole.
func TestTakenIsWhatTheServerCanRead(t *testing.T) {
	torn := 0
	for round := range 20 {
		m := &meter{}
		s := New(persistent(V311), m)
		v := greeted(t, s, func() (net.Conn, *server) { return narrowPair(t) }, connack(V311, false, 0))
		ended := serve(s)
		// Before the socket is blocked, whole batches go at once, and Flushed alone tells of them.
		size, flushed, reserved := 700+403*round, 0, 0
		s.Lock()
		for s.Room() > 0 {
			flushed = reserved
			for s.Room() > 0 {
				clear(s.Reserve("t", 0, false, size, 0))
				reserved++
			}
			s.Flush()
		}
		s.Unlock()
		read := 0
		for range round * flushed / 20 { // some room for the goroutine that waits
			v.packet()
			read++
		}
		s.Close(nil)
		if err := result(t, ended); err == nil {
			t.Fatal("served without an end")
		}
		for _, err := v.read(); err == nil; _, err = v.read() {
			read++
		}
		if m.taken > 0 && flushed+m.taken < reserved {
			torn++
		}
		if want := flushed + m.taken; read != want {
			t.Fatalf("round %d: the server can read %d messages, and %d were taken, of %d", round, read, want, reserved)
		}
	}
	if torn == 0 {
		t.Error("no batch was taken in part")
	}
}
