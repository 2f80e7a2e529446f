package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mqbench/mqbench/reports/check"
)

// A judgement that found nothing says what it looked at; one that found something, or had nothing to look at, assures
// of nothing.
func TestAssurances(t *testing.T) {
	const s = time.Second
	all := []string{"no phantom messages", "no silent loss", "no unexplained outages"}
	without := func(name string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return n == name })
	}
	for name, c := range map[string]struct {
		steps []step
		want  []string
		says  string
	}{
		"a clean run":                           {[]step{acked("0-9"), received("0-9")}, all, "of 10 deliveries that were owed, 10 were made"},
		"nothing published":                     {nil, nil, ""},
		"nothing received":                      {[]step{acked("0-9")}, []string{"no unexplained outages"}, "0 outages"},
		"silent loss":                           {[]step{acked("0-9"), received("0-4 6-9")}, without("no silent loss"), ""},
		"a suffix that is not known to be lost": {[]step{acked("0-9"), received("0-4")}, without("no silent loss"), ""},
		"a phantom":                             {[]step{acked("0-9"), received("0-9"), phantom("bad checksum", 9*s)}, without("no phantom messages"), ""},
		"an outage": {
			[]step{acked("0-9"), received("0-9"), down(10*s, sub(0), 1), up(10*s+s/2, sub(0), 1, true)},
			without("no unexplained outages"), "",
		},
		"QoS 2": {
			[]step{qos(2, 2), acked("0-9"), received("0-9")}, append([]string{"no broken exactly once"}, all...),
			"no message at QoS 2 was received twice",
		},
		"QoS 2, granted less": {[]step{qos(2, 1), acked("0-9"), received("0-9")}, all, ""},
		"QoS 2, with repetitions that are not listed": {
			[]step{qos(2, 2), acked("0-9"), received("0-9"), func(s *story) { s.run.Flows[0].Duplicated++ }}, all, "",
		},
		"QoS 2, over a bridge at QoS 1": {
			[]step{joined("star", "both", 1), between(1, 2), qos(2, 2), acked("0-9"), received("0-9")}, all, "",
		},
		"QoS 2, over a bridge at QoS 2": {
			[]step{joined("star", "both", 2), between(1, 2), qos(2, 2), acked("0-9"), received("0-9")},
			append([]string{"no broken exactly once"}, all...), "",
		},
		"events that did not fit": {
			[]step{acked("0-9"), received("0-9"), func(s *story) { s.run.EventsDropped++ }}, without("no unexplained outages"), "",
		},
		"QoS 0": {[]step{qos(0, 0), written("0-9"), received("0-9")}, without("no silent loss"), ""},
		"a fault": {
			[]step{acked("0-9"), received("0-9"), fault("kill", 1, 10*s, 12*s)}, append([]string{"no fault missed"}, all...),
			"1 fault was carried out and healed",
		},
		"a fault that did not happen": {
			[]step{acked("0-9"), received("0-9"), fault("kill", 1, 10*s, 12*s), failed(0, "no such process")}, all, "",
		},
		"a fault that was not healed": {
			[]step{acked("0-9"), received("0-9"), fault("kill", 1, 10*s, 12*s), healFailed("timeout")}, all, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			text := ""
			for _, f := range tell(c.steps...).judge(t).Findings {
				if !strings.HasPrefix(f.Name, "no ") {
					continue
				}
				got, text = append(got, f.Name), text+f.Detail+"\n"
				if f.Verdict != check.Pass {
					t.Errorf("%s: verdict %s", f.Name, f.Verdict)
				}
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(c.want))
			if !slices.Equal(got, want) || !strings.Contains(text, c.says) {
				t.Errorf("got %q, want %q; want them to say %q:\n%s", got, want, c.says, text)
			}
		})
	}
}
