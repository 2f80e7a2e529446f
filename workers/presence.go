package workers

import (
	"container/heap"
	"context"
	"errors"
	"time"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/pace"
)

// lastWords is the time before a client leaves in which it publishes nothing more, so that what it has said can be
// settled.
const lastWords = 50 * time.Millisecond

// What is drawn from the seed for comings and goings must not be what is drawn from it for something else.
const (
	churnDraw uint64 = 0xc4a1 << 32
	flapDraw  uint64 = 0xf1a9 << 32
)

// publisherPresence says when publisher n is there, since the start of the load.
func (a *Assignment) publisherPresence(n int) pace.Presence {
	g := a.PublisherGroup(n)
	return a.presence(g.Churn, g.Join, n, a.publishersOf(a.Publishers[n].Group), pace.Seed(a.Seed^churnDraw^publisherKind, n))
}

// subscriberPresence does the same for subscribers.
func (a *Assignment) subscriberPresence(n int) pace.Presence {
	g := a.SubscriberGroup(n)
	return a.presence(g.Churn, g.Join, n, a.subscribersOf(a.Subscribers[n].Group), pace.Seed(a.Seed^churnDraw^subscriberKind, n))
}

// presence says when client n of a group is there.
func (a *Assignment) presence(churn *scenarios.Churn, join *scenarios.Join, n int, group Range, seed uint64) pace.Presence {
	if churn == nil && join == nil {
		return pace.Presence{}
	}
	rhythm := pace.Rhythm{Seed: seed}
	if churn != nil {
		rhythm.StayMin, rhythm.StayMax = churn.Stay.Min, churn.Stay.Max
		rhythm.AwayMin, rhythm.AwayMax = churn.Away.Min, churn.Away.Max
	}
	if join != nil {
		part := float64(n-group.First) / float64(group.End-group.First)
		rhythm.Join = a.Warmup + join.At + time.Duration(float64(join.Within)*part)
	}
	return pace.NewPresence(rhythm)
}

// flapping says when the subscription of subscriber n is to be there, since the start of the load.
func (a *Assignment) flapping(n int) pace.Presence {
	flap := a.SubscriberGroup(n).Flap
	if flap == nil {
		return pace.Presence{}
	}
	there := flap.Every - flap.For
	return pace.NewPresence(pace.Rhythm{
		StayMin: there, StayMax: there, AwayMin: flap.For, AwayMax: flap.For, Whole: true, Seed: pace.Seed(a.Seed^flapDraw, n),
	})
}

// absences lists the spans of the load in which publisher n has nothing to say: it is away, or about to go.
func (a *Assignment) absences(n int) []pace.Span {
	p := a.publisherPresence(n)
	var list []pace.Span
	end := a.Warmup + a.Measure
	for at := time.Duration(0); at < end; {
		there, until := p.At(at)
		switch {
		case there && until < end:
			list = append(list, pace.Span{From: max(at, until-lastWords), Until: until})
		case !there:
			list = append(list, pace.Span{From: at, Until: min(until, end)})
		}
		at = until
	}
	return list
}

// visits are what a client has whose plan has it come and go. But for the presence, which belongs to the fleet's
// attendance, the session's lock guards them.
type visits struct {
	presence pace.Presence
	drop     bool
	// away is true while the plan has the client away, been from when it was there first.
	away, been bool
	// living is true while the client connects, is connected or ends a connection; then nobody else may begin.
	living bool
	// fresh is true until the first attempt of the present stay, which stay bounds and end ends.
	fresh bool
	stay  context.Context
	end   context.CancelFunc
	// trying bounds the present attempt: a stay that may be over while the next has begun.
	trying context.Context
}

// errLeft is the cause of a connection's end where the client's plan had it go.
var errLeft = errors.New("left by plan")

// visit gives the client its visits, if its plan has it come and go.
func (c *client) visit(presence pace.Presence, churn *scenarios.Churn, join *scenarios.Join) {
	if churn == nil && join == nil {
		return
	}
	c.visits = &visits{presence: presence, drop: churn != nil && churn.Leave == scenarios.LeaveDrop}
}

// begins says whether the client is there at the start of the load, and so has to be connected before it.
func (c *client) begins() bool {
	v := c.visits
	if v == nil {
		return true
	}
	there, _ := v.presence.At(0)
	c.session.Lock()
	defer c.session.Unlock()
	if there {
		c.stay()
	} else {
		v.away = true
		c.events.Left(c.fleet.now())
	}
	return there
}

// stay begins a stay. The lock is held.
func (c *client) stay() {
	v := c.visits
	v.away, v.been, v.living, v.fresh = false, true, true, true
	v.stay, v.end = context.WithCancel(c.fleet.alive)
}

// stays says whether the client has to be connected, what bounds its attempts, and whether the next is the first of a
// stay. If it has not to be, its life is over until it is called again.
func (c *client) stays() (ctx context.Context, fresh, here bool) {
	alive := c.fleet.alive
	v := c.visits
	if v == nil {
		return alive, false, alive.Err() == nil
	}
	c.session.Lock()
	defer c.session.Unlock()
	if v.away || alive.Err() != nil {
		v.living = false
		return nil, false, false
	}
	fresh, v.fresh, v.trying = v.fresh, false, v.stay
	return v.stay, fresh, true
}

