package check_test

import (
	"testing"
	"time"
)

// Who may receive a message again is decided by the levels of both hops and by what became of both sessions.
func TestDuplicates(t *testing.T) {
	all := []step{acked("0-9"), received("0-9")}
	gone := func(c int) []step { // the publisher (0) or subscriber (1) loses its connection at 7.5s, between messages 4 and 5
		client := pub(0)
		if c == 1 {
			client = sub(0)
		}
		return []step{
			fault("kill", c, 7400*time.Millisecond, 10*s), down(7500*time.Millisecond, client, c), resumed(0, client, 9*s),
		}
	}
	for name, c := range map[string]struct {
		published, subscribed byte
		steps                 []step
		want                  string
	}{
		"QoS 0 with DUP 0":              {0, 0, []step{again(3, false, 7*s, 0)}, "pass: duplicates at QoS 0"},
		"QoS 0 with DUP 1":              {0, 0, []step{again(3, true, 7*s, 0)}, "pass: duplicates at QoS 0"},
		"QoS 1 with DUP 0":              {1, 1, []step{again(3, false, 7*s, 0)}, "pass: duplicates"},
		"QoS 1 with DUP 1":              {1, 1, []step{again(3, true, 7*s, 0)}, "pass: duplicates"},
		"QoS 2 with DUP 0":              {2, 2, []step{again(3, false, 7*s, 0)}, "fail: duplicates at QoS 2"},
		"QoS 2 with DUP 1":              {2, 2, []step{again(3, true, 7*s, 0)}, "fail: duplicates at QoS 2"},
		"published at 1, received at 0": {1, 0, []step{again(3, false, 7*s, 0)}, "pass: duplicates"},
		"published at 2, received at 1": {2, 1, []step{again(3, false, 7*s, 0)}, "pass: duplicates"},
		"published at 1, received at 2": {1, 2, []step{again(3, false, 7*s, 0)}, "pass: duplicates"},
		"published at 2, received at 0": {2, 0, []step{again(3, false, 7*s, 0)}, "pass: duplicates at QoS 0"},
		"granted 1":                     {2, 2, []step{granted("granted QoS 1 of 2"), again(3, false, 7*s, 0)}, "pass: duplicates"},
		"QoS 2, publisher's session lost in between": {
			2, 2, append(gone(0), up(8500*time.Millisecond, pub(0), 0, false), again(4, false, 9*s, 0)),
			"pass: duplicates after session loss",
		},
		"QoS 2, publisher's session lost before": {
			2, 2, append(gone(0), up(7600*time.Millisecond, pub(0), 0, false), again(5, false, 9*s, 0)),
			"fail: duplicates at QoS 2",
		},
		"QoS 2, publisher's session lost after": {
			2, 2, append(gone(0), up(9500*time.Millisecond, pub(0), 0, false), again(4, false, 9*s, 0)),
			"fail: duplicates at QoS 2",
		},
		"QoS 2, publisher's session kept": {
			2, 2, append(gone(0), up(8500*time.Millisecond, pub(0), 0, true), again(4, true, 9*s, 0)),
			"fail: duplicates at QoS 2",
		},
		"QoS 2, subscriber's session lost in between": {
			2, 2, append(gone(1), up(8*s-time.Millisecond, sub(0), 1, false), again(4, false, 9*s, 0)),
			"pass: duplicates after session loss",
		},
		"QoS 2, subscriber's session kept": {
			2, 2, append(gone(1), up(8500*time.Millisecond, sub(0), 1, true), again(4, true, 9*s, 0)),
			"fail: duplicates at QoS 2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			steps := append([]step{qos(c.published, c.subscribed)}, all...)
			if c.published == 0 {
				steps = []step{qos(c.published, c.subscribed), written("0-9"), received("0-9")}
			}
			a := tell(append(steps, c.steps...)...).judge(t)
			diff(t, "findings", []string{c.want}, findings(a))
			if a.Counts.Duplicated != 1 || a.Counts.Delivered != 10 || a.Counts.Lost != 0 {
				t.Errorf("counts = %+v, want 10 delivered, 1 duplicated, none lost", a.Counts)
			}
			if t.Failed() {
				t.Log(details(a))
			}
		})
	}
}

func TestUnlistedDuplicates(t *testing.T) {
	more := func(s *story) { s.run.Flows[0].Duplicated += 5; s.run.OdditiesDropped += 5 }
	for level, want := range map[byte]string{1: "pass: duplicates beyond the record", 2: "inconclusive: duplicates beyond the record"} {
		a := tell(qos(level, level), acked("0-9"), received("0-9"), more).judge(t)
		diff(t, "findings", []string{want}, findings(a))
		if a.Counts.Duplicated != 5 || a.AnomaliesDropped != 5 {
			t.Errorf("QoS %d: %d duplicated, %d anomalies dropped, want 5 and 5", level, a.Counts.Duplicated, a.AnomaliesDropped)
		}
	}
}

// Order is that of first receipts, and a reordering is told apart by what the clients went through.
func TestOrder(t *testing.T) {
	all := []step{acked("0-9"), received("0-9")}
	for name, c := range map[string]struct {
		steps []step
		class string
	}{
		"two neighbours swapped": {[]step{behind(3, 7*s)}, "connections undisturbed"},
		"after the subscriber came back": {
			[]step{
				fault("kill", 1, 6200*time.Millisecond, 8*s), down(6300*time.Millisecond, sub(0), 1),
				up(6400*time.Millisecond, sub(0), 1, true), resumed(0, sub(0), 7*s), behind(3, 7*s),
			}, "subscriber reconnected",
		},
		"after the publisher came back to the same broker": {
			[]step{
				fault("kill", 0, 6200*time.Millisecond, 8*s), down(6300*time.Millisecond, pub(0), 0),
				up(6400*time.Millisecond, pub(0), 0, true), resumed(0, pub(0), 7*s), behind(3, 7*s),
			}, "publisher reconnected",
		},
		"after the publisher moved": {
			[]step{
				fault("kill", 0, 6200*time.Millisecond, 8*s), down(6300*time.Millisecond, pub(0), 0),
				up(6400*time.Millisecond, pub(0), 1, true), resumed(0, pub(0), 7*s), behind(3, 7*s),
			}, "publisher moved",
		},
		"over a bridge":      {[]step{joined("star", "both", 1), between(1, 2), on(1, "0-9"), behind(3, 7*s)}, "over a bridge"},
		"beside the bridges": {[]step{joined("star", "both", 1), between(1, 1), on(1, "0-9"), behind(3, 7*s)}, "connections undisturbed"},
		"by an unknown way":  {[]step{joined("star", "both", 1), between(1, 1), noJournal, behind(3, 7*s)}, "over a bridge"},
	} {
		t.Run(name, func(t *testing.T) {
			a := tell(append(append([]step{}, all...), c.steps...)...).judge(t)
			diff(t, "findings", []string{"pass: reordered"}, findings(a))
			diff(t, "anomalies", []string{"reordered " + c.class + " p0#3"}, classes(a))
			if a.Counts.Reordered != 1 {
				t.Errorf("%d reordered, want 1", a.Counts.Reordered)
			}
		})
	}
	// 1 2 3 2 3 4 is legal after a reconnect at QoS 1: the record has two duplicates and no reordering.
	a := tell(append(all, again(2, true, 7*s, 0), again(3, true, 7*s, 0))...).judge(t)
	diff(t, "repeated tail", []string{"pass: duplicates"}, findings(a))
}
