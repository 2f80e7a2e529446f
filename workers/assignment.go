package workers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/pace"
)

// An Assignment says who connects where and sends what. It is made before the run from the scenario alone, is saved
// with the plan, and is all that a fleet needs to know. Publishers and subscribers are numbered apart, from 0 without
// gaps: their number is their index here, in stamps and in the record.
type Assignment struct {
	// RunID is part of every stamp and, shortened, of every client identifier.
	RunID uint64 `json:"run_id,string"`
	// Seed selects phases, Poisson draws and the jitter of reconnects.
	Seed uint64 `json:"seed,string"`
	// Brokers holds the names in order; homes are indices into it.
	Brokers []string `json:"brokers"`
	// Apart says that the brokers need not share sessions, so that what one of them granted says nothing about another.
	Apart bool `json:"brokers_apart,omitempty"`
	// Client is what all clients have in common.
	Client scenarios.Client `json:"client"`
	// Warmup and Measure are the spans in which load is offered, one after the other.
	Warmup           time.Duration               `json:"warmup"`
	Measure          time.Duration               `json:"measure"`
	PublisherGroups  []scenarios.PublisherGroup  `json:"publisher_groups"`
	SubscriberGroups []scenarios.SubscriberGroup `json:"subscriber_groups"`
	Publishers       []Publisher                 `json:"publishers"`
	Subscribers      []Subscriber                `json:"subscribers"`
	// Accounts is the number of accounts: one per subscriber, and one per shared subscription.
	Accounts int `json:"accounts"`
	// FlowSets holds the sets of publishers that subscribers refer to; most subscribers of a run share one.
	FlowSets [][]Range `json:"flow_sets"`
}

// A Publisher is the assignment of one publishing client.
type Publisher struct {
	// Client is the client identifier.
	Client string `json:"client"`
	// Group is the index of its group.
	Group int    `json:"group"`
	Topic string `json:"topic"`
	// Home is the number of the broker at which it starts.
	Home int             `json:"home"`
	Will *scenarios.Will `json:"will,omitempty"`
}

// A Subscriber is the assignment of one subscribing client.
type Subscriber struct {
	// Client is the client identifier.
	Client string `json:"client"`
	// Group is the index of its group.
	Group int `json:"group"`
	// Filters are the topic filters as they are sent.
	Filters []string `json:"filters"`
	// Home is the number of the broker at which it starts.
	Home int `json:"home"`
	// Account is the number of the account for which its receipts count; members of a shared subscription have one in
	// common.
	Account int `json:"account"`
	// FlowSet is the index of the set of publishers whose topics its filters match.
	FlowSet int `json:"flow_set"`
}

// A Range is the numbers from First up to, not including, End.
type Range struct {
	First int `json:"first"`
	End   int `json:"end"`
}

// Assign makes the assignment of a scenario. It is pure: the same scenario, seed and run number give the same
// assignment. The scenario has to be valid; a client that is placed at a broker that does not exist is an error.
func Assign(s *scenarios.Scenario, runID uint64) (*Assignment, error) {
	a := &Assignment{
		RunID: runID, Seed: s.Seed, Brokers: scenarios.BrokerNames(s.Topology.Nodes), Client: s.Workload.Client,
		Apart:  s.Topology.Shape == scenarios.ShapeIndependent || s.Topology.Shape == scenarios.ShapeStandby,
		Warmup: s.Phases.Warmup, Measure: s.Phases.Measure,
		PublisherGroups: s.Workload.Publishers, SubscriberGroups: s.Workload.Subscribers,
	}
	if len(a.Brokers) == 0 {
		return nil, fmt.Errorf("assign clients: the topology has no brokers")
	}
	if err := a.assignPublishers(s.Topology); err != nil {
		return nil, err
	}
	if err := a.assignSubscribers(s.Topology); err != nil {
		return nil, err
	}
	return a, nil
}

// assignPublishers numbers the publishers, group by group.
func (a *Assignment) assignPublishers(t scenarios.Topology) error {
	for g, group := range a.PublisherGroups {
		for n := 1; n <= group.Count; n++ {
			name, home, err := a.home(t, group.Name, group.Brokers, n)
			if err != nil {
				return err
			}
			a.Publishers = append(a.Publishers, Publisher{
				Client: a.clientID("p", len(a.Publishers)), Group: g, Topic: group.TopicOf(n, name), Home: home,
				Will: group.WillOf(n, name),
			})
		}
	}
	return nil
}

