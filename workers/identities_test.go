package workers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/mqbench/mqbench/scenarios"
	"github.com/mqbench/mqbench/workers/mqtt"
)

func twoAndOne() *Assignment {
	return &Assignment{
		Publishers: []Publisher{{Client: "p1"}, {Client: "p2"}}, Subscribers: []Subscriber{{Client: "s1"}},
		Client: scenarios.Client{Username: "all", Password: "same"},
	}
}

func TestIdentify(t *testing.T) {
	a := twoAndOne()
	if user, password := a.credentials(2); user != "all" || password != "same" {
		t.Errorf("without identities: %q, %q", user, password)
	}
	err := a.Identify([]scenarios.Identity{
		{Username: "u1", Password: "x1"}, {Username: "u2", ClientID: "own"}, {Username: "u3", Password: "x3", ClientID: "last"}, {Username: "spare"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range []struct{ id, user, password string }{{"p1", "u1", "x1"}, {"own", "u2", ""}, {"last", "u3", "x3"}} {
		user, password := a.credentials(number)
		if id := a.ClientID(number); id != want.id || user != want.user || password != want.password || a.Identity(number).Username != user {
			t.Errorf("client %d is %q with %q, %q; want %+v", number, id, user, password, want)
		}
	}
	for want, identities := range map[string][]scenarios.Identity{
		"there are 2 identities for 3 clients: 1 are missing": {{}, {}},
		`client identifier "p2" is that of two clients`:       {{ClientID: "p2"}, {}, {}},
	} {
		if err := twoAndOne().Identify(identities); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestHopeless(t *testing.T) {
	for _, story := range []struct {
		err  error
		want bool
	}{
		{&mqtt.ConnackError{Protocol: mqtt.V311, Reason: 4}, true},
		{&mqtt.ConnackError{Protocol: mqtt.V311, Reason: 5}, true},
		{&mqtt.ConnackError{Protocol: mqtt.V311, Reason: 3}, false}, // server unavailable
		{&mqtt.ConnackError{Protocol: mqtt.V5, Reason: 0x86}, true},
		{&mqtt.ConnackError{Protocol: mqtt.V5, Reason: 0x87}, true},
		{&mqtt.ConnackError{Protocol: mqtt.V5, Reason: 0x88}, false}, // server unavailable
		{&mqtt.ConnackError{Protocol: mqtt.V5, Reason: 0x97}, false}, // quota exceeded
		{&net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}, true},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, false},
		{io.EOF, false},
	} {
		if got := hopeless(fmt.Errorf("connect: %w", story.err)); got != story.want {
			t.Errorf("%v: hopeless %t", story.err, got)
		}
	}
}
