package history

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A record is the file record.mqb in the history folder:
//
//	magic "MQBHIST\n", schema uint32, length uint64 and CRC-32C uint32 of the rest,
//	the rest: the body, compressed with gzip
//
// all little endian. The schema changes when older programs could not read the body or would misunderstand it. Records
// of older schemas can be read: 1 has no copies, and its shape says whether sessions are shared; 2 does not say how many
// messages were planned, and has no closed loops; 3 has no devices.
const (
	recordName       = "record.mqb"
	recordMagic      = "MQBHIST\n"
	recordSchema     = 4
	recordHeaderSize = len(recordMagic) + 4 + 8 + 4
	// bodyBound is the largest body that is read, against files made to exhaust memory.
	bodyBound = 4 << 30
)

// The causes for which [Load] refuses a record.
var (
	// ErrNoRecord: there is no record in the folder.
	ErrNoRecord = errors.New("no record of a run")
	// ErrForeign: the file is not a record.
	ErrForeign = errors.New("not a record of mqbench")
	// ErrNewer: the record was written by a newer mqbench.
	ErrNewer = errors.New("record of a newer mqbench")
	// ErrDamaged: the record is cut off or its contents are broken.
	ErrDamaged = errors.New("damaged record")
)

// Save writes the record into dir. The former record there stays whole until the new one has reached the disk.
func Save(dir string, run *Run) error {
	text, err := encode(run)
	if err != nil {
		return fmt.Errorf("save record: %w", err)
	}
	path := filepath.Join(dir, recordName)
	if err := writeDurably(path, text); err != nil {
		return fmt.Errorf("save record: %w", err)
	}
	return nil
}

// writeDurably replaces the file at path by text, all or nothing.
func writeDurably(path string, text []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(text)
	if err := errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	// The new name is durable once the folder is; a file system that cannot sync folders still has the file.
	if folder, err := os.Open(filepath.Dir(path)); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
	return nil
}

// encode returns the file.
func encode(run *Run) ([]byte, error) {
	body, err := encodeBody(run)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	packed.Write(make([]byte, recordHeaderSize))
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = zip.Write(body)
	if err := errors.Join(err, zip.Close()); err != nil {
		return nil, err
	}
	text := packed.Bytes()
	rest := text[recordHeaderSize:]
	header := append(text[:0], recordMagic...)
	header = binary.LittleEndian.AppendUint32(header, recordSchema)
	header = binary.LittleEndian.AppendUint64(header, uint64(len(rest)))
	binary.LittleEndian.AppendUint32(header, castagnoli(rest))
	return text, nil
}

// Load reads the record in dir. What a run that was killed left behind is its last checkpoint: Complete is false, the
// journals may know messages beyond it, and what was attempted and has no outcome in the checkpoint is in doubt. The
// errors wrap [ErrNoRecord], [ErrForeign], [ErrNewer] or [ErrDamaged], or are those of the file system.
func Load(dir string) (*Run, error) {
	path := filepath.Join(dir, recordName)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("load record: %w in %q", ErrNoRecord, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("load record: %w", err)
	}
	run, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("load record %q: %w", path, err)
	}
	if !run.Complete {
		run.extend()
		run.settle()
	}
	return run, nil
}

// decode undoes encode.
func decode(text []byte) (*Run, error) {
	magic := text[:min(len(text), len(recordMagic))]
	if len(magic) == 0 || !bytes.HasPrefix([]byte(recordMagic), magic) {
		return nil, ErrForeign
	}
	if len(text) < recordHeaderSize {
		return nil, fmt.Errorf("%w: it ends in the header", ErrDamaged)
	}
	header, rest := text[len(recordMagic):recordHeaderSize], text[recordHeaderSize:]
	schema := binary.LittleEndian.Uint32(header)
	length, sum := binary.LittleEndian.Uint64(header[4:]), binary.LittleEndian.Uint32(header[12:])
	switch {
	case schema > recordSchema:
		return nil, fmt.Errorf("%w: schema %d, this one reads up to %d", ErrNewer, schema, recordSchema)
	case schema < 1:
		return nil, fmt.Errorf("%w: schema %d", ErrDamaged, schema)
	case uint64(len(rest)) < length:
		return nil, fmt.Errorf("%w: cut off, %d of %d bytes are there", ErrDamaged, len(rest), length)
	case uint64(len(rest)) > length:
		return nil, fmt.Errorf("%w: %d bytes follow its end", ErrDamaged, uint64(len(rest))-length)
	case castagnoli(rest) != sum:
		return nil, fmt.Errorf("%w: the checksum does not fit", ErrDamaged)
	}
	zip, err := gzip.NewReader(bytes.NewReader(rest))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	body, err := io.ReadAll(io.LimitReader(zip, bodyBound))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	run, err := decodeBody(schema, body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return run, nil
}

// refuseForeign returns an error when dir holds a record already.
func refuseForeign(dir string) error {
	switch _, err := os.Stat(filepath.Join(dir, recordName)); {
	case err == nil:
		return fmt.Errorf("folder %q holds the record of another run", dir)
	case errors.Is(err, os.ErrNotExist):
		return nil
	default:
		return err
	}
}