// assignSubscribers numbers the subscribers, group by group, and finds out whose messages they are owed.
func (a *Assignment) assignSubscribers(t scenarios.Topology) error {
	topics := newTopicTree(a.Publishers)
	sets := make(map[string]int)
	shared := make(map[string]int)
	for g, group := range a.SubscriberGroups {
		for n := 1; n <= group.Count; n++ {
			name, home, err := a.home(t, group.Name, group.Brokers, n)
			if err != nil {
				return err
			}
			s := Subscriber{
				Client: a.clientID("s", len(a.Subscribers)), Group: g, Filters: group.FiltersOf(n, name), Home: home,
				Account: a.Accounts,
			}
			// A filter cannot contain a NUL, so the joined text is unique [MQTT-1.5.4-2].
			key := strings.Join(slices.Sorted(slices.Values(s.Filters)), "\x00")
			set, known := sets[key]
			if !known {
				set = len(a.FlowSets)
				sets[key] = set
				a.FlowSets = append(a.FlowSets, ranges(topics.matchAny(s.Filters)))
			}
			s.FlowSet = set
			if account, joined := shared[key]; joined {
				s.Account = account
			} else {
				a.Accounts++
				if group.Share != "" {
					shared[key] = s.Account
				}
			}
			a.Subscribers = append(a.Subscribers, s)
		}
	}
	return nil
}

// home returns the name and number of the broker at which client n of a group starts.
func (a *Assignment) home(t scenarios.Topology, group string, p scenarios.Placement, n int) (string, int, error) {
	name := t.Home(p, n)
	number := slices.Index(a.Brokers, name)
	if number < 0 {
		return "", 0, fmt.Errorf("assign clients of group %q: there is no broker %q", group, name)
	}
	return name, number, nil
}

// clientID returns a client identifier that is unique in the run and, as far as 32 bits go, among runs. With it a run
// finds no session of another run on a broker that was not started for it. It stays below the 23 bytes that every
// server has to accept [MQTT-3.1.3-5] for up to a million clients. It counts from 1, as {n} in topics does.
func (a *Assignment) clientID(kind string, number int) string {
	return fmt.Sprintf("mqb-%08x-%s-%d", uint32(a.RunID^a.RunID>>32), kind, number+1)
}

// PublisherGroup returns the group of publisher n.
func (a *Assignment) PublisherGroup(n int) *scenarios.PublisherGroup {
	return &a.PublisherGroups[a.Publishers[n].Group]
}

// SubscriberGroup returns the group of subscriber n.
func (a *Assignment) SubscriberGroup(n int) *scenarios.SubscriberGroup {
	return &a.SubscriberGroups[a.Subscribers[n].Group]
}

// Clients returns the number of publishers and subscribers together.
func (a *Assignment) Clients() int { return len(a.Publishers) + len(a.Subscribers) }

// Pacer returns the schedule of publisher n from its first message.
func (a *Assignment) Pacer(n int) pace.Pacer {
	group := a.PublisherGroup(n)
	spec := pace.Spec{Rate: float64(group.Rate), Seed: pace.Seed(a.Seed, n), Phase: a.phase(n)}
	if group.Arrival == scenarios.ArrivalPoisson {
		spec.Arrival = pace.Poisson
	}
	return pace.New(spec)
}

// phase gives each constant publisher its own shift. Multiples of the golden ratio spread any number of publishers
// evenly over the period, so that a group offers a steady load and not a volley per period.
func (a *Assignment) phase(n int) float64 {
	const golden = 0.6180339887498949
	return float64(a.Seed%1024)/1024 + float64(n)*golden
}

// Infos describes the clients to the recorder.
func (a *Assignment) Infos() ([]history.PublisherInfo, []history.SubscriberInfo) {
	publishers := make([]history.PublisherInfo, len(a.Publishers))
	for n, p := range a.Publishers {
		group := a.PublisherGroup(n)
		publishers[n] = history.PublisherInfo{
			Client: p.Client, Group: group.Name, Topic: p.Topic, QoS: byte(group.QoS), Rate: float64(group.Rate), Home: p.Home,
		}
	}
	// Subscribers with the same set share the slice: a run of 500 × 5,000 flows would need 20 MB otherwise.
	numbers := make([][]int, len(a.FlowSets))
	for i, set := range a.FlowSets {
		numbers[i] = members(set)
	}
	subscribers := make([]history.SubscriberInfo, len(a.Subscribers))
	for n, s := range a.Subscribers {
		group := a.SubscriberGroup(n)
		subscribers[n] = history.SubscriberInfo{
			Client: s.Client, Group: group.Name, Filters: s.Filters, QoS: byte(group.QoS), Home: s.Home,
			Account: s.Account, Shared: group.Share != "", Publishers: numbers[s.FlowSet],
		}
	}
	return publishers, subscribers
}

// ranges joins ascending numbers to ranges.
func ranges(numbers []int) []Range {
	joined := []Range{}
	for _, n := range numbers {
		if last := len(joined) - 1; last >= 0 && joined[last].End == n {
			joined[last].End++
			continue
		}
		joined = append(joined, Range{First: n, End: n + 1})
	}
	return joined
}

// members lists the numbers of ranges.
func members(set []Range) []int {
	numbers := []int{}
	for _, r := range set {
		for n := r.First; n < r.End; n++ {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
