package coordinator

import (
	"strings"
	"testing"

	"github.com/mqbench/mqbench/scenarios"
)

func TestBudget(t *testing.T) {
	p := planOf(t, "failover", 1)
	b := p.Budget
	if b.Offered.Mean != 1000 || b.Offered.Low != 1000 || b.Offered.Peak != 1000 || b.Deliveries < 3600 || b.Deliveries > 4400 {
		t.Errorf("rates of %+v, want 500 publishers at 2/s and 4 subscribers to all of them", b)
	}
	if b.FileDescriptors < p.Clients() || b.FileLimit != 1<<20 || b.Flows != 2000 || b.MemoryBytes < memoryOfProgram {
		t.Errorf("budget %+v of 504 clients and 2,000 flows", b)
	}
	// A fault may send everybody to one broker.
	if b.Ports != 504 {
		t.Errorf("%d ports at the busiest broker, want 504", b.Ports)
	}
}

// TestBudgetOfALibrary: clients on paho.golang need several times the memory.
func TestBudgetOfALibrary(t *testing.T) {
	var bytes []int64
	for _, library := range []string{"mqbench", "paho"} {
		s, err := scenarios.Load("smoke", scenarios.LoadOptions{Overrides: []string{"workload.client.library=" + library}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := MakePlan(s, scenarios.Capabilities{}, Machine{})
		if err != nil {
			t.Fatal(err)
		}
		bytes = append(bytes, p.Budget.MemoryBytes)
	}
	if more := bytes[1] - bytes[0]; more != 52*(memoryOfPaho-memoryOfClient) {
		t.Errorf("52 clients on paho.golang need %d bytes more", more)
	}
}

// TestPorts: without faults clients stay where they are, and source addresses share what is left.
func TestPorts(t *testing.T) {
	for overrides, want := range map[string]int{
		"": 504, "thresholds=[] chaos=[]": 169,
		"thresholds=[] chaos=[] workload.client.source_addresses=[127.0.0.2,127.0.0.3]": 85,
	} {
		s, err := scenarios.Load("failover", scenarios.LoadOptions{Overrides: strings.Fields(overrides)})
		if err != nil {
			t.Fatal(err)
		}
		p, err := MakePlan(s, scenarios.Capabilities{}, Machine{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Budget.Ports != want {
			t.Errorf("%q: %d ports, want %d", overrides, p.Budget.Ports, want)
		}
	}
}

// TestBudgetIsKept: each thing that is short is named, with the need, what there is, and what to do.
func TestBudgetIsKept(t *testing.T) {
	s, err := scenarios.Load("crowd", scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		machine Machine
		want    []string
	}{
		{"enough", Machine{FileLimit: 20_000, Ports: 28_232, MemoryBytes: 1 << 30}, nil},
		{"nothing is known", Machine{}, nil},
		{"ports", Machine{Ports: 10_000}, []string{"get 15000 connections", "has 10000 ports", "source_addresses"}},
		{"memory", Machine{MemoryBytes: 100 << 20}, []string{"needs about 316 MiB for 74975 flows", "100 MiB are to be had", "lower"}},
		{"both", Machine{Ports: 1, MemoryBytes: 1}, []string{"connections", "MiB"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := MakePlan(s, scenarios.Capabilities{}, test.machine)
			if (err == nil) != (test.want == nil) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
		})
	}
}

func TestThisMachine(t *testing.T) {
	m := ThisMachine()
	if m.FileLimit < 3 || m.Ports < 0 || m.Ports > 1<<16 || m.MemoryBytes < 0 {
		t.Errorf("this machine is %+v", m)
	}
}
