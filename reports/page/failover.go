package page

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports"
	"github.com/mqbench/mqbench/reports/charts"
	"github.com/mqbench/mqbench/reports/check"
)

// Up to detailedFaults are shown one by one; of more, the longestFaults that took longest.
const (
	detailedFaults = 6
	longestFaults  = 4
)

// A faultView is one fault in detail.
type faultView struct {
	ID, Title string
	Facts     []Fact
	Curve     template.HTML
	Ways      Table
	Brokers   Table
}

// failoverColumns are those of the ways back.
func failoverColumns() []Column { return distributionColumns("Since the fault", true) }

// waysTable holds the steps of the ways back, and how long bystanders waited.
func waysTable(caption string, f reports.Failover, bystanders *reports.Bystanders) Table {
	t := Table{Caption: caption, Columns: failoverColumns()}
	add := func(name Cell, d reports.Distribution) { t.Rows = append(t.Rows, distributionRow(name, d, true)) }
	add(metricCell("detect"), f.Detect)
	if h := f.Handshakes; h != nil {
		add(textCell("TCP stood"), h.Dialed)
		add(textCell("handshakes made"), h.Handshaken)
	}
	add(metricCell("reconnect"), f.Reconnect)
	add(metricCell("resubscribe"), f.Resubscribe)
	add(Cell{Text: "resume", About: about("failover")}, f.Resume)
	if bystanders != nil {
		add(textCell("bystanders’ next success"), bystanders.Resume)
	}
	return t
}

// faultTable has a row for each fault.
func faultTable(r *reports.Result) Table {
	t := Table{Caption: "Faults", Class: "dense", Columns: []Column{
		{Title: "Fault", Text: true}, {Title: "began"}, {Title: "healed after"}, {Title: "affected"}, {Title: "never back"}, {Title: "t50"},
		{Title: "t90"}, {Title: "t99"}, {Title: "t100"}, {Title: "rate back"}, {Title: "p99 back"}, metricColumn("backlog"),
		metricColumn("lost"), metricColumn("duplicated"), metricColumn("reordered"),
	}}
	for n, i := range r.Injections {
		x := row(textCell(fmt.Sprintf("%d %s", n+1, reports.FaultName(i.Fault, i.Target, i.Detail))), momentCell(i.Began), healCell(i),
			countCell(i.Clients.Affected), countCell(i.Clients.NeverResumed))
		for _, back := range []time.Duration{i.T50, i.T90, i.T99, i.T100} {
			c := spanCell(back)
			if i.Clients.Affected == 0 {
				c = textCell("–")
			}
			x.Cells = append(x.Cells, c)
		}
		x.Cells = append(x.Cells, backCell(i.RateBack), backCell(i.LatencyBack), backlogCell(i.Backlog),
			countCell(i.Lost), countCell(i.Duplicated), countCell(i.Reordered))
		if i.Error != "" || i.HealError != "" {
			x.Verdict = string(check.Inconclusive)
		}
		t.Rows = append(t.Rows, x)
	}
	t.Rows, t.Notes = bounded(t.Rows, "faults", "result.json")
	if len(t.Rows) > 0 {
		t.Notes = append(t.Notes, "t50 to t100: until that part of the affected clients was served again. Rate and p99 back: until the whole "+
			"system delivered as before the first fault. Lost, duplicated, reordered: of messages that were intended during the fault, or "+
			"after it and before the next.")
	}
	return t
}

func healCell(i reports.Injection) Cell {
	switch {
	case i.HealError != "":
		return textCell("failed")
	case i.Error != "" && i.Healing == 0:
		return textCell("not carried out")
	case i.Healed == 0:
		return textCell("not healed")
	default:
		return spanCell(i.Healed - i.Began)
	}
}

// backCell is when a figure of the whole system was as before the fault.
func backCell(d time.Duration) Cell {
	if d == 0 {
		return textCell("never off")
	}
	return spanCell(d)
}

func backlogCell(d time.Duration) Cell {
	switch {
	case d < 0:
		return textCell("–")
	case d == 0:
		return textCell("none")
	default:
		return spanCell(d)
	}
}

