package chaos

import (
	"fmt"
	"strings"
	"time"

	"github.com/mqbench/mqbench/scenarios"
)

// Describe says in words what the step does.
func (s Step) Describe(brokers []string) string {
	text := string(s.Fault)
	if amount := s.amount(brokers); amount != "" {
		text += " " + amount
	}
	switch whom := s.whom(brokers); {
	case s.Fault == scenarios.FaultPartition:
		text += s.means()
	case s.Fault == scenarios.FaultDisconnect:
		text += " of the clients of " + whom + " by " + string(s.How)
	case s.changesLinks():
		text += " on " + whom + "'s links to " + s.peers() + s.means()
	case s.Impairment != nil:
		text += " at " + whom
	default:
		text += " " + whom
	}
	switch {
	case s.Fault.Momentary():
		return text
	case s.For == 0:
		return text + " until the end"
	default:
		return text + " for " + s.For.String()
	}
}

// Detail says in words what there is to know besides the fault and its targets; "" where there is nothing.
func (s Step) Detail(brokers []string) string {
	text := s.amount(brokers)
	switch {
	case s.Fault == scenarios.FaultDisconnect:
		text += " by " + string(s.How)
	case s.changesLinks():
		text += " on links to " + s.peers()
	}
	return strings.TrimSpace(text + s.means())
}

// amount is how much a fault does, or what a partition cuts from what.
func (s Step) amount(brokers []string) string {
	if s.Fault == scenarios.FaultDisconnect {
		return s.Share.String()
	}
	if s.Impairment == nil {
		return ""
	}
	switch f := s.Impairment.Fault; f.Kind {
	case scenarios.FaultPartition:
		return sides(s.Impairment, brokers)
	case scenarios.FaultLatency:
		return latency(f.Delay, f.Jitter)
	case scenarios.FaultLoss:
		return f.Loss.String()
	case scenarios.FaultBandwidth:
		return f.Rate.String()
	case scenarios.FaultCPU:
		return f.CPUs.String() + " CPUs"
	case scenarios.FaultMemory:
		return f.Memory.String()
	default:
		return ""
	}
}

func latency(delay, jitter time.Duration) string {
	if jitter == 0 {
		return delay.String()
	}
	return fmt.Sprintf("%s ± %s", delay, jitter)
}

// sides names the sides of a partition, and the way of the packets that it drops if it is not both.
func sides(i *scenarios.Impairment, brokers []string) string {
	var all []string
	for _, side := range i.Sides {
		all = append(all, names(side, brokers))
	}
	text := strings.Join(all, " | ")
	switch i.Fault.Direction {
	case scenarios.DirectionOut:
		return text + ", dropping packets from " + all[0]
	case scenarios.DirectionIn:
		return text + ", dropping packets to " + all[0]
	default:
		return text
	}
}

func names(numbers []int, brokers []string) string {
	var all []string
	for _, number := range numbers {
		name := scenarios.ClientsSide
		if number != scenarios.Clients {
			name = brokers[number]
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

// whom names the targets.
func (s Step) whom(brokers []string) string {
	if s.Leader {
		return "the leader"
	}
	return names(s.Targets, brokers)
}

func (s Step) changesLinks() bool { return s.Impairment != nil && s.Impairment.Fault.Links != "" }

// peers are the others at the links that a fault changes.
func (s Step) peers() string {
	if s.Impairment.Fault.Links == scenarios.LinksAll {
		return "clients and brokers"
	}
	return string(s.Impairment.Fault.Links)
}

func (s Step) means() string {
	if s.Impairment == nil || s.Impairment.Fault.Via == "" {
		return ""
	}
	return " via " + string(s.Impairment.Fault.Via)
}
