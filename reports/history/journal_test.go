package history_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/history"
)

// journals returns the paths of the journals in dir.
func journals(tb testing.TB, dir string) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "journal-*"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("journals in %q: %v, %v", dir, files, err)
	}
	return files
}

// drawTime draws times that are close to each other, far apart, and out of order.
var drawTime = rapid.OneOf(rapid.Int64Range(0, int64(time.Hour)), rapid.Int64Range(0, 1000), rapid.Int64())

func TestJournalKeepsEveryLife(t *testing.T) {
	parent, runs := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		dir := filepath.Join(parent, strconv.Itoa(runs))
		if err := os.Mkdir(dir, 0o755); err != nil {
			rt.Fatal(err)
		}
		const publishers = 5
		o := fleet(publishers, 0, 1)
		o.Publishers[4].QoS = 0
		o.Dir, o.Lanes = dir, rapid.IntRange(1, 3).Draw(rt, "lanes")
		r := record(t, o)
		want := map[int]map[uint32]history.Detail{}
		wanted := map[int]*roaring.Bitmap{}
		for seq := range rapid.Uint32Range(0, 40).Draw(rt, "messages") {
			n := rapid.IntRange(0, publishers-1).Draw(rt, "publisher")
			p := r.Publisher(n)
			d := history.Detail{
				Publisher: n, Sequence: seq * 1000, Broker: rapid.IntRange(0, 300).Draw(rt, "broker"),
				Intended: time.Duration(drawTime.Draw(rt, "intended")), Written: time.Duration(drawTime.Draw(rt, "written")),
				Settled: time.Duration(drawTime.Draw(rt, "settled")),
			}
			p.Written(d.Sequence, d.Intended, d.Written, d.Broker, false)
			outcome := history.Outcome(rapid.ByteRange(1, 3).Draw(rt, "outcome"))
			d.Outcome = outcome
			switch {
			case n == 4:
				d.Outcome, d.Settled = history.OutcomeWritten, 0
			case outcome == history.OutcomeAcknowledged:
				d.Reason = rapid.SampledFrom([]byte{0, 0x10}).Draw(rt, "reason")
				p.Acknowledged(d.Sequence, d.Intended, d.Written, d.Settled, d.Broker, d.Reason)
			case outcome == history.OutcomeRefused:
				d.Reason = 0x97
				p.Refused(d.Sequence, d.Intended, d.Written, d.Settled, d.Broker, d.Reason)
			default:
				p.InDoubt(d.Sequence, d.Intended, d.Written, d.Settled, d.Broker)
			}
			if want[n] == nil {
				want[n], wanted[n] = map[uint32]history.Detail{}, roaring.New()
			}
			if rapid.Bool().Draw(rt, "asked for") {
				want[n][d.Sequence] = d
				wanted[n].Add(d.Sequence)
			} else if len(want[n]) == 0 {
				delete(want, n)
			}
			if rapid.IntRange(0, 9).Draw(rt, "tick") == 0 {
				r.Tick(r.Now(), history.Sample{})
			}
		}
		finish(t, r)
		got, err := history.Details(dir, wanted)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("details (-want +got):\n%s", diff)
		}
	})
}

// lives writes a journal with one lane and count messages and returns its folder and text.
func lives(tb testing.TB, count uint32) (dir string, text []byte) {
	tb.Helper()
	o := fleet(1, 0, 1)
	o.Dir, o.Lanes = tb.TempDir(), 1
	r := record(tb, o)
	for seq := range count {
		sends(r.Publisher(0), seq, ms(int(seq)))
		acks(r.Publisher(0), seq, ms(int(seq)))
		if seq%5 == 4 {
			r.Tick(r.Now(), history.Sample{})
		}
	}
	finish(tb, r)
	text, err := os.ReadFile(journals(tb, o.Dir)[0])
	if err != nil {
		tb.Fatal(err)
	}
	return o.Dir, text
}

// sequencesIn reads a journal from memory.
func sequencesIn(text []byte) (seqs []uint32, tail history.Tail, err error) {
	_, tail, err = history.ReadJournal(bytes.NewReader(text), int64(len(text)), func(d history.Detail) {
		seqs = append(seqs, d.Sequence)
	})
	return seqs, tail, err
}

func TestJournalThatWasCutOffGivesItsWholeBlocks(t *testing.T) {
	_, text := lives(t, 15)
	all, _, err := sequencesIn(text)
	if err != nil || len(all) != 15 {
		t.Fatalf("the whole journal has %d messages, %v", len(all), err)
	}
	whole := 0
	for cut := range text {
		got, tail, err := sequencesIn(text[:cut])
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if len(got)%5 != 0 || !slices.Equal(got, all[:len(got)]) {
			t.Errorf("cut at %d: messages %v", cut, got)
		}
		// Where a cut falls between blocks there is no tail, and the blocks before it are whole.
		if tail.Bytes > 0 && tail.Offset+tail.Bytes != int64(cut) || (tail.Bytes > 0) != (tail.Reason != "") {
			t.Errorf("cut at %d: tail %+v", cut, tail)
		}
		if tail.Bytes == 0 {
			whole++
		}
	}
	if want := 4; whole != want {
		t.Errorf("%d cuts leave no tail, want the empty file and %d ends of header and blocks", whole, want-1)
	}
}

