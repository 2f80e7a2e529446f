package mqtt

// A tally counts the messages that leave for the first time while the socket takes the pending bytes in pieces. It
// stands where the socket does, be it within a packet.
type tally struct {
	missing int  // bytes of the packet there that the socket has not taken; 0: it stands between packets
	fresh   bool // that packet is a PUBLISH which was never sent before
}

// advance steps over the first n of the pending bytes and returns how many messages end there. pending begins where
// the tally stands and ends with a packet.
func (t *tally) advance(pending []byte, n int) (messages int) {
	for n > 0 {
		if t.missing == 0 {
			remaining, size := length(pending[1:])
			t.missing = 1 + size + remaining
			t.fresh = pending[0]>>4 == typePublish && pending[0]&dup == 0
		}
		step := min(n, t.missing)
		t.missing -= step
		n -= step
		pending = pending[step:]
		if t.missing == 0 && t.fresh {
			messages++
		}
	}
	return messages
}
