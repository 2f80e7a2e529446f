package history_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/history"
)

func TestSequencesTellOrderFromChaos(t *testing.T) {
	type step struct {
		seq           uint32
		isNew, behind bool
	}
	stories := map[string]struct {
		steps []step
		want  string
	}{
		"in order":             {[]step{{0, true, false}, {1, true, false}, {2, true, false}}, "0-2"},
		"a gap stays":          {[]step{{0, true, false}, {2, true, false}}, "0 2"},
		"a late one":           {[]step{{0, true, false}, {2, true, false}, {1, true, true}}, "0-2"},
		"a late one, twice":    {[]step{{2, true, false}, {1, true, true}, {1, false, false}}, "1-2"},
		"again":                {[]step{{0, true, false}, {0, false, false}}, "0"},
		"1,2,3,2,3,4 is order": {[]step{{1, true, false}, {2, true, false}, {3, true, false}, {2, false, false}, {3, false, false}, {4, true, false}}, "1-4"},
		"the largest":          {[]step{{math.MaxUint32, true, false}, {math.MaxUint32, false, false}, {0, true, true}}, "0 4294967295"},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			var s history.Sequences
			for i, step := range story.steps {
				if isNew, behind := s.Add(step.seq); isNew != step.isNew || behind != step.behind {
					t.Errorf("step %d: Add(%d) = %v, %v; want %v, %v", i, step.seq, isNew, behind, step.isNew, step.behind)
				}
			}
			if got := s.String(); got != story.want {
				t.Errorf("set is %q, want %q", got, story.want)
			}
		})
	}
}

// model is the obvious set that Sequences is compared with.
type model map[uint32]bool

func (m model) sorted() []uint32 {
	var all []uint32
	for seq := range m {
		all = append(all, seq)
	}
	slices.Sort(all)
	return all
}

func (m model) max() int64 {
	largest := int64(-1)
	for seq := range m {
		largest = max(largest, int64(seq))
	}
	return largest
}

// numbers draws numbers that are often close together and sometimes far apart.
var numbers = rapid.OneOf(rapid.Uint32Range(0, 40), rapid.Uint32Range(65500, 65600), rapid.Uint32Range(0, 300000))

func drawSet(t *rapid.T, label string, size int) (history.Sequences, model) {
	var s history.Sequences
	m := model{}
	for _, seq := range rapid.SliceOfN(numbers, 0, size).Draw(t, label) {
		wantNew, wantBehind := !m[seq], !m[seq] && int64(seq) < m.max()
		if isNew, behind := s.Add(seq); isNew != wantNew || behind != wantBehind {
			t.Fatalf("Add(%d) = %v, %v; want %v, %v", seq, isNew, behind, wantNew, wantBehind)
		}
		m[seq] = true
	}
	if rapid.Bool().Draw(t, label+" has a range") {
		from := numbers.Draw(t, "from")
		to := from + rapid.Uint32Range(0, 200).Draw(t, "length")
		s.AddRange(from, to)
		for seq := from; seq < to; seq++ {
			m[seq] = true
		}
	}
	return s, m
}

func requireSame(t *rapid.T, what string, s history.Sequences, m model) {
	want := m.sorted()
	if got := slices.Collect(s.All()); !slices.Equal(got, want) {
		t.Fatalf("%s: members %v, want %v", what, got, want)
	}
	if got := s.Bitmap().ToArray(); !slices.Equal(got, want) {
		t.Fatalf("%s: bitmap %v, want %v", what, got, want)
	}
	if s.Len() != uint64(len(m)) {
		t.Fatalf("%s: Len %d, want %d", what, s.Len(), len(m))
	}
	largest, any := s.Max()
	if any != (len(m) > 0) || (any && int64(largest) != m.max()) {
		t.Fatalf("%s: Max %d, %v; want %d", what, largest, any, m.max())
	}
	smallest, any := s.Min()
	if any != (len(m) > 0) || (any && smallest != want[0]) {
		t.Fatalf("%s: Min %d, %v; want %v", what, smallest, any, want[:1])
	}
}

func TestSequencesAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, m := drawSet(t, "a", 60)
		requireSame(t, "built", s, m)
		next := numbers.Draw(t, "next")
		var missing []uint32
		for seq := range next {
			if s.Contains(seq) != m[seq] {
				t.Fatalf("Contains(%d) = %v", seq, s.Contains(seq))
			}
			if !m[seq] {
				missing = append(missing, seq)
			}
		}
		if got := slices.Collect(s.Missing(next)); !slices.Equal(got, missing) {
			t.Fatalf("Missing(%d) = %v, want %v", next, got, missing)
		}
		if s.Complete(next) != (len(missing) == 0) {
			t.Fatalf("Complete(%d) = %v with %d missing", next, s.Complete(next), len(missing))
		}
	})
}

func TestSequencesCombine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, ma := drawSet(t, "a", 60)
		b, mb := drawSet(t, "b", 60)
		var minus []uint32
		for _, seq := range ma.sorted() {
			if !mb[seq] {
				minus = append(minus, seq)
			}
		}
		if got := a.Minus(b).ToArray(); !slices.Equal(got, minus) {
			t.Fatalf("Minus = %v, want %v", got, minus)
		}
		union := a.Clone()
		union.Union(b)
		both := model{}
		for seq := range ma {
			both[seq] = true
		}
		for seq := range mb {
			both[seq] = true
		}
		requireSame(t, "union", union, both)
		requireSame(t, "what was cloned", a, ma)
		requireSame(t, "what was added", b, mb)
		if a.Equal(b) != slices.Equal(ma.sorted(), mb.sorted()) {
			t.Fatalf("Equal(%v, %v) = %v", a, b, a.Equal(b))
		}
	})
}

func TestSequencesSurviveTheirBinaryForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, m := drawSet(t, "a", 60)
		b, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back history.Sequences
		if err := back.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		requireSame(t, "read back", back, m)
		if !back.Equal(s) {
			t.Fatalf("%v became %v", s, back)
		}
	})
}

func TestSequencesAreSmallWhenNothingIsMissing(t *testing.T) {
	b, err := history.Range(0, 100000).MarshalBinary()
	if err != nil || len(b) != 4 {
		t.Errorf("100,000 numbers in a row take %d bytes, %v; want 4", len(b), err)
	}
}

func FuzzSequences(f *testing.F) {
	for _, s := range []history.Sequences{{}, history.Range(0, 1000), history.Range(70000, 70001)} {
		b, err := s.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{5, 1, 0, 9})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s history.Sequences
		if s.UnmarshalBinary(b) != nil {
			return
		}
		again, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back history.Sequences
		if err := back.UnmarshalBinary(again); err != nil || !back.Equal(s) {
			t.Fatalf("%x became %x: %v", b, again, err)
		}
		if shortest := len(again) <= len(b); !shortest {
			t.Fatalf("%d bytes were read and %d written", len(b), len(again))
		}
	})
}

func BenchmarkSequencesInOrder(b *testing.B) {
	b.ReportAllocs()
	var s history.Sequences
	seq := uint32(0)
	for b.Loop() {
		s.Add(seq)
		seq++
	}
}
