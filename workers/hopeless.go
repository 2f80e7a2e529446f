package workers

import (
	"errors"

	"github.com/mqbench/mqbench/workers/mqtt"
	"github.com/mqbench/mqbench/workers/transport"
)

// lastHope is how many attempts of a client that never was connected may end in a way that another one will not mend,
// before the fleet gives up. A broker that has just begun may still be about to read who its users are.
const lastHope = 3

// errHopeless ends Connect where waiting is of no use.
var errHopeless = errors.New("trying again will not help")

// hopeless tells that an attempt ended in a way that another one will not mend: credentials or a certificate were
// refused, or the transport is not what the broker's port speaks.
func hopeless(err error) bool {
	if refusal, ok := errors.AsType[*mqtt.ConnackError](err); ok {
		return refusal.Identity()
	}
	return transport.Mismatched(err)
}

// lose counts an attempt of a client that was never connected, and gives up where it has no hope left. The client's
// lock is held.
func (c *client) lose(err error) {
	if c.ready || !hopeless(err) {
		c.lost = 0
		return
	}
	if c.lost++; c.lost == lastHope {
		c.fleet.despair(errHopeless)
	}
}
