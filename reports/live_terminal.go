package reports

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// A terminal is what a view needs: files to read from and write to, and the state in which it was found.
type terminal struct {
	in, out *os.File
	state   *term.State
}

// terminalOf says whether w is a terminal that a view may use. Input must come from a terminal too, because the view
// has to read what the terminal answers; and mqbench must be in the foreground, because a process in the background
// that touches a terminal is stopped.
func terminalOf(w io.Writer) (*terminal, bool) {
	out, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) || !foreground(out) || !foreground(os.Stdin) {
		return nil, false
	}
	state, err := term.GetState(int(os.Stdin.Fd()))
	if err != nil {
		return nil, false
	}
	return &terminal{in: os.Stdin, out: out, state: state}, true
}

// foreground says whether a file is a terminal whose foreground is this process's group.
func foreground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// restore gives the terminal back as it was found, for the case in which the view could not.
func (t *terminal) restore() { _ = term.Restore(int(t.in.Fd()), t.state) }

// interrupt does what the terminal would have done for Ctrl-C.
func interrupt() { _ = unix.Kill(0, unix.SIGINT) }
