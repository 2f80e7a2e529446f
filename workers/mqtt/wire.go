package mqtt

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"
)

// Types of control packets: the high half of a packet's first byte (section 2.1.2).
const (
	typeConnect     byte = 1
	typeConnack     byte = 2
	typePublish     byte = 3
	typePuback      byte = 4
	typePubrec      byte = 5
	typePubrel      byte = 6
	typePubcomp     byte = 7
	typeSubscribe   byte = 8
	typeSuback      byte = 9
	typeUnsubscribe byte = 10
	typeUnsuback    byte = 11
	typePingreq     byte = 12
	typePingresp    byte = 13
	typeDisconnect  byte = 14
)

const (
	// maximumRemaining is the largest Remaining Length that four bytes can say (section 1.5.5).
	maximumRemaining = 268_435_455
	// maximumHeader is the size of the longest fixed header: a byte and a length.
	maximumHeader = 5
	// maximumPacket is the size of the largest packet.
	maximumPacket = maximumRemaining + maximumHeader
	// maximumString is the length of the longest string or topic.
	maximumString = 65_535
)

// appendLength appends a variable byte integer.
func appendLength(b []byte, n int) []byte {
	for n >= 0x80 {
		b = append(b, byte(n)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
}

// lengthSize is the number of bytes that appendLength needs.
func lengthSize(n int) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14:
		return 2
	case n < 1<<21:
		return 3
	default:
		return 4
	}
}

// length reads a variable byte integer: its value and its size. Size 0: more bytes are needed; below 0: malformed,
// which includes an encoding longer than it has to be [MQTT-1.5.5-1].
func length(b []byte) (value, size int) {
	for i := range min(4, len(b)) {
		value |= int(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			if i > 0 && b[i] == 0 {
				return 0, -1
			}
			return value, i + 1
		}
	}
	if len(b) >= 4 {
		return 0, -1
	}
	return 0, 0
}

func appendString[T string | []byte](b []byte, s T) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

// cut takes a two-byte length and that many bytes from the front of b.
func cut(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if len(b) < n {
		return nil, nil, false
	}
	return b[2:n:n], b[n:], true
}

// wellFormed reports whether b is a UTF-8 string as MQTT wants it: no surrogates, no U+0000 [MQTT-1.5.4-1]
// [MQTT-1.5.4-2].
func wellFormed(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

// validTopic reports whether b can be the topic name of a PUBLISH: well formed and without wildcards [MQTT-3.3.2-2].
func validTopic(b []byte) bool {
	plain := true
	for _, c := range b {
		if c == '#' || c == '+' || c == 0 {
			return false
		}
		plain = plain && c < utf8.RuneSelf
	}
	return plain || utf8.Valid(b)
}

// validName is validTopic for a topic name of our own.
func validName(topic string) bool {
	return !strings.ContainsAny(topic, "#+\x00") && utf8.ValidString(topic)
}

// seconds is d in whole seconds, rounded up, at most limit.
func seconds(d time.Duration, limit uint32) uint32 {
	d = max(0, d)
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return uint32(min(whole, int64(limit)))
}
