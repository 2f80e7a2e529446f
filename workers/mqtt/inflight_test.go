package mqtt

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A waiting is a message of the model.
type waiting struct {
	id    uint16
	token uint64
}

// The ring, its stragglers and pinned identifiers behave like a plain list: the same messages in the same order,
// found by identifiers of which none is given out twice, in memory proportional to the window.
func TestInflightIsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		window := rapid.IntRange(1, 20).Draw(t, "window")
		f := inflight{first: rapid.Uint16().Draw(t, "first")}
		var model []waiting
		var pinned []uint16
		token := uint64(0)
		inUse := func(id uint16) bool {
			return slices.Contains(pinned, id) || slices.ContainsFunc(model, func(w waiting) bool { return w.id == id })
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				if len(model) == window {
					t.Skip()
				}
				token++
				id := f.add(entry{token: token, stage: awaitAck}, window)
				if id == 0 || inUse(id) {
					t.Fatalf("identifier %d is in use or 0", id)
				}
				model = append(model, waiting{id, token})
			},
			"settle": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip()
				}
				// The newest are settled most often, so that old ones become stragglers.
				i := max(rapid.IntRange(0, len(model)-1).Draw(t, "i"), rapid.IntRange(0, len(model)-1).Draw(t, "j"))
				if got := f.settle(model[i].id, f.find(model[i].id)); got != model[i].token {
					t.Fatalf("settled %d, want %d", got, model[i].token)
				}
				if f.find(model[i].id) != nil {
					t.Fatal("found after it was settled")
				}
				model = slices.Delete(model, i, i+1)
			},
			"many": func(t *rapid.T) {
				for range rapid.IntRange(1, 70_000).Draw(t, "n") {
					if len(model) == window {
						break
					}
					token++
					id := f.add(entry{token: token, stage: awaitAck}, window)
					if inUse(id) {
						t.Fatalf("identifier %d is in use", id)
					}
					f.settle(id, f.find(id))
				}
			},
			"pin": func(t *rapid.T) {
				if len(pinned) == 3 {
					f.unpin(pinned[0])
					pinned = pinned[1:]
				}
				id := f.pin(window)
				if id == 0 || inUse(id) {
					t.Fatalf("identifier %d is in use or 0", id)
				}
				pinned = append(pinned, id)
			},
			"expire": func(*rapid.T) { f.expire() },
			"clear": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "seldom") == 0 {
					f.clear()
					model = nil
				}
			},
			"": func(t *rapid.T) { sameAsModel(t, &f, model, window) },
		})
	})
}

// sameAsModel compares, and looks at the memory.
func sameAsModel(t *rapid.T, f *inflight, model []waiting, window int) {
	var got []waiting
	stale := 0
	for id, e := range f.all {
		got = append(got, waiting{id, e.token})
		if e.stale {
			stale++
		}
		if f.find(id) != e {
			t.Fatalf("%d is not found where it is", id)
		}
	}
	if !slices.Equal(got, model) || f.unsettled != len(model) || f.stale != stale {
		t.Fatalf("got %v (%d, %d stale), want %v (%d stale)", got, f.unsettled, f.stale, model, stale)
	}
	if len(f.ring) > 4*max(window, smallestRing) || len(f.stragglers) > window {
		t.Fatalf("%d slots and %d stragglers for a window of %d", len(f.ring), len(f.stragglers), window)
	}
}

// The largest window uses every identifier once.
func TestInflightFull(t *testing.T) {
	f := inflight{first: 40_000}
	seen := make(map[uint16]bool)
	for i := range identifiers {
		id := f.add(entry{token: uint64(i), stage: awaitAck}, identifiers)
		if id == 0 || seen[id] {
			t.Fatalf("message %d: identifier %d is 0 or in use", i, id)
		}
		seen[id] = true
	}
	next := 0
	for id, e := range f.all {
		if e.token != uint64(next) || f.find(id) != e {
			t.Fatalf("message %d is %d", next, e.token)
		}
		next++
	}
	if next != identifiers {
		t.Fatalf("%d messages, want %d", next, identifiers)
	}
	f.settle(777, f.find(777))
	if id := f.add(entry{stage: awaitAck}, identifiers); id != 777 {
		t.Errorf("identifier %d, want the only one that is free", id)
	}
}

// A message that nobody acknowledges does not make the others cost more.
func TestStraggler(t *testing.T) {
	d := newDiary()
	s, l := offline(Options{InFlight: 4}, d)
	reserve := func(token uint64) {
		t.Helper()
		copy(s.Reserve("t", 1, false, 1, token), "x")
		l.pending()
	}
	reserve(0)
	for token := range uint64(75_000) {
		reserve(token + 1)
		id := identifier(s.flight.first, s.flight.count-1)
		if _, err := l.handle(ack(typePuback, id, 0), 0); err != nil {
			t.Fatal(err)
		}
		if want := []string{fmt.Sprintf("ack %d 0x00", token+1)}; !slices.Equal(d.lines, want) {
			t.Fatalf("got %q, want %q", d.lines, want)
		}
		d.lines = d.lines[:0]
	}
	if s.InFlight() != 1 || len(s.flight.ring) > 16 {
		t.Errorf("%d in flight, %d slots", s.InFlight(), len(s.flight.ring))
	}
	if _, err := l.handle(ack(typePuback, 1, 0), 0); err != nil || !slices.Equal(d.lines, []string{"ack 0 0x00"}) {
		t.Errorf("got %q, %v, want the first message", d.lines, err)
	}
}