// faultViews are the faults in detail, in order: those that took longest where there are many.
func faultViews(set *charts.Set, r *reports.Result, a *check.Analysis) []faultView {
	numbers := make([]int, len(r.Injections))
	for n := range numbers {
		numbers[n] = n
	}
	if len(numbers) > detailedFaults {
		slices.SortStableFunc(numbers, func(x, y int) int {
			i, j := r.Injections[x], r.Injections[y]
			return cmp.Or(cmp.Compare(j.Clients.NeverResumed, i.Clients.NeverResumed), cmp.Compare(j.Resume.Max, i.Resume.Max))
		})
		numbers = numbers[:longestFaults]
		slices.Sort(numbers)
	}
	var views []faultView
	for _, n := range numbers {
		i := r.Injections[n]
		v := faultView{
			ID:      fmt.Sprintf("fault-%d", n+1),
			Title:   fmt.Sprintf("Fault %d of %d: %s", n+1, len(r.Injections), reports.FaultName(i.Fault, i.Target, i.Detail)),
			Facts:   faultFacts(r, i),
			Ways:    waysTable("Ways back", i.Failover, &i.Bystanders),
			Brokers: serviceTable(i),
		}
		if i.Clients.Affected > 0 && a != nil && n < len(a.Injections) {
			v.Curve = recovery(set, i, a.Injections[n])
		}
		views = append(views, v)
	}
	return views
}

// faultFacts say in words how an injection went.
func faultFacts(r *reports.Result, i reports.Injection) []Fact {
	began := reports.Moment(i.Began)
	if p, measured := r.Phase("measure"); measured && i.Began >= p.Began {
		began += ", " + reports.Span(i.Began-p.Began) + " into the measurement"
	}
	facts := []Fact{{"Began", began}}
	if i.Applied > 0 {
		facts = append(facts, Fact{"Carried out in", reports.Span(i.Applied - i.Began)})
	}
	if i.Error != "" {
		facts = append(facts, Fact{"Failed", i.Error})
	}
	heal := healCell(i).Text
	if i.Healed > 0 && i.HealError == "" {
		heal = fmt.Sprintf("begun %s after the fault, done %s after it", reports.Span(i.Healing-i.Began), reports.Span(i.Healed-i.Began))
	}
	if i.HealError != "" {
		heal = "failed: " + i.HealError
	}
	clients := fmt.Sprintf("%s affected: %s resumed, %s never", reports.Count(uint64(i.Clients.Affected)),
		reports.Count(uint64(i.Clients.Resumed)), reports.Count(uint64(i.Clients.NeverResumed)))
	if n := i.Clients.Withdrawn; n > 0 {
		clients += fmt.Sprintf("; %s more left by plan before", reports.Count(uint64(n)))
	}
	facts = append(facts, Fact{"Heal", heal}, Fact{"Clients", clients}, Fact{"Bystanders", reports.Count(uint64(i.Bystanders.Count))})
	if st := i.Storm; st.Attempts > 0 {
		facts = append(facts, Fact{"Attempts to come back", fmt.Sprintf("%s, %s of them failed; at most %s in a second, %s by one client",
			reports.Count(uint64(st.Attempts)), reports.Count(uint64(st.Failed)), reports.Count(uint64(st.PeakPerSecond)),
			reports.Count(uint64(st.MostOfAClient)))})
	}
	if h := i.Handshakes; h != nil {
		facts = append(facts, Fact{"Handshakes", fmt.Sprintf("%s, of which %s resumed an earlier TLS session",
			reports.Count(uint64(h.Handshaken.Count)), reports.Count(uint64(h.Resumed)))})
	}
	return append(facts,
		Fact{"Delivered rate", backWords(i.RateBack)}, Fact{"End-to-end p99", backWords(i.LatencyBack)},
		Fact{"Messages", fmt.Sprintf("%s lost, %s duplicated, %s reordered", reports.Count(i.Lost), reports.Count(i.Duplicated),
			reports.Count(i.Reordered))})
}

func backWords(d time.Duration) string {
	switch {
	case d < 0:
		return "not back"
	case d == 0:
		return "was never off"
	default:
		return "back after " + reports.Span(d)
	}
}

