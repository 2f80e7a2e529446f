package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

// ErrJournal is wrapped by the errors about journals that cannot be read.
var ErrJournal = errors.New("not a readable journal")

// A Tail is the end of a journal that is not a whole block, as kill -9 and a full disk leave it.
type Tail struct {
	File string
	// Offset is where the whole blocks end, Bytes how many follow.
	Offset, Bytes int64
	Reason        string
}

// Details returns, by publisher and sequence number, the lives of the messages named in want that the journals in dir
// know. What a journal lost at its end is missing in the result without an error: [ScanJournals] tells of it.
func Details(dir string, want map[int]*roaring.Bitmap) (map[int]map[uint32]Detail, error) {
	found := make(map[int]map[uint32]Detail, len(want))
	_, err := ScanJournals(dir, collect(want, found))
	if err != nil {
		return nil, err
	}
	return found, nil
}

// collect returns a function that puts those of its details that are wanted into found.
func collect(want map[int]*roaring.Bitmap, found map[int]map[uint32]Detail) func(d Detail) {
	return func(d Detail) {
		if wanted := want[d.Publisher]; wanted == nil || !wanted.Contains(d.Sequence) {
			return
		}
		if found[d.Publisher] == nil {
			found[d.Publisher] = make(map[uint32]Detail)
		}
		found[d.Publisher][d.Sequence] = d
	}
}

// ScanJournals calls each for every message in the journals of dir, those of one publisher in the order of settlement,
// and returns what was left at the files' ends. Journals of different runs in one folder, another version and foreign
// files are errors that wrap [ErrJournal].
func ScanJournals(dir string, each func(d Detail)) ([]Tail, error) {
	files, err := filepath.Glob(filepath.Join(dir, journalPattern))
	if err != nil {
		return nil, fmt.Errorf("find journals: %w", err)
	}
	slices.Sort(files)
	var tails []Tail
	var runs []uint64
	for _, file := range files {
		run, tail, err := scanJournal(file, each)
		if err != nil {
			return nil, err
		}
		if tail.Bytes > 0 {
			tails = append(tails, tail)
		}
		if run != 0 {
			runs = append(runs, run)
		}
	}
	slices.Sort(runs)
	if runs = slices.Compact(runs); len(runs) > 1 {
		return nil, fmt.Errorf("%w: %q holds journals of %d runs", ErrJournal, dir, len(runs))
	}
	return tails, nil
}

// scanJournal reads one file. run is 0 where a crash left not even a header.
func scanJournal(path string, each func(d Detail)) (run uint64, tail Tail, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, Tail{}, fmt.Errorf("open journal: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return 0, Tail{}, fmt.Errorf("open journal: %w", err)
	}
	run, tail, err = readJournal(file, info.Size(), each)
	tail.File = path
	if err != nil {
		return 0, tail, fmt.Errorf("read journal %q: %w", path, err)
	}
	return run, tail, nil
}

// readJournal reads a journal of size bytes. Blocks are taken until one is cut off or broken: the rest is the tail.
func readJournal(r io.Reader, size int64, each func(d Detail)) (run uint64, tail Tail, err error) {
	header := make([]byte, journalHeaderSize)
	n, err := io.ReadFull(r, header)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, Tail{}, err
	}
	if known := min(n, len(journalMagic)); string(header[:known]) != journalMagic[:known] {
		return 0, Tail{}, fmt.Errorf("%w: it does not start as one", ErrJournal)
	}
	if n == 0 {
		return 0, Tail{}, nil
	}
	if n < journalHeaderSize {
		return 0, Tail{Bytes: size, Reason: "the header is cut off"}, nil
	}
	version := binary.LittleEndian.Uint16(header[len(journalMagic):])
	if version != journalVersion {
		return 0, Tail{}, fmt.Errorf("%w: version %d, this mqbench reads %d", ErrJournal, version, journalVersion)
	}
	run = binary.LittleEndian.Uint64(header[len(journalMagic)+2:])
	offset := int64(journalHeaderSize)
	block := make([]byte, blockSize)
	for offset < size {
		length, reason, err := readBlock(r, block)
		if err != nil {
			return run, Tail{}, err
		}
		if reason == "" && !readDetails(block[:length], each) {
			reason = "a block holds something else than details"
		}
		if reason != "" {
			return run, Tail{Offset: offset, Bytes: size - offset, Reason: reason}, nil
		}
		offset += int64(blockHeaderSize + length)
	}
	return run, Tail{}, nil
}

// readBlock reads the payload of a block into block. reason says why there is no whole one.
func readBlock(r io.Reader, block []byte) (length int, reason string, err error) {
	cut := func(err error) (int, string, error) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, "a block is cut off", nil
		}
		return 0, "", err
	}
	var header [blockHeaderSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return cut(err)
	}
	length = int(binary.LittleEndian.Uint32(header[:]))
	if length == 0 || length > len(block) {
		return 0, fmt.Sprintf("a block of %d bytes", length), nil
	}
	if _, err := io.ReadFull(r, block[:length]); err != nil {
		return cut(err)
	}
	if castagnoli(block[:length]) != binary.LittleEndian.Uint32(header[4:]) {
		return 0, "a block's checksum does not fit", nil
	}
	return length, "", nil
}

// readDetails calls each for the details of a payload; false when it holds something else.
func readDetails(b []byte, each func(d Detail)) bool {
	var last Detail
	for len(b) > 0 {
		d, rest, ok := readDetail(b, last)
		if !ok {
			return false
		}
		each(d)
		b, last = rest, d
	}
	return true
}

// readDetail undoes appendDetail.
func readDetail(b []byte, last Detail) (d Detail, rest []byte, ok bool) {
	flags := b[0]
	if flags&unknownFlags != 0 {
		return Detail{}, nil, false
	}
	b, ok = b[1:], true
	unsigned := func(limit uint64) uint64 {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > limit {
			ok = false
			return 0
		}
		b = b[size:]
		return n
	}
	span := func() time.Duration {
		n, size := binary.Varint(b)
		if size <= 0 {
			ok = false
			return 0
		}
		b = b[size:]
		return time.Duration(n)
	}
	d = Detail{Outcome: Outcome(flags & outcomeMask), Broker: last.Broker}
	d.Publisher = int(unsigned(1<<31 - 1))
	d.Sequence = uint32(unsigned(1<<32 - 1))
	d.Intended = last.Intended + span()
	d.Written = d.Intended + span()
	if flags&hasSettled != 0 {
		d.Settled = d.Written + span()
	}
	if flags&hasReason != 0 && ok {
		if ok = len(b) > 0; ok {
			d.Reason, b = b[0], b[1:]
		}
	}
	if flags&sameBroker == 0 {
		d.Broker = int(unsigned(1<<31 - 1))
	}
	return d, b, ok
}
