package history

import "fmt"

// A message of a duplicate publisher is published twice, and what a duplicate subscriber asked for comes to it twice.
// Up to four paths lead from publisher to account then, and on each a message can be a duplicate or out of order. For
// the account it is delivered when it comes by the first of them.

// receive notes a receipt in flow i of an account to which messages have several paths. isNew says that it is the first
// by its path, behind that a later message came by that path before it, and first that it is the account's first by any
// path.
func (m *member) receive(i int, seq uint32) (isNew, behind, first bool) {
	a := m.account
	f := &a.flows[i]
	if m.received == nil {
		isNew, behind = f.delivered.Add(seq)
		first = isNew
	} else if isNew, behind = m.received[i].Add(seq); isNew {
		if first, _ = f.delivered.Add(seq); !first {
			f.odd().copies++
		}
	}
	if twin := a.twin(i); first && twin != nil {
		first = !twin.delivered.Contains(seq)
	}
	return isNew, behind, first
}

// twin returns the flow of the copy or the original of flow i's publisher; nil where there is none.
func (a *account) twin(i int) *flow {
	if a.twins == nil || a.twins[i] < 0 {
		return nil
	}
	return &a.flows[a.twins[i]]
}

// setTwins finds the flows of publishers that publish the same.
func (a *account) setTwins(publishers []PublisherInfo) {
	for i, n := range a.publishers {
		if i == 0 || !publishers[n].Copy || a.publishers[i-1] != n-1 {
			continue
		}
		if a.twins == nil {
			a.copied = true
			a.twins = make([]int32, len(a.publishers))
			for k := range a.twins {
				a.twins[k] = -1
			}
		}
		a.twins[i-1], a.twins[i] = int32(i), int32(i-1)
	}
}

// checkCopy says what is wrong with a subscriber that is described as the second client of the one before it.
func checkCopy(subscribers []SubscriberInfo, n int) error {
	s := &subscribers[n]
	if !s.Copy {
		return nil
	}
	if n == 0 || s.Shared || subscribers[n-1].Copy || subscribers[n-1].Shared || subscribers[n-1].Account != s.Account {
		return fmt.Errorf("subscriber %d: it has not the account of the one before it", n)
	}
	return nil
}

// checkCopies says what is wrong with publishers that are described as copies of the ones before them.
func checkCopies(publishers []PublisherInfo) error {
	for n, p := range publishers {
		if p.Copy && (n == 0 || publishers[n-1].Copy || publishers[n-1].Topic != p.Topic) {
			return fmt.Errorf("publisher %d: it is no copy of the one before it", n)
		}
	}
	return nil
}

// original returns the number of the publisher whose messages publisher n publishes.
func (i infos) original(n int) int {
	if i.publishers[n].Copy {
		return n - 1
	}
	return n
}

// overlaps calls with for the flow of each publisher that is a copy, with the number of its messages that the
// original's flow has too. The flows are in order, so that the original's comes just before.
func overlaps(flows []Flow, publishers []Publisher, with func(f *Flow, both uint64)) {
	for i := 1; i < len(flows); i++ {
		first, f := &flows[i-1], &flows[i]
		if p := &publishers[f.Publisher]; p.Client == "" || p.Original == f.Publisher || first.Account != f.Account ||
			first.Publisher != p.Original {
			continue
		}
		union := first.Delivered.Clone()
		union.Union(f.Delivered)
		with(f, first.Delivered.Len()+f.Delivered.Len()-union.Len())
	}
}

// twoClients lists the accounts that have two clients and are not shared.
func (run *Run) twoClients() map[int]bool {
	known := make(map[int]bool)
	two := make(map[int]bool)
	for _, s := range run.Subscribers {
		if s.Client == "" || s.Shared {
			continue
		}
		if known[s.Account] {
			two[s.Account] = true
		}
		known[s.Account] = true
	}
	return two
}
