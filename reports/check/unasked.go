package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// judgeUnasked tells apart what may come after an UNSUBACK and what may not: a server may go on to deliver what it held
// for the client, and has to stop adding new messages [MQTT 5.0 §3.10.4]. A message that was sent when the client had
// its UNSUBACK is new.
func (r *record) judgeUnasked(d *delivery, o history.Oddity, x Anomaly) {
	at, known := r.subscribers[o.Subscriber].unsubscribedAt(o.At)
	if !known || o.Sent < at {
		x.Class = "held"
		d.evidence.held.add(x)
	} else {
		x.Class = "new"
		d.evidence.unasked.add(x)
	}
	d.anomalies.add(x)
}

// unsubscribedAt is when the UNSUBACK came that was the last before t.
func (c *client) unsubscribedAt(t time.Duration) (at time.Duration, known bool) {
	for _, x := range slices.Backward(c.connections) {
		for _, p := range slices.Backward(x.pauses) {
			if p.acknowledged <= t {
				return p.acknowledged, true
			}
		}
		if x.bare >= 0 && x.bare <= t {
			return x.bare, true
		}
	}
	return 0, false
}

// unaskedFindings report messages that came although their filter had been unsubscribed.
func (r *record) unaskedFindings(d *delivery) []Finding {
	var list []Finding
	if e := d.evidence.unasked; e.count > 0 {
		list = append(list, Finding{
			Name: "delivered without a subscription", Verdict: Fail,
			Detail: fmt.Sprintf("%s sent after the UNSUBACK for the filter and came all the same; first: %s",
				count(e.count, "message was", "messages were"), r.point(e.first)),
		})
	}
	if e := d.evidence.held; e.count > 0 {
		list = append(list, Finding{
			Name: "delivered after UNSUBACK", Verdict: Pass,
			Detail: fmt.Sprintf("%s sent before the UNSUBACK and came after it, which the standard allows; first: %s",
				count(e.count, "message was", "messages were"), r.point(e.first)),
		})
	}
	return list
}
