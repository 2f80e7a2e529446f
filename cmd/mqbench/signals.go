package main

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// deadly are the signals that end a run: in good order the first time, at once the second time.
func deadly() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} }

// surviveBrokenPipes lets a write to a pipe that nobody reads any more fail instead of killing the program: a run that
// is piped into `head` goes on, and what it made is cleared away. Children get the signal as usual, which they would
// not if it were ignored.
func surviveBrokenPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// onSignals calls note when a first signal comes before the returned function has been called, and abandon when a second
// one does. A third one ends the program as if nobody had asked for signals.
func onSignals(note, abandon func()) (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, deadly()...)
	over := make(chan struct{})
	go func() {
		for _, call := range []func(){note, func() { signal.Stop(signals); abandon() }} {
			select {
			case <-signals:
				call()
			case <-over:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(over)
	}
}

// unread tells that a write of output failed because nobody reads: whoever closed the pipe knows, and the verdict is what
// it was. A connection to a broker that breaks is a broken pipe as well, but no file.
func unread(err error) bool {
	file, ok := errors.AsType[*fs.PathError](err)
	return ok && errors.Is(file, syscall.EPIPE)
}
