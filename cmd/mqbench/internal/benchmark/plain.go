package benchmark

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// plainPeriod is how often the system calls that have become due are made, without anything between them.
const plainPeriod = time.Millisecond

// plain is one connection with its descriptor, which stays valid as long as the connection is not closed.
type plain struct {
	conn net.Conn
	fd   int
}

// measureWrites makes one write per message, with the bytes of a PUBLISH, on one connection after the other.
func measureWrites(ctx context.Context, s Spec, meter *meter) (Measurement, error) {
	all, closeAll, err := s.openPlain(ctx, nil)
	if err != nil {
		return Measurement{}, err
	}
	packet := s.plainPacket()
	m, err := s.pacePlain(ctx, meter, func(n int) (done bool, err error) {
		written, err := unix.Write(all[n%len(all)].fd, packet)
		if err == nil && written != len(packet) {
			err = fmt.Errorf("a socket took %d of %d bytes", written, len(packet))
		}
		return err == nil, err
	})
	return m, errors.Join(err, closeAll())
}

// measureReads makes one read per message, on one connection after the other, as the counterpart writes to them.
func measureReads(ctx context.Context, s Spec, meter *meter) (Measurement, error) {
	all, closeAll, err := s.openPlain(ctx, plainSubscribe())
	if err != nil {
		return Measurement{}, err
	}
	buffer := make([]byte, len(s.plainPacket()))
	m, err := s.pacePlain(ctx, meter, func(n int) (done bool, err error) {
		got, err := unix.Read(all[n%len(all)].fd, buffer)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return false, nil // it has not come yet
		case err == nil && got != len(buffer):
			err = fmt.Errorf("a message came in pieces: %d of %d bytes", got, len(buffer))
		}
		return err == nil, err
	})
	return m, errors.Join(err, closeAll())
}

// pacePlain makes the call for each message in turn when it is due; a call that is not done yet is made again later.
func (s Spec) pacePlain(ctx context.Context, meter *meter, call func(n int) (done bool, err error)) (Measurement, error) {
	var made atomic.Int64
	return s.follow(ctx, meter, func() int { return int(made.Load()) }, func(ctx context.Context) error {
		ticks := time.NewTicker(plainPeriod)
		defer ticks.Stop()
		began := time.Now()
		for n := 0; n < s.Messages; made.Store(int64(n)) {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-ticks.C:
			}
			due := min(s.Messages, int(time.Since(began).Seconds()*s.rate()))
			for n < due {
				done, err := call(n)
				if err != nil {
					return err
				}
				if !done {
					break
				}
				n++
			}
		}
		return nil
	})
}

// openPlain opens the connections one after another and says hello on each, and then what is in more.
func (s Spec) openPlain(ctx context.Context, more []byte) (all []plain, closeAll func() error, err error) {
	closeAll = func() error {
		var errs []error
		for _, p := range all {
			errs = append(errs, p.conn.Close())
		}
		return errors.Join(errs...)
	}
	for n := range s.Clients {
		p, err := openPlain(ctx, s.Address, n, more)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("connection %d: %w", n, err), closeAll())
		}
		all = append(all, p)
	}
	return all, closeAll, nil
}

// plainSubscribe subscribes to receiveTopic with packet identifier 1 at QoS 0 [MQTT 3.1.1 §3.8].
func plainSubscribe() []byte {
	header := []byte{0x82, byte(5 + len(receiveTopic)), 0, 1, 0, byte(len(receiveTopic))}
	return append(append(header, receiveTopic...), 0)
}

// The lengths of a CONNACK and a SUBACK of MQTT 3.1.1.
const (
	connackSize = 4
	subackSize  = 5
)

func openPlain(ctx context.Context, to string, n int, more []byte) (p plain, err error) {
	if p.conn, err = address(to).Dial(ctx, 0); err != nil {
		return p, err
	}
	id := fmt.Sprintf("plain-%d", n)
	hello := []byte{0x10, byte(12 + len(id)), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, byte(len(id))} // [MQTT 3.1.1 §3.1]
	answer := connackSize
	if more != nil {
		answer += subackSize
	}
	err = p.conn.SetDeadline(time.Now().Add(connectTime))
	if err == nil {
		_, err = p.conn.Write(append(append(hello, id...), more...))
	}
	for got := 0; err == nil && got < answer; {
		var some int
		// No more than the answers: behind them the messages may follow.
		some, err = p.conn.Read(make([]byte, answer-got))
		got += some
	}
	if err == nil {
		p.fd, err = descriptor(p.conn)
	}
	if err != nil {
		return p, errors.Join(err, p.conn.Close())
	}
	return p, nil
}

func descriptor(conn net.Conn) (fd int, err error) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return 0, fmt.Errorf("want a TCP connection, got %T", conn)
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0, err
	}
	return fd, raw.Control(func(descriptor uintptr) { fd = int(descriptor) })
}

// plainPacket is a PUBLISH at QoS 0 of MQTT 3.1.1 with a payload of the benchmark's length.
func (s Spec) plainPacket() []byte {
	body := append([]byte{0, byte(len(receiveTopic))}, receiveTopic...)
	body = append(body, bytes.Repeat([]byte{'x'}, s.Payload)...)
	return append(binary.AppendUvarint([]byte{0x30}, uint64(len(body))), body...)
}
