package scenarios_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/scenarios"
)

// TestMatches holds the examples of the specification [MQTT 5.0 §4.7] and the corners around them.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		filter, topic string
		want          bool
	}{
		{"sport/tennis/player1/#", "sport/tennis/player1", true},
		{"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
		{"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
		{"sport/tennis/player1/#", "sport/tennis/player10", false},
		{"sport/#", "sport", true},
		{"sport/#", "sports", false},
		{"#", "sport/tennis", true},
		{"#", "/", true},
		{"sport/tennis/+", "sport/tennis/player1", true},
		{"sport/tennis/+", "sport/tennis/player1/ranking", false},
		{"sport/+", "sport", false},
		{"sport/+", "sport/", true},
		{"+/+", "/finance", true},
		{"/+", "/finance", true},
		{"+", "/finance", false},
		{"+/tennis/#", "sport/tennis", true},
		{"+/tennis/#", "sport/golf/tennis", false},
		{"sport/+/player1", "sport/tennis/player1", true},
		{"#", "$SYS/uptime", false},
		{"+/uptime", "$SYS/uptime", false},
		{"$SYS/#", "$SYS/uptime", true},
		{"$SYS/+", "$SYS/uptime", true},
		{"a", "a", true},
		{"a", "A", false},
		{"a", "a/", false},
		{"a/", "a", false},
		{"a//b", "a//b", true},
		{"a/+/b", "a//b", true},
		{"a/b", "a/b/c", false},
		{"a/b/c", "a/b", false},
		{"$share/group/plant/#", "plant/1", true},
		{"$share/group/plant/#", "group/plant/1", false},
		{"$share/group/#", "$SYS/uptime", false},
	} {
		if got := scenarios.Matches(c.filter, c.topic); got != c.want {
			t.Errorf("Matches(%q, %q) = %t, want %t", c.filter, c.topic, got, c.want)
		}
	}
}

// level draws a level of a topic out of few, so that matches are frequent.
func level() *rapid.Generator[string] { return rapid.SampledFrom([]string{"", "a", "b", "$c", "ü"}) }

func drawTopic(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(level(), 1, 5).Draw(t, label), "/")
}

func drawFilter(t *rapid.T, label string) string {
	levels := rapid.SliceOfN(rapid.OneOf(level(), rapid.Just("+")), 0, 4).Draw(t, label)
	if len(levels) == 0 || rapid.Bool().Draw(t, label+" ends in #") {
		levels = append(levels, "#")
	}
	return strings.Join(levels, "/")
}

// matchesByExpression is the rule of the specification in another form.
func matchesByExpression(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && strings.ContainsAny(filter[:min(1, len(filter))], "+#") {
		return false
	}
	levels := strings.Split(filter, "/")
	var b strings.Builder
	b.WriteString("^")
	for i, level := range levels {
		switch {
		case level == "#" && i == 0:
			b.WriteString(".*")
		case level == "#":
			b.WriteString("(/.*)?")
		default:
			if i > 0 {
				b.WriteString("/")
			}
			if level == "+" {
				b.WriteString("[^/]*")
			} else {
				b.WriteString(regexp.QuoteMeta(level))
			}
		}
	}
	return regexp.MustCompile(b.String() + "$").MatchString(topic)
}

func TestMatchesIsTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		filter, topic := drawFilter(t, "filter"), drawTopic(t, "topic")
		want := matchesByExpression(filter, topic)
		if got := scenarios.Matches(filter, topic); got != want {
			t.Fatalf("Matches(%q, %q) = %t, want %t", filter, topic, got, want)
		}
		if got := scenarios.Matches("$share/g/"+filter, topic); got != want {
			t.Fatalf("shared: Matches(%q, %q) = %t, want %t", filter, topic, got, want)
		}
	})
}

func TestTopicOf(t *testing.T) {
	g := scenarios.PublisherGroup{Name: "sensors", Topic: "{broker}/{name}/{n}{n}/{other}/{", Will: &scenarios.Will{Topic: "gone/{n}"}}
	if got, want := g.TopicOf(12, "b3"), "b3/sensors/1212/{other}/{"; got != want {
		t.Errorf("topic %q, want %q", got, want)
	}
	if got, want := g.WillOf(12, "b3").Topic, "gone/12"; got != want {
		t.Errorf("topic of the will %q, want %q", got, want)
	}
	if g.Will.Topic != "gone/{n}" {
		t.Errorf("WillOf changed the group's will to %q", g.Will.Topic)
	}
	if got := (scenarios.PublisherGroup{Topic: "a"}).WillOf(1, "b1"); got != nil {
		t.Errorf("will %v, want none", got)
	}
}

func TestFiltersOf(t *testing.T) {
	for _, c := range []struct {
		group scenarios.SubscriberGroup
		want  []string
	}{
		{scenarios.SubscriberGroup{Name: "d", Filter: "plant/{n}/#"}, []string{"plant/2/#"}},
		{scenarios.SubscriberGroup{Name: "d", Filters: []string{"{name}/+", "{broker}"}}, []string{"d/+", "b1"}},
		{scenarios.SubscriberGroup{Name: "d", Filter: "plant/#", Share: "w"}, []string{"$share/w/plant/#"}},
	} {
		if diff := cmp.Diff(c.want, c.group.FiltersOf(2, "b1")); diff != "" {
			t.Errorf("filters of %+v (-want +got):\n%s", c.group, diff)
		}
	}
}
