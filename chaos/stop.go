package chaos

import "context"

// stop asks brokers to end gracefully: they may hand over, save and say goodbye to their clients.
func stop(ctx context.Context, t Target, s Step) (Heal, error) {
	return startAgain(t, s.Targets), each(ctx, s.Targets, t.Stop)
}
