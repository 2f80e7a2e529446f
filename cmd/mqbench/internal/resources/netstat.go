package resources

import (
	"strconv"
	"strings"

	"github.com/mqbench/mqbench/reports/history"
)

// readNetwork reads what the TCP of this network namespace has dropped so far; nil: the kernel does not tell. It reads
// the file itself because procfs knows the name of TCPBacklogDrop and never fills it in. A counter that the kernel is too
// old for stays 0.
func readNetwork(root string) *history.Network {
	names, values := "", ""
	for line := range strings.Lines(readFile(root, "self/net/netstat")) {
		if rest, ok := strings.CutPrefix(line, "TcpExt:"); ok {
			names, values = values, rest // the names come first
		}
	}
	counts := make(map[string]uint64)
	fields := strings.Fields(values)
	for i, name := range strings.Fields(names) {
		if i == len(fields) {
			return nil
		}
		n, err := strconv.ParseUint(fields[i], 10, 64)
		if err != nil {
			continue // a few are negative, and none of those is asked for
		}
		counts[name] = n
	}
	if len(counts) == 0 {
		return nil
	}
	return &history.Network{
		QueueDrops: counts["TCPRcvQDrop"], BacklogDrops: counts["TCPBacklogDrop"], Pruned: counts["RcvPruned"],
		ZeroWindows: counts["TCPToZeroWindowAdv"], ListenDrops: counts["ListenDrops"],
	}
}
