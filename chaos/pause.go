package chaos

import "context"

// pause freezes brokers: their connections stay open and nothing answers, as with a machine that swaps or a network
// that swallows packets. Clients notice by their keepalive alone.
func pause(ctx context.Context, t Target, s Step) (Heal, error) {
	heal := func(ctx context.Context) error { return each(ctx, s.Targets, t.Resume) }
	return heal, each(ctx, s.Targets, t.Pause)
}
