package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports"
)

// A background is what one has to know to run it again, and to believe it.
type background struct {
	Command     string
	Started     string
	Environment []Fact
	Phases      Table
	Scenario    string
	Plan        planned
	Figures     Table
}

// A planned is what was decided before the start.
type planned struct {
	Facts  []Fact
	Faults Table
	// JSON is the whole plan, as far as it has room.
	JSON string
}

// planRoom bounds the text of the plan, scenarioRoom that of the scenario, in bytes.
const (
	planRoom     = 48 << 10
	scenarioRoom = 96 << 10
)

func backgroundOf(r *reports.Result, run Run) background {
	return background{
		Command:     fmt.Sprintf("mqbench run scenario.yaml --seed %d", r.Seed),
		Started:     r.Started.UTC().Format(time.RFC3339),
		Environment: environmentOf(r),
		Phases:      phaseTable(r),
		Scenario:    shortened(reports.PrintableText(withoutSecrets(run.Scenario)), scenarioRoom, "scenario.yaml"),
		Plan:        planOf(run.Plan, r),
		Figures:     figureTable(r),
	}
}

func environmentOf(r *reports.Result) []Fact {
	facts := []Fact{{"mqbench", r.Mqbench}, {"Run", r.RunID}, {"Seed", fmt.Sprint(r.Seed)}, {"Started", r.Started.UTC().Format(time.RFC3339)}}
	for _, k := range slices.Sorted(maps.Keys(r.Environment)) {
		facts = append(facts, Fact{strings.ReplaceAll(k, "_", " "), r.Environment[k]})
	}
	return there(facts)
}

func phaseTable(r *reports.Result) Table {
	t := Table{Caption: "Phases", Columns: []Column{{Title: "Phase", Text: true}, {Title: "began"}, {Title: "ended"}, {Title: "lasted"}}}
	for _, p := range r.Phases {
		t.Rows = append(t.Rows, row(textCell(p.Name), momentCell(p.Began), momentCell(p.Ended), spanCell(max(p.Ended-p.Began, 0))))
	}
	return t
}

// withoutSecrets hides passwords: a report is handed on. A value that goes on over further lines is hidden with them.
func withoutSecrets(text string) string {
	key := regexp.MustCompile(`(?i)^[ \t]*(?:-[ \t]+)?["']?password["']?[ \t]*:`)
	var kept []string
	secret := -1 // the indentation of the key whose value may go on
	for line := range strings.SplitSeq(text, "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " \t-"))
		if secret >= 0 && (indent > secret || strings.TrimSpace(line) == "") {
			continue
		}
		secret = -1
		if key.MatchString(line) {
			secret = indent
		}
		kept = append(kept, line)
	}
	return withoutValues(strings.Join(kept, "\n"))
}

// withoutValues hides the values of passwords that stand behind their keys.
func withoutValues(text string) string {
	block := regexp.MustCompile(`(?im)(["']?password["']?\s*:[ \t]*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}#][^,}\n]*)`)
	return block.ReplaceAllStringFunc(text, func(found string) string {
		parts := block.FindStringSubmatch(found)
		if v := strings.Trim(parts[2], `"'`); v == "" {
			return found
		}
		return parts[1] + `"(hidden)"`
	})
}

// shortened is as much of a text as has room, in whole lines, and says what it leaves out.
func shortened(text string, room int, file string) string {
	if len(text) <= room {
		return text
	}
	head := text[:room]
	if end := strings.LastIndexByte(head, '\n'); end > room/2 {
		head = head[:end]
	}
	return strings.ToValidUTF8(head, "") + fmt.Sprintf("\n… %s of %s; the rest is in %s.", reports.Bytes(int64(len(head))),
		reports.Bytes(int64(len(text))), file)
}

// planOf reads the plan; one that cannot be read is left out, since it decides nothing here.
func planOf(text string, r *reports.Result) planned {
	var p struct {
		Brokers []string `json:"brokers"`
		Chaos   []struct {
			At      time.Duration `json:"at"`
			Fault   string        `json:"fault"`
			Targets []int         `json:"targets"`
			For     time.Duration `json:"for"`
		} `json:"chaos"`
		Expected map[string]struct {
			Messages, Deliveries float64
		} `json:"expected"`
		Budget struct {
			Files  uint64 `json:"file_descriptors"`
			Limit  uint64 `json:"file_limit"`
			Ports  uint64 `json:"ports"`
			Memory int64  `json:"memory_bytes"`
			Flows  uint64 `json:"flows"`
		} `json:"budget"`
	}
	var compact bytes.Buffer
	if text == "" || json.Unmarshal([]byte(text), &p) != nil || json.Compact(&compact, []byte(text)) != nil {
		return planned{}
	}
	out := planned{JSON: shortened(reports.PrintableText(withoutSecrets(compact.String())), planRoom, "plan.json")}
	for _, phase := range []string{"warmup", "measure"} {
		if x, there := p.Expected[phase]; there {
			out.Facts = append(out.Facts, Fact{"Expected, " + phase, fmt.Sprintf("%s messages, %s deliveries",
				reports.Count(uint64(max(x.Messages, 0))), reports.Count(uint64(max(x.Deliveries, 0))))})
		}
	}
	out.Facts = append(out.Facts,
		Fact{"Flows", reports.Count(p.Budget.Flows)},
		Fact{"Open files", fmt.Sprintf("%s of %s", reports.Count(p.Budget.Files), reports.Count(p.Budget.Limit))},
		Fact{"Ports", reports.Count(p.Budget.Ports)}, Fact{"Memory", reports.Bytes(p.Budget.Memory)})
	out.Faults = Table{Caption: "Planned faults (times since the start of the measurement)", Columns: []Column{
		{Title: "Fault", Text: true}, {Title: "at"}, {Title: "for"}}}
	for _, f := range p.Chaos {
		var names []string
		for _, n := range f.Targets {
			if n >= 0 && n < len(p.Brokers) {
				names = append(names, p.Brokers[n])
			}
		}
		lasts := textCell("–")
		if f.For > 0 {
			lasts = spanCell(f.For)
		}
		name := reports.Printable(strings.TrimSpace(f.Fault + " " + strings.Join(names, ", ")))
		out.Faults.Rows = append(out.Faults.Rows, row(textCell(name), spanCell(f.At), lasts))
	}
	out.Faults.Rows, out.Faults.Notes = bounded(out.Faults.Rows, "faults", "plan.json")
	if len(out.Faults.Rows) == 0 && len(r.Injections) == 0 {
		out.Faults.Notes = []string{"No fault was planned."}
	}
	return out
}

// momentCell writes a time of the run as findings do.
func momentCell(d time.Duration) Cell {
	c := spanCell(d)
	c.Text = reports.Moment(d)
	return c
}
