package trial

import (
	"context"
	"fmt"
	"time"
)

// share proves that the members of a shared subscription get each message once between them. How many each gets is for
// the product to say. In a cluster its members are at two brokers.
func (s *stage) share(ctx context.Context) (string, error) {
	serving, qos, protocol := s.serving(), s.qos(), s.recipe.Newest()
	unique := fmt.Sprintf("%s-%x", s.token, time.Now().UnixNano())
	first, last := serving[len(serving)-1], serving[len(serving)-1]
	if s.topology.SharesSessions() {
		first = serving[0]
	}
	topic := s.name(last) + "/trial/" + unique
	members := []*client{s.newClient("member1-"+unique, protocol, false), s.newClient("member2-"+unique, protocol, false)}
	publisher := s.newClient("pub-"+unique, protocol, false)
	defer func() {
		for _, c := range append(members, publisher) {
			_ = c.leave(ctx)
		}
	}()
	for i, broker := range []int{first, last} {
		if _, err := members[i].connect(ctx, broker); err != nil {
			return "", err
		}
		if err := members[i].subscribe(ctx, "$share/trial/"+topic, qos); err != nil {
			return "", err
		}
	}
	if _, err := publisher.connect(ctx, last); err != nil {
		return "", err
	}
	came := func(payload string) int { return members[0].inbox.times(payload) + members[1].inbox.times(payload) }
	for came("hello") == 0 {
		err := publisher.publish(ctx, topic, qos, []string{"hello"})
		if err == nil {
			err = pause(ctx, greetEvery)
		}
		if err != nil { // the time may be over at either place
			return "", fmt.Errorf("no member of a shared subscription gets anything: %w", err)
		}
	}
	var payloads []string
	for i := range sentEach {
		payloads = append(payloads, fmt.Sprint(i))
	}
	if err := publisher.publish(ctx, topic, qos, payloads); err != nil {
		return "", err
	}
	for missing := len(payloads); missing > 0; {
		missing = 0
		for _, payload := range payloads {
			if came(payload) == 0 {
				missing++
			}
		}
		if err := pause(ctx, settle); err != nil {
			return "", fmt.Errorf("%d of %d messages came to no member: %w", missing, len(payloads), err)
		}
	}
	split := [2]int{}
	for _, payload := range payloads {
		for i, m := range members {
			split[i] += min(1, m.inbox.times(payload))
		}
	}
	detail := fmt.Sprintf("%d and %d of %d", split[0], split[1], len(payloads))
	if split[0]+split[1] > len(payloads) {
		return detail, fmt.Errorf("both members got the same message: %s", detail)
	}
	return detail, nil
}
