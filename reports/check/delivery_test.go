package check_test

import (
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/check"
)

const s = time.Second

// Each story of delivery: what the counts have to be, and every finding.
func TestDelivery(t *testing.T) {
	const silent, unfinished = "fail: silent loss", "inconclusive: drain not finished"
	for name, c := range map[string]struct {
		story     *story
		want      check.Counts
		findings  []string
		anomalies []string
	}{
		"all is well": {
			story: tell(acked("0-9"), received("0-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10},
		},
		"first acknowledged message dropped": {
			story:     tell(acked("0-9"), received("1-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostPrefix: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent prefix p0#0"},
		},
		"middle acknowledged message dropped": {
			story:     tell(acked("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"last acknowledged message dropped: it may be under way": {
			story:    tell(acked("0-9"), received("0-8")),
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 9, LostUnknown: 1},
			findings: []string{unfinished},
		},
		"one of two flows got nothing": {
			story:    tell(another, acked("0-9"), ackedBy(1, "0-2"), received("0-9")),
			want:     check.Counts{Attempted: 13, Acknowledged: 13, Expected: 10, Delivered: 10, LostUnknown: 3},
			findings: []string{unfinished},
		},
		"one lost and one duplicated do not cancel out": {
			story: tell(acked("0-9"), received("0-4 6-9"), again(3, false, 7*s, 0)),
			want: check.Counts{
				Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1, Duplicated: 1,
			},
			findings:  []string{silent, "pass: duplicates"},
			anomalies: []string{"duplicated dup=0 p0#3", "lost silent middle p0#5"},
		},
		"QoS 0 message dropped": {
			story:     tell(qos(0, 1), written("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{"pass: loss at QoS 0"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"subscribed at QoS 0: the loss is forgiven": {
			story:     tell(qos(1, 0), acked("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{"pass: loss at QoS 0"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"granted QoS 0 instead of 1: the loss is forgiven": {
			story:     tell(granted(`filter "t/#" granted QoS 0 of 1`), acked("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{"pass: loss at QoS 0"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"granted QoS 1 instead of 2: it is not": {
			story:     tell(qos(2, 2), granted(`filter "t/#" granted QoS 1 of 2`), acked("0-9"), received("0-4 6-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"at subscribed QoS 0 only what was acknowledged is owed": {
			story: tell(qos(1, 0), acked("0-3 5-9"), inDoubt("4"), received("0-3 5-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 9, InDoubt: 1, Expected: 9, Delivered: 9},
		},
		"in doubt, then delivered: recovered": {
			story: tell(acked("0-3 6-9"), inDoubt("4 5"), received("0-4 6-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 8, InDoubt: 2, Expected: 9, Delivered: 9, Recovered: 1},
		},
		"refused and not delivered is nobody's loss": {
			story: tell(acked("0-3 5-9"), refused("4"), received("0-3 5-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 9, Refused: 1, Expected: 9, Delivered: 9},
		},
		"refused, then delivered": {
			story:     tell(acked("0-3 5-9"), refused("4"), received("0-9")),
			want:      check.Counts{Attempted: 10, Acknowledged: 9, Refused: 1, Expected: 10, Delivered: 10, RefusedDelivered: 1},
			findings:  []string{"pass: refused yet delivered"},
			anomalies: []string{"refused yet delivered p0#4"},
		},
		"unsent is nobody's loss": {
			story: tell(acked("0-3 5-9"), unsent("4"), received("0-3 5-9")),
			want:  check.Counts{Attempted: 9, Acknowledged: 9, Unsent: 1, Expected: 9, Delivered: 9},
		},
		"delivered though it was never sent": {
			story:     tell(acked("0-3 5-9"), unsent("4"), received("0-9")),
			want:      check.Counts{Attempted: 9, Acknowledged: 9, Unsent: 1, Expected: 9, Delivered: 9, Phantom: 1},
			findings:  []string{"fail: phantom messages"},
			anomalies: []string{"phantom never attempted p0#4"},
		},
		"delivered from beyond the end": {
			story:     tell(acked("0-9"), received("0-9 77")),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Phantom: 1},
			findings:  []string{"fail: phantom messages"},
			anomalies: []string{"phantom never attempted p0#77"},
		},
		"a message of another run": {
			story:     tell(acked("0-9"), received("0-9"), phantom("run 77 instead of 1", 5*s)),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10, Phantom: 1},
			findings:  []string{"fail: phantom messages"},
			anomalies: []string{"phantom #0"},
		},
		"a truncated payload costs its message and is a phantom": {
			story: tell(acked("0-9"), received("0-4 6-9"), phantom("payload of 12 bytes", 7*s)),
			want: check.Counts{
				Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1, Phantom: 1,
			},
			findings:  []string{"fail: phantom messages", silent},
			anomalies: []string{"phantom #0", "lost silent middle p0#5"},
		},
		"acknowledged with no matching subscribers, and lost": {
			story: tell(acked("0-4 6-9"), unmatched("5"), received("0-4 6-9")),
			want: check.Counts{
				Attempted: 10, Acknowledged: 10, Unmatched: 1, Expected: 10, Delivered: 9, Lost: 1, LostSilent: 1, LostMiddle: 1,
			},
			findings:  []string{silent},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"acknowledged with no matching subscribers, and delivered": {
			story: tell(acked("0-4 6-9"), unmatched("5"), received("0-9")),
			want:  check.Counts{Attempted: 10, Acknowledged: 10, Unmatched: 1, Expected: 10, Delivered: 10},
		},
		"nothing was acknowledged": {
			story:    tell(inDoubt("0-9"), received("")),
			want:     check.Counts{Attempted: 10, InDoubt: 10},
			findings: []string{"inconclusive: nothing acknowledged"},
		},
		"nothing was published": {
			story:    tell(),
			findings: []string{"inconclusive: nothing published"},
		},
		"without a journal, a middle loss in one long session is still certain": {
			story:     tell(acked("0-9"), received("0-4 6-8"), noJournal),
			want:      check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 8, Lost: 1, LostSilent: 1, LostMiddle: 1, LostUnknown: 1},
			findings:  []string{silent, "inconclusive: journals incomplete"},
			anomalies: []string{"lost silent middle p0#5"},
		},
		"without a journal, a gap in a run with a fault is not": {
			story:    tell(fault("pause", 0, 7*s, 8*s), resumed(0, pub(0), 8*s), acked("0-9"), received("0-4 6-9"), noJournal),
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 9, Delivered: 9, LostUnknown: 1},
			findings: []string{"inconclusive: journals incomplete"},
		},
		"a crashed run knows its two sides at different times": {
			story:    tell(crashed, acked("0-8"), received("0-9")),
			want:     check.Counts{Attempted: 9, Acknowledged: 9, Expected: 9, Delivered: 9},
			findings: []string{"inconclusive: record incomplete"},
		},
		"interrupted": {
			story:    tell(interrupted, acked("0-9"), received("0-9")),
			want:     check.Counts{Attempted: 10, Acknowledged: 10, Expected: 10, Delivered: 10},
			findings: []string{"inconclusive: interrupted"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.story.judge(t)
			diff(t, "counts", c.want, a.Counts)
			diff(t, "findings", append([]string{}, c.findings...), findings(a))
			diff(t, "anomalies", append([]string{}, c.anomalies...), classes(a))
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}
