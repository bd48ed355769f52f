package check

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// run runs the command with two more arguments. The error is an *ExitError, a
// *TimeoutError or a *StartError.
func (m Command) run(ctx context.Context, question, answer string) error {
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
	limit := m.limit(question)
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
	var exit *exec.ExitError
	switch {
	case late:
		return &TimeoutError{limit, stderr.lines()}
	case errors.As(err, &exit):
		return &ExitError{State: exit.ProcessState, Stderr: stderr.lines()}
	}
	return err
}

// limit returns the time limit of a call with a question, a file or a folder.
func (m Command) limit(question string) time.Duration {
	switch info, err := os.Stat(question); {
	case m.Timeout > 0:
		return m.Timeout
	case err == nil && info.IsDir():
		return 10 * time.Minute
	}
	return time.Minute
}
