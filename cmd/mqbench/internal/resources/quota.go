package resources

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/procfs"
)

// A quota is where the control groups say how much of the processors this process may use. A process is in one group of
// each hierarchy, and every group on the way up to the root may have a quota: the tightest one counts.
type quota struct {
	// folders are those of the groups, from the process's own up to the root.
	folders []string
	// throttled is the total of the reading before, of the folder it was read from.
	throttled time.Duration
	folder    string
}

// findQuota finds the groups of a process below the mount point of all hierarchies, where version 2 has its only one,
// and version 1 one in a folder for each controller; nil: there are none.
func findQuota(self procfs.Proc, mount string) *quota {
	groups, err := self.Cgroups()
	if err != nil {
		return nil
	}
	q := &quota{}
	for _, g := range groups {
		switch {
		case len(g.Controllers) == 0:
			q.climb(mount, g.Path, "cgroup.controllers")
		case slices.Contains(g.Controllers, "cpu"):
			q.climb(filepath.Join(mount, strings.Join(g.Controllers, ",")), g.Path, "cpu.cfs_quota_us")
			q.climb(filepath.Join(mount, "cpu"), g.Path, "cpu.cfs_quota_us")
		}
	}
	if len(q.folders) == 0 {
		return nil
	}
	q.sample()
	return q
}

// climb notes the folders of a group and its parents up to the root of a hierarchy, as far as they hold the file. In a
// container the path may be that of the host, where only the root is to be seen.
func (q *quota) climb(root, path, file string) {
	if len(q.folders) > 0 {
		return
	}
	for {
		folder := filepath.Join(root, path)
		if _, err := os.Stat(filepath.Join(folder, file)); err == nil {
			q.folders = append(q.folders, folder)
		}
		if path == "/" || path == "." || path == "" {
			return
		}
		path = filepath.Dir(path)
	}
}

// sample returns how many processors may be used, 0 without a quota, and how long its group was held up since the sample
// before, -1 where that is not known. Without a quota nothing is held up.
func (q *quota) sample() (processors float64, throttled time.Duration) {
	tightest := ""
	for _, folder := range q.folders {
		if allowed := allowance(folder); allowed > 0 && (processors == 0 || allowed < processors) {
			processors, tightest = allowed, folder
		}
	}
	if tightest == "" {
		q.folder = ""
		return 0, 0
	}
	total, ok := heldUp(tightest)
	same := tightest == q.folder
	before := q.throttled
	q.folder, q.throttled = tightest, total
	switch {
	case !ok:
		return processors, -1
	case !same:
		return processors, 0
	}
	return processors, max(total-before, 0)
}

// allowance reads how many processors a group may use: cpu.max of version 2, cpu.cfs_quota_us and cpu.cfs_period_us of
// version 1; 0: it has no quota.
func allowance(folder string) float64 {
	fields := strings.Fields(readFile(folder, "cpu.max"))
	if len(fields) == 0 {
		fields = strings.Fields(readFile(folder, "cpu.cfs_quota_us") + " " + readFile(folder, "cpu.cfs_period_us"))
	}
	if len(fields) != 2 {
		return 0
	}
	most, err1 := strconv.ParseFloat(fields[0], 64)
	period, err2 := strconv.ParseFloat(fields[1], 64)
	if err1 != nil || err2 != nil || most <= 0 || period <= 0 {
		return 0 // "max", or -1: no quota
	}
	return most / period
}

// heldUp reads for how long in all a group was throttled: throttled_usec of version 2, throttled_time (nanoseconds) of
// version 1.
func heldUp(folder string) (time.Duration, bool) {
	lines := bufio.NewScanner(strings.NewReader(readFile(folder, "cpu.stat")))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			continue
		}
		switch name {
		case "throttled_usec":
			return time.Duration(n) * time.Microsecond, true
		case "throttled_time":
			return time.Duration(n), true
		}
	}
	return 0, false
}

// readFile is the content of a small file, empty where it cannot be read.
func readFile(folder, name string) string {
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return ""
	}
	return string(text)
}
