package workers

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/mqbench/mqbench/reports/history"
	"github.com/mqbench/mqbench/scenarios"
)

// An Assignment says who connects where and sends what. It is made before the run from the scenario alone, is saved
// with the plan, and is all that a fleet needs to know. Publishers and subscribers are numbered apart, from 0 without
// gaps: their number is their index here, in stamps and in the record.
type Assignment struct {
	// RunID is part of every stamp and, shortened, of every client identifier.
	RunID uint64 `json:"run_id,string"`
	// Seed selects phases, Poisson draws and the jitter of reconnects.
	Seed uint64 `json:"seed,string"`
	// Brokers holds the names in order; homes are indices into it. With Balanced the last one is the load balancer, to
	// which all clients connect.
	Brokers  []string `json:"brokers"`
	Balanced bool     `json:"balanced,omitempty"`
	// Apart says that the brokers need not share sessions, so that what one of them granted says nothing about another.
	// It is what the shape says; who knows that the standby takes over the data of the broker that served may clear it.
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
	// Identities are who the clients are, by their number, publishers first; none: all are who Client says. Plans do not
	// show them.
	Identities []scenarios.Identity `json:"-"`
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
	// Home is the number of the broker at which it starts. Route holds the brokers that it may connect to, in order,
	// its home first; none: all of them, in turn.
	Home  int   `json:"home"`
	Route []int `json:"route,omitempty"`
	// Copy says that it publishes the messages of the publisher before it once more, at another broker: the same topic
	// by the same schedule, so that equal sequence numbers are equal messages.
	Copy bool            `json:"copy,omitempty"`
	Will *scenarios.Will `json:"will,omitempty"`
}

// A Subscriber is the assignment of one subscribing client.
type Subscriber struct {
	// Client is the client identifier.
	Client string `json:"client"`
	// Device is where the client publishes as well, over the same connection, the number of that publisher, counted from
	// 1; 0: nowhere.
	Device int `json:"device,omitempty"`
	// Group is the index of its group; the groups of devices are behind all others.
	Group int `json:"group"`
	// Filters are the topic filters as they are sent.
	Filters []string `json:"filters"`
	// Home and Route are as in [Publisher].
	Home  int   `json:"home"`
	Route []int `json:"route,omitempty"`
	// Copy says that it is the second client of the subscriber before it, at another broker.
	Copy bool `json:"copy,omitempty"`
	// Account is the number of the account for which its receipts count; members of a shared subscription have one in
	// common, and the two clients of a duplicate subscriber.
	Account int `json:"account"`
	// FlowSet is the index of the set of publishers whose topics its filters match.
	FlowSet int `json:"flow_set"`
}

// A Range is the numbers from First up to, not including, End.
type Range struct {
	First int `json:"first"`
	End   int `json:"end"`
}

// balancerName is the name of the load balancer among the brokers.
const balancerName = "balancer"

// Assign makes the assignment of a scenario. It is pure: the same scenario, seed and run number give the same
// assignment. The scenario has to be valid; a client that is placed at a broker that does not exist is an error.
func Assign(s *scenarios.Scenario, runID uint64) (*Assignment, error) {
	a := &Assignment{
		RunID: runID, Seed: s.Seed, Brokers: scenarios.BrokerNames(s.Topology.Nodes), Client: s.Workload.Client,
		Apart:  !s.Topology.SharesSessions(),
		Warmup: s.Phases.Warmup, Measure: s.Phases.Measure,
		PublisherGroups: s.Workload.Publishers, SubscriberGroups: s.Workload.Subscribers,
	}
	if len(a.Brokers) == 0 {
		return nil, fmt.Errorf("assign clients: the topology has no brokers")
	}
	if s.Topology.Balanced() {
		a.Brokers, a.Balanced = append(a.Brokers, balancerName), true
	}
	for _, group := range a.PublisherGroups {
		if receivers, are := group.Receivers(); are {
			a.SubscriberGroups = append(slices.Clip(a.SubscriberGroups), receivers)
		}
	}
	if err := a.assignPublishers(s); err != nil {
		return nil, err
	}
	if err := a.assignSubscribers(s); err != nil {
		return nil, err
	}
	return a, nil
}

