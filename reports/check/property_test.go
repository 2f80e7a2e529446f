package check_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mqbench/mqbench/reports/check"
	"github.com/mqbench/mqbench/reports/history"
)

// anyStory draws a history in which anything may happen to anything, at times so coarse that many things happen at
// once.
func anyStory(t *rapid.T) *story {
	s := tell(shape(rapid.SampledFrom([]string{
		"single", "cluster", "independent", "standby", "star", "chain", "mesh", "edge",
	}).Draw(t, "shape")))
	s.run.Meta.BridgeDirection = rapid.SampledFrom([]string{"both", "out"}).Draw(t, "direction")
	s.run.Meta.BridgeQoS = byte(rapid.IntRange(0, 2).Draw(t, "bridges"))
	s.run.Meta.SharedSessions = rapid.IntRange(0, 3).Draw(t, "shared sessions") == 0
	s.run.Meta.Balanced = rapid.IntRange(0, 9).Draw(t, "balanced") == 0
	s.run.Meta.PersistentSessions = rapid.Bool().Draw(t, "persistent")
	s.run.Complete = rapid.IntRange(0, 9).Draw(t, "complete") > 0
	s.run.Publishers, s.run.Subscribers, s.run.Flows, s.run.Events = nil, nil, nil, nil
	for n := range rapid.IntRange(1, 3).Draw(t, "publishers") {
		s.run.Publishers = append(s.run.Publishers, history.Publisher{
			Client: fmt.Sprintf("p%d", n), Group: fmt.Sprintf("pubs%d", n%2), Topic: fmt.Sprintf("t/%d", n),
			QoS: byte(rapid.IntRange(0, 2).Draw(t, "published")), Home: n % 2, Original: n,
		})
		if n == 1 && rapid.Bool().Draw(t, "copy") {
			p, o := &s.run.Publishers[1], s.run.Publishers[0]
			p.Original, p.Group, p.Topic, p.QoS = 0, o.Group, o.Topic, o.QoS
		}
		s.anyMessages(t, n)
		s.anyConnections(t, pub(n))
	}
	// In twos they are members of a shared subscription, or one subscriber and its copy.
	inTwos, shared := rapid.Bool().Draw(t, "in twos"), rapid.Bool().Draw(t, "shared")
	shared = shared && inTwos
	for n := range rapid.IntRange(1, 3).Draw(t, "subscribers") {
		account := n
		if inTwos {
			account = n / 2
		}
		s.run.Subscribers = append(s.run.Subscribers, history.Subscriber{
			Client: fmt.Sprintf("s%d", n), Group: fmt.Sprintf("subs%d", account), QoS: byte(rapid.IntRange(0, 2).Draw(t, "subscribed")),
			Home: n % 2, Account: account, Shared: shared,
		})
		s.anyConnections(t, sub(n))
		if n > 0 && s.run.Subscribers[n-1].Account == account {
			continue
		}
		for p := range s.run.Publishers {
			s.run.Flows = append(s.run.Flows, history.Flow{
				Account: account, Publisher: p, Delivered: anySet(t, 12), Copies: uint64(rapid.IntRange(0, 3).Draw(t, "copies")),
			})
		}
	}
	for n := range rapid.IntRange(0, 2).Draw(t, "faults") {
		began := anyTime(t)
		fault(rapid.SampledFrom([]string{"kill", "pause"}).Draw(t, "fault"), n%2, began, began+anyTime(t))(s)
	}
	for range rapid.IntRange(0, 6).Draw(t, "oddities") {
		s.anyOddity(t)
	}
	return s
}

func anyTime(t *rapid.T) time.Duration {
	return time.Duration(rapid.IntRange(1, 15).Draw(t, "time")) * time.Second
}

func anySet(t *rapid.T, below int) history.Sequences {
	var set history.Sequences
	for n := range below {
		if rapid.IntRange(0, 3).Draw(t, "in") > 0 {
			set.Add(uint32(n))
		}
	}
	return set
}

