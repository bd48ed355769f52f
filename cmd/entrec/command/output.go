package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf16"

	"entrec/internal/printable"
)

// output is where a command writes while it works. What it cannot take is dropped, so
// that no command ends for that before its work is done; its error is told at the end.
type output struct {
	w      io.Writer
	name   string // for messages
	binary bool   // not text: nothing is escaped
	err    error
}

// Write never fails. Of text, what could drive a terminal is written escaped.
func (o *output) Write(p []byte) (int, error) {
	switch {
	case o.err != nil:
	case o.binary:
		_, o.err = o.w.Write(p)
	default:
		_, o.err = io.WriteString(o.w, shown(string(p)))
	}
	return len(p), nil
}

// shown returns text as it is shown: lines and tabs, and in them nothing that does not
// print by itself. Names and messages in it may be a stranger's.
func shown(text string) string {
	const ends = "\n\t"
	var b strings.Builder
	for text != "" {
		end := strings.IndexAny(text, ends)
		if end < 0 {
			return b.String() + printable.Text(text)
		}
		b.WriteString(printable.Text(text[:end]) + text[end:end+1])
		text = text[end+1:]
	}
	return b.String()
}

// plainJSON returns a JSON text in whose strings everything is escaped that does not
// print by itself, so that it stays what it is when it is shown.
func plainJSON(text []byte) string {
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case strconv.IsPrint(r) || r == '\n':
			b.WriteRune(r)
		case r > 0xffff:
			first, second := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, first, second)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
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
