package check

import (
	"fmt"
	"slices"

	"github.com/mqbench/mqbench/reports/history"
)

// validate finds contradictions in the record that would make counts meaningless.
func validate(run *history.Run) error {
	if err := validateOriginals(run); err != nil {
		return err
	}
	if err := validateFlows(run); err != nil {
		return err
	}
	for n, e := range run.Events {
		clients := len(run.Publishers)
		if e.Client.Subscriber {
			clients = len(run.Subscribers)
		}
		if e.Client.Number < 0 || e.Client.Number >= clients {
			return fmt.Errorf("event %d: client %d of %d", n, e.Client.Number, clients)
		}
	}
	for n, o := range run.Oddities {
		if o.Subscriber < 0 || o.Subscriber >= len(run.Subscribers) {
			return fmt.Errorf("oddity %d: subscriber %d of %d", n, o.Subscriber, len(run.Subscribers))
		}
		// Only a phantom may claim to come from nobody that exists.
		if o.Kind != history.Phantom && (o.Publisher < 0 || o.Publisher >= len(run.Publishers)) {
			return fmt.Errorf("oddity %d: publisher %d of %d", n, o.Publisher, len(run.Publishers))
		}
	}
	for n, i := range run.Injections {
		if slices.ContainsFunc(i.Targets, func(b int) bool { return b < 0 || b >= len(run.Meta.Brokers) }) {
			return fmt.Errorf("injection %d: targets %v of %d brokers", n, i.Targets, len(run.Meta.Brokers))
		}
	}
	return validatePublishers(run)
}

// validateOriginals checks that each copy is one of a publisher that is none, with the same messages.
func validateOriginals(run *history.Run) error {
	for n, p := range run.Publishers {
		if p.Original < 0 || p.Original >= len(run.Publishers) {
			return fmt.Errorf("publisher %d: original %d of %d", n, p.Original, len(run.Publishers))
		}
		if o := run.Publishers[p.Original]; o.Original != p.Original || o.Topic != p.Topic || o.QoS != p.QoS {
			return fmt.Errorf("publisher %d: it is no copy of publisher %d", n, p.Original)
		}
	}
	return nil
}

// validateFlows checks that each flow joins a publisher and an account that exist, and that no two join the same.
func validateFlows(run *history.Run) error {
	accounts := make(map[int]bool)
	for n, s := range run.Subscribers {
		if s.Account < 0 || s.Account >= len(run.Subscribers) {
			return fmt.Errorf("subscriber %d: account %d of at most %d", n, s.Account, len(run.Subscribers))
		}
		accounts[s.Account] = true
		if s.Device < 0 || s.Device > len(run.Publishers) {
			return fmt.Errorf("subscriber %d: it is publisher %d of %d", n, s.Device, len(run.Publishers))
		}
	}
	type pair struct{ account, publisher int }
	seen := make(map[pair]bool, len(run.Flows))
	for n, f := range run.Flows {
		if f.Publisher < 0 || f.Publisher >= len(run.Publishers) {
			return fmt.Errorf("flow %d: publisher %d of %d", n, f.Publisher, len(run.Publishers))
		}
		if !accounts[f.Account] {
			return fmt.Errorf("flow %d: account %d has no subscriber", n, f.Account)
		}
		p := pair{f.Account, f.Publisher}
		if seen[p] {
			return fmt.Errorf("flow %d: publisher %d and account %d have another flow", n, f.Publisher, f.Account)
		}
		seen[p] = true
	}
	return nil
}

// validatePublishers checks that outcomes belong to messages that were attempted. In the record of a run that crashed,
// the parts were saved one after the other and need not agree to the last message.
func validatePublishers(run *history.Run) error {
	if !run.Complete {
		return nil
	}
	for n, p := range run.Publishers {
		for _, set := range []history.Sequences{p.Acknowledged, p.Refused, p.InDoubt, p.Unsent} {
			if last, some := set.Max(); some && last >= p.Next {
				return fmt.Errorf("publisher %d: message %d has an outcome, but only %d were attempted or given up", n, last, p.Next)
			}
		}
	}
	return nil
}
