package check

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// run runs the command with two more arguments, for so long at most. The error is an
// *ExitError, a *TimeoutError or a *StartError.
func (m Command) run(ctx context.Context, question, answer string, limit time.Duration) error {
	args := append(append([]string{}, m.Args...), question, answer)
	cmd := exec.Command(args[0], args[1:]...)
	ownGroup(cmd)
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	cmd.Stderr = write
	err = cmd.Start()
	write.Close()
	if err != nil {
		return &StartError{err}
	}
	var stderr tail
	var reader sync.WaitGroup
	reader.Go(func() { _, _ = io.Copy(&stderr, read) })

	ended := make(chan struct{})
	late := false
	var watch sync.WaitGroup
	watch.Go(func() {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		select {
		case <-ended:
			return
		case <-timer.C:
			late = true
		case <-ctx.Done():
		}
		killGroup(cmd)
	})
	err = cmd.Wait()
	close(ended)
	watch.Wait()
	killGroup(cmd) // what it left running
	// A process that left the group may hold the pipe open: what it writes from
	// now on is not read.
	_ = read.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	reader.Wait()
	drain(&stderr, read)
	var exit *exec.ExitError
	switch {
	case late:
		return &TimeoutError{limit, said(&stderr, question)}
	case errors.As(err, &exit):
		return &ExitError{State: exit.ProcessState, Stderr: said(&stderr, question)}
	}
	return err
}

// drain reads what is in a pipe already: its reader may have been too late, on a busy machine.
func drain(stderr *tail, pipe *os.File) {
	const most = 64 << 10 // in a pipe
	_ = pipe.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = io.CopyN(stderr, pipe, most)
}

// said returns the last lines on standard error, without the temporary folder that the question
// lies in: so equal failures have equal lines.
func said(stderr *tail, question string) []string {
	lines := stderr.lines()
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, filepath.Dir(question)+string(filepath.Separator), "")
	}
	return lines
}

// limit returns the time limit of a call with a question's file, or a folder of them.
func (m Command) limit(folder bool) time.Duration {
	switch {
	case m.Timeout > 0:
		return m.Timeout
	case folder:
		return 10 * time.Minute
	}
	return time.Minute
}
