package trial

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mqbench/mqbench/fixtures"
	"github.com/mqbench/mqbench/scenarios"
)

// restartWithin is the time that a check has in addition when it ends a broker and starts it again: how long that may
// take is for the cluster to say.
const restartWithin = 5 * time.Minute

// A check is one thing to prove. do returns what was seen.
type check struct {
	name   string
	within time.Duration
	prove  func(ctx context.Context) (detail string, err error)
}

// errOverdue is the cause when a check did not come to its end.
var errOverdue = errors.New("not in time")

// do proves it, within its time.
func (c check) do(ctx context.Context) Result {
	ctx, cancel := context.WithTimeoutCause(ctx, c.within, errOverdue)
	defer cancel()
	began := time.Now()
	detail, err := c.prove(ctx)
	return Result{Check: c.name, Detail: detail, Err: err, Took: time.Since(began)}
}

// checks are those that the recipe's claims call for in this shape, in order.
func (s *stage) checks() []check {
	var list []check
	add := func(within time.Duration, name string, prove func(ctx context.Context) (string, error)) {
		list = append(list, check{name: name, within: within, prove: prove})
	}
	for _, protocol := range s.recipe.Protocols {
		for qos := range s.recipe.MaxQoS + 1 {
			add(s.within, fmt.Sprintf("deliver %s QoS %d", protocol, qos), func(ctx context.Context) (string, error) {
				return s.deliver(ctx, protocol, qos)
			})
		}
	}
	if s.recipe.MaxQoS > 0 {
		add(s.within, "keep a session", s.keepSession)
	}
	if s.recipe.SharedSubscriptions {
		add(s.within, "share a subscription", s.share)
	}
	if s.recipe.Leader != nil && s.topology.Shape == scenarios.ShapeCluster {
		add(s.within, "find the leader", s.findLeader)
	}
	for _, fault := range []scenarios.FaultKind{scenarios.FaultStop, scenarios.FaultKill} {
		if s.inherits() {
			add(s.within+restartWithin, string(fault)+": take over", func(ctx context.Context) (string, error) { return s.takeOver(ctx, fault) })
			continue
		}
		add(s.within+restartWithin, string(fault)+": start again", func(ctx context.Context) (string, error) { return s.restart(ctx, fault) })
		add(s.within, string(fault)+": deliver again", func(ctx context.Context) (string, error) {
			return s.deliver(ctx, s.recipe.Newest(), s.qos())
		})
	}
	return list
}

// inherits tells that only one broker serves at a time, on data that they have in common.
func (s *stage) inherits() bool { return s.recipe.Inherits(s.topology.Shape) }

// serving are the brokers that let clients in while nothing is wrong.
func (s *stage) serving() []int {
	if s.inherits() {
		return []int{0}
	}
	return s.all()
}

// all are all brokers.
func (s *stage) all() []int {
	var all []int
	for i := range max(1, s.topology.Nodes) {
		all = append(all, i)
	}
	return all
}

// qos is what the checks that are not about it use: 1 where there is that much.
func (s *stage) qos() scenarios.QoS { return min(1, s.recipe.MaxQoS) }

// describe says what has come up: version, image and what the brokers grant to a client.
func (s *stage) describe() string {
	origin := s.cluster.Origins()[0]
	var parts []string
	if origin.Version != "" {
		parts = append(parts, "version "+origin.Version)
	}
	if origin.Image != "" {
		parts = append(parts, "image "+origin.Image)
	}
	for _, name := range slices.Sorted(maps.Keys(origin.ConnackProperties)) {
		parts = append(parts, name+" "+origin.ConnackProperties[name])
	}
	return strings.Join(parts, ", ")
}

// findLeader asks who leads.
func (s *stage) findLeader(ctx context.Context) (string, error) {
	leader, err := s.cluster.Leader(ctx)
	if err != nil {
		return "", err
	}
	return s.name(leader) + " leads", nil
}

// name is a broker's name.
func (s *stage) name(broker int) string { return s.cluster.Brokers()[broker] }

// end ends a broker by a fault.
func (s *stage) end(ctx context.Context, fault scenarios.FaultKind, broker int) error {
	if fault == scenarios.FaultKill {
		return s.cluster.Kill(ctx, broker)
	}
	return s.cluster.Stop(ctx, broker)
}

var _ dialer = (*fixtures.Cluster)(nil)
