package chaos

import "context"

// pause freezes brokers: their connections stay open and nothing answers, as with a machine that swaps or a network
// that swallows packets. Clients notice by their keepalive alone.
func pause(ctx context.Context, t Target, brokers []int) (Heal, error) {
	heal := func(ctx context.Context) error { return each(ctx, brokers, t.Resume) }
	return heal, each(ctx, brokers, t.Pause)
}
