package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// A writer builds the body of a saved record. Strings that recur, such as topics and causes, are written once and then
// by number.
type writer struct {
	b     []byte
	known map[string]uint64
}

func (w *writer) count(n uint64) { w.b = binary.AppendUvarint(w.b, n) }

func (w *writer) number(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *writer) span(d time.Duration) { w.number(int64(d)) }

func (w *writer) bytes(b []byte) {
	w.count(uint64(len(b)))
	w.b = append(w.b, b...)
}

func (w *writer) text(s string) {
	if n, known := w.known[s]; known {
		w.count(n)
		return
	}
	w.count(0)
	w.bytes([]byte(s))
	if w.known == nil {
		w.known = make(map[string]uint64)
	}
	w.known[s] = uint64(len(w.known) + 1)
}

func (w *writer) flag(set bool) {
	n := byte(0)
	if set {
		n = 1
	}
	w.b = append(w.b, n)
}

func (w *writer) float(f float64) { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(f)) }

func (w *writer) sequences(s Sequences) { w.b, _ = s.AppendBinary(w.b) }

func (w *writer) client(c ClientRef) {
	w.flag(c.Subscriber)
	w.count(uint64(c.Number))
}

// histogram writes the buckets that hold anything, as distances and counts. The geometry is the record's own.
func (w *writer) histogram(h *hdr.Histogram) {
	counts := h.Export().Counts
	used := uint64(0)
	for _, n := range counts {
		if n > 0 {
			used++
		}
	}
	w.count(used)
	last := 0
	for i, n := range counts {
		if n > 0 {
			w.count(uint64(i - last))
			w.count(uint64(n))
			last = i
		}
	}
}

// errBody is the cause of every refusal to read a body.
var errBody = errors.New("the contents make no sense")

// A reader takes a body apart. After the first error everything reads as zero; the error says where that was.
type reader struct {
	schema uint32
	b      []byte
	size   int
	known  []string
	err    error
}

func newReader(schema uint32, b []byte) *reader { return &reader{schema: schema, b: b, size: len(b)} }

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s at byte %d of %d", errBody, what, r.size-len(r.b), r.size)
	}
	r.b = nil
}

func (r *reader) count() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.fail("a count")
		return 0
	}
	r.b = r.b[size:]
	return n
}

// index reads a number that counts something in memory.
func (r *reader) index() int {
	n := r.count()
	if n > math.MaxInt32 {
		r.fail("a number beyond all bounds")
		return 0
	}
	return int(n)
}

// items reads the length of a list. Every item takes a byte at least, so a longer list than there are bytes is refused.
func (r *reader) items() int {
	n := r.count()
	if n > uint64(len(r.b)) {
		r.fail("a list longer than the record")
		return 0
	}
	return int(n)
}

func (r *reader) number() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail("a number")
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) span() time.Duration { return time.Duration(r.number()) }

func (r *reader) bytes() []byte {
	n := r.items()
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) text() string {
	n := r.count()
	if n > 0 {
		if n > uint64(len(r.known)) {
			r.fail("a text that was not written before")
			return ""
		}
		return r.known[n-1]
	}
	s := string(r.bytes())
	if r.err == nil {
		r.known = append(r.known, s)
	}
	return s
}

func (r *reader) octet() byte {
	if len(r.b) == 0 {
		r.fail("a byte")
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}

func (r *reader) flag() bool {
	b := r.octet()
	if b > 1 {
		r.fail("a flag")
	}
	return b == 1
}

func (r *reader) float() float64 {
	if len(r.b) < 8 {
		r.fail("a fraction")
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return f
}

func (r *reader) sequences() Sequences {
	var s Sequences
	rest, err := s.consume(r.b)
	if err != nil {
		r.fail(err.Error())
		return Sequences{}
	}
	r.b = rest
	return s
}

func (r *reader) client() ClientRef {
	return ClientRef{Subscriber: r.flag(), Number: r.index()}
}

func (r *reader) histogram() *hdr.Histogram {
	snapshot := NewHistogram().Export()
	at, total := uint64(0), uint64(0)
	for i := range r.items() {
		distance, n := r.count(), r.count()
		if at += distance; at >= uint64(len(snapshot.Counts)) || n > math.MaxInt64-total || (i > 0 && distance == 0) {
			r.fail("a histogram")
			return nil
		}
		total += n
		snapshot.Counts[at] = int64(n)
	}
	return hdr.Import(snapshot)
}

// list reads a list, growing as the items come rather than by what the record promises.
func list[T any](r *reader, one func() T) []T {
	var all []T
	for range r.items() {
		if r.err != nil {
			return nil
		}
		all = append(all, one())
	}
	return slices.Clip(all)
}
