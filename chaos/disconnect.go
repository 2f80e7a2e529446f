package chaos

import "context"

// disconnect takes clients from the brokers once. They come back by themselves, so there is nothing to heal.
func disconnect(ctx context.Context, t Target, s Step) (Heal, error) {
	healed := func(context.Context) error { return nil }
	return healed, t.Disconnect(ctx, s.Targets, float64(s.Share), s.How)
}
