package scenarios

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An Identity is who a client is: a line of a file of credentials.
type Identity struct {
	Username string
	Password string
	// ClientID is the client identifier; "": the one that the run gives it.
	ClientID string
	// Certificate and Key are files in PEM; both or none. They are as written: relative to the file of credentials.
	Certificate, Key string
}

// The columns of a file of credentials, of which the first two must be there.
const (
	columnUsername    = "username"
	columnPassword    = "password"
	columnClientID    = "client_id"
	columnCertificate = "certificate"
	columnKey         = "key"
)

func identityColumns() []string {
	return []string{columnUsername, columnPassword, columnClientID, columnCertificate, columnKey}
}

// maxIdentityProblems is how many mistakes of one file are named.
const maxIdentityProblems = 10

// ParseIdentities reads a file of credentials, comma-separated values [RFC 4180]: a header with the columns username and
// password and, if wanted, client_id, certificate and key, in any order; then a line per client. The error lists what is
// wrong, "file:line: …" each, and shows no password.
func ParseIdentities(file string, text []byte) ([]Identity, error) {
	p := identityParser{file: file, seen: map[string]int{}}
	reader := csv.NewReader(bufio.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))))
	reader.Comment = '#'
	header, err := reader.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: the file is empty: want a header such as username,password", file)
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := p.header(header); err != nil {
		return nil, err
	}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return p.identities, errors.Join(p.problems...)
		}
		if err != nil {
			return nil, errors.Join(append(p.problems, fmt.Errorf("%s: %w", file, err))...)
		}
		line, _ := reader.FieldPos(0)
		p.record(line, record)
		if len(p.problems) >= maxIdentityProblems {
			return nil, errors.Join(append(p.problems, fmt.Errorf("%s: more mistakes may follow", file))...)
		}
	}
}

// identityParser reads one file.
type identityParser struct {
	file       string
	columns    []string
	identities []Identity
	problems   []error
	// seen holds the line of each client identifier.
	seen map[string]int
}

// header finds the columns.
func (p *identityParser) header(record []string) error {
	for _, name := range record {
		name = strings.TrimSpace(name)
		if !slices.Contains(identityColumns(), name) {
			return fmt.Errorf("%s:1: unknown column %q: want a header of %s", p.file, shorten(name), strings.Join(identityColumns(), ", "))
		}
		if slices.Contains(p.columns, name) {
			return fmt.Errorf("%s:1: column %s is there twice", p.file, name)
		}
		p.columns = append(p.columns, name)
	}
	for _, name := range []string{columnUsername, columnPassword} {
		if !slices.Contains(p.columns, name) {
			return fmt.Errorf("%s:1: the header lacks the column %s", p.file, name)
		}
	}
	return nil
}

// record reads a line.
func (p *identityParser) record(line int, record []string) {
	var i Identity
	for n, value := range record {
		switch p.columns[n] {
		case columnUsername:
			i.Username = value
		case columnPassword:
			i.Password = value
		case columnClientID:
			i.ClientID = value
		case columnCertificate:
			i.Certificate = value
		case columnKey:
			i.Key = value
		}
		if len(value) > maxString {
			// [MQTT-1.5.4-1]: the length of a text takes two bytes.
			p.problem(line, "%s has %d bytes, more than the %d that MQTT allows", p.columns[n], len(value), maxString)
		}
		if strings.ContainsRune(value, 0) && p.columns[n] != columnPassword {
			p.problem(line, "%s holds a NUL, which MQTT does not allow [MQTT-1.5.4-2]", p.columns[n])
		}
	}
	if i.Username == "" {
		p.problem(line, "username is empty")
	}
	if (i.Certificate == "") != (i.Key == "") {
		p.problem(line, "want certificate and key together")
	}
	if i.ClientID != "" {
		if earlier, twice := p.seen[i.ClientID]; twice {
			p.problem(line, "client_id %q is that of line %d: a broker would end one of the two [MQTT-3.1.4-3]",
				shorten(i.ClientID), earlier)
		}
		p.seen[i.ClientID] = line
	}
	p.identities = append(p.identities, i)
}

func (p *identityParser) problem(line int, format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf("%s:%d: %s", p.file, line, fmt.Sprintf(format, args...)))
}
