package scenarios

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// A Churn makes the clients of a group come and go on their own wish, each by itself, from the start of the load to its
// end. The group is in full swing from the start: at any time the part stay / (stay + away) of it is there. Away by plan
// is no outage.
//
// When the load ends nobody leaves any more, and clients with persistent sessions that are away come back, for what
// waits for them. Those with clean sessions stay away: nothing waits.
type Churn struct {
	// Stay and Away are how long a client is there, and away, uniformly between the bounds.
	Stay Span `yaml:"stay"`
	Away Span `yaml:"away"`
	// Leave is how a client goes.
	Leave Leave `yaml:"leave,omitempty" default:"disconnect"`
}

// Leave is how a client goes.
type Leave string

// The ways to go: with DISCONNECT [MQTT 5.0 §3.14], or by a reset of the connection without a word, upon which the
// broker publishes the will.
const (
	LeaveDisconnect Leave = "disconnect"
	LeaveDrop       Leave = "drop"
)

// A Join has the clients of a group come while load is offered by others: a connect storm, or a group that arrives
// later. The connect rate does not bound them.
type Join struct {
	// At is when the first comes, since the start of the measurement, as in the schedule of faults.
	At time.Duration `yaml:"at"`
	// Within is the time over which they come, evenly; 0s: all at once.
	Within time.Duration `yaml:"within,omitempty" default:"0s"`
}

// A Flap makes each subscriber of a group unsubscribe and subscribe again, over and over while load is offered, on a
// connection that stays. Each has its own phase.
type Flap struct {
	// Every is the time from one UNSUBSCRIBE to the next, For the time until the filters are subscribed again.
	Every time.Duration `yaml:"every"`
	For   time.Duration `yaml:"for"`
}

// A Downlink is what publishers subscribe to, over the connection and in the session in which they publish.
type Downlink struct {
	// Filter or Filters are as in [SubscriberGroup].
	Filter  string   `yaml:"filter,omitempty"`
	Filters []string `yaml:"filters,omitempty"`
	QoS     QoS      `yaml:"qos"`
}

// Receivers returns the subscribers that the publishers of the group are as well; false where they are none.
func (g PublisherGroup) Receivers() (SubscriberGroup, bool) {
	if g.Subscribe == nil {
		return SubscriberGroup{}, false
	}
	return SubscriberGroup{
		Name: g.Name, Count: g.Count, Brokers: g.Brokers, Fallback: g.Fallback,
		Filter: g.Subscribe.Filter, Filters: g.Subscribe.Filters, QoS: g.Subscribe.QoS, Churn: g.Churn, Join: g.Join,
	}, true
}

// Span is a range of durations, written "30s..2m", or "30s" where both bounds are the same.
type Span struct{ Min, Max time.Duration }

// ParseSpan reads a range of durations.
func ParseSpan(text string) (Span, error) {
	lower, upper, found := strings.Cut(text, "..")
	if !found {
		upper = lower
	}
	var s Span
	var err error
	if s.Min, err = parseDuration(strings.TrimSpace(lower)); err != nil {
		return Span{}, err
	}
	if s.Max, err = parseDuration(strings.TrimSpace(upper)); err != nil {
		return Span{}, err
	}
	if s.Max < s.Min {
		return Span{}, fmt.Errorf("range %q: want a longest duration that is not below the shortest", shorten(text))
	}
	return s, nil
}

// String writes the range as it is read.
func (s Span) String() string {
	if s.Min == s.Max {
		return formatDuration(s.Min)
	}
	return formatDuration(s.Min) + ".." + formatDuration(s.Max)
}

// Jitter says whether the waits before attempts are random.
type Jitter string

// The kinds of jitter. Without it clients that lost the same broker at one time all ask again at one time: a thundering
// herd.
const (
	JitterFull Jitter = "full"
	JitterNone Jitter = "none"
)

// maxSources bounds the number of source addresses.
const maxSources = 1 << 16

// Sources returns the source addresses of the clients, in order; none: the system chooses.
func (c Client) Sources() ([]netip.Addr, error) {
	var list []netip.Addr
	known := map[netip.Addr]bool{}
	for _, text := range c.SourceAddresses {
		some, err := parseSources(text)
		if err != nil {
			return nil, err
		}
		for _, a := range some {
			if known[a] {
				return nil, fmt.Errorf("source address %s is there twice: each has its ports but once", a)
			}
			known[a] = true
		}
		if list = append(list, some...); len(list) > maxSources {
			return nil, fmt.Errorf("source addresses up to %q are more than %d", shorten(text), maxSources)
		}
	}
	return list, nil
}

// parseSources reads an address, a range of addresses or a prefix, of which it takes those that hosts can have.
func parseSources(text string) ([]netip.Addr, error) {
	const want = "want an address such as 127.0.0.2, a range such as 127.0.0.2..127.0.0.9, or a prefix such as 127.0.1.0/24"
	first, last, err := sourceRange(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no source address: %s", shorten(text), want)
	}
	if last.Less(first) || first.BitLen() != last.BitLen() {
		return nil, fmt.Errorf("range %q: want a last address that is not below the first", shorten(text))
	}
	var list []netip.Addr
	for a := first; ; a = a.Next() {
		if list = append(list, a); len(list) > maxSources {
			return nil, fmt.Errorf("%q has more than %d addresses", shorten(text), maxSources)
		}
		if a == last {
			return list, nil
		}
	}
}

// sourceRange reads the first and the last address of a text.
func sourceRange(text string) (first, last netip.Addr, err error) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return first, last, err
		}
		prefix = prefix.Masked()
		return hosts(prefix)
	}
	lower, upper, ranged := strings.Cut(text, "..")
	if first, err = netip.ParseAddr(strings.TrimSpace(lower)); err != nil || !ranged {
		return first, first, err
	}
	last, err = netip.ParseAddr(strings.TrimSpace(upper))
	return first, last, err
}

// hosts are the first and the last address of a prefix that a host can have: of IPv4, not the network itself and not
// its broadcast.
func hosts(p netip.Prefix) (first, last netip.Addr, err error) {
	if p.Addr().BitLen()-p.Bits() > 16 {
		return first, last, fmt.Errorf("prefix %s is too wide", p)
	}
	first, last = p.Addr(), p.Addr()
	for next := last; p.Contains(next); next = next.Next() {
		last = next
	}
	if p.Addr().Is4() && p.Bits() < 31 {
		first, last = first.Next(), last.Prev()
	}
	return first, last, nil
}
