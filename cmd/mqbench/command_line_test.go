package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShownCommand(t *testing.T) {
	got := shownCommand([]string{
		"mqbench", "compare", "a.yaml", "--set", "workload.client.password=se\ncret", "--set=workload.client.password=secret", "--over", "qos=0,1",
		"--set", `workload.client={username: u, "password": "secret", keepalive: 5s}`, "", "password.yaml",
	})
	want := []string{
		"mqbench", "compare", "a.yaml", "--set", "workload.client.password=…", "--set=workload.client.password=…", "--over", "qos=0,1",
		"--set", `workload.client={username: u, "password":…`, "", "password.yaml",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
