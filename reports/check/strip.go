package check

import (
	"math"
	"slices"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// The bounds of a strip: so many rows can be told apart on a screen, and so many columns.
const (
	stripRows    = 48
	stripColumns = 120
)

// A Strip counts every lost, duplicated and reordered delivery by flow and by time, however many there are. Its rows are
// bundles of neighbouring flows, its columns spans of the time for which messages were intended. Rows and what of each
// is undated add up to Lost, Duplicated and Reordered of [Counts].
type Strip struct {
	// Began is where the first column begins, Width how long each is, in whole seconds; there are Columns of them.
	Began, Width time.Duration
	Columns      int
	Rows         []StripRow
}

// A StripRow is a bundle of flows: those from some publishers to some accounts. The slices have one count per column.
type StripRow struct {
	From, To                    Bundle
	Flows                       int
	Lost, Duplicated, Reordered []uint64
	// Undated counts what the record knows of these flows without its time: journals that are gone, or receipts beyond
	// those that it lists.
	Undated Mishaps
}

// Mishaps counts deliveries that did not fare as they should.
type Mishaps struct{ Lost, Duplicated, Reordered uint64 }

// with is one more of a kind; other anomalies are not counted.
func (m Mishaps) with(kind AnomalyKind) Mishaps {
	switch kind {
	case AnomalyLost:
		m.Lost++
	case AnomalyDuplicated:
		m.Duplicated++
	case AnomalyReordered:
		m.Reordered++
	case AnomalyPhantom, AnomalyRefused, AnomalyUnasked:
	}
	return m
}

// A Bundle is a number of publishers, or of accounts. Group and Broker, at which they start, are empty where they
// differ; First and Last are the names of two of them, in the order of the record.
type Bundle struct {
	Group, Broker, First, Last string
	Count                      int
}

// strip is a Strip while it is filled.
type strip struct {
	Strip
	// from and to are the bundles of publishers and of accounts, rows the row of a pair of bundles.
	from, to []int
	rows     map[[2]int]int
	total    []Mishaps
}

// newStrip lays out the rows and columns of a record: nil where no load was offered to anybody. Of publishers and
// accounts, the more numerous are told apart as finely as the bound allows, the others by their groups.
func (r *record) newStrip() *strip {
	span := r.loadEnded - r.loadBegan
	if !r.loaded || span <= 0 || len(r.run.Flows) == 0 {
		return nil
	}
	seconds := int64(math.Ceil(span.Seconds()))
	width := (seconds + stripColumns - 1) / stripColumns
	s := &strip{rows: make(map[[2]int]int)}
	s.Began, s.Width = r.loadBegan, time.Duration(width)*time.Second
	s.Columns = int((seconds + width - 1) / width)
	s.lay(r)
	return s
}

// lay makes the bundles and their rows.
func (s *strip) lay(r *record) {
	publishers, accounts := make([]class, len(r.publishers)), make([]class, len(r.accounts))
	groups := newGroups(r)
	for n := range publishers {
		publishers[n] = class{r.run.Publishers[n].Group, r.run.Publishers[n].Home}
	}
	for n := range accounts {
		accounts[n].group = r.accounts[n].group
		if m := r.accounts[n].members; len(m) > 0 {
			accounts[n].home = r.run.Subscribers[m[0]].Home
		}
	}
	few, many, fewGroups, manyGroups := accounts, publishers, groups.subscribers, groups.publishers
	if len(accounts) > len(publishers) {
		few, many, fewGroups, manyGroups = publishers, accounts, groups.publishers, groups.subscribers
	}
	coarse := slices.Clone(few)
	for n := range coarse {
		coarse[n].home = 0
	}
	bound := min(len(fewGroups), stripRows/8)
	a := bundles(coarse, ordered(fewGroups), bound)
	b := bundles(many, ordered(manyGroups), stripRows/max(bound, 1))
	s.from, s.to = b, a
	if len(accounts) > len(publishers) {
		s.from, s.to = a, b
	}
	s.name(r, publishers, accounts)
}

// ordered is the place of each group in the order of the scenario.
func ordered(groups []string) func(string) int {
	places := make(map[string]int, len(groups))
	for n, g := range groups {
		places[g] = n
	}
	return func(g string) int { return places[g] }
}

// name makes a row for each pair of bundles that has flows, in order, and names it.
func (s *strip) name(r *record, publishers, accounts []class) {
	flows := make(map[[2]int]int)
	for n := range r.run.Flows {
		flows[s.pair(r, r.run.Flows[n].Publisher, r.run.Flows[n].Account)]++
	}
	pairs := make([][2]int, 0, len(flows))
	for p := range flows {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	from := r.bundled(s.from, publishers, func(n int) string { return r.run.Publishers[n].Client })
	to := r.bundled(s.to, accounts, func(n int) string { return r.accounts[n].name })
	for _, p := range pairs {
		s.rows[p] = len(s.Rows)
		s.Rows = append(s.Rows, StripRow{
			From: from[p[0]], To: to[p[1]], Flows: flows[p],
			Lost: make([]uint64, s.Columns), Duplicated: make([]uint64, s.Columns), Reordered: make([]uint64, s.Columns),
		})
	}
	s.total = make([]Mishaps, len(s.Rows))
}

// bundled names the bundles.
func (r *record) bundled(of []int, classes []class, name func(int) string) map[int]Bundle {
	named := make(map[int]Bundle)
	for n, bundle := range of {
		c := classes[n]
		b, known := named[bundle]
		if !known {
			b = Bundle{Group: c.group, Broker: r.broker(c.home), First: name(n)}
		}
		if b.Group != c.group {
			b.Group = ""
		}
		if b.Broker != r.broker(c.home) {
			b.Broker = ""
		}
		b.Last = name(n)
		b.Count++
		named[bundle] = b
	}
	return named
}

func (s *strip) pair(r *record, publisher, account int) [2]int {
	return [2]int{s.from[r.run.Publishers[publisher].Original], s.to[account]}
}

// tally counts what is known of a stream as a whole.
func (s *strip) tally(r *record, publisher, account int, c Counts) {
	if s == nil {
		return
	}
	t := &s.total[s.rows[s.pair(r, publisher, account)]]
	t.Lost, t.Duplicated, t.Reordered = t.Lost+c.Lost, t.Duplicated+c.Duplicated, t.Reordered+c.Reordered
}

// add counts one delivery in its column, by the time for which its message was intended.
func (s *strip) add(r *record, publisher, account int, a Anomaly) {
	if s == nil || a.Intended < 0 {
		return
	}
	row, known := s.rows[s.pair(r, publisher, account)]
	if !known {
		return
	}
	column := min(max(int((a.Intended-s.Began)/s.Width), 0), s.Columns-1)
	switch x := &s.Rows[row]; a.Kind {
	case AnomalyLost:
		x.Lost[column]++
	case AnomalyDuplicated:
		x.Duplicated[column]++
	case AnomalyReordered:
		x.Reordered[column]++
	case AnomalyPhantom, AnomalyRefused, AnomalyUnasked:
	}
}

// finished is the strip with what could not be put into a column.
func (s *strip) finished() *Strip {
	if s == nil {
		return nil
	}
	for n := range s.Rows {
		x, t := &s.Rows[n], s.total[n]
		rest := func(total uint64, dated []uint64) uint64 {
			for _, d := range dated {
				total -= min(total, d)
			}
			return total
		}
		x.Undated = Mishaps{rest(t.Lost, x.Lost), rest(t.Duplicated, x.Duplicated), rest(t.Reordered, x.Reordered)}
	}
	return &s.Strip
}

// oddity counts an odd receipt in the strip.
func (s *strip) oddity(r *record, o history.Oddity, a Anomaly) {
	if a.Publisher != "" {
		s.add(r, o.Publisher, r.run.Subscribers[o.Subscriber].Account, a)
	}
}
