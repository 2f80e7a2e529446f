package check

import "fmt"

// drainFindings say whether the run waited long enough. The drain ends when every account has caught up, or at its
// deadline; what is then missing may still be on its way, and is neither delivered nor lost.
func (r *record) drainFindings(d *delivery) []Finding {
	var list []Finding
	if n := d.evidence.open.count - d.evidence.undated; n > 0 {
		waited := "the run had no drain phase"
		for _, p := range r.run.Phases {
			if p.Name == "drain" {
				waited = fmt.Sprintf("the drain ended after %s", Span(max(p.Ended-p.Began, 0)))
			}
		}
		away := ""
		if down := r.subscribersDown(); down > 0 {
			away = fmt.Sprintf(", with %s", count(uint64(down), "subscriber not connected", "subscribers not connected"))
		}
		list = append(list, Finding{
			Name: "drain not finished", Verdict: Inconclusive,
			Detail: fmt.Sprintf("%s outstanding at the end of %s (%s%s): whether they are lost is not known; first: %s",
				count(n, "delivery was", "deliveries were"), count(d.evidence.openFlows, "flow", "flows"), waited, away,
				r.point(d.evidence.open.first)),
		})
	}
	if n := d.evidence.undated; n > 0 {
		list = append(list, Finding{
			Name: "journals incomplete", Verdict: Inconclusive,
			Detail: fmt.Sprintf("%s could not be judged because the journals do not say when they were sent; first: %s",
				count(n, "undelivered message", "undelivered messages"), r.point(d.evidence.open.first)),
		})
	}
	return list
}

// subscribersDown counts the subscribers that were not connected when the run ended.
func (r *record) subscribersDown() int {
	down := 0
	for n := range r.subscribers {
		if !r.subscribers[n].up() {
			down++
		}
	}
	return down
}
