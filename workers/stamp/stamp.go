// Package stamp is the mark that every message carries: which run, which publisher, which message, when it was due and
// when it was sent, and a checksum over the whole payload.
//
// It owns the layout of those bytes and nothing else. Any package may import it; it imports none of ours.
//
//	0       2        4       12        16        20        28      36      40
//	| magic | length |  run  | publisher | sequence | intended | sent | CRC-32C | filler …
//
// Numbers are big-endian, times are nanoseconds since the epoch of the run. The checksum covers the length of the
// payload, the stamp and the filler.
package stamp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"time"
)

// Size is the length of a stamp, and so of the shortest payload, in bytes.
const Size = 40

// The offsets of the fields.
const (
	atLength    = 2
	atRun       = 4
	atPublisher = 12
	atSequence  = 16
	atIntended  = 20
	atSent      = 28
	atChecksum  = 36
)

// magic begins every stamp; the low byte is the version of the layout. The high byte cannot begin a text.
const magic = 0xb501

// filler is repeated behind the stamp up to the length of the payload.
const filler = "mqbench fills the payload with this text up to its full length. "

// The reasons for which a payload is not a message of ours as it was sent.
var (
	// ErrForeign says that the payload does not begin with a stamp of this version.
	ErrForeign = errors.New("payload without a stamp")
	// ErrTruncated says that the payload has another length than it was sent with.
	ErrTruncated = errors.New("payload of a wrong length")
	// ErrCorrupt says that the checksum does not fit the payload.
	ErrCorrupt = errors.New("payload with a wrong checksum")
)

// A Stamp identifies one message of one run.
type Stamp struct {
	// Run is the number of the run.
	Run uint64
	// Publisher and Sequence are dense numbers from 0.
	Publisher, Sequence uint32
	// Intended is when the message was due, Sent when it was handed to the socket, both since the epoch of the run.
	Intended, Sent time.Duration
}

// Put fills a payload of at least [Size] bytes: stamp, filler, checksum. A shorter payload is an error of the program,
// and panics.
func (s Stamp) Put(payload []byte) {
	head := payload[:Size]
	binary.BigEndian.PutUint16(head, magic)
	binary.BigEndian.PutUint16(head[atLength:], storedLength(len(payload)))
	binary.BigEndian.PutUint64(head[atRun:], s.Run)
	binary.BigEndian.PutUint32(head[atPublisher:], s.Publisher)
	binary.BigEndian.PutUint32(head[atSequence:], s.Sequence)
	binary.BigEndian.PutUint64(head[atIntended:], uint64(s.Intended))
	binary.BigEndian.PutUint64(head[atSent:], uint64(s.Sent))
	fill(payload[Size:])
	binary.BigEndian.PutUint32(head[atChecksum:], checksum(payload))
}

// Read returns the stamp of a payload as it was received. The error is, or wraps, [ErrForeign], [ErrTruncated] or
// [ErrCorrupt].
func Read(payload []byte) (Stamp, error) {
	if len(payload) < 2 || binary.BigEndian.Uint16(payload) != magic {
		return Stamp{}, ErrForeign
	}
	if len(payload) < Size {
		return Stamp{}, fmt.Errorf("%w: %d bytes, the stamp has %d", ErrTruncated, len(payload), Size)
	}
	if binary.BigEndian.Uint32(payload[atChecksum:]) != checksum(payload) {
		if sent := binary.BigEndian.Uint16(payload[atLength:]); sent != storedLength(len(payload)) {
			return Stamp{}, fmt.Errorf("%w: %d bytes, sent with %d", ErrTruncated, len(payload), sent)
		}
		return Stamp{}, ErrCorrupt
	}
	return Stamp{
		Run:       binary.BigEndian.Uint64(payload[atRun:]),
		Publisher: binary.BigEndian.Uint32(payload[atPublisher:]),
		Sequence:  binary.BigEndian.Uint32(payload[atSequence:]),
		Intended:  time.Duration(binary.BigEndian.Uint64(payload[atIntended:])),
		Sent:      time.Duration(binary.BigEndian.Uint64(payload[atSent:])),
	}, nil
}

// checksum covers everything but its own four bytes. It starts from the length, so that a payload cut where the rest
// happens to fit is noticed, and it is computed by the processor's own instruction where there is one.
func checksum(payload []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(uint32(len(payload)), table, payload[:atChecksum])
	return crc32.Update(sum, table, payload[Size:])
}

// storedLength is the length as the stamp keeps it. It only serves to tell a cut payload from a corrupted one: longer
// ones share the largest value, and the checksum knows the true length.
func storedLength(length int) uint16 { return uint16(min(length, math.MaxUint16)) }

// fill writes the filler by copying what is there already, twice as much each time.
func fill(b []byte) {
	done := copy(b, filler)
	for done > 0 && done < len(b) {
		done += copy(b[done:], b[:done])
	}
}
