package transport

import (
	"crypto/tls"
	"errors"
	"net"
)

// errMismatch is wrapped by what a server answers that does not serve MQTT this way.
var errMismatch = errors.New("the server does not serve MQTT this way")

// Mismatched tells that an error of [Transport.Wrap] is one that another attempt will not mend: the server's certificate
// is not to be trusted, it refuses the client's, it does not speak TLS, or it does not serve MQTT over WebSocket there.
func Mismatched(err error) bool {
	if errors.Is(err, errMismatch) {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	// An alert of the server; crypto/tls gives it this form and no type.
	alert, ok := errors.AsType[*net.OpError](err)
	return ok && alert.Op == "remote error"
}
