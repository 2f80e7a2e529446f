package coordinator

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers"
)

// A Machine is what a run may use of the machine that mqbench runs on; 0 of anything: the system does not say.
type Machine struct {
	// FileLimit is how many files a process may have open.
	FileLimit int
	// Ports is how many connections to one address and port can come from one address.
	Ports int
	// MemoryBytes is the memory that is to be had now.
	MemoryBytes int64
}

// A Budget is what the run needs of the machine, beside what the machine has.
type Budget struct {
	// FileDescriptors are the open files that mqbench itself needs, FileLimit how many it may have.
	FileDescriptors int `json:"file_descriptors"`
	FileLimit       int `json:"file_limit"`
	// Ports is how many connections from one source address the busiest broker may get, by their homes, and with faults
	// by where they may go; PortLimit how many there can be.
	Ports     int `json:"ports"`
	PortLimit int `json:"port_limit"`
	// MemoryBytes is about what mqbench itself needs at most, without the brokers; MemoryLimit what is to be had.
	MemoryBytes int64 `json:"memory_bytes"`
	MemoryLimit int64 `json:"memory_limit_bytes"`
	// Flows is the number of pairs of a publisher and an account that gets its messages.
	Flows int `json:"flows"`
	// Offered is the load of all publishers, Deliveries what it comes to at the subscribers on average, per second.
	Offered    workers.Course `json:"offered"`
	Deliveries float64        `json:"deliveries_per_second"`
	// Length is the planned time of the load, without provisioning, connecting and draining.
	Length time.Duration `json:"length"`
}

// What mqbench needs in memory, as measured under load and rounded up: for itself, for each client with its buffers,
// and for each flow with its copy while the record is saved. What the kernel holds for sockets comes on top.
const (
	memoryOfProgram = 64 << 20
	memoryOfClient  = 16 << 10
	memoryOfFlow    = 256
	// memoryOfPaho is that of a client on paho.golang, with its eight goroutines.
	memoryOfPaho = 80 << 10
)

// courseParts is the number of parts of the load for which the plan says how much is offered: a line of a terminal.
const courseParts = 60

func (p *Plan) budget(s *scenarios.Scenario, m Machine) (Budget, error) {
	b := Budget{
		FileDescriptors: s.OpenFiles(), FileLimit: m.FileLimit,
		PortLimit: m.Ports, MemoryLimit: m.MemoryBytes, Flows: flows(p.Assignment),
		Length: s.Phases.Warmup + s.Phases.Measure,
	}
	client := int64(memoryOfClient)
	if s.Workload.Client.Library == scenarios.LibraryPaho {
		client = memoryOfPaho
	}
	b.MemoryBytes = memoryOfProgram + client*int64(p.Clients()) + memoryOfFlow*int64(b.Flows)
	b.Offered = p.Assignment.Schedules().Course(b.Length, courseParts)
	sources, err := s.Workload.Client.Sources()
	if err != nil {
		return b, err
	}
	b.Ports = share(busiest(p.Assignment, len(s.Chaos) > 0), max(1, len(sources)))
	if seconds := b.Length.Seconds(); seconds > 0 {
		b.Deliveries = float64(p.Expected.Warmup.Deliveries+p.Expected.Measure.Deliveries) / seconds
	}
	return b, nil
}

// check says what of the budget the machine cannot give. Files are none of it: their limit is known when the scenario is
// validated, which names the line.
func (b Budget) check() error {
	var errs []error
	if b.PortLimit > 0 && b.Ports > b.PortLimit {
		errs = append(errs, fmt.Errorf("one broker may get %d connections from one address, but the system has %d ports for them: give the "+
			"clients more source_addresses, or widen net.ipv4.ip_local_port_range, or lower the counts of clients", b.Ports, b.PortLimit))
	}
	if b.MemoryLimit > 0 && b.MemoryBytes > b.MemoryLimit {
		errs = append(errs, fmt.Errorf("mqbench itself needs about %d MiB for %d flows and its clients, but %d MiB are to be had: lower the "+
			"counts of clients, or let fewer filters match", b.MemoryBytes>>20, b.Flows, b.MemoryLimit>>20))
	}
	return errors.Join(errs...)
}

// flows counts the pairs of a publisher and an account that gets its messages.
func flows(a *workers.Assignment) (total int) {
	sizes := make([]int, len(a.FlowSets))
	for i, set := range a.FlowSets {
		for _, r := range set {
			sizes[i] += r.End - r.First
		}
	}
	counted := make([]bool, a.Accounts)
	for _, s := range a.Subscribers {
		if !counted[s.Account] {
			counted[s.Account] = true
			total += sizes[s.FlowSet]
		}
	}
	return total
}

// busiest is how many clients are at one broker at most: by their homes, or with faults by all brokers that they may
// turn to.
func busiest(a *workers.Assignment, faults bool) int {
	at := make([]int, len(a.Brokers))
	add := func(home int, route []int) {
		switch {
		case !faults:
			at[home]++
		case route == nil: // all of them
			for b := range at {
				at[b]++
			}
		default:
			for _, b := range route {
				at[b]++
			}
		}
	}
	for _, p := range a.Publishers {
		add(p.Home, p.Route)
	}
	for _, s := range a.Subscribers {
		if s.Device == 0 { // else it was counted as a publisher
			add(s.Home, s.Route)
		}
	}
	return slices.Max(at)
}

// share is the largest of so many parts of a number.
func share(number, parts int) int { return (number + parts - 1) / parts }
