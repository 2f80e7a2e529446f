package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mqbench/mqbench"

// allowed is the import law: what each package may import of ours, by path below the module. A pattern that ends in
// /... allows everything below it. Tests may import more, since they are nobody's dependency.
var allowed = map[string][]string{
	"scenarios":         nil,
	"reports/charts":    nil,
	"reports/history":   nil,
	"workers/pace":      nil,
	"workers/stamp":     nil,
	"workers/mqtt":      nil,
	"workers/transport": nil,
	"workers/paho":      {"workers/mqtt"},
	"fixtures/embedded": nil,
	"fixtures/faulty":   nil,
	"fixtures/packets":  nil,
	"fixtures/links":    nil,

	"fixtures/certificates": nil,

	"fixtures/brokers":          {"scenarios", "fixtures/certificates"},
	"fixtures/container/images": nil,

	"fixtures":           {"scenarios", "fixtures/brokers", "fixtures/links", "fixtures/packets", "fixtures/certificates", "workers/mqtt", "workers/transport"},
	"fixtures/process":   {"scenarios", "fixtures", "fixtures/brokers"},
	"fixtures/container": {"scenarios", "fixtures", "fixtures/brokers", "fixtures/packets", "fixtures/container/images"},
	"workers":            {"scenarios", "reports/history", "workers/..."},
	"chaos":              {"scenarios", "reports/history"},
	"reports/check":      {"scenarios", "reports/history"},
	"reports":            {"scenarios", "reports/history", "reports/check"},
	"reports/page":       {"scenarios", "reports/history", "reports/check", "reports", "reports/charts", "reports/compare"},
	"reports/compare":    {"scenarios", "reports/check", "reports"},
	"reports/gate":       {"scenarios", "reports/history", "reports/check", "reports", "reports/compare"},

	"cmd/mqbench/internal/coordinator": {
		"scenarios", "fixtures", "fixtures/brokers", "fixtures/certificates", "workers", "workers/...", "chaos", "reports",
		"reports/...", "cmd/mqbench/internal/resources",
	},
	"cmd/mqbench/internal/calibration": {
		"scenarios", "fixtures/faulty", "workers", "workers/...", "reports", "reports/...",
	},
	"cmd/mqbench/internal/benchmark": {
		"scenarios", "fixtures/faulty", "workers", "workers/...", "reports/history", "cmd/mqbench/internal/resources",
	},
	"cmd/mqbench/internal/trial": {
		"scenarios", "fixtures", "fixtures/brokers", "fixtures/certificates", "workers/mqtt", "workers/transport",
	},
	"cmd/mqbench/internal/comparison": {"scenarios", "reports"},
	"cmd/mqbench/internal/resources":  {"reports/history"},
	"cmd/mqbench/internal/exposition": {"scenarios", "reports/history"},
	"cmd/mqbench": {
		"scenarios", "fixtures", "fixtures/...", "workers", "workers/...", "chaos", "reports", "reports/...", "cmd/mqbench/internal/...",
	},
}

// docker begins the packages that speak to a Docker engine, and mayDock are ours that may import them.
var (
	docker  = []string{"github.com/testcontainers/", "github.com/moby/", "github.com/docker/", "github.com/containerd/"}
	mayDock = []string{"fixtures/container", "fixtures/container/images"}
)

type listed struct {
	ImportPath string
	Imports    []string
}

// TestImportLaw holds the code against the layers of the house: the actors do not know each other, the readers know no
// actor, and the record is a leaf.
func TestImportLaw(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages were found: the test looks at the wrong place", len(packages))
	}
	for _, p := range packages {
		name, ours := strings.CutPrefix(p.ImportPath, module+"/")
		if !ours {
			t.Errorf("package %q lies outside the house", p.ImportPath)
			continue
		}
		law, known := allowed[name]
		if !known {
			t.Errorf("package %q has no place in the import law: give it one, or it does not belong", name)
			continue
		}
		for _, i := range p.Imports {
			if i == "testing" {
				t.Errorf("package %q imports testing outside its tests", name)
			}
			of, ours := strings.CutPrefix(i, module+"/")
			if ours && !permits(law, of) {
				t.Errorf("package %q imports %q: the law allows it %v", name, of, law)
			}
			docks := slices.ContainsFunc(docker, func(prefix string) bool { return strings.HasPrefix(i, prefix) })
			if docks && !slices.Contains(mayDock, name) {
				t.Errorf("package %q imports %q: only %v speak to a Docker engine", name, i, mayDock)
			}
		}
	}
}

func TestPermits(t *testing.T) {
	law := []string{"scenarios", "workers/..."}
	for name, want := range map[string]bool{
		"scenarios": true, "workers/mqtt": true, "workers": false, "workersfoo": false, "reports": false, "scenarios/sub": false,
	} {
		if got := permits(law, name); got != want {
			t.Errorf("permits(%v, %q) = %v, want %v", law, name, got, want)
		}
	}
}

func permits(law []string, name string) bool {
	return slices.ContainsFunc(law, func(rule string) bool {
		if below, all := strings.CutSuffix(rule, "..."); all {
			return strings.HasPrefix(name, below)
		}
		return rule == name
	})
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	var packages []listed
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("read the list of packages: %v", err)
		}
		packages = append(packages, p)
	}
}
