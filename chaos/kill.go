package chaos

import "context"

// kill ends brokers without warning. What the operating system has in its page cache survives: it is the crash of a
// process, not the loss of power.
func kill(ctx context.Context, t Target, s Step) (Heal, error) {
	return startAgain(t, s.Targets), each(ctx, s.Targets, t.Kill)
}

// startAgain heals every fault that ended the brokers.
func startAgain(t Target, brokers []int) Heal {
	return func(ctx context.Context) error { return each(ctx, brokers, t.Start) }
}
