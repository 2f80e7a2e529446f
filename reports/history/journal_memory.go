package history

import (
	"bytes"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// memory is the file of a journal of which nothing shall be left when the process ends, however it ends.
type memory struct{ bytes.Buffer }

func (*memory) Sync() error  { return nil }
func (*memory) Close() error { return nil }

// Details returns, by publisher and sequence number, the lives of the messages named in want, from the journals of this
// record. It is meant for the time after [Recorder.Finish]: what is not written yet is missing. Without journals,
// neither in a folder nor in memory, nothing is known.
func (r *Recorder) Details(want map[int]*roaring.Bitmap) (map[int]map[uint32]Detail, error) {
	if r.dir != "" {
		return Details(r.dir, want)
	}
	found := make(map[int]map[uint32]Detail, len(want))
	for n, text := range r.memories {
		_, tail, err := readJournal(bytes.NewReader(text.Bytes()), int64(text.Len()), collect(want, found))
		if err != nil {
			return nil, fmt.Errorf("read journal %d in memory: %w", n, err)
		}
		if tail.Bytes > 0 {
			return nil, fmt.Errorf("read journal %d in memory: %w: %s", n, ErrJournal, tail.Reason)
		}
	}
	return found, nil
}
