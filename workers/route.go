package workers

import (
	"fmt"
	"slices"

	"github.com/mqbench/mqbench/scenarios"
)

// A placed client has a home and may have brokers of its own; see [Publisher].
type placed struct {
	home    int
	brokers []int
}

// routes places a client whose home is the named broker, or the two clients of a duplicate one: these stay each at its
// broker, the second at the one behind the first.
func (a *Assignment) routes(group, home string, fallback []string, duplicate bool) ([]placed, error) {
	if a.Balanced {
		last := len(a.Brokers) - 1
		return []placed{{last, []int{last}}}, nil
	}
	first, err := a.number(group, home)
	if err != nil {
		return nil, err
	}
	if duplicate {
		second := (first + 1) % len(a.Brokers)
		return []placed{{first, []int{first}}, {second, []int{second}}}, nil
	}
	if len(fallback) == 0 {
		return []placed{{home: first}}, nil
	}
	brokers := []int{first}
	for _, name := range fallback {
		next, err := a.number(group, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(brokers, next) {
			brokers = append(brokers, next)
		}
	}
	return []placed{{first, brokers}}, nil
}

// number is the number of a broker.
func (a *Assignment) number(group, name string) (int, error) {
	number := slices.Index(a.Brokers, name)
	if number < 0 {
		return 0, fmt.Errorf("assign clients of group %q: there is no broker %q", group, name)
	}
	return number, nil
}

// inTurn lists all brokers from that one on, round to the one before it.
func (a *Assignment) inTurn(home int) []int {
	brokers := make([]int, len(a.Brokers))
	for i := range brokers {
		brokers[i] = (home + i) % len(brokers)
	}
	return brokers
}

// A route is the order in which a client tries brokers: round its list, which begins with its home.
type route struct {
	strategy scenarios.Strategy
	brokers  []int
	// step is the place in the list of the next attempt.
	step int
}

// newRoute returns a route that starts at the first of the brokers.
func newRoute(strategy scenarios.Strategy, brokers []int) route {
	return route{strategy: strategy, brokers: brokers}
}

// next returns the broker of the next attempt.
func (r *route) next() int {
	broker := r.brokers[r.step]
	if r.strategy != scenarios.StrategySticky {
		r.step = (r.step + 1) % len(r.brokers)
	}
	return broker
}

// length is the number of brokers that it leads to.
func (r *route) length() int {
	if r.strategy == scenarios.StrategySticky {
		return 1
	}
	return len(r.brokers)
}

// reached tells the route that the attempt has succeeded: an ordered one starts from its first broker when it is asked
// again, a rotating one goes on behind the broker that will then be lost.
func (r *route) reached() {
	if r.strategy == scenarios.StrategyOrdered {
		r.step = 0
	}
}
