package chaos

import "context"

// restart is a stop that is healed at once: the planner gives it no time in between.
func restart(ctx context.Context, t Target, s Step) (Heal, error) {
	return stop(ctx, t, s)
}
