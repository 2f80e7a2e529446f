package history

import (
	"iter"
	"strconv"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

// Sequences is a set of sequence numbers, made for streams that arrive almost in order: numbers below next are members
// unless they are in gaps. A number that follows its predecessor costs a compare and an increment; the bitmap exists
// only where something is missing. The zero value is the empty set. A copy shares the bitmap: use [Sequences.Clone] to
// change one of two.
type Sequences struct {
	// next is one more than the largest member, 0 in the empty set. It is wider than a member so that it can be 1<<32.
	next uint64
	// gaps are the numbers below next that are not members; nil or empty where there are none.
	gaps *roaring.Bitmap
}

// Range returns the set of the numbers from up to but not including to.
func Range(from, to uint32) Sequences {
	var s Sequences
	s.AddRange(from, to)
	return s
}

// Add puts seq into the set. isNew says that it was not there; behind, that it was not and a larger one was.
func (s *Sequences) Add(seq uint32) (isNew, behind bool) {
	n := uint64(seq)
	if n == s.next {
		s.next++
		return true, false
	}
	return s.addApart(n)
}

// addApart is Add for a number that does not follow the largest one.
func (s *Sequences) addApart(n uint64) (isNew, behind bool) {
	if n < s.next {
		removed := s.gaps != nil && s.gaps.CheckedRemove(uint32(n))
		return removed, removed
	}
	s.addGap(s.next, n)
	s.next = n + 1
	return true, false
}

// AddRange puts the numbers from up to but not including to into the set.
func (s *Sequences) AddRange(from, to uint32) {
	if from >= to {
		return
	}
	low, high := uint64(from), uint64(to)
	if low > s.next {
		s.addGap(s.next, low)
	} else if s.gaps != nil {
		s.gaps.RemoveRange(low, min(high, s.next))
	}
	s.next = max(s.next, high)
}

// Union puts the members of o into the set.
func (s *Sequences) Union(o Sequences) {
	if o.next == 0 {
		return
	}
	both := s.gapsBelow(max(s.next, o.next))
	both.And(o.gapsBelow(max(s.next, o.next)))
	s.next = max(s.next, o.next)
	s.gaps = both
	if both.IsEmpty() {
		s.gaps = nil
	}
}

// gapsBelow returns a new bitmap of the numbers below next that are not members.
func (s Sequences) gapsBelow(next uint64) *roaring.Bitmap {
	gaps := roaring.New()
	if s.gaps != nil {
		gaps = s.gaps.Clone()
	}
	if next > s.next {
		gaps.AddRange(s.next, next)
	} else {
		gaps.RemoveRange(next, s.next)
	}
	return gaps
}

// Contains says whether seq is a member.
func (s Sequences) Contains(seq uint32) bool {
	return uint64(seq) < s.next && (s.gaps == nil || !s.gaps.Contains(seq))
}

// Len is the number of members.
func (s Sequences) Len() uint64 {
	if s.gaps == nil {
		return s.next
	}
	return s.next - s.gaps.GetCardinality()
}

// Max is the largest member; false in the empty set.
func (s Sequences) Max() (uint32, bool) {
	if s.next == 0 {
		return 0, false
	}
	return uint32(s.next - 1), true
}

// Min is the smallest member; false in the empty set.
func (s Sequences) Min() (uint32, bool) {
	for seq := range s.All() {
		return seq, true
	}
	return 0, false
}

// Missing yields the numbers below next that are not members, ascending.
func (s Sequences) Missing(next uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if s.gaps != nil {
			for it := s.gaps.Iterator(); it.HasNext(); {
				if seq := it.Next(); seq >= next || !yield(seq) {
					return
				}
			}
		}
		for n := s.next; n < uint64(next); n++ {
			if !yield(uint32(n)) {
				return
			}
		}
	}
}

// Complete says whether all numbers below next are members.
func (s Sequences) Complete(next uint32) bool {
	for range s.Missing(next) {
		return false
	}
	return true
}

// All yields the members, ascending.
func (s Sequences) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		from := uint64(0)
		if s.gaps != nil {
			for gap, end := range s.gaps.Ranges() {
				for ; from < uint64(gap); from++ {
					if !yield(uint32(from)) {
						return
					}
				}
				from = end
			}
		}
		for ; from < s.next; from++ {
			if !yield(uint32(from)) {
				return
			}
		}
	}
}

// Bitmap returns the set as a new bitmap.
func (s Sequences) Bitmap() *roaring.Bitmap {
	all := roaring.New()
	all.AddRange(0, s.next)
	if s.gaps != nil {
		all.AndNot(s.gaps)
	}
	return all
}

// Minus returns the members that are not in o, as a new bitmap.
func (s Sequences) Minus(o Sequences) *roaring.Bitmap {
	rest := o.gapsBelow(s.next)
	if s.gaps != nil {
		rest.AndNot(s.gaps)
	}
	return rest
}

// Clone returns a copy that shares nothing.
func (s Sequences) Clone() Sequences {
	if s.gaps == nil || s.gaps.IsEmpty() {
		return Sequences{next: s.next}
	}
	return Sequences{next: s.next, gaps: s.gaps.Clone()}
}

// Equal says whether both sets have the same members.
func (s Sequences) Equal(o Sequences) bool {
	if s.next != o.next {
		return false
	}
	none, noneThere := s.gaps == nil || s.gaps.IsEmpty(), o.gaps == nil || o.gaps.IsEmpty()
	if none || noneThere {
		return none == noneThere
	}
	return s.gaps.Equals(o.gaps)
}

// String lists the members as ranges: "0-11 13 20-99".
func (s Sequences) String() string {
	var text strings.Builder
	from := uint64(0)
	write := func(end uint64) {
		if from >= end {
			return
		}
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(strconv.FormatUint(from, 10))
		if end-from > 1 {
			text.WriteString("-" + strconv.FormatUint(end-1, 10))
		}
	}
	if s.gaps != nil {
		for gap, end := range s.gaps.Ranges() {
			write(uint64(gap))
			from = end
		}
	}
	write(s.next)
	return text.String()
}