// assignPublishers numbers the publishers, group by group, each copy after its original.
func (a *Assignment) assignPublishers(s *scenarios.Scenario) error {
	for g, group := range a.PublisherGroups {
		for n := 1; n <= group.Count; n++ {
			name := s.PublisherHome(group, n)
			routes, err := a.routes(group.Name, name, group.Fallback, group.Duplicate)
			if err != nil {
				return err
			}
			for copied, r := range routes {
				a.Publishers = append(a.Publishers, Publisher{
					Client: a.clientID("p", len(a.Publishers)), Group: g, Topic: group.TopicOf(n, name),
					Home: r.home, Route: r.brokers, Copy: copied > 0, Will: group.WillOf(n, name),
				})
			}
		}
	}
	return nil
}

// assignSubscribers numbers the subscribers, group by group, and finds out whose messages they are owed.
func (a *Assignment) assignSubscribers(s *scenarios.Scenario) error {
	topics := newTopicTree(a.Publishers)
	sets := make(map[string]int)
	shared := make(map[string]int)
	for g, group := range a.SubscriberGroups {
		for n := 1; n <= group.Count; n++ {
			var device int
			var name string
			if g >= len(s.Workload.Subscribers) {
				device, name = a.device(s, group.Name, n)
			} else {
				name = s.SubscriberHome(group, n)
			}
			routes, err := a.routes(group.Name, name, group.Fallback, group.Duplicate)
			if err != nil {
				return err
			}
			filters := group.FiltersOf(n, name)
			// A filter cannot contain a NUL, so the joined text is unique [MQTT-1.5.4-2].
			key := strings.Join(slices.Sorted(slices.Values(filters)), "\x00")
			set, known := sets[key]
			if !known {
				set = len(a.FlowSets)
				sets[key] = set
				a.FlowSets = append(a.FlowSets, ranges(topics.matchAny(filters)))
			}
			account, joined := shared[key]
			if !joined {
				account = a.Accounts
				a.Accounts++
				if group.Share != "" {
					shared[key] = account
				}
			}
			for copied, r := range routes {
				a.Subscribers = append(a.Subscribers, Subscriber{
					Client: a.clientID("s", len(a.Subscribers)), Group: g, Filters: filters,
					Home: r.home, Route: r.brokers, Copy: copied > 0, Account: account, FlowSet: set,
				})
				if last := &a.Subscribers[len(a.Subscribers)-1]; device > 0 {
					last.Client, last.Device = a.Publishers[device-1].Client, device
				}
			}
		}
	}
	return nil
}

// device is the number, from 1, of the publisher that is member n (from 1) of the group of that name, and the name of
// its home.
func (a *Assignment) device(s *scenarios.Scenario, group string, n int) (number int, home string) {
	for i, g := range a.PublisherGroups {
		if g.Name == group {
			return a.publishersOf(i).First + n, s.PublisherHome(g, n)
		}
	}
	return 0, ""
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

// publishersOf says which publishers make up a group.
func (a *Assignment) publishersOf(group int) Range {
	return inGroup(len(a.Publishers), group, func(n int) int { return a.Publishers[n].Group })
}

// subscribersOf does the same for subscribers.
func (a *Assignment) subscribersOf(group int) Range {
	return inGroup(len(a.Subscribers), group, func(n int) int { return a.Subscribers[n].Group })
}

// inGroup says which of that many clients make up a group: they are numbered group by group.
func inGroup(clients, group int, of func(n int) int) Range {
	return Range{
		First: sort.Search(clients, func(n int) bool { return of(n) >= group }),
		End:   sort.Search(clients, func(n int) bool { return of(n) > group }),
	}
}

// Clients returns the number of publishers and subscribers together.
// A device, which is both, counts once.
func (a *Assignment) Clients() int {
	clients := len(a.Publishers) + len(a.Subscribers)
	for _, s := range a.Subscribers {
		if s.Device > 0 {
			clients--
		}
	}
	return clients
}

// Infos describes the clients to the recorder.
func (a *Assignment) Infos() ([]history.PublisherInfo, []history.SubscriberInfo) {
	schedules, length := a.Schedules(), a.Warmup+a.Measure
	publishers := make([]history.PublisherInfo, len(a.Publishers))
	for n, p := range a.Publishers {
		group := a.PublisherGroup(n)
		publishers[n] = history.PublisherInfo{
			Client: p.Client, Group: group.Name, Topic: p.Topic, QoS: byte(group.QoS), Rate: schedules.Mean(n, length),
			Planned: schedules.Pacer(n).Before(length), Window: group.Window, Home: p.Home,
			Copy: p.Copy,
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
			Account: s.Account, Shared: group.Share != "", Copy: s.Copy, Device: s.Device, Publishers: numbers[s.FlowSet],
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
