//go:build !unix

package mqtt

import "errors"

// nonBlocking: connections are used through ordinary Read and Write.
const nonBlocking = false

func readSocket(uintptr, []byte) (int, bool, error) { return 0, false, errors.ErrUnsupported }

func writeSocket(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
