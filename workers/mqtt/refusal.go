package mqtt

// Identity tells that the server refuses who the client says to be, which will not change by asking again: return codes
// 2, 4 and 5 of 3.1.1 (section 3.2.2.3), reason codes 0x85 to 0x87 and 0x8a of 5.0 (section 3.2.2.2).
func (e *ConnackError) Identity() bool {
	if e.Protocol != V5 {
		return e.Reason == 2 || e.Reason == 4 || e.Reason == 5
	}
	return e.Reason >= 0x85 && e.Reason <= 0x87 || e.Reason == 0x8a
}
