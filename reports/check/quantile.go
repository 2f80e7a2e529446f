package check

import (
	"math"
	"slices"
	"time"
)

// FailoverQuantile is the failover time within which the part q (0 to 1) of the affected clients was served again: the
// nearest rank over all of them, those that never resumed rank above everybody else. It is -1 where it falls on such a
// client, and 0 where no client was affected.
func (i *Injection) FailoverQuantile(q float64) time.Duration {
	spans := make([]time.Duration, 0, len(i.Clients))
	for _, c := range i.Clients {
		if c.Resume >= 0 {
			spans = append(spans, c.Resume)
		}
	}
	slices.Sort(spans)
	return censoredQuantile(spans, i.Affected, q)
}

// censoredQuantile is the nearest-rank quantile of a population of which only the sorted spans ended; -1 where it falls
// behind them.
func censoredQuantile(spans []time.Duration, population int, q float64) time.Duration {
	population = max(population, len(spans))
	if population == 0 {
		return 0
	}
	// The small step down keeps a product like 0.9 × 10, which floating point makes larger than 9, from rounding up a
	// rank.
	rank := int(math.Ceil(q*float64(population) - 1e-9))
	rank = min(max(rank, 1), population)
	if rank > len(spans) {
		return -1
	}
	return spans[rank-1]
}
