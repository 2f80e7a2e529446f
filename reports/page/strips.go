package page

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/charts"
	"github.com/mqbench/mqbench/reports/check"
)

// A stripView is one kind of mishap by flow and time, and in words what has no time.
type stripView struct {
	Chart template.HTML
	Note  string
}

// stripViews are the strips of those mishaps that there were.
func stripViews(c *course, a *check.Analysis) []stripView {
	if a == nil || a.Strip == nil {
		return nil
	}
	var views []stripView
	for _, kind := range []struct {
		title, what string
		dated       func(check.StripRow) []uint64
		undated     func(check.StripRow) uint64
	}{
		{"Lost, by flow and time", "lost deliveries", func(r check.StripRow) []uint64 { return r.Lost },
			func(r check.StripRow) uint64 { return r.Undated.Lost }},
		{"Duplicated, by flow and time", "repeated receipts", func(r check.StripRow) []uint64 { return r.Duplicated },
			func(r check.StripRow) uint64 { return r.Undated.Duplicated }},
		{"Reordered, by flow and time", "deliveries out of order", func(r check.StripRow) []uint64 { return r.Reordered },
			func(r check.StripRow) uint64 { return r.Undated.Reordered }},
	} {
		if v, some := oneStrip(c, a.Strip, kind.title, kind.what, kind.dated, kind.undated); some {
			views = append(views, v)
		}
	}
	return views
}

func oneStrip(
	c *course, s *check.Strip, title, what string, dated func(check.StripRow) []uint64, undated func(check.StripRow) uint64,
) (stripView, bool) {
	var known, unknown, flows uint64
	heat := charts.Heat{What: what, Column: s.Width, Span: c.span}
	heat.Span.Name, heat.Span.Began, heat.Span.Ended = "load", s.Began, s.Began+s.Width*time.Duration(s.Columns)
	heat.Span.Phases = nil
	names := rowNames(s)
	for n, r := range s.Rows {
		row := charts.HeatRow{Name: names[n], Counts: dated(r)}
		for _, n := range row.Counts {
			known += n
		}
		unknown += undated(r)
		flows += uint64(r.Flows)
		heat.Rows = append(heat.Rows, row)
	}
	if known+unknown == 0 {
		return stripView{}, false
	}
	var v stripView
	if unknown > 0 {
		v.Note = fmt.Sprintf("%s of %s %s are not in the strip: the record counts them without their times.", reports.Count(unknown),
			reports.Count(known+unknown), what)
	}
	heat.Caption = charts.Caption{
		Title: title,
		Description: fmt.Sprintf("%s %s, by the time for which their messages were intended; each row is a bundle of the %s flows.",
			reports.Count(known), what, reports.Count(flows)),
	}
	if known > 0 {
		v.Chart = c.set.Heat(heat)
	}
	return v, true
}

// rowNames name the rows as briefly as they can be told apart, since there is little room: by broker and by the clients'
// names without what all of them begin with, and by group where there are several.
func rowNames(s *check.Strip) []string {
	var all []string
	from, to := make(map[string]bool), make(map[string]bool)
	for _, r := range s.Rows {
		from[r.From.Group], to[r.To.Group] = true, true
		all = append(all, r.From.First, r.From.Last, r.To.First, r.To.Last)
	}
	prefix := common(all)
	names := make([]string, len(s.Rows))
	for n, r := range s.Rows {
		fine, coarse, groups := r.From, r.To, from
		if r.To.Broker != "" && r.From.Broker == "" || r.To.Count < r.From.Count && r.From.Broker == "" {
			fine, coarse, groups = r.To, r.From, to
		}
		parts := []string{fine.Broker}
		if len(groups) > 1 {
			parts = append(parts, fine.Group)
		}
		parts = append(parts, clientsOf(fine, prefix))
		if len(from) > 1 && len(to) > 1 {
			parts = append(parts, "/ "+coarse.Group)
		}
		names[n] = reports.Printable(strings.TrimSpace(strings.Join(parts, " ")))
	}
	return names
}

// clientsOf names the first and the last of the clients of a bundle.
func clientsOf(b check.Bundle, prefix int) string {
	if len(b.First) < prefix || len(b.Last) < prefix {
		return b.Group
	}
	first, last := b.First[prefix:], b.Last[prefix:]
	if b.Count == 1 || first == last {
		return first
	}
	return first + "…" + last[common([]string{first, last}):]
}

// common is the length of what all names begin with, up to the last hyphen in it.
func common(names []string) int {
	length := 0
	for _, name := range names {
		if name == "" {
			return 0
		}
	}
	for i := 0; len(names) > 0 && i < len(names[0]); i++ {
		for _, name := range names {
			if i >= len(name) || name[i] != names[0][i] {
				return length
			}
		}
		if names[0][i] == '-' {
			length = i + 1
		}
	}
	return length
}
