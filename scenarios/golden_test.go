package scenarios_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mqbench/mqbench/scenarios"
)

var update = flag.Bool("update", false, "write the golden files anew")

// capabilities are those of a few products as tests need them; humble is one that can do little.
func capabilities(broker string) (scenarios.Capabilities, error) {
	c := scenarios.Capabilities{
		Broker:    broker,
		Protocols: []scenarios.Protocol{scenarios.Protocol311},
		MaxQoS:    2,
		Shapes:    []scenarios.Shape{scenarios.ShapeSingle, scenarios.ShapeIndependent, scenarios.ShapeStandby},
		Runtimes:  []scenarios.Runtime{scenarios.RuntimeProcess, scenarios.RuntimeContainer},
	}
	switch broker {
	case "nats":
		c.Shapes = []scenarios.Shape{scenarios.ShapeSingle, scenarios.ShapeCluster}
		c.MinClusterNodes = 3
		c.Leader = true
		c.Transports = []scenarios.Transport{scenarios.TransportTLS, scenarios.TransportWS, scenarios.TransportWSS}
		c.ClientCertificates, c.Users = true, true
	case "mochi":
		c.Protocols = append(c.Protocols, scenarios.Protocol5)
		c.SharedSubscriptions = true
	case "mosquitto":
		c.Transports = []scenarios.Transport{scenarios.TransportTLS, scenarios.TransportWS, scenarios.TransportWSS}
		c.ClientCertificates, c.Users = true, true
		c.Protocols = append(c.Protocols, scenarios.Protocol5)
		c.SharedSubscriptions = true
		c.SharedStandby = true
		c.Shapes = append(c.Shapes, scenarios.ShapeStar, scenarios.ShapeChain, scenarios.ShapeMesh, scenarios.ShapeEdge)
	case "rabbitmq":
		c.MaxQoS = 1
		c.Shapes = append(c.Shapes, scenarios.ShapeCluster)
	case "external":
		c.Runtimes = []scenarios.Runtime{"elsewhere"}
	case "humble":
		c.MaxQoS = 1
		c.Shapes = []scenarios.Shape{scenarios.ShapeCluster}
		c.MinClusterNodes = 3
	default:
		return c, fmt.Errorf("no such recipe")
	}
	return c, nil
}

// options are those of the golden files; a file gives its overrides in comments that begin with "# --set ".
func options(text string) scenarios.LoadOptions {
	o := scenarios.LoadOptions{
		Capabilities: capabilities, FileLimit: 2048,
		Netem: func() error { return errors.New("the kernel has no netem") },
		ReadFile: func(name string) ([]byte, error) {
			text, known := map[string]string{"short.csv": "username,password\nme,secret\n", "odd.csv": "user\n", "mine.pem": "",
				"twice.csv": "username,password\nme,secret\nyou,hidden\nme,secret\nyou,other\n", "ours.csv": "username,password\nmqbench,secret\n",
				"users.csv": "username,password\nme,secret\nyou,hidden\n", "wrong.csv": "username,password\nme,secret\nyou,other\nthey,hidden\n"}[name]
			if !known {
				return nil, fmt.Errorf("%s is not there", name)
			}
			return []byte(text), nil
		},
	}
	for line := range strings.Lines(text) {
		if override, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "# --set "); found {
			o.Overrides = append(o.Overrides, override)
		}
	}
	return o
}

// TestBrokenScenarios compares the errors of each broken file in testdata with the golden file beside it.
func TestBrokenScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d broken files, want at least 10 (error: %v)", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := scenarios.Parse(filepath.Base(file), text, options(string(text)))
			if err == nil {
				t.Fatalf("no error, but scenario %q", s.Name)
			}
			checkGolden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
			checkProblems(t, text, err)
		})
	}
}

func checkGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run the tests with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
