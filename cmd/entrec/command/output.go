package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// output is where a command writes while it works. What it cannot take is dropped, so
// that no command ends for that before its work is done; its error is told at the end.
type output struct {
	w    io.Writer
	name string // for messages
	err  error
}

// Write never fails.
func (o *output) Write(p []byte) (int, error) {
	if o.err == nil {
		_, o.err = o.w.Write(p)
	}
	return len(p), nil
}

// failure returns why something was not written, nil where nobody was left to read it.
func (o *output) failure() error {
	var file *fs.PathError
	err := o.err
	switch {
	case err == nil || errors.Is(err, syscall.EPIPE):
		return nil
	case errors.As(err, &file):
		err = file.Err
	}
	return failed(fmt.Errorf("%s: %w", o.name, err))
}

// outlivePipes lets the process live on when a pipe that it writes to is closed: the
// write fails instead. Without it, Go ends a process whose standard output or standard
// error is that pipe.
func outlivePipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
