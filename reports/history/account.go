package history

import (
	"fmt"
	"slices"
	"time"
)

// An account is what receipts count for: one subscriber, be it one client or two, or all members of a shared
// subscription. Its lane's lock guards it.
type account struct {
	number int
	shared bool
	lane   *lane
	// publishers are the numbers of the publishers whose topics it asked for, ascending; flows lies beside it.
	publishers []int
	// first is publishers[0] where the numbers have no gap, else -1: then they must be searched.
	first int
	flows []flow
	// copied: messages have several paths to it; see [member.receive]. twins holds, by flow, that of the publisher's copy
	// or original, -1 where there is none; nil: nowhere.
	copied bool
	twins  []int32
	// qos is the highest of the members' requested QoS.
	qos     byte
	members []*member
	// sessions counts the members that have a session at a broker.
	sessions int
	// floor is, by flow, the first sequence number that the present session can have seen, as far as was recorded at its
	// beginning; nil: all of them. What was written before since was recorded after that, see [PublisherLog.recent].
	floor []uint32
	since time.Duration
	// satisfied remembers, by flow, for how many messages of the publisher it was found complete; see
	// [Recorder.Behind].
	satisfied []uint64
}

// A flow is the state of a [Flow]. extra is nil as long as nothing odd has come.
type flow struct {
	delivered Sequences
	extra     *flowExtra
}

type flowExtra struct{ duplicated, reordered, retained, copies uint64 }

func (f *flow) odd() *flowExtra {
	if f.extra == nil {
		f.extra = new(flowExtra)
	}
	return f.extra
}

// A member is a subscriber's part in its account.
type member struct {
	account *account
	log     *SubscriberLog
	session bool
	// received holds, by flow, what came to this one of two clients; nil where the account has one, or is shared.
	received []Sequences
}

// connected notes a CONNACK. What was waited for may have changed with the broker.
func (m *member) connected(sessionPresent bool) {
	clear(m.account.satisfied)
	if !sessionPresent {
		m.loseSession()
	}
}

func (m *member) loseSession() {
	if m.session {
		m.session = false
		m.account.sessions--
	}
}

// gainSession notes a new session; floor is what [Recorder.next] said just before. Messages below the floor were
// published while the account had no session, or went down with its last one.
func (m *member) gainSession(floor []uint32, at time.Duration) {
	if m.session {
		return
	}
	m.session = true
	m.account.sessions++
	if m.account.sessions == 1 {
		m.account.floor, m.account.since = floor, at
	}
}

// flowOf returns the index of a publisher's flow; false when the account did not ask for it.
func (a *account) flowOf(publisher uint32) (i int, asked bool) {
	i = int(publisher)
	if a.first < 0 {
		return slices.BinarySearch(a.publishers, i)
	}
	i -= a.first
	return i, i >= 0 && i < len(a.flows)
}

// newAccounts builds the accounts of the subscribers.
func newAccounts(subscribers []SubscriberInfo, publishers []PublisherInfo) ([]*account, error) {
	count := 0
	for _, s := range subscribers {
		count = max(count, s.Account+1)
	}
	if count > len(subscribers) {
		return nil, fmt.Errorf("account %d of %d subscribers: numbers have gaps", count-1, len(subscribers))
	}
	accounts := make([]*account, count)
	for n, s := range subscribers {
		if s.Account < 0 {
			return nil, fmt.Errorf("subscriber %d: account %d", n, s.Account)
		}
		if err := checkPublishers(s.Publishers, len(publishers)); err != nil {
			return nil, fmt.Errorf("subscriber %d: %w", n, err)
		}
		if err := checkCopy(subscribers, n); err != nil {
			return nil, err
		}
		a := accounts[s.Account]
		if a == nil {
			accounts[s.Account] = &account{number: s.Account, shared: s.Shared, publishers: s.Publishers, qos: s.QoS}
			continue
		}
		if s.Copy {
			a.copied = true
			continue
		}
		if !s.Shared || !a.shared {
			return nil, fmt.Errorf("subscriber %d: account %d belongs to another one and is not shared", n, s.Account)
		}
		a.qos = max(a.qos, s.QoS)
		if !slices.Equal(a.publishers, s.Publishers) {
			a.publishers = union(a.publishers, s.Publishers)
		}
	}
	for n, a := range accounts {
		if a == nil {
			return nil, fmt.Errorf("account %d has no subscriber", n)
		}
		a.flows = make([]flow, len(a.publishers))
		a.first = -1
		if k := len(a.publishers); k == 0 || a.publishers[k-1]-a.publishers[0] == k-1 {
			a.first = 0
			if k > 0 {
				a.first = a.publishers[0]
			}
		}
		a.setTwins(publishers)
	}
	return accounts, nil
}

// checkPublishers says what is wrong with a list of publishers' numbers.
func checkPublishers(numbers []int, publishers int) error {
	for i, n := range numbers {
		if n < 0 || n >= publishers {
			return fmt.Errorf("publisher %d of %d", n, publishers)
		}
		if i > 0 && n <= numbers[i-1] {
			return fmt.Errorf("publisher %d after %d: not ascending", n, numbers[i-1])
		}
	}
	return nil
}

// union merges two ascending lists.
func union(a, b []int) []int {
	both := slices.Concat(a, b)
	slices.Sort(both)
	return slices.Compact(both)
}