func (s *story) anyMessages(t *rapid.T, n int) {
	p := &s.run.Publishers[n]
	for seq := range uint32(rapid.IntRange(0, 12).Draw(t, "messages")) {
		text := fmt.Sprint(seq)
		what := rapid.IntRange(0, 9).Draw(t, "outcome")
		switch {
		case what == 0:
			p.Unsent.Add(seq)
			p.Next = seq + 1
			continue
		case p.QoS == 0:
			s.settle(n, text, history.OutcomeWritten, 0)
		case what == 1:
			s.settle(n, text, history.OutcomeRefused, 0x97)
			p.Refused.Add(seq)
		case what == 2:
			s.settle(n, text, history.OutcomeInDoubt, 0)
			p.InDoubt.Add(seq)
		default:
			ackedBy(n, text)(s)
		}
		if rapid.IntRange(0, 19).Draw(t, "journal") == 0 {
			delete(s.details[n], seq)
		} else {
			d := s.details[n][seq]
			d.Broker = rapid.IntRange(0, 1).Draw(t, "broker")
			s.details[n][seq] = d
		}
	}
}

func (s *story) anyConnections(t *rapid.T, c history.ClientRef) {
	for range rapid.IntRange(0, 3).Draw(t, "connections") {
		at, broker := anyTime(t), rapid.IntRange(0, 1).Draw(t, "broker")
		s.up(at, c, broker, rapid.Bool().Draw(t, "present"))
		if rapid.Bool().Draw(t, "lost") {
			s.event(at+anyTime(t)-time.Second, c, history.Disconnected, broker, false, "EOF")
		}
	}
}

func (s *story) anyOddity(t *rapid.T) {
	kind := rapid.SampledFrom([]history.OddityKind{history.Duplicate, history.Reordered, history.Phantom, history.Unasked}).Draw(t, "oddity")
	f := &s.run.Flows[rapid.IntRange(0, len(s.run.Flows)-1).Draw(t, "flow")]
	m := 0
	for s.run.Subscribers[m].Account != f.Account {
		m++
	}
	publisher := f.Publisher
	switch kind {
	case history.Duplicate:
		f.Duplicated++
	case history.Reordered:
		f.Reordered++
	case history.Unasked:
	case history.Phantom:
		s.run.Phantoms++
		publisher = -1
	}
	s.oddity(kind, uint32(rapid.IntRange(0, 12).Draw(t, "sequence")), anyTime(t), m, func(o *history.Oddity) { o.Publisher = publisher })
}

// Whatever happened, each message has one fate, and the counts add up.
func TestCountsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyStory(t)
		a, err := check.Judge(s.run, s.lookUp)
		if err != nil {
			t.Fatalf("judge: %v", err)
		}
		explained(t, a)
		want, undelivered := s.byHand()
		c := a.Counts
		for _, x := range []struct {
			what        string
			left, right uint64
		}{
			{"expected = delivered + lost", c.Expected, c.Delivered + c.Lost},
			{"lost = declared + silent", c.Lost, c.LostDeclared + c.LostSilent},
			{"lost = prefix + middle + suffix", c.Lost, c.LostPrefix + c.LostMiddle + c.LostSuffix},
			{"undelivered = lost + unknown + missed", undelivered, c.Lost + c.LostUnknown + c.Missed},
			{"attempted", want.Attempted, c.Attempted},
			{"acknowledged", want.Acknowledged, c.Acknowledged},
			{"in doubt", want.InDoubt, c.InDoubt},
			{"refused", want.Refused, c.Refused},
			{"unsent", want.Unsent, c.Unsent},
			{"delivered", want.Delivered, c.Delivered},
			{"recovered", want.Recovered, c.Recovered},
			{"refused yet delivered", want.RefusedDelivered, c.RefusedDelivered},
			{"copies", want.Copies, c.Copies},
			{"lost = anomalies that say so", c.Lost, named(a, check.AnomalyLost)},
			{"refused yet delivered = anomalies that say so", c.RefusedDelivered, named(a, check.AnomalyRefused)},
			{"phantoms = anomalies that say so", c.Phantom, named(a, check.AnomalyPhantom)},
		} {
			if x.left != x.right {
				t.Errorf("%s: %d ≠ %d (%+v)", x.what, x.left, x.right, c)
			}
		}
		checkGroups(t, a)
		checkVerdict(t, a)
	})
}

