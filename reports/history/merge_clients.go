package history

import (
	"fmt"
	"slices"
)

// addClients joins the publishers and subscribers by number.
func (run *Run) addClients(part *Run) error {
	for n, p := range part.Publishers {
		if n == len(run.Publishers) {
			run.Publishers = append(run.Publishers, Publisher{})
		}
		if err := run.Publishers[n].add(p); err != nil {
			return fmt.Errorf("publisher %d: %w", n, err)
		}
	}
	for n, s := range part.Subscribers {
		if n == len(run.Subscribers) {
			run.Subscribers = append(run.Subscribers, Subscriber{Account: n})
		}
		into := &run.Subscribers[n]
		switch {
		case s.Client == "":
		case into.Client == "":
			*into = s
			into.Filters = slices.Clone(s.Filters)
		case into.Client != s.Client || into.Group != s.Group || !slices.Equal(into.Filters, s.Filters) ||
			into.QoS != s.QoS || into.Home != s.Home || into.Account != s.Account || into.Shared != s.Shared ||
			into.Device != s.Device:
			return fmt.Errorf("subscriber %d: %q and %q differ", n, into.Client, s.Client)
		}
	}
	return nil
}

func (p *Publisher) add(o Publisher) error {
	described := func(p *Publisher) Publisher {
		return Publisher{
			Client: p.Client, Group: p.Group, Topic: p.Topic, QoS: p.QoS, Rate: p.Rate, Planned: p.Planned,
			Window: p.Window, Home: p.Home, Original: p.Original,
		}
	}
	mine, theirs := described(p), described(&o)
	switch {
	case o.Client == "":
	case p.Client == "":
		p.Client, p.Group, p.Topic, p.QoS, p.Rate = o.Client, o.Group, o.Topic, o.QoS, o.Rate
		p.Planned, p.Window, p.Home, p.Original = o.Planned, o.Window, o.Home, o.Original
	case mine.Client != theirs.Client || mine.Group != theirs.Group || mine.Topic != theirs.Topic ||
		mine.QoS != theirs.QoS || mine.Rate != theirs.Rate || mine.Planned != theirs.Planned ||
		mine.Window != theirs.Window || mine.Home != theirs.Home ||
		mine.Original != theirs.Original:
		return fmt.Errorf("%q and %q differ", p.Client, o.Client)
	}
	p.Due += o.Due
	p.Next = max(p.Next, o.Next)
	p.Unmatched += o.Unmatched
	for _, set := range []struct {
		into *Sequences
		from Sequences
	}{
		{&p.Acknowledged, o.Acknowledged}, {&p.Refused, o.Refused}, {&p.InDoubt, o.InDoubt}, {&p.Unsent, o.Unsent},
	} {
		set.into.Union(set.from)
	}
	return nil
}

// addFlows joins two lists of flows in order. In the joined list copies are without the overlaps of flows: these are
// known when all parts are.
func (run *Run) addFlows(part *Run) {
	theirs := part.Flows
	copies := slices.ContainsFunc(part.Flows, func(f Flow) bool { return f.Copies > 0 })
	if copies || !slices.IsSortedFunc(theirs, compareFlows) {
		theirs = slices.SortedFunc(slices.Values(theirs), compareFlows)
		overlaps(theirs, part.Publishers, func(f *Flow, both uint64) { f.Copies -= both })
	}
	mine, two := run.Flows, run.twoClients()
	joined := make([]Flow, 0, max(len(mine), len(theirs)))
	for len(mine) > 0 || len(theirs) > 0 {
		var next *Flow
		if len(theirs) == 0 || (len(mine) > 0 && compareFlows(mine[0], theirs[0]) <= 0) {
			next, mine = &mine[0], mine[1:]
		} else {
			copied := theirs[0]
			copied.Delivered = copied.Delivered.Clone()
			next, theirs = &copied, theirs[1:]
		}
		if n := len(joined); n > 0 && compareFlows(joined[n-1], *next) == 0 {
			joined[n-1].add(*next, two[next.Account])
		} else {
			joined = append(joined, *next)
		}
	}
	run.Flows = joined
}

// add joins two parts of one flow. Receipts are kept: what both delivered is a copy where the account has two clients,
// else a duplicate.
func (f *Flow) add(o Flow, twoClients bool) {
	both := f.Delivered.Len() + o.Delivered.Len()
	f.Delivered.Union(o.Delivered)
	both -= f.Delivered.Len()
	f.Duplicated += o.Duplicated
	f.Copies += o.Copies
	if twoClients {
		f.Copies += both
	} else {
		f.Duplicated += both
	}
	f.Reordered += o.Reordered
	f.Retained += o.Retained
}

// boundOddities keeps the first of each kind, as the recorder does.
func (run *Run) boundOddities() {
	kept := make(map[OddityKind]int)
	run.Oddities = slices.DeleteFunc(run.Oddities, func(o Oddity) bool {
		kept[o.Kind]++
		if kept[o.Kind] > oddityBound {
			run.OdditiesDropped++
			return true
		}
		return false
	})
}
