package mqtt

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// newLoop makes the queue of readiness: an epoll, which can itself be waited for as if it were a socket.
func newLoop() (*loop, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err == nil {
		if err = unix.SetNonblock(fd, true); err != nil {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &loop{file: os.NewFile(uintptr(fd), "epoll"), buf: make([]byte, largestBlock)}, nil
}

// run serves connections until the loop's file is past its deadline.
func (o *loop) run() {
	raw, err := o.file.SyscallConn()
	if err != nil {
		panic(fmt.Sprintf("wait for an epoll: %v", err)) // The file is nobody else's to close.
	}
	events, ready := make([]unix.EpollEvent, turnReads), make([]readiness, 0, turnReads)
	err = raw.Read(func(fd uintptr) bool {
		for {
			n := o.ask(int(fd), events)
			ready = ready[:0]
			for _, e := range events[:n] {
				ready = append(ready, readiness{
					place: uint32(e.Fd), generation: uint32(e.Pad),
					in:   e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0,
					out:  e.Events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0,
					over: e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0,
				})
			}
			if n > 0 || len(o.more) > 0 {
				o.turn(ready)
			}
			if n < len(events) && len(o.more) == 0 {
				o.behind = time.Time{}
				return false // Whatever becomes ready from now on wakes the loop.
			}
			if o.closing.Load() {
				return false // The deadline has passed, or is about to.
			}
			runtime.Gosched()
		}
	})
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		panic(fmt.Sprintf("wait for an epoll: %v", err))
	}
}

// ask fills in what is ready now.
func (o *loop) ask(epoll int, events []unix.EpollEvent) int {
	for {
		n, err := unix.EpollWait(epoll, events, 0)
		switch {
		case err == nil:
			return n
		case !errors.Is(err, unix.EINTR):
			panic(fmt.Sprintf("epoll_wait: %v", err)) // It is a mistake of ours, and there is no going on.
		}
	}
}

// watch has the loop serve a connection, in which anything may be ready already. The lock of its session is held.
func (o *loop) watch(l *link) error {
	number, generation := o.enter(l)
	event := unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(number), Pad: int32(generation),
	}
	if err := o.control(unix.EPOLL_CTL_ADD, l.fd, &event); err != nil {
		o.depart(number)
		return fmt.Errorf("watch the connection: %w", err)
	}
	l.watched, l.place = true, number
	return nil
}

// forget ends that. The lock of its session is held.
func (o *loop) forget(l *link) {
	if !l.watched {
		return
	}
	l.watched = false
	// The descriptor is open; and where the loop is closed, there is nothing to forget.
	_ = o.control(unix.EPOLL_CTL_DEL, l.fd, nil)
	o.depart(l.place)
}

// control changes what the epoll looks at. The file knows its descriptor as long as it is open.
func (o *loop) control(operation, fd int, event *unix.EpollEvent) error {
	raw, err := o.file.SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(epoll uintptr) { err = unix.EpollCtl(int(epoll), operation, fd, event) })
	return errors.Join(err, failed)
}

// takeDescriptor takes the descriptor of a plain TCP connection, which is closed as far as Go knows.
func takeDescriptor(conn net.Conn) (fd int, err error) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return -1, errors.ErrUnsupported
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return -1, err
	}
	failed := raw.Control(func(old uintptr) { fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(err, failed); err != nil {
		return -1, err
	}
	shut(conn)
	return fd, nil
}

// readSocket reads once: 0 and no error when there is nothing to read now.
func readSocket(fd int, b []byte) (n int, eof bool, err error) {
	n, failed := transfer(unix.SYS_READ, fd, b)
	switch failed {
	case 0:
		return n, n == 0, nil
	case unix.EAGAIN:
		return 0, false, nil
	default:
		return 0, false, os.NewSyscallError("read", failed)
	}
}

// writeSocket writes once: 0 and no error when the socket takes nothing now.
func writeSocket(fd int, b []byte) (n int, err error) {
	n, failed := transfer(unix.SYS_WRITE, fd, b)
	switch failed {
	case 0:
		return n, nil
	case unix.EAGAIN:
		return 0, nil
	default:
		return 0, os.NewSyscallError("write", failed)
	}
}

// transfer calls read or write, with something to read into or to write. Go's scheduler is not told of the call, which
// never waits: else it may take the processor away in the middle of it, and the call would return into a queue.
func transfer(call uintptr, fd int, b []byte) (n int, failed syscall.Errno) {
	for {
		done, _, failed := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		if failed == 0 {
			return int(done), 0
		}
		if failed != unix.EINTR {
			return 0, failed
		}
	}
}

// closeSocket closes a connection; nobody can use an error of that.
func closeSocket(fd int) { _ = unix.Close(fd) }

// abandonSocket has the connection reset when it is closed.
func abandonSocket(fd int) {
	_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}) // It can only be closed.
}