// byHand counts message by message what needs no judgement, and how many were owed if there was a session and did not
// come. What was published twice is one message.
func (s *story) byHand() (c check.Counts, undelivered uint64) {
	for o, p := range s.run.Publishers {
		if p.Original != o {
			continue
		}
		for seq := range uint32(12) {
			m := s.message(o, seq)
			c.Attempted += one(m.attempted)
			c.Acknowledged += one(m.acknowledged)
			c.Refused += one(m.refused && !m.acknowledged && !m.inDoubt)
			c.InDoubt += one(m.inDoubt && !m.acknowledged)
			c.Unsent += one(m.unsent && !m.attempted)
			for account := range s.run.Subscribers {
				got, asked := s.got(account, o, seq)
				if !asked {
					continue
				}
				c.Delivered += one(got && m.attempted)
				c.Recovered += one(got && m.inDoubt && !m.acknowledged)
				c.RefusedDelivered += one(got && m.refused && !m.acknowledged && !m.inDoubt)
				undelivered += one(!got && (m.acknowledged || p.QoS == 0 && m.attempted))
			}
		}
	}
	for _, f := range s.run.Flows {
		c.Copies += f.Copies
	}
	return c, undelivered
}

func one(is bool) uint64 {
	if is {
		return 1
	}
	return 0
}

// A fate is what happened to any copy of a message.
type fate struct{ attempted, acknowledged, refused, inDoubt, unsent bool }

func (s *story) message(original int, seq uint32) (m fate) {
	for _, p := range s.run.Publishers {
		if p.Original != original || seq >= p.Next {
			continue
		}
		sent := !p.Unsent.Contains(seq)
		m.unsent = m.unsent || !sent
		m.attempted = m.attempted || sent
		m.acknowledged = m.acknowledged || p.Acknowledged.Contains(seq)
		m.refused = m.refused || p.Refused.Contains(seq)
		m.inDoubt = m.inDoubt || p.InDoubt.Contains(seq)
	}
	return m
}

// got says whether an account received a message that was really attempted, by any copy; asked, whether it has flows of
// it.
func (s *story) got(account, original int, seq uint32) (got, asked bool) {
	for _, f := range s.run.Flows {
		if p := s.run.Publishers[f.Publisher]; f.Account == account && p.Original == original {
			asked = true
			got = got || f.Delivered.Contains(seq) && seq < p.Next && !p.Unsent.Contains(seq)
		}
	}
	return got, asked
}

func named(a *check.Analysis, kind check.AnomalyKind) (n uint64) {
	for _, x := range a.Anomalies {
		if x.Kind == kind {
			n++
		}
	}
	return n
}

// checkGroups checks that the groups' lines add up to the whole, but for phantoms of which nobody knows whose they are.
func checkGroups(t *rapid.T, a *check.Analysis) {
	var attempted, expected, delivered, lost, duplicated uint64
	for _, g := range a.Groups {
		attempted += g.Counts.Attempted
		expected += g.Counts.Expected
		delivered += g.Counts.Delivered
		lost += g.Counts.Lost
		duplicated += g.Counts.Duplicated
	}
	c := a.Counts
	if attempted != c.Attempted || expected != c.Expected || delivered != c.Delivered || lost != c.Lost || duplicated != c.Duplicated {
		t.Errorf("groups %+v do not add up to %+v", a.Groups, c)
	}
}