func TestJournalWithAFlippedBitGivesWhatLiesBeforeIt(t *testing.T) {
	_, text := lives(t, 15)
	for at := 18; at < len(text); at++ {
		broken := bytes.Clone(text)
		broken[at] ^= 0x10
		got, tail, err := sequencesIn(broken)
		if err != nil || tail.Bytes == 0 || len(got) >= 15 || len(got)%5 != 0 {
			t.Errorf("flipped at %d: %d messages, tail %+v, %v", at, len(got), tail, err)
		}
	}
}

func TestTailsAreReportedByFile(t *testing.T) {
	dir, text := lives(t, 15)
	path := journals(t, dir)[0]
	if err := os.WriteFile(path, text[:len(text)-3], 0o644); err != nil {
		t.Fatal(err)
	}
	count := 0
	tails, err := history.ScanJournals(dir, func(history.Detail) { count++ })
	if err != nil || count != 10 || len(tails) != 1 || tails[0].File != path || tails[0].Reason != "a block is cut off" {
		t.Errorf("%d messages, tails %+v, %v", count, tails, err)
	}
}

func TestForeignJournalsAreRefused(t *testing.T) {
	stories := map[string]func(text []byte) []byte{
		"something else": func([]byte) []byte { return []byte("hello, world, this is no journal") },
		"a newer one":    func(text []byte) []byte { text[8]++; return text },
	}
	for name, change := range stories {
		t.Run(name, func(t *testing.T) {
			dir, text := lives(t, 5)
			if err := os.WriteFile(journals(t, dir)[0], change(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := history.Details(dir, nil); !errors.Is(err, history.ErrJournal) {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("of two runs", func(t *testing.T) {
		dir, text := lives(t, 5)
		text[10]++
		if err := os.WriteFile(filepath.Join(dir, "journal-99"), text, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := history.Details(dir, nil); !errors.Is(err, history.ErrJournal) {
			t.Errorf("error %v", err)
		}
	})
}

func TestJournalWithoutTicksIsWhole(t *testing.T) {
	const count = 500_000
	o := fleet(1, 0, 0)
	o.Dir, o.Lanes = t.TempDir(), 1
	r := record(t, o)
	for seq := range uint32(count) {
		r.Publisher(0).Written(seq, ms(int(seq)), ms(int(seq))+1, 0, false)
	}
	unfinished, err := os.Stat(journals(t, o.Dir)[0])
	if err != nil || unfinished.Size() < history.BlockSize {
		t.Errorf("the journal waits in memory without a bound: %v, %v", unfinished.Size(), err)
	}
	finish(t, r)
	next := uint32(0)
	tails, err := history.ScanJournals(o.Dir, func(d history.Detail) {
		if d.Sequence != next || d.Written-d.Intended != 1 {
			t.Fatalf("message %d is %+v", next, d)
		}
		next++
	})
	if err != nil || len(tails) != 0 || next != count {
		t.Errorf("%d of %d messages, tails %v, %v", next, count, tails, err)
	}
}

func TestAFolderHoldsOneRecord(t *testing.T) {
	dir, _ := lives(t, 5)
	o := fleet(1, 0, 1)
	o.Dir = dir
	if _, err := history.NewRecorder(o); err == nil {
		t.Error("a second recorder writes into the folder of the first")
	}
}

func FuzzJournal(f *testing.F) {
	_, text := lives(f, 10)
	f.Add(text)
	f.Add(text[:len(text)-1])
	f.Add(text[:12])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		_, tail, err := sequencesIn(text)
		if err == nil && (tail.Bytes < 0 || tail.Bytes > int64(len(text))) {
			t.Fatalf("tail %+v of %d bytes", tail, len(text))
		}
	})
}

// A record in memory knows the same lives as one in a folder, and leaves nothing behind.
func TestJournalsInMemory(t *testing.T) {
	tell := func(o history.Options) *history.Recorder {
		r := record(t, o)
		for n := range 3 {
			// More than a block holds, so that some is written before the end.
			for seq := range uint32(20_000) {
				sends(r.Publisher(n), seq, ms(int(seq)))
				acks(r.Publisher(n), seq, ms(int(seq)))
			}
		}
		finish(t, r)
		return r
	}
	folder, inMemory, nowhere := fleet(3, 0, 1), fleet(3, 0, 1), fleet(3, 0, 1)
	folder.Dir, inMemory.InMemory = t.TempDir(), true
	want := map[int]*roaring.Bitmap{0: roaring.BitmapOf(0, 7, 19_999), 2: roaring.BitmapOf(12_345, 20_000)}
	find := func(o history.Options) map[int]map[uint32]history.Detail {
		found, err := tell(o).Details(want)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	kept := find(folder)
	if len(kept[0]) != 3 || len(kept[2]) != 1 {
		t.Fatalf("the folder knows %v", kept)
	}
	if diff := cmp.Diff(kept, find(inMemory)); diff != "" {
		t.Errorf("in a folder and in memory (-folder +memory):\n%s", diff)
	}
	if found := find(nowhere); len(found) != 0 {
		t.Errorf("a record without journals knows %v", found)
	}
}