// gone says, with the lock held, that the client's plan has it away.
func (c *client) gone() bool { return c.visits != nil && c.visits.away }

// abandoned says, with the lock held, that the client was to go since its present attempt began.
func (c *client) abandoned() bool {
	v := c.visits
	return v != nil && (v.away || v.trying != nil && v.trying.Err() != nil)
}

// arrive has the client come, as its plan says.
func (c *client) arrive() {
	c.session.Lock()
	living := c.visits.living
	c.stay()
	c.events.Called(c.fleet.now())
	c.session.Unlock()
	if !living {
		c.fleet.living.Add(1)
		go c.live(func() {})
	}
}

// depart has the client go, as its plan says. What it has not sent by then it will not send.
func (c *client) depart() {
	c.session.Lock()
	v := c.visits
	v.away = true
	v.end()
	up := c.up
	c.up = false
	c.events.Left(c.fleet.now())
	c.role.left()
	c.session.Unlock()
	switch {
	case !up:
	case v.drop:
		c.session.Reset(errLeft)
	default:
		c.fleet.living.Go(c.leaveAlone)
	}
}

// recall has the clients with persistent sessions come back that are away when the load has ended, for what waits for
// them and for what they have under way. Nothing waits for those with clean sessions, nor for those that never came.
func (f *Fleet) recall() {
	if f.assignment.Client.Session != scenarios.SessionPersistent {
		return
	}
	for _, c := range f.clients {
		if c.visits == nil {
			continue
		}
		c.session.Lock()
		away := c.visits.away && c.visits.been
		c.session.Unlock()
		if away {
			c.arrive()
		}
	}
}

// A mover is something that comes and goes.
type mover struct {
	at       time.Duration
	presence *pace.Presence
	move     func(there bool)
}

// movers is a heap of movers, the one that moves first in front.
type movers []*mover

func (m movers) Len() int           { return len(m) }
func (m movers) Less(i, j int) bool { return m[i].at < m[j].at }
func (m movers) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

// Push implements heap.Interface.
func (m *movers) Push(x any) { *m = append(*m, x.(*mover)) }

// Pop implements heap.Interface; nobody leaves the heap.
func (m *movers) Pop() any { return nil }

// movers lists what comes and goes.
func (f *Fleet) movers() movers {
	var list movers
	add := func(presence *pace.Presence, move func(there bool)) {
		_, until := presence.At(0)
		list = append(list, &mover{at: until, presence: presence, move: move})
	}
	for _, c := range f.clients {
		if c.visits != nil {
			add(&c.visits.presence, func(there bool) {
				if there {
					c.arrive()
				} else {
					c.depart()
				}
			})
		}
	}
	for _, s := range f.subscribers {
		if s.flapping != nil {
			add(s.flapping, s.flap)
		}
	}
	heap.Init(&list)
	return list
}

// attendance has clients and subscriptions come and go until the end of the load.
func (f *Fleet) attendance(ctx context.Context, end time.Duration) error {
	list := f.movers()
	for len(list) > 0 && list[0].at < end {
		m := list[0]
		if !sleep(ctx, f.start+m.at-f.now()) {
			return ctx.Err()
		}
		there, until := m.presence.At(m.at)
		m.move(there)
		m.at = until
		heap.Fix(&list, 0)
	}
	return nil
}

// flap gives the subscription up, or asks for it again. On a connection that is being made, the role sees to it.
func (s *subscriber) flap(there bool) {
	s.session.Lock()
	s.bare = !there
	up, link := s.up, s.links
	s.session.Unlock()
	if !up {
		return
	}
	s.fleet.living.Go(func() {
		err := s.attend(s.fleet.alive)
		s.session.Lock()
		same := s.up && s.links == link
		s.session.Unlock()
		if err != nil && same { // else it is over anyway
			s.session.Close(err)
		}
	})
}

// unsubscribe gives the subscription up.
func (s *subscriber) unsubscribe(ctx context.Context) error {
	s.session.Lock()
	broker, up := s.broker, s.up
	if !up {
		s.session.Unlock()
		return nil // The next connection sees to it.
	}
	s.subscribed, *s.keeping() = false, false
	s.log.Unsubscribing(s.fleet.now(), broker)
	s.session.Unlock()
	filters := make([]string, len(s.subscriptions))
	for i, f := range s.subscriptions {
		filters[i] = f.Filter
	}
	ctx, cancel := context.WithTimeout(ctx, subackTimeout)
	defer cancel()
	answer, err := s.session.Unsubscribe(ctx, filters)
	if err != nil {
		return err
	}
	for i, code := range answer.Codes {
		if code >= failedCode {
			return errors.New("unsubscribe: filter " + filters[i] + " refused: " + mqtt.ReasonName(code))
		}
	}
	s.session.Lock()
	defer s.session.Unlock()
	if s.bare && s.up { // else it has been asked for again meanwhile, or the connection has ended
		s.clear = true
		s.log.Unsubscribed(answer.At, broker)
	}
	return nil
}
