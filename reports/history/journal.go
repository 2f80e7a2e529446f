package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// The journals keep the life of every message, so that a loss can be told with its times. A lane of publishers writes
// one file:
//
//	header: "MQBJRNL\n", version uint16, run id uint64
//	block:  length uint32, CRC-32C of the payload uint32, payload
//
// all little endian. A payload is a number of details, each coded against the one before in its block; see
// appendDetail. A file ends where its last whole block ends: kill -9 may leave part of one behind.
const (
	journalMagic      = "MQBJRNL\n"
	journalVersion    = 1
	journalHeaderSize = len(journalMagic) + 2 + 8
	blockHeaderSize   = 8
	// blockSize bounds a payload; detailSize bounds what one detail takes.
	blockSize  = 64 << 10
	detailSize = 64
	// fullBlocks bounds the blocks that wait in memory for the next tick. Beyond it the client that fills one more
	// writes it.
	fullBlocks = 64
)

// journalName is the name of the journal of a lane.
func journalName(lane int) string { return fmt.Sprintf("journal-%02d", lane) }

// journalPattern matches the names of journals.
const journalPattern = "journal-*"

// castagnoli is the polynomial that processors compute.
func castagnoli(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// A journal is the open file of a lane. The lane's lock guards the buffers, its own the file, so that writing never
// holds up the clients.
type journal struct {
	block []byte
	full  [][]byte
	free  [][]byte
	last  Detail

	mu   sync.Mutex
	file journalFile
	err  error
}

// A journalFile is where a journal is written to: a file on disk, or memory.
type journalFile interface {
	io.WriteCloser
	Sync() error
}

// createJournal starts the journal of a lane; it must not exist.
func createJournal(dir string, lane int, runID uint64) (*journal, error) {
	file, err := os.OpenFile(filepath.Join(dir, journalName(lane)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create journal: %w", err)
	}
	return newJournal(file, runID)
}

// newJournal writes the header of a journal into its file, which it closes when that goes wrong.
func newJournal(file journalFile, runID uint64) (*journal, error) {
	header := binary.LittleEndian.AppendUint16([]byte(journalMagic), journalVersion)
	header = binary.LittleEndian.AppendUint64(header, runID)
	if _, err := file.Write(header); err != nil {
		return nil, errors.Join(fmt.Errorf("write journal: %w", err), file.Close())
	}
	return &journal{file: file, block: newBlock()}, nil
}

// newBlock returns a block with room for its header.
func newBlock() []byte { return make([]byte, blockHeaderSize, blockHeaderSize+blockSize) }

// add appends a detail. The caller holds the lane.
func (j *journal) add(d Detail) {
	if len(j.block)+detailSize > cap(j.block) {
		j.turnOver()
		if len(j.full) > fullBlocks {
			j.write(j.take())
		}
	}
	j.block = appendDetail(j.block, d, j.last)
	j.last = d
}

// turnOver puts the block aside and starts another. The caller holds the lane.
func (j *journal) turnOver() {
	if len(j.block) == blockHeaderSize {
		return
	}
	j.full = append(j.full, j.block)
	j.last = Detail{}
	if n := len(j.free); n > 0 {
		j.block, j.free = j.free[n-1][:blockHeaderSize], j.free[:n-1]
		return
	}
	j.block = newBlock()
}

// take hands out the oldest full block, which goes back to the free ones; nil if there is none. The caller holds the
// lane until it has written the block.
func (j *journal) take() []byte {
	if len(j.full) == 0 {
		return nil
	}
	block := j.full[0]
	j.full = append(j.full[:0], j.full[1:]...)
	j.free = append(j.free, block)
	return block
}

// flushJournal writes what the lane's journal holds in memory. The lane is locked only while the blocks change hands.
func (l *lane) flushJournal() {
	j := l.journal
	l.mu.Lock()
	j.turnOver()
	blocks := j.full
	j.full = nil
	l.mu.Unlock()
	if len(blocks) == 0 {
		return
	}
	for _, block := range blocks {
		j.write(block)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// A burst shall not keep its memory for the rest of the run.
	for _, block := range blocks[:min(len(blocks), 4)] {
		if len(j.free) < 4 {
			j.free = append(j.free, block)
		}
	}
}

// write completes a block's header and appends it to the file. The first error is kept for close; after it, nothing is
// written, because a gap in the middle could be taken for loss of the messages in it.
func (j *journal) write(block []byte) {
	payload := block[blockHeaderSize:]
	binary.LittleEndian.PutUint32(block, uint32(len(payload)))
	binary.LittleEndian.PutUint32(block[4:], castagnoli(payload))
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return
	}
	if j.file == nil {
		j.err = errors.New("write journal: it is closed already")
		return
	}
	if _, err := j.file.Write(block); err != nil {
		j.err = fmt.Errorf("write journal: %w", err)
	}
}

// failure is the first error so far.
func (j *journal) failure() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// close closes the file and returns the first error of all. Closing again does nothing.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.err, j.file.Sync(), j.file.Close())
	j.file = nil
	return err
}

// The bits of a detail's first byte above the outcome.
const (
	outcomeMask  = 0x03
	hasReason    = 0x04
	hasSettled   = 0x08
	sameBroker   = 0x10
	unknownFlags = 0xe0
)

// appendDetail codes a detail: outcome and flags, publisher, sequence, intended time against the last detail's, written
// against intended, and where present settled against written, reason and broker.
func appendDetail(b []byte, d, last Detail) []byte {
	flags := byte(d.Outcome) & outcomeMask
	if d.Reason != 0 {
		flags |= hasReason
	}
	if d.Settled != 0 {
		flags |= hasSettled
	}
	if d.Broker == last.Broker {
		flags |= sameBroker
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(d.Publisher))
	b = binary.AppendUvarint(b, uint64(d.Sequence))
	b = binary.AppendVarint(b, int64(d.Intended-last.Intended))
	b = binary.AppendVarint(b, int64(d.Written-d.Intended))
	if flags&hasSettled != 0 {
		b = binary.AppendVarint(b, int64(d.Settled-d.Written))
	}
	if flags&hasReason != 0 {
		b = append(b, d.Reason)
	}
	if flags&sameBroker == 0 {
		b = binary.AppendUvarint(b, uint64(d.Broker))
	}
	return b
}
