package resources

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/prometheus/procfs"

	"github.com/mqbench/mqbench/reports/history"
)

// garbage keeps the collector busy and goroutines waiting until the condition holds.
func garbage(t *testing.T, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !until(); {
		if time.Now().After(deadline) {
			t.Fatal("what was waited for did not come")
		}
		kept := make([][]byte, 0, 64)
		for range 64 {
			kept = append(kept, make([]byte, 1<<16))
		}
		runtime.GC()
		runtime.KeepAlive(kept)
	}
}

// What this process and the machine do is seen in the interval in which it is done.
func TestSampler(t *testing.T) {
	s := NewSampler()
	// The interval is somewhere in the longest, and has the shortest in it, however long a sample takes.
	longest := time.Now()
	first := s.Sample()
	shortest := time.Now()
	if first.Effort.Processors <= 0 || first.Effort.Processors > float64(runtime.GOMAXPROCS(0)) {
		t.Errorf("%g processors of %d", first.Effort.Processors, runtime.GOMAXPROCS(0))
	}
	garbage(t, func() bool { return CPU()-first.CPU > 200*time.Millisecond })
	atLeast := time.Since(shortest)
	second := s.Sample()
	atMost := time.Since(longest)
	e := second.Effort
	if second.CPU-first.CPU < 200*time.Millisecond || e.GCs == 0 || e.GCCPU <= 0 || e.HeapBytes <= 0 {
		t.Errorf("CPU %v, collector %+v", second.CPU-first.CPU, e)
	}
	if n := second.GCPauses.TotalCount(); n < int64(e.GCs) || second.GCPauses.Max() <= 0 {
		t.Errorf("%d pauses in %d collections", n, e.GCs)
	}
	if second.SchedulerLatency.TotalCount() == 0 {
		t.Error("no goroutine ever waited for a processor")
	}
	if _, err := os.Stat("/proc/stat"); err != nil {
		if second.Machine != nil {
			t.Error("a machine is known where the system does not tell")
		}
		return
	}
	m := second.Machine
	if m == nil {
		t.Fatal("the machine is not known")
	}
	all := m.Busy + m.IOWait + m.Steal + m.Idle
	// The kernel counts in ticks of 10 ms, for each processor.
	share := all / time.Duration(max(1, m.Cores))
	if m.Cores < 1 || share < atLeast/2 || share > 2*atMost+100*time.Millisecond || m.BusiestCore <= 0 || m.BusiestCore > 1 {
		t.Errorf("of %v to %v on %d processors, the machine accounts for %v: %+v", atLeast, atMost, m.Cores, all, m)
	}
	// What another guest of the host took from us meanwhile counts as ours with the process, and as stolen with the machine.
	if m.Busy+m.Steal < 100*time.Millisecond {
		t.Errorf("busy for %v while this process alone used %v", m.Busy, second.CPU-first.CPU)
	}
	if quiet := s.Sample(); quiet.Effort.GCs > 2 || quiet.GCPauses.TotalCount() > 10 {
		t.Errorf("the next interval has %d collections", quiet.Effort.GCs)
	}
}

// A histogram of the runtime counts since the process began: only what is new counts, at the upper end of its bucket.
func TestSince(t *testing.T) {
	h := &metrics.Float64Histogram{
		Buckets: []float64{0, 1e-6, 1e-3, 2, 1e9},
		Counts:  []uint64{5, 10, 0, 1},
	}
	all, before := since(h, nil)
	if n, largest := all.TotalCount(), time.Duration(all.Max()); n != 16 || largest < time.Hour || largest > time.Hour+time.Minute {
		t.Errorf("%d samples up to %v, want 16 up to an hour", n, largest)
	}
	h.Counts = []uint64{5, 13, 2, 1}
	fresh, _ := since(h, before)
	if n := fresh.TotalCount(); n != 5 {
		t.Errorf("%d new samples, want 5", n)
	}
	near := func(percent float64, want time.Duration) {
		t.Helper()
		if got := time.Duration(fresh.ValueAtPercentile(percent)); got < want || got > want+want/500 {
			t.Errorf("p%g = %v, want %v", percent, got, want)
		}
	}
	near(50, time.Millisecond)
	near(100, 2*time.Second)
}

