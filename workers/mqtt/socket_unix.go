//go:build unix

package mqtt

import (
	"errors"
	"syscall"
)

// nonBlocking: sockets of this system are used without blocking.
const nonBlocking = true

// readSocket reads once: 0 and no error when there is nothing to read now.
func readSocket(fd uintptr, b []byte) (n int, eof bool, err error) {
	for {
		n, err = syscall.Read(int(fd), b)
		switch {
		case err == nil:
			return n, n == 0, nil
		case errors.Is(err, syscall.EAGAIN):
			return 0, false, nil
		case !errors.Is(err, syscall.EINTR):
			return 0, false, err
		}
	}
}

// writeSocket writes once: 0 and no error when the socket takes nothing now.
func writeSocket(fd uintptr, b []byte) (n int, err error) {
	for {
		n, err = syscall.Write(int(fd), b)
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		case !errors.Is(err, syscall.EINTR):
			return 0, err
		}
	}
}
