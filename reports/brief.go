package reports

import (
	"path/filepath"
	"time"
)

// A Brief is as much of a [Result] as a list of runs shows: the rest of the file is not kept.
type Brief struct {
	Scenario    string        `json:"scenario"`
	Verdict     string        `json:"verdict"`
	Started     time.Time     `json:"started"`
	Duration    time.Duration `json:"duration"`
	Interrupted bool          `json:"interrupted"`
	Incomplete  bool          `json:"incomplete"`
	Topology    struct {
		Broker  string `json:"broker"`
		Version string `json:"version"`
		Runtime string `json:"runtime"`
		Shape   string `json:"shape"`
		Nodes   int    `json:"nodes"`
	} `json:"topology"`
	Counts  Counts `json:"counts"`
	Latency struct {
		EndToEnd Distribution `json:"end_to_end"`
	} `json:"latency"`
	Failover struct {
		Resume Distribution `json:"resume"`
	} `json:"failover"`
}

// LoadBrief reads the brief of the result.json of a run directory. It refuses what [Load] refuses, as far as it looks.
func LoadBrief(dir string) (*Brief, error) {
	text, err := readFile(filepath.Join(dir, "result.json"))
	if err != nil {
		return nil, err
	}
	b := new(Brief)
	if err := parse(text, b); err != nil {
		return nil, err
	}
	return b, knownVerdict(b.Verdict)
}

// LostWords writes how many deliveries were lost: "3", "3 to 12" with " to " between where the fate of nine is not known,
// "–" where none was owed.
func (c Counts) LostWords(between string) string {
	switch {
	case c.LostUnknown > 0:
		return thousands(c.Lost) + between + thousands(c.Lost+c.LostUnknown)
	case c.Expected == 0 && c.Lost == 0:
		return "–"
	default:
		return thousands(c.Lost)
	}
}

// DuplicatedWords writes how many receipts were repetitions; "–" where nothing was delivered.
func (c Counts) DuplicatedWords() string {
	if c.Delivered == 0 && c.Duplicated == 0 {
		return "–"
	}
	return thousands(c.Duplicated)
}

// P99Words writes the 99th percentile of a distribution as people read it; "–" where there was nothing to measure.
func (d Distribution) P99Words() string {
	if d.Count+d.Never == 0 {
		return "–"
	}
	return humane(d.P99)
}
