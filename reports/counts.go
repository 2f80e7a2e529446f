package reports

import "io"

// A countColumn is one of the counts, as the columns of tables call it.
type countColumn struct {
	name string
	of   func(c *Counts) uint64
}

func countColumns() []countColumn {
	return []countColumn{
		{"attempted", func(c *Counts) uint64 { return c.Attempted }},
		{"acknowledged", func(c *Counts) uint64 { return c.Acknowledged }},
		{"in_doubt", func(c *Counts) uint64 { return c.InDoubt }},
		{"refused", func(c *Counts) uint64 { return c.Refused }},
		{"unsent", func(c *Counts) uint64 { return c.Unsent }},
		{"expected", func(c *Counts) uint64 { return c.Expected }},
		{"delivered", func(c *Counts) uint64 { return c.Delivered }},
		{"lost", func(c *Counts) uint64 { return c.Lost }},
		{"lost_declared", func(c *Counts) uint64 { return c.LostDeclared }},
		{"lost_silent", func(c *Counts) uint64 { return c.LostSilent }},
		{"lost_unknown", func(c *Counts) uint64 { return c.LostUnknown }},
		{"lost_prefix", func(c *Counts) uint64 { return c.LostPrefix }},
		{"lost_middle", func(c *Counts) uint64 { return c.LostMiddle }},
		{"lost_suffix", func(c *Counts) uint64 { return c.LostSuffix }},
		{"recovered", func(c *Counts) uint64 { return c.Recovered }},
		{"duplicated", func(c *Counts) uint64 { return c.Duplicated }},
		{"reordered", func(c *Counts) uint64 { return c.Reordered }},
		{"copies", func(c *Counts) uint64 { return c.Copies }},
		{"phantom", func(c *Counts) uint64 { return c.Phantom }},
		{"missed", func(c *Counts) uint64 { return c.Missed }},
		{"refused_delivered", func(c *Counts) uint64 { return c.RefusedDelivered }},
		{"unmatched", func(c *Counts) uint64 { return c.Unmatched }},
	}
}

// WriteCountsCSV writes counts.csv: the fates of messages as check.Counts defines them, in a first row of the whole run
// and a row for each pair of publisher and subscriber group. A row without subscribers has the counts of publishers.
// The group columns of the first row are empty, and scope tells the rows apart: run, publishers, pair.
func WriteCountsCSV(w io.Writer, r *Result) error {
	header := []string{"scope", "publishers", "subscribers"}
	for _, c := range countColumns() {
		header = append(header, c.name)
	}
	return writeCSV(w, "counts.csv", header, func(yield func([]string) bool) {
		if !yield(countsRow("run", Group{Counts: r.Counts})) {
			return
		}
		for _, g := range r.Groups {
			scope := "pair"
			if g.Subscribers == "" {
				scope = "publishers"
			}
			if !yield(countsRow(scope, g)) {
				return
			}
		}
	})
}

func countsRow(scope string, g Group) []string {
	row := []string{scope, cell(g.Publishers), cell(g.Subscribers)}
	for _, c := range countColumns() {
		row = append(row, unsigned(c.of(&g.Counts)))
	}
	return row
}
