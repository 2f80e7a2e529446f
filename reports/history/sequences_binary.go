package history

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// errSequences is the cause of every refusal to read a set.
var errSequences = errors.New("broken set of sequence numbers")

// AppendBinary appends the set to b: the number behind the largest member, the number of gaps below it, and of each gap
// the distance from the one before and its length less one, all as uvarints. The set 0..n-1 takes as many bytes as n
// and one more. It never fails; the error is for encoding.BinaryAppender.
func (s Sequences) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, s.next)
	if s.gaps == nil {
		return append(b, 0), nil
	}
	count := uint64(0)
	for range s.gaps.Ranges() {
		count++
	}
	b = binary.AppendUvarint(b, count)
	end := uint64(0)
	for from, to := range s.gaps.Ranges() {
		b = binary.AppendUvarint(b, uint64(from)-end)
		b = binary.AppendUvarint(b, to-uint64(from)-1)
		end = to
	}
	return b, nil
}

// MarshalBinary returns the form that [Sequences.UnmarshalBinary] reads.
func (s Sequences) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// UnmarshalBinary reads a whole set. It refuses what [Sequences.AppendBinary] cannot have written, and keeps nothing of
// b.
func (s *Sequences) UnmarshalBinary(b []byte) error {
	rest, err := s.consume(b)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%w: %d bytes too many", errSequences, len(rest))
	}
	return nil
}

// consume reads a set from the start of b and returns what follows it.
func (s *Sequences) consume(b []byte) (rest []byte, err error) {
	cut := false
	number := func() uint64 {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			cut, b = true, nil
			return 0
		}
		b = b[size:]
		return n
	}
	next, count := number(), number()
	if cut || next > 1<<32 {
		return nil, fmt.Errorf("%w: no end", errSequences)
	}
	read := Sequences{next: next}
	end := uint64(0)
	for i := range count {
		distance, length := number(), number()
		if cut || distance >= next || length >= next || (i > 0 && distance == 0) {
			return nil, fmt.Errorf("%w: gap %d of %d", errSequences, i+1, count)
		}
		from := end + distance
		end = from + length + 1
		if end >= next {
			return nil, fmt.Errorf("%w: gap %d ends at %d of %d", errSequences, i+1, end, next)
		}
		read.addGap(from, end)
	}
	*s = read
	return b, nil
}

// addGap notes that the numbers from up to but not including to are missing. Single numbers take the short way: a set
// in which every other number is missing would otherwise be read in quadratic time.
func (s *Sequences) addGap(from, to uint64) {
	if s.gaps == nil {
		s.gaps = roaring.New()
	}
	if to-from > 8 {
		s.gaps.AddRange(from, to)
		return
	}
	for n := from; n < to; n++ {
		s.gaps.Add(uint32(n))
	}
}
