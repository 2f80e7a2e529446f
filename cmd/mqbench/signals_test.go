package main

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
)

// TestUnread: output that nobody reads is no failure, but a connection to a broker that breaks is one: the run behind it
// must not pass.
func TestUnread(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	_, broken := w.WriteString("summary")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !unread(fmt.Errorf("write summary: %w", broken)) {
		t.Errorf("%v: want output that nobody reads", broken)
	}
	socket := os.NewSyscallError("write", syscall.EPIPE)
	for _, err := range []error{socket, &net.OpError{Op: "write", Net: "tcp", Err: socket}} {
		if unread(fmt.Errorf("connect clients: %w", err)) {
			t.Errorf("%v of a connection: counts as output that nobody reads, and so as success", err)
		}
	}
}
