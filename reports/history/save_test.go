package history_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/history"
)

// sameRun compares runs by meaning.
var sameRun = cmp.Comparer(func(a, b *hdr.Histogram) bool { return a.Equals(b) })

// drawRun draws a record that may be anything but contradictory. Small numbers make things meet.
func drawRun(t *rapid.T) *history.Run {
	small := rapid.Uint64Range(0, 5)
	at := func(label string) time.Duration { return ms(rapid.IntRange(1, 3000).Draw(t, label)) }
	run := &history.Run{
		Meta: history.Meta{
			RunID: 7, Seed: small.Draw(t, "seed"), Scenario: "story", Started: time.Unix(1700000000, 5).UTC(),
			Environment:        map[string]string{"cpus": rapid.SampledFrom([]string{"2", "4"}).Draw(t, "cpus")},
			PersistentSessions: rapid.Bool().Draw(t, "persistent"), Brokers: []string{"b1", "b2"},
		},
		Phases:    []history.Phase{{Name: "measure", Began: at("began"), Ended: at("ended")}},
		Phantoms:  small.Draw(t, "phantoms"),
		Generator: history.Generator{Late: small.Draw(t, "late"), Written: small.Draw(t, "written")},
		Complete:  rapid.Bool().Draw(t, "complete"),
		Injections: []history.Injection{
			{Fault: "kill", Began: ms(100), Applied: at("applied"), Healed: at("healed"), Targets: []int{1}},
		}[:rapid.IntRange(0, 1).Draw(t, "injections")],
		Brokers:   []history.Broker{{Name: "b1", CPU: at("cpu")}, {Name: "b2"}},
		Latencies: map[history.Window]map[history.Metric]*hdr.Histogram{},
	}
	// The last publisher and the last subscriber are duplicates.
	const publishers, subscribers = 3, 3
	set := func(label string) history.Sequences { s, _ := drawSet(t, label, 5); return s }
	for n := range publishers {
		run.Publishers = append(run.Publishers, history.Publisher{
			Client: string(rune('p' + n)), Group: "sensors", Topic: "plant/p", QoS: 1, Rate: 2.5, Planned: 75, Window: n, Original: min(n, 1),
			Due:  small.Draw(t, "due"),
			Next: uint32(small.Draw(t, "next")), Acknowledged: set("acked"), InDoubt: set("in doubt"), Unsent: set("unsent"),
		})
	}
	for n := range subscribers {
		run.Subscribers = append(run.Subscribers, history.Subscriber{
			Client: string(rune('s' + n)), Filters: []string{"plant/#"}, QoS: 1, Account: min(n, 1),
		})
		for publisher := range publishers {
			if n < 2 && rapid.Bool().Draw(t, "asked") {
				run.Flows = append(run.Flows, drawFlow(t, run.Flows, n, publisher))
			}
		}
	}
	client := func() history.ClientRef {
		return history.ClientRef{Subscriber: rapid.Bool().Draw(t, "is subscriber"), Number: rapid.IntRange(0, 1).Draw(t, "client")}
	}
	for range small.Draw(t, "events") {
		run.Events = append(run.Events, history.Event{
			At: at("event"), Client: client(), Broker: rapid.IntRange(-1, 1).Draw(t, "broker"),
			Kind:   rapid.SampledFrom([]history.EventKind{history.Connected, history.Disconnected}).Draw(t, "kind"),
			Detail: rapid.SampledFrom([]string{"", "reset"}).Draw(t, "detail"),
		})
	}
	for range len(run.Injections) * int(small.Draw(t, "resumptions")) {
		run.Resumptions = append(run.Resumptions, history.Resumption{Client: client(), At: at("resumed")})
	}
	for range small.Draw(t, "oddities") {
		run.Oddities = append(run.Oddities, history.Oddity{
			Kind: history.Duplicate, At: at("odd"), Publisher: rapid.IntRange(-1, 2).Draw(t, "publisher"), Topic: "plant/p",
		})
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(t, "samples") {
		window := rapid.SampledFrom([]history.Window{history.Before, history.After}).Draw(t, "window")
		if run.Latencies[window] == nil {
			run.Latencies[window] = map[history.Metric]*hdr.Histogram{history.EndToEnd: history.NewHistogram()}
		}
		if err := run.Latencies[window][history.EndToEnd].RecordValue(int64(at("sample"))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "seconds") {
		run.Timeline = append(run.Timeline, history.Second{
			At: ms(700*(i+1)) + at("drift")/10, Width: ms(700), Due: small.Draw(t, "due"), EndToEndP99: at("p99"),
			Brokers: []history.BrokerSample{{Up: true, CPU: at("cpu")}},
		})
	}
	return run
}

// drawFlow draws a flow with at least as many copies as it shares messages with the original's, the flow before it.
func drawFlow(t *rapid.T, flows []history.Flow, account, publisher int) history.Flow {
	small := rapid.Uint64Range(0, 5)
	delivered, _ := drawSet(t, "delivered", 5)
	f := history.Flow{
		Account: account, Publisher: publisher, Delivered: delivered, Duplicated: small.Draw(t, "duplicated"),
		Reordered: small.Draw(t, "reordered"), Copies: small.Draw(t, "copies"),
	}
	if n := len(flows); n > 0 && publisher == 2 && flows[n-1].Publisher == 1 && flows[n-1].Account == account {
		f.Copies += delivered.Bitmap().AndCardinality(flows[n-1].Delivered.Bitmap())
	}
	return f
}

func TestRecordSurvivesItsForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := drawRun(t)
		text, err := history.Encode(run)
		if err != nil {
			t.Fatal(err)
		}
		back, err := history.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(run, back, sameRun); diff != "" {
			t.Fatalf("record (-written +read):\n%s", diff)
		}
	})
}