// checkVerdict checks that hard findings fail the run and nothing else decides over it.
func checkVerdict(t *rapid.T, a *check.Analysis) {
	worst := check.Pass
	for n, f := range a.Findings {
		worst = check.Worst(worst, f.Verdict)
		if n > 0 && check.Worst(a.Findings[n-1].Verdict, f.Verdict) != a.Findings[n-1].Verdict {
			t.Errorf("finding %d (%s) is worse than the one in front of it", n, f.Name)
		}
	}
	if a.Verdict != worst {
		t.Errorf("verdict %s, worst finding %s", a.Verdict, worst)
	}
	if a.Counts.Phantom > 0 && a.Verdict != check.Fail {
		t.Errorf("%d phantoms and verdict %s", a.Counts.Phantom, a.Verdict)
	}
}

func sameAnalysis(a, b *check.Analysis) string {
	return cmp.Diff(a, b, cmp.Comparer(func(x, y *hdr.Histogram) bool { return x.Equals(y) }))
}

// The order in which things stand in the record decides nothing, and judging changes nothing.
func TestOrderOfTheRecordDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyStory(t)
		before, err := check.Judge(s.run, s.lookUp)
		if err != nil {
			t.Fatalf("judge: %v", err)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(s.run.Events), func(i, j int) { s.run.Events[i], s.run.Events[j] = s.run.Events[j], s.run.Events[i] })
		r.Shuffle(len(s.run.Oddities), func(i, j int) { s.run.Oddities[i], s.run.Oddities[j] = s.run.Oddities[j], s.run.Oddities[i] })
		r.Shuffle(len(s.run.Flows), func(i, j int) { s.run.Flows[i], s.run.Flows[j] = s.run.Flows[j], s.run.Flows[i] })
		after, err := check.Judge(s.run, s.lookUp)
		if err != nil {
			t.Fatalf("judge again: %v", err)
		}
		if d := sameAnalysis(before, after); d != "" {
			t.Errorf("judged differently after shuffling (-before +after):\n%s", d)
		}
	})
}

// A run with exactly one of each anomaly has exactly one of each finding.
func TestPathological(t *testing.T) {
	s := tell(
		another, ackedBy(1, "0-9"), receivedIn(1, "0-2 4-9"), // lost silently
		acked("0-2 4-6 10-14"), refused("3"), inDoubt("7"), unsent("8"), unmatched("9"),
		received("0 2-7 9-14"), // 1: declared; 3: refused yet delivered; 7: recovered
		qos(2, 2), again(5, true, 9*time.Second, 0), behind(6, 10*time.Second), phantom("bad checksum", 11*time.Second),
		fault("kill", 1, 4500*ms, 6*time.Second), // the session goes between 1 and 2, nothing behind 1 came before
		down(4600*ms, sub(0), 1), up(4700*ms, sub(0), 1, false), resumed(0, sub(0), 5*time.Second),
	)
	s.run.Publishers[1].QoS = 1
	a := s.judge(t)
	diff(t, "counts", check.Counts{
		Attempted: 24, Acknowledged: 22, InDoubt: 1, Refused: 1, Unsent: 1, Unmatched: 1,
		Expected: 24, Delivered: 22, Lost: 2, LostSilent: 1, LostDeclared: 1, LostMiddle: 2,
		Recovered: 1, Duplicated: 1, Reordered: 1, Phantom: 1, RefusedDelivered: 1,
	}, a.Counts)
	diff(t, "findings", []string{
		"fail: phantom messages", "fail: silent loss", "fail: duplicates at QoS 2",
		"pass: declared loss", "pass: refused yet delivered", "pass: reordered",
	}, findings(a))
	diff(t, "anomalies", []string{
		"lost declared middle p0#1", "lost silent middle p1#3", "refused yet delivered p0#3", "duplicated dup=1 p0#5",
		"reordered connections undisturbed p0#6", "phantom #0",
	}, classes(a))
	if i := a.Injections[0]; i.Lost != 1 || i.Duplicated != 1 || i.Reordered != 1 {
		t.Errorf("during and after the injection: lost %d, duplicated %d, reordered %d, want 1 each", i.Lost, i.Duplicated, i.Reordered)
	}
	if s.scans != 1 {
		t.Errorf("the journals were scanned %d times, want once", s.scans)
	}
	if t.Failed() {
		t.Log(details(a))
	}
}
