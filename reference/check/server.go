package check

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"entrec/reference/golden"
)

// The first byte of a server's answer.
const (
	served      = 0 // the file follows
	servedError = 1 // the question is refused, for the reason that follows
	servedLacks = 3 // there is no such operation, as the reason that follows may say
)

// maxMessage is how many bytes a server's message may have.
const maxMessage = 1 << 20

// server is a command that runs and is asked one question after another.
type server struct {
	command Command
	cmd     *exec.Cmd
	in      *os.File
	out     *bufio.Reader
	outFile *os.File
	errFile *os.File
	stderr  tail
	reader  sync.WaitGroup
}

// serve asks questions of one server, which is started again where it ends, or is killed since
// it answers too late or not as it should.
func (m Command) serve(ctx context.Context, cases []*golden.Case, reply func(i int, r Reply)) error {
	var s *server
	defer func() {
		if s != nil {
			s.stop(ctx)
		}
	}()
	for i, c := range cases {
		if s == nil {
			var err error
			if s, err = m.startServer(); err != nil {
				return err
			}
		}
		if err := m.keepQuestion(c); err != nil {
			return err
		}
		begun := time.Now()
		r, alive, err := s.ask(ctx, c)
		if err != nil {
			return err
		}
		r.Duration = time.Since(begun)
		if !alive {
			s = nil
		}
		reply(i, r)
	}
	return nil
}

// startServer starts the command. The error is a *[StartError], or of the system's pipes.
func (m Command) startServer() (*server, error) {
	s := &server{command: m, cmd: exec.Command(m.Args[0], m.Args[1:]...)}
	ownGroup(s.cmd)
	var theirs, ours []*os.File
	closeAll := func(files []*os.File) {
		for _, f := range files {
			f.Close()
		}
	}
	for range 3 {
		read, write, err := os.Pipe()
		if err != nil {
			closeAll(append(theirs, ours...))
			return nil, err
		}
		if len(ours) == 0 {
			theirs, ours = append(theirs, read), append(ours, write)
		} else {
			theirs, ours = append(theirs, write), append(ours, read)
		}
	}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = theirs[0], theirs[1], theirs[2]
	s.in, s.outFile, s.errFile = ours[0], ours[1], ours[2]
	s.out = bufio.NewReader(s.outFile)
	err := s.cmd.Start()
	closeAll(theirs)
	if err != nil {
		closeAll(ours)
		return nil, &StartError{err}
	}
	s.reader.Go(func() { _, _ = io.Copy(&s.stderr, s.errFile) })
	return s, nil
}

// end kills what still runs and closes the pipes. It returns how the command ended.
func (s *server) end() error {
	killGroup(s.cmd)
	err := s.cmd.Wait()
	killGroup(s.cmd) // what it left running
	_ = s.errFile.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	s.reader.Wait()
	drain(&s.stderr, s.errFile)
	for _, f := range []*os.File{s.in, s.outFile, s.errFile} {
		f.Close()
	}
	return err
}

// stop ends the input, on which the command is to end, and kills it where it does not.
func (s *server) stop(ctx context.Context) {
	s.in.Close()
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, io.LimitReader(s.out, 1<<30))
		close(gone)
	}()
	timer := time.NewTimer(5 * time.Second)
	defer timer.Stop()
	select {
	case <-gone:
	case <-timer.C:
	case <-ctx.Done():
	}
	_ = s.end()
	<-gone
}

// ask asks one question. The server is not alive any more where it ended, did not answer in
// time or as it should. The error is the cause of a context that is done.
func (s *server) ask(ctx context.Context, c *golden.Case) (r Reply, alive bool, err error) {
	question, err := c.MarshalQuestion()
	if err != nil {
		return Reply{}, false, err
	}
	type exchange struct {
		reply Reply
		err   error
	}
	done := make(chan exchange, 1)
	go func() {
		r, err := s.exchange(c, question)
		done <- exchange{r, err}
	}()
	limit := s.command.Timeout
	if limit == 0 {
		limit = time.Minute
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	late := false
	var e exchange
	select {
	case e = <-done:
		if e.err == nil {
			return e.reply, true, nil
		}
	case <-timer.C:
		late = true
	case <-ctx.Done():
	}
	killed := e.err == nil
	if killed {
		killGroup(s.cmd)
		s.in.Close()
		s.outFile.Close() // a process that left the group may hold the other end open
		<-done
	}
	var malformed *UnreadableError
	unreadable := errors.As(e.err, &malformed)
	if !killed && !unreadable {
		s.awaitEnd()
	}
	ended := s.end()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && killed && !late:
		return Reply{}, false, context.Cause(ctx)
	case late:
		return Reply{Err: &TimeoutError{limit, s.stderr.lines()}}, false, nil
	case unreadable:
		return Reply{Err: malformed}, false, nil
	case errors.As(ended, &exit):
		return Reply{Err: &ExitError{State: exit.ProcessState, Stderr: s.stderr.lines()}}, false, nil
	}
	return Reply{Err: ErrNoAnswer}, false, nil
}

// awaitEnd gives a server that has closed its output a moment to end by itself, so that its
// status is its own.
func (s *server) awaitEnd() {
	ended := make(chan struct{})
	go func() {
		s.reader.Wait() // its standard error ends with it
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(time.Second):
	}
}

// exchange sends a question and reads the answer. The error is an *[UnreadableError] where
// that is not as it should be, and otherwise says that the server does not answer any more.
func (s *server) exchange(c *golden.Case, question []byte) (Reply, error) {
	if _, err := s.in.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(question))), question...)); err != nil {
		return Reply{}, err
	}
	var head [9]byte
	if _, err := io.ReadFull(s.out, head[:]); err != nil {
		return Reply{}, err
	}
	length, most := binary.LittleEndian.Uint64(head[1:]), int64(maxMessage)
	switch head[0] {
	case served:
		most = answerLimit(c)
	case servedError, servedLacks:
	default:
		return Reply{}, &UnreadableError{fmt.Sprintf("found %d for its first byte, expected %d (answered), %d (refused) or %d (lacks); it begins with %q, and standard output is for answers alone",
			head[0], served, servedError, servedLacks, s.begins(head[:]))}
	}
	if length > uint64(most) {
		return Reply{}, &UnreadableError{fmt.Sprintf("found %d bytes, expected at most %d", length, most)}
	}
	content := make([]byte, length)
	if _, err := io.ReadFull(s.out, content); err != nil {
		return Reply{}, err
	}
	switch head[0] {
	case servedLacks:
		return Reply{Err: fmt.Errorf("%s: %w: %s", c.Op, golden.ErrUnsupported, message(content))}, nil
	case servedError:
		return Reply{Err: golden.Refuse(c.Op, "%s", message(content))}, nil
	}
	if err := s.command.keepFile(keptAnswers, c, content); err != nil {
		return Reply{}, err
	}
	a, err := golden.ParseAnswer("answer", content)
	return Reply{Answer: a, Err: err}, nil
}

// begins returns the first bytes of what is no answer, with those that have arrived behind them.
func (s *server) begins(head []byte) []byte {
	const shown = 24
	more, _ := s.out.Peek(min(s.out.Buffered(), shown-len(head)))
	return append(head, more...)
}

// message returns as much of a server's message as a line of standard error may have.
func message(content []byte) string {
	return strings.TrimSpace(strings.ToValidUTF8(string(content[:min(len(content), maxLine)]), "�"))
}
