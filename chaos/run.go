package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mqbench/mqbench/reports/history"
)

// healTimeout bounds one heal. It is the last resort: how long a broker may take to come back depends on its product,
// and is for the target to know.
const healTimeout = 5 * time.Minute

// NotBegun begins the error of an injection that was never carried out: it was never in force, and there is nothing to
// heal.
const NotBegun = "not begun"

// injectTimeout bounds the call that does the harm. Rules for many brokers may take seconds on a busy machine.
const injectTimeout = 30 * time.Second

// Carry carries the plan out on the target, with times counted from start (a time of the recorder's clock), and records
// each injection and heal. It returns when every step is done and healed. When ctx ends, whatever is still held is
// healed at once (that never waits for ctx) and steps that were not taken are recorded as such. Errors of single steps
// are part of the record, not of the return value.
func Carry(ctx context.Context, plan Plan, t Target, r *history.Recorder, start time.Duration) {
	run := &carrier{
		target: t, recorder: r, start: start, done: make([]chan struct{}, len(plan)), holds: newHolds(len(t.Brokers())),
	}
	for i := range run.done {
		run.done[i] = make(chan struct{})
	}
	var steps sync.WaitGroup
	for i, s := range plan {
		steps.Go(func() {
			defer close(run.done[i])
			run.take(ctx, s)
		})
	}
	steps.Wait()
}

type carrier struct {
	target   Target
	recorder *history.Recorder
	start    time.Duration
	// done is closed, per step, when it is healed.
	done []chan struct{}
	// holds has the brokers that are in the hands of steps: a fault on a broker that is not yet back waits for it.
	holds *holds
}

// take waits for the step's turn, injects it, holds it and heals it.
func (c *carrier) take(ctx context.Context, s Step) {
	planned := c.start + s.At
	inject, err := faultFor(s.Fault)
	if err == nil {
		err = c.turn(ctx, s, planned)
	}
	if err == nil && s.Leader {
		s.Targets, err = c.leader(ctx)
	}
	if err == nil {
		err = c.hold(ctx, s)
	}
	injection := history.Injection{
		Fault: string(s.Fault), Detail: s.Detail(c.target.Brokers()), Planned: planned, Targets: s.Targets, Began: c.recorder.Now(),
	}
	number := c.recorder.BeginInjection(injection)
	if err != nil {
		c.recorder.Applied(number, c.recorder.Now(), fmt.Errorf(NotBegun+": %w", err))
		return
	}
	defer c.holds.release(s.Fault, s.holds())
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), injectTimeout)
	heal, err := inject(call, c.target, s)
	cancel()
	if heal == nil {
		c.recorder.Applied(number, c.recorder.Now(), fmt.Errorf(NotBegun+": %w", err))
		return
	}
	c.recorder.Applied(number, c.recorder.Now(), err)
	if !s.Fault.Momentary() {
		c.wait(ctx, s.For)
	}
	c.heal(ctx, number, heal)
}

// turn waits for the step's time and for the step that it follows.
func (c *carrier) turn(ctx context.Context, s Step, planned time.Duration) error {
	if !c.wait(ctx, max(planned-c.recorder.Now(), 1)) {
		return errors.New("the run ended before its time")
	}
	if s.After < 0 {
		return nil
	}
	select {
	case <-c.done[s.After]:
		return nil
	case <-ctx.Done():
		return errors.New("the run ended before the step in front of it was healed")
	}
}

// wait lasts for d, or with d == 0 until ctx ends; it says whether d has passed.
func (c *carrier) wait(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		<-ctx.Done()
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *carrier) leader(ctx context.Context) ([]int, error) {
	call, cancel := context.WithTimeout(ctx, injectTimeout)
	defer cancel()
	b, err := c.target.Leader(call)
	if err != nil {
		return nil, fmt.Errorf("find the leader: %w", err)
	}
	return []int{b}, nil
}

// hold waits until no other step has one of the brokers that the step cannot share, and takes them.
func (c *carrier) hold(ctx context.Context, s Step) error {
	if busy, taken := c.holds.take(ctx, s.Fault, s.holds()); !taken {
		return fmt.Errorf("broker %q was not back from an earlier fault before the run ended", c.target.Brokers()[busy])
	}
	return nil
}

// heal undoes the injection whatever became of the run: a broker must not be left down or frozen.
func (c *carrier) heal(ctx context.Context, number int, heal Heal) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), healTimeout)
	defer cancel()
	c.recorder.BeginHeal(number, c.recorder.Now())
	err := heal(call)
	c.recorder.Healed(number, c.recorder.Now(), err)
}
