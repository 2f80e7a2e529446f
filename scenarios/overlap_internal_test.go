package scenarios

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/c", false},
		{"a/#", "a", true},
		{"a/#", "b/#", false},
		{"a/+", "+/b", true},
		{"a/+", "a/b/c", false},
		{"a/+/#", "a/b", true},
		{"#", "a/b/c", true},
		{"#", "$SYS/x", false},
		{"+/x", "$SYS/x", false},
		{"$SYS/#", "$SYS/+", true},
		{"+", "/", false},
		{"a/", "a/+", true},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got := overlap(pair[0], pair[1]); got != c.want {
				t.Errorf("overlap(%q, %q) = %t, want %t", pair[0], pair[1], got, c.want)
			}
		}
	}
}

// allTopics are those of up to three levels out of a few names: enough to witness every overlap of the filters drawn
// below.
func allTopics() []string {
	names := []string{"", "a", "b", "$c"}
	topics := []string{}
	for _, x := range names {
		topics = append(topics, x)
		for _, y := range names {
			topics = append(topics, x+"/"+y)
			for _, z := range names {
				topics = append(topics, x+"/"+y+"/"+z)
			}
		}
	}
	return topics
}

func TestOverlapHasAWitness(t *testing.T) {
	draw := func(t *rapid.T, label string) string {
		levels := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b", "$c", "+"}), 1, 3).Draw(t, label)
		if rapid.Bool().Draw(t, label+" ends in #") {
			levels[len(levels)-1] = "#"
		}
		return strings.Join(levels, "/")
	}
	topics := allTopics()
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		witness := ""
		found := false
		for _, topic := range topics {
			if Matches(a, topic) && Matches(b, topic) {
				witness, found = topic, true
				break
			}
		}
		if got := overlap(a, b); got != found {
			t.Fatalf("overlap(%q, %q) = %t, but the topic that both select: %q (%t)", a, b, got, witness, found)
		}
	})
}

func TestTopicTreeMatchesAsEachTopicDoes(t *testing.T) {
	levels := rapid.SampledFrom([]string{"", "a", "b", "c"})
	rapid.Check(t, func(t *rapid.T) {
		var topics []string
		tree := &topicLevel{}
		for range rapid.IntRange(0, 6).Draw(t, "topics") {
			topic := strings.Join(rapid.SliceOfN(levels, 1, 4).Draw(t, "topic"), "/")
			topics = append(topics, topic)
			tree.add(topic)
		}
		filter := strings.Join(rapid.SliceOfN(rapid.OneOf(levels, rapid.Just("+")), 0, 4).Draw(t, "filter"), "/")
		if filter == "" || rapid.Bool().Draw(t, "ends in #") {
			filter = strings.TrimPrefix(filter+"/#", "/")
		}
		want := false
		for _, topic := range topics {
			want = want || Matches(filter, topic)
		}
		steps := 1000
		if got := tree.matches(filter, &steps); got != want {
			t.Fatalf("the tree of %q matches %q: %t, want %t", topics, filter, got, want)
		}
	})
}

func TestNearest(t *testing.T) {
	words := []string{"keepalive", "protocol", "session", "qos"}
	for text, want := range map[string]string{
		"protcol": "protocol", "sesion": "session", "QOS": "qos", "keep_alive": "keepalive", "qso": "qos",
		"colour": "", "": "", strings.Repeat("x", 10_000): "",
	} {
		if got := nearest(text, words); got != want {
			t.Errorf("nearest(%.20q) = %q, want %q", text, got, want)
		}
	}
}