// saved records a little, saves it and returns the folder and the text of the record.
func saved(tb testing.TB) (dir string, text []byte) {
	tb.Helper()
	o := fleet(2, 1, 1)
	o.Dir = tb.TempDir()
	r := record(tb, o)
	for seq := range uint32(5) {
		sends(r.Publisher(0), seq, ms(int(seq)))
		acks(r.Publisher(0), seq, ms(int(seq)))
		receives(r.Subscriber(0), 0, seq, ms(int(seq)))
	}
	r.Publisher(0).Connected(ms(1), 0, false, ms(1))
	finish(tb, r)
	text, err := os.ReadFile(filepath.Join(o.Dir, "record.mqb"))
	if err != nil {
		tb.Fatal(err)
	}
	return o.Dir, text
}

func TestLoadGivesWhatFinishGave(t *testing.T) {
	o := fleet(2, 2, 1)
	o.Dir = t.TempDir()
	r := record(t, o)
	r.BeginPhase("measure")
	at := r.Now()
	fault(r, at, 0)
	sends(r.Publisher(0), 0, at+ms(1))
	acks(r.Publisher(0), 0, at+ms(1))
	receives(r.Subscriber(1), 0, 0, at+ms(1))
	r.BrokerExit(0, history.Exit{At: at, Expected: true, Detail: "signal: killed"})
	r.Tick(at+time.Second, history.Sample{Generator: history.GeneratorSample{CPU: ms(10)}, Brokers: []history.BrokerSample{{Up: true}}})
	run := finish(t, r)
	back, err := history.Load(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(run, back, sameRun); diff != "" {
		t.Errorf("record (-finished +loaded):\n%s", diff)
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	stories := map[string]struct {
		change func(text []byte) []byte
		cause  error
		want   string
	}{
		"empty":           {func([]byte) []byte { return nil }, history.ErrForeign, "not a record of mqbench"},
		"something else":  {func([]byte) []byte { return []byte("{\"schema\": 1}") }, history.ErrForeign, "not a record of mqbench"},
		"cut in the head": {func(b []byte) []byte { return b[:15] }, history.ErrDamaged, "damaged record: it ends in the header"},
		"newer":           {func(b []byte) []byte { b[8] = 5; return b }, history.ErrNewer, "record of a newer mqbench: schema 5, this one reads up to 4"},
		"schema 0":        {func(b []byte) []byte { b[8] = 0; return b }, history.ErrDamaged, "damaged record: schema 0"},
		"followed":        {func(b []byte) []byte { return append(b, 1, 2) }, history.ErrDamaged, "damaged record: 2 bytes follow its end"},
		"a flipped bit":   {func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, history.ErrDamaged, "damaged record: the checksum does not fit"},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			dir, text := saved(t)
			path := filepath.Join(dir, "record.mqb")
			if err := os.WriteFile(path, story.change(text), 0o644); err != nil {
				t.Fatal(err)
			}
			run, err := history.Load(dir)
			if want := "load record \"" + path + "\": " + story.want; run != nil || err == nil || err.Error() != want {
				t.Errorf("error %v, want %q", err, want)
			}
			if !errors.Is(err, story.cause) {
				t.Errorf("error %v is not %v", err, story.cause)
			}
		})
	}
	if _, err := history.Load(t.TempDir()); !errors.Is(err, history.ErrNoRecord) {
		t.Errorf("an empty folder gives %v", err)
	}
}

// A record of the first schema knows nothing of copies, and its shape says whether sessions were shared.
func TestOldRecordIsRead(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "schema-1.mqb"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := history.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if run.Meta.Shape != "independent" || run.Meta.SharedSessions || len(run.Publishers) != 2 || len(run.Injections) != 1 {
		t.Errorf("meta %+v, %d publishers, %d injections", run.Meta, len(run.Publishers), len(run.Injections))
	}
	for n, p := range run.Publishers {
		if p.Original != n || p.Due != 5 || p.Next != 5 {
			t.Errorf("publisher %d: %+v", n, p)
		}
	}
	want := []history.Flow{
		{Account: 0, Publisher: 0, Delivered: history.Range(0, 5), Duplicated: 1}, {Account: 0, Publisher: 1},
		{Account: 1, Publisher: 0}, {Account: 1, Publisher: 1, Delivered: history.Range(0, 5)},
	}
	if diff := cmp.Diff(want, run.Flows); diff != "" {
		t.Errorf("flows (-want +got):\n%s", diff)
	}
}