// serviceTable is what clients had of each broker around a fault.
func serviceTable(i reports.Injection) Table {
	t := Table{Caption: "What clients had of each broker (per second, before, during and after)", Columns: []Column{
		{Title: "Broker", Text: true}, {Title: "clients before"}, {Title: "during"}, {Title: "acknowledged before"}, {Title: "during"},
		{Title: "after"}, {Title: "delivered before"}, {Title: "during"}, {Title: "after"},
	}}
	rateOf := func(s reports.Service, v float64) Cell {
		if s.Seconds <= 0 {
			return textCell("–")
		}
		return Cell{Text: reports.PerSecond(v), Exact: fmt.Sprintf("over %g s", s.Seconds)}
	}
	for _, b := range i.Brokers {
		t.Rows = append(t.Rows, row(textCell(b.Name), countCell(b.ConnectedBefore), countCell(b.ConnectedDuring),
			rateOf(b.Before, b.Before.AcknowledgedPerSecond), rateOf(b.During, b.During.AcknowledgedPerSecond),
			rateOf(b.After, b.After.AcknowledgedPerSecond), rateOf(b.Before, b.Before.DeliveredPerSecond),
			rateOf(b.During, b.During.DeliveredPerSecond), rateOf(b.After, b.After.DeliveredPerSecond)))
	}
	return t
}

// recovery draws how the fleet came back, step by step.
func recovery(set *charts.Set, i reports.Injection, x check.Injection) template.HTML {
	var detect, reconnect, resubscribe, resume []time.Duration
	subscribers := 0
	for _, c := range x.Clients {
		resume = append(resume, c.Resume)
		if c.Detect < 0 && c.Resume >= 0 {
			continue // it was served again on the connection it had
		}
		detect, reconnect = append(detect, c.Detect), append(reconnect, c.Reconnect)
		if c.Client.Subscriber || c.Device {
			resubscribe = append(resubscribe, c.Resubscribe)
			subscribers++
		}
	}
	curves := []charts.Recovered{
		{Name: "detect", Affected: len(detect), Times: detect},
		{Name: "reconnect", Affected: len(reconnect), Times: reconnect},
		{Name: "resubscribe", Affected: subscribers, Times: resubscribe},
		{Name: "resume", Affected: len(resume), Times: resume, Marks: []charts.Mark{
			{Name: "t50", At: i.T50}, {Name: "t90", At: i.T90}, {Name: "t99", At: i.T99}, {Name: "t100", At: i.T100}}},
	}
	curves = slices.DeleteFunc(curves, func(c charts.Recovered) bool { return c.Affected == 0 })
	return set.Recovery(charts.Recovery{
		Caption: charts.Caption{
			Title: "How the fleet came back",
			Description: fmt.Sprintf("Part of the affected clients that knew their connection dead, had reconnected, had subscribed again and "+
				"were served again, since the fault began. %s", backSentence(i)),
		},
		Series: curves,
	})
}

func backSentence(i reports.Injection) string {
	var parts []string
	for _, m := range []struct {
		part string
		at   time.Duration
	}{{"50 %", i.T50}, {"90 %", i.T90}, {"99 %", i.T99}, {"100 %", i.T100}} {
		parts = append(parts, m.part+" "+reports.Span(m.at))
	}
	return "Served again: " + strings.Join(parts, ", ") + "."
}

// spread draws the failover times of all clients, fault by fault where they are few.
func spread(set *charts.Set, r *reports.Result, a *check.Analysis) template.HTML {
	if a == nil || len(a.Injections) != len(r.Injections) || r.Failover.Clients.Affected == 0 {
		return ""
	}
	const most = 8
	var samples []charts.Sample
	all := charts.Sample{Name: "all faults"}
	for n, i := range a.Injections {
		s := charts.Sample{Name: fmt.Sprint(n+1, " ", reports.FaultName(r.Injections[n].Fault, r.Injections[n].Target, ""))}
		for _, c := range i.Clients {
			if c.Resume < 0 {
				s.Never++
			} else {
				s.Values = append(s.Values, float64(c.Resume))
			}
		}
		all.Values, all.Never = append(all.Values, s.Values...), all.Never+s.Never
		if i.Affected > 0 {
			samples = append(samples, s)
		}
	}
	if len(samples) > most || len(samples) == 0 {
		samples = []charts.Sample{all}
	}
	return set.Distribution(charts.Distribution{
		Caption: charts.Caption{
			Title: "Failover times",
			Description: fmt.Sprintf("How long affected clients took from the fault until they were served again: median %s, p99 %s.",
				reports.Span(r.Failover.Resume.P50), reports.Span(r.Failover.Resume.P99)),
		},
		Axis: charts.Axis{Title: "since the fault began", Unit: charts.Nanoseconds}, Samples: samples,
	})
}
