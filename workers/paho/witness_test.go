package paho

import (
	"testing"

	"github.com/eclipse/paho.golang/packets"

	"github.com/mqbench/mqbench/workers/mqtt"
)

// TestPubrecBehindTheEnd: a PUBREC that was read before the connection broke and comes to the session state after it is
// as one that was never read. The library would write its answer to no connection, which ends the process.
func TestPubrecBehindTheEnd(t *testing.T) {
	s := New(Options{Options: mqtt.Options{ClientID: "c"}}, mqtt.Deaf{})
	w := &witness{State: s.state, s: s}
	if err := w.ConnectionLost(nil); err != nil {
		t.Fatal(err)
	}
	p := packets.NewControlPacket(packets.PUBREC)
	p.Content.(*packets.Pubrec).PacketID = 7
	if err := w.PacketReceived(p, nil); err != nil {
		t.Error(err)
	}
}
