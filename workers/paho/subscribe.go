package paho

import (
	"context"
	"errors"
	"fmt"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// Subscribe sends one SUBSCRIBE and waits for its SUBACK; the error is that of ctx or mqtt.ErrNotConnected, or says that
// the connection has ended. The library would wait for its timeout in that case.
func (s *Session) Subscribe(ctx context.Context, subscriptions []mqtt.Subscription) (mqtt.Suback, error) {
	packet := &paho.Subscribe{}
	for _, f := range subscriptions {
		packet.Subscriptions = append(packet.Subscriptions, paho.SubscribeOptions{
			Topic: f.Filter, QoS: f.QoS, NoLocal: f.NoLocal, RetainAsPublished: f.RetainAsPublished,
			RetainHandling: f.RetainHandling,
		})
	}
	answer, err := s.ask(ctx, func(ctx context.Context, manager *autopaho.ConnectionManager) ([]byte, error) {
		answer, err := manager.Subscribe(ctx, packet)
		if answer == nil {
			return nil, err
		}
		return answer.Reasons, nil
	})
	if err != nil {
		return mqtt.Suback{}, fmt.Errorf("subscribe: %w", err)
	}
	return answer, nil
}

// Unsubscribe is the same for UNSUBSCRIBE and UNSUBACK.
func (s *Session) Unsubscribe(ctx context.Context, filters []string) (mqtt.Suback, error) {
	answer, err := s.ask(ctx, func(ctx context.Context, manager *autopaho.ConnectionManager) ([]byte, error) {
		answer, err := manager.Unsubscribe(ctx, &paho.Unsubscribe{Topics: filters})
		if answer == nil {
			return nil, err
		}
		return answer.Reasons, nil
	})
	if err != nil {
		return mqtt.Suback{}, fmt.Errorf("unsubscribe: %w", err)
	}
	return answer, nil
}

// ask has the library ask the server, for as long as the connection stands. A refused filter is an error to the library;
// here the codes tell.
func (s *Session) ask(
	ctx context.Context, question func(context.Context, *autopaho.ConnectionManager) (codes []byte, err error),
) (mqtt.Suback, error) {
	s.Lock()
	manager, l, up := s.manager, s.link, s.up
	s.Unlock()
	if !up {
		return mqtt.Suback{}, mqtt.ErrNotConnected
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer watch(l.over, func() { cancel(errEnded) })()
	codes, err := question(ctx, manager)
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("no answer: %w", context.Cause(ctx))
		}
		return mqtt.Suback{}, err
	}
	s.Lock()
	defer s.Unlock()
	return mqtt.Suback{Codes: codes, At: s.answered}, nil
}

// errEnded is why an answer will not come.
var errEnded = errors.New("the connection has ended")

// watch calls f when done is closed, until stop is called.
func watch(done <-chan struct{}, f func()) (stop func()) {
	stopped := make(chan struct{})
	go func() {
		select {
		case <-done:
			f()
		case <-stopped:
		}
	}()
	return func() { close(stopped) }
}
