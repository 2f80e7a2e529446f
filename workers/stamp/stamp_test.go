package stamp_test

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/workers/stamp"
)

// sample is a stamp with a distinct value in every field.
var sample = stamp.Stamp{
	Run: 0x0102030405060708, Publisher: 4999, Sequence: 77, Intended: 12345678901, Sent: 12345679999,
}

// stamps draws stamps.
func stamps() *rapid.Generator[stamp.Stamp] {
	return rapid.Custom(func(t *rapid.T) stamp.Stamp {
		return stamp.Stamp{
			Run: rapid.Uint64().Draw(t, "run"), Publisher: rapid.Uint32().Draw(t, "publisher"),
			Sequence: rapid.Uint32().Draw(t, "sequence"),
			Intended: time.Duration(rapid.Int64().Draw(t, "intended")),
			Sent:     time.Duration(rapid.Int64().Draw(t, "sent")),
		}
	})
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := stamps().Draw(t, "stamp")
		payload := bytes.Repeat([]byte{0xff}, rapid.IntRange(stamp.Size, 3000).Draw(t, "length"))
		want.Put(payload)
		got, err := stamp.Read(payload)
		if err != nil || got != want {
			t.Fatalf("read %+v, %v; put %+v", got, err, want)
		}
	})
}

// What the buffer held before must not show: the same stamp and length give the same bytes.
func TestPutIsDeterministic(t *testing.T) {
	for _, length := range []int{stamp.Size, stamp.Size + 1, 103, 104, 105, 1000, 70_000} {
		a, b := make([]byte, length), bytes.Repeat([]byte{0xee}, length)
		sample.Put(a)
		sample.Put(b)
		if !bytes.Equal(a, b) {
			t.Errorf("length %d: the payload depends on the buffer", length)
		}
	}
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	payload := make([]byte, 200)
	sample.Put(payload)
	for bit := range 8 * len(payload) {
		payload[bit/8] ^= 1 << (bit % 8)
		if _, err := stamp.Read(payload); err == nil {
			t.Errorf("bit %d flipped and not noticed", bit)
		}
		payload[bit/8] ^= 1 << (bit % 8)
	}
}

func TestReasons(t *testing.T) {
	whole := func(length int) []byte {
		payload := make([]byte, length)
		sample.Put(payload)
		return payload
	}
	changed := func(at int) []byte {
		payload := whole(100)
		payload[at] ^= 0x40
		return payload
	}
	tests := []struct {
		name    string
		payload []byte
		want    error
	}{
		{"empty", nil, stamp.ErrForeign},
		{"one byte", []byte{0xb5}, stamp.ErrForeign},
		{"a text", []byte("hello, this is a foreign message of more than forty bytes"), stamp.ErrForeign},
		{"another version", changed(1), stamp.ErrForeign},
		{"cut in the stamp", whole(100)[:39], stamp.ErrTruncated},
		{"cut to the stamp", whole(100)[:40], stamp.ErrTruncated},
		{"cut by one byte", whole(100)[:99], stamp.ErrTruncated},
		{"grown by one byte", append(whole(100), 0), stamp.ErrTruncated},
		{"a long one cut", whole(100_000)[:99_999], stamp.ErrCorrupt}, // its length does not fit the stamp
		{"wrong publisher", changed(13), stamp.ErrCorrupt},
		{"wrong checksum", changed(37), stamp.ErrCorrupt},
		{"wrong filler", changed(99), stamp.ErrCorrupt},
		{"zeros behind the magic", append([]byte{0xb5, 0x01}, make([]byte, 38)...), stamp.ErrTruncated},
	}
	for _, test := range tests {
		if got, err := stamp.Read(test.payload); !errors.Is(err, test.want) || got != (stamp.Stamp{}) {
			t.Errorf("%s: got %+v, %v; want error %q", test.name, got, err, test.want)
		}
	}
}

func TestPutRefusesShortPayload(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a payload of 39 bytes was accepted")
		}
	}()
	sample.Put(make([]byte, stamp.Size-1))
}

func TestPutAndReadDoNotAllocate(t *testing.T) {
	payload := make([]byte, 128)
	allocs := testing.AllocsPerRun(100, func() {
		sample.Put(payload)
		if _, err := stamp.Read(payload); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations per message", allocs)
	}
}

func FuzzRead(f *testing.F) {
	for _, length := range []int{stamp.Size, 41, 128, 70_000} {
		payload := make([]byte, length)
		sample.Put(payload)
		f.Add(payload)
		f.Add(payload[:length-1])
	}
	extreme := make([]byte, stamp.Size)
	stamp.Stamp{Run: math.MaxUint64, Publisher: math.MaxUint32, Sequence: math.MaxUint32, Intended: -1, Sent: -1}.Put(extreme)
	f.Add(extreme)
	f.Add([]byte{})
	f.Add([]byte{0xb5, 0x01})
	f.Add([]byte("plain text"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		got, err := stamp.Read(payload)
		if err != nil {
			if got != (stamp.Stamp{}) {
				t.Errorf("an error and a stamp: %+v, %v", got, err)
			}
			return
		}
		// Whatever reads as a stamp carries the stamp and checksum that Put writes; only the filler may be another's.
		again := make([]byte, len(payload))
		got.Put(again)
		if !bytes.Equal(payload[:36], again[:36]) {
			t.Errorf("read %+v from % x, which Put writes as % x", got, payload[:40], again[:40])
		}
	})
}

func BenchmarkPut128(b *testing.B) {
	payload := make([]byte, 128)
	b.ReportAllocs()
	for b.Loop() {
		sample.Put(payload)
	}
}

func BenchmarkRead128(b *testing.B) {
	payload := make([]byte, 128)
	sample.Put(payload)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := stamp.Read(payload); err != nil {
			b.Fatal(err)
		}
	}
}