// write makes files for a test.
func write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// self is a process of a made-up /proc, in the groups that are named.
func self(t *testing.T, groups string) procfs.Proc {
	t.Helper()
	root := t.TempDir()
	write(t, root, map[string]string{"7/cgroup": groups})
	fs, err := procfs.NewFS(root)
	if err != nil {
		t.Fatal(err)
	}
	p, err := fs.Proc(7)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The tightest quota on the way up to the root counts, in both versions of control groups, and what its group was held
// up since the last look.
func TestQuota(t *testing.T) {
	const (
		v1 = "4:memory:/a\n3:cpu,cpuacct:/a/b\n0::/\n"
		v2 = "0::/a/b\n"
	)
	for name, c := range map[string]struct {
		groups     string
		files      map[string]string
		later      map[string]string
		processors float64
		throttled  time.Duration
	}{
		"version 2": {
			v2, map[string]string{
				"cgroup.controllers": "cpu", "a/cgroup.controllers": "cpu", "a/b/cgroup.controllers": "cpu",
				"a/cpu.max": "150000 100000\n", "a/cpu.stat": "usage_usec 5\nnr_throttled 1\nthrottled_usec 1000\n",
				"a/b/cpu.max": "max 100000\n", "a/b/cpu.stat": "throttled_usec 9000000\n",
			},
			map[string]string{"a/cpu.stat": "usage_usec 9\nnr_throttled 3\nthrottled_usec 31000\n"},
			1.5, 30 * time.Millisecond,
		},
		"version 2, the group itself is tighter": {
			v2, map[string]string{
				"a/cgroup.controllers": "cpu", "a/b/cgroup.controllers": "cpu", "a/cpu.max": "150000 100000\n",
				"a/b/cpu.max": "50000 100000\n", "a/b/cpu.stat": "throttled_usec 0\n",
			},
			map[string]string{"a/b/cpu.stat": "throttled_usec 7\n"}, 0.5, 7 * time.Microsecond,
		},
		"version 2, without any quota": {
			v2, map[string]string{"cgroup.controllers": "cpu", "a/b/cgroup.controllers": "cpu", "a/b/cpu.max": "max 100000\n"}, nil, 0, 0,
		},
		"version 1": {
			v1, map[string]string{
				"cpu,cpuacct/cpu.cfs_quota_us": "-1\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
				"cpu,cpuacct/a/b/cpu.cfs_quota_us": "200000\n", "cpu,cpuacct/a/b/cpu.cfs_period_us": "100000\n",
				"cpu,cpuacct/a/b/cpu.stat": "nr_periods 4\nthrottled_time 1000\n",
			},
			map[string]string{"cpu,cpuacct/a/b/cpu.stat": "nr_periods 9\nthrottled_time 5001000\n"}, 2, 5 * time.Millisecond,
		},
		"version 1 in a container, where only the root is to be seen": {
			v1, map[string]string{
				"cpu/cpu.cfs_quota_us": "25000\n", "cpu/cpu.cfs_period_us": "100000\n", "cpu/cpu.stat": "throttled_time 8\n",
			},
			map[string]string{"cpu/cpu.stat": "throttled_time 10\n"}, 0.25, 2 * time.Nanosecond,
		},
		"a quota without a count": {
			v2, map[string]string{"a/b/cgroup.controllers": "cpu", "a/b/cpu.max": "100000 100000\n"}, nil, 1, -1,
		},
		"nonsense": {
			v2, map[string]string{"a/b/cgroup.controllers": "cpu", "a/b/cpu.max": "many few\n"}, nil, 0, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			mount := t.TempDir()
			write(t, mount, c.files)
			q := findQuota(self(t, c.groups), mount)
			if q == nil {
				t.Fatal("no control group was found")
			}
			write(t, mount, c.later)
			if processors, throttled := q.sample(); processors != c.processors || throttled != c.throttled {
				t.Errorf("%g processors, throttled %v, want %g and %v", processors, throttled, c.processors, c.throttled)
			}
		})
	}
	if q := findQuota(self(t, v2), t.TempDir()); q != nil {
		t.Errorf("control groups %v where there are none", q.folders)
	}
}

// The machine's figures are differences, by processor; a kernel that does not tell something says so.
func TestMachine(t *testing.T) {
	root := t.TempDir()
	at := func(stat, pressure, drops string) {
		write(t, root, map[string]string{
			"stat": stat, "pressure/cpu": pressure,
			"7/net/netstat": "TcpExt: ListenDrops TCPBacklogDrop RcvPruned TCPToZeroWindowAdv TCPRcvQDrop\nTcpExt: " + drops + "\n",
		})
	}
	if err := os.Symlink("7", filepath.Join(root, "self")); err != nil {
		t.Fatal(err)
	}
	const psi = "some avg10=0.00 avg60=0.00 avg300=0.00 total="
	at("cpu  100 0 0 1000 0 0 0 0 0 0\ncpu0 50 0 0 500 0 0 0 0 0 0\ncpu1 50 0 0 500 0 0 0 0 0 0\n", psi+"1000\n", "1 1 1 1 1")
	fs, err := procfs.NewFS(root)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(fs, root)
	at("cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 60 10 20 520 30 5 5 10 9 9\ncpu1 50 0 0 590 0 0 0 0 0 0\n", psi+"251000\n", "2 3 4 5 6")
	got := m.sample()
	want := history.Machine{
		Cores: 2, Busy: 500 * time.Millisecond, IOWait: 300 * time.Millisecond, Steal: 100 * time.Millisecond,
		Idle: 1100 * time.Millisecond, BusiestCore: 0.6 / 1.1, Pressure: 250 * time.Millisecond,
		Network: &history.Network{QueueDrops: 5, BacklogDrops: 2, Pruned: 3, ZeroWindows: 4, ListenDrops: 1},
	}
	if got == nil || got.Network == nil {
		t.Fatalf("machine %+v", got)
	}
	if *got.Network != *want.Network {
		t.Errorf("network %+v, want %+v", *got.Network, *want.Network)
	}
	got.Network, want.Network = nil, nil
	if got.BusiestCore -= want.BusiestCore; got.BusiestCore > 1e-9 || got.BusiestCore < -1e-9 {
		t.Errorf("busiest core is off by %g", got.BusiestCore)
	}
	if got.BusiestCore, want.BusiestCore = 0, 0; *got != want {
		t.Errorf("machine %+v, want %+v", *got, want)
	}

	for _, gone := range []string{"pressure/cpu", "7/net/netstat"} {
		if err := os.Remove(filepath.Join(root, gone)); err != nil {
			t.Fatal(err)
		}
	}
	if got = m.sample(); got == nil || got.Pressure != -1 || got.Network != nil {
		t.Errorf("what the kernel does not tell: %+v", got)
	}
	if err := os.Remove(filepath.Join(root, "stat")); err != nil {
		t.Fatal(err)
	}
	if got = m.sample(); got != nil {
		t.Errorf("a machine that tells nothing: %+v", got)
	}
}