func TestRecordCutAnywhereIsRefused(t *testing.T) {
	_, text := saved(t)
	for cut := range text {
		if _, err := history.Decode(text[:cut]); !errors.Is(err, history.ErrDamaged) && (cut > 0 || !errors.Is(err, history.ErrForeign)) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

func TestFailedSaveLeavesTheFormerRecord(t *testing.T) {
	dir, text := saved(t)
	broken := &history.Run{Latencies: map[history.Window]map[history.Metric]*hdr.Histogram{
		history.Before: {history.EndToEnd: hdr.New(1, 1000, 2)},
	}}
	if err := history.Save(dir, broken); err == nil {
		t.Error("a histogram of another geometry is saved")
	}
	after, err := os.ReadFile(filepath.Join(dir, "record.mqb"))
	if err != nil || !bytes.Equal(text, after) {
		t.Errorf("the former record has changed: %v", err)
	}
}

// What kill -9 leaves is what has reached the files: the last checkpoint and the journals so far.
func TestWhatACrashLeaves(t *testing.T) {
	o := fleet(1, 1, 1)
	o.Dir = t.TempDir()
	r := record(t, o)
	p, s := r.Publisher(0), r.Subscriber(0)
	for seq := range uint32(3) {
		sends(p, seq, ms(int(seq)))
	}
	acks(p, 0, ms(0))
	p.Unsent(3)
	receives(s, 0, 0, ms(0))
	// A receipt may be noted before the write that caused it.
	receives(s, 0, 4, ms(4))
	if err := r.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	acks(p, 1, ms(1))
	r.Tick(r.Now(), history.Sample{})

	run, err := history.Load(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	got := run.Publishers[0]
	if run.Complete || got.Next != 5 || got.Acknowledged.String() != "0" || got.InDoubt.String() != "1-2 4" || got.Unsent.String() != "3" {
		t.Errorf("complete %v, publisher %+v: acknowledged %v, in doubt %v", run.Complete, got, got.Acknowledged, got.InDoubt)
	}
	known := 0
	tails, err := history.ScanJournals(o.Dir, func(history.Detail) { known++ })
	if err != nil || len(tails) != 0 || known != 2 {
		t.Errorf("the journals know %d messages, tails %v, %v", known, tails, err)
	}
}

func TestReferencesToNothingAreRefused(t *testing.T) {
	stories := map[string]func(run *history.Run){
		"a flow of no publisher":         func(run *history.Run) { run.Flows = []history.Flow{{Publisher: 1}} },
		"a flow to no account":           func(run *history.Run) { run.Flows = []history.Flow{{Account: 1}} },
		"a subscriber without account":   func(run *history.Run) { run.Subscribers[0].Account = 1 },
		"an event of nobody":             func(run *history.Run) { run.Events = []history.Event{{Client: history.ClientRef{Number: 1}}} },
		"a resumption from no injection": func(run *history.Run) { run.Resumptions = []history.Resumption{{Injection: 1}} },
		"a resumption of no subscriber":  func(run *history.Run) { run.Resumptions[0].Client = history.ClientRef{Subscriber: true, Number: 1} },
		"an oddity of no publisher":      func(run *history.Run) { run.Oddities = []history.Oddity{{Publisher: 1}} },
		"an oddity at no subscriber":     func(run *history.Run) { run.Oddities = []history.Oddity{{Subscriber: 1}} },
		"a copy of nothing":              func(run *history.Run) { run.Publishers[0].Original = 1 },
		"a copy of another than the one before": func(run *history.Run) {
			run.Publishers = append(run.Publishers, history.Publisher{Client: "q", Original: 1}, history.Publisher{Client: "r"})
		},
		"nothing that is wrong, for a check": func(*history.Run) {},
	}
	for name, change := range stories {
		run := &history.Run{
			Publishers: []history.Publisher{{Client: "p"}}, Subscribers: []history.Subscriber{{Client: "s"}},
			Injections: []history.Injection{{Fault: "kill"}}, Resumptions: []history.Resumption{{}},
		}
		change(run)
		text, err := history.Encode(run)
		if err != nil {
			t.Fatal(err)
		}
		_, err = history.Decode(text)
		if sound := name == "nothing that is wrong, for a check"; (err == nil) != sound || (!sound && !errors.Is(err, history.ErrDamaged)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRecord(f *testing.F) {
	_, text := saved(f)
	f.Add(text)
	f.Add(text[:20])
	f.Add([]byte("MQBHIST\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if run, err := history.Decode(text); (run == nil) == (err == nil) {
			t.Fatalf("run %v, error %v", run, err)
		}
	})
}

func FuzzBody(f *testing.F) {
	f.Add([]byte{2, '{', '}', 0, 0, 0, 0, 0, 0, 0})
	body, err := history.EncodeBody(rapid.Custom(drawRun).Example(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add(binary.AppendUvarint([]byte{2, '{', '}'}, 1<<40))
	f.Fuzz(func(t *testing.T, body []byte) {
		run, err := history.DecodeBody(body)
		if err != nil {
			return
		}
		again, err := history.EncodeBody(run)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := history.DecodeBody(again); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}
