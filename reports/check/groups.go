package check

// groups holds the counts by pair of publisher group and subscriber group.
type groups struct {
	publishers, subscribers []string // in the order of the scenario
	counts                  map[[2]string]*Counts
}

func newGroups(r *record) *groups {
	g := &groups{counts: make(map[[2]string]*Counts)}
	seen := make(map[string]bool)
	for _, p := range r.run.Publishers {
		if !seen[p.Group] {
			seen[p.Group] = true
			g.publishers = append(g.publishers, p.Group)
		}
	}
	clear(seen)
	for _, s := range r.run.Subscribers {
		if !seen[s.Group] {
			seen[s.Group] = true
			g.subscribers = append(g.subscribers, s.Group)
		}
	}
	return g
}

// of returns the counts of a pair; of a publisher group alone where the subscriber group is empty.
func (g *groups) of(publishers, subscribers string) *Counts {
	key := [2]string{publishers, subscribers}
	c := g.counts[key]
	if c == nil {
		c = &Counts{}
		g.counts[key] = c
	}
	return c
}

// rows lists, for each publisher group, the line of the publishers alone and then a line for each subscriber group with
// which it has something in common.
func (g *groups) rows() []GroupCounts {
	var rows []GroupCounts
	for _, p := range g.publishers {
		for _, s := range append([]string{""}, g.subscribers...) {
			if c := g.counts[[2]string{p, s}]; c != nil {
				rows = append(rows, GroupCounts{Publishers: p, Subscribers: s, Counts: *c})
			}
		}
	}
	return rows
}

// count adds to the total and to the pair of groups of a publisher and an account. Without an account (-1) it is the
// publishers' own line, without a publisher only the total.
func (d *delivery) count(r *record, publisher, account int, c Counts) {
	d.total.add(c)
	if publisher < 0 || publisher >= len(r.run.Publishers) {
		return
	}
	subscribers := ""
	if account >= 0 {
		subscribers = r.accounts[account].group
	}
	d.groups.of(r.run.Publishers[publisher].Group, subscribers).add(c)
}

// add adds every count of o.
func (c *Counts) add(o Counts) {
	c.Attempted += o.Attempted
	c.Acknowledged += o.Acknowledged
	c.InDoubt += o.InDoubt
	c.Refused += o.Refused
	c.Unsent += o.Unsent
	c.Expected += o.Expected
	c.Delivered += o.Delivered
	c.Lost += o.Lost
	c.LostDeclared += o.LostDeclared
	c.LostSilent += o.LostSilent
	c.LostUnknown += o.LostUnknown
	c.LostPrefix += o.LostPrefix
	c.LostMiddle += o.LostMiddle
	c.LostSuffix += o.LostSuffix
	c.Recovered += o.Recovered
	c.Duplicated += o.Duplicated
	c.Reordered += o.Reordered
	c.Copies += o.Copies
	c.Phantom += o.Phantom
	c.Missed += o.Missed
	c.RefusedDelivered += o.RefusedDelivered
	c.Unmatched += o.Unmatched
}
