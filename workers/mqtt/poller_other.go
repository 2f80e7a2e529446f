//go:build !linux

package mqtt

import (
	"errors"
	"net"
)

// Without epoll there are no loops: each connection has goroutines of its own.

func newLoop() (*loop, error) { return nil, errors.ErrUnsupported }

func (o *loop) run() {}

func (o *loop) watch(*link) error { return errors.ErrUnsupported }

func (o *loop) forget(*link) {}

func takeDescriptor(net.Conn) (int, error) { return -1, errors.ErrUnsupported }

func readSocket(int, []byte) (int, bool, error) { return 0, false, errors.ErrUnsupported }

func writeSocket(int, []byte) (int, error) { return 0, errors.ErrUnsupported }

func closeSocket(int) {}

func abandonSocket(int) {}
