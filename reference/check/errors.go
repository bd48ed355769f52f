package check

import (
	"errors"
	"fmt"
	"os"
	"time"

	"entrec/reference/report"
)

// ErrNoAnswer says that a command ended well and left no answer.
var ErrNoAnswer = errors.New("the command ended well but left no answer")

// ExitError says how a command failed.
type ExitError struct {
	State  *os.ProcessState
	Stderr []string // the last lines on its standard error
	Alone  bool     // it was asked one question, which it may mean to refuse
	Wrote  bool     // it left an answer all the same
}

// Error names the exit status or signal and the line on standard error that says what went
// wrong.
func (e *ExitError) Error() string {
	text := "the command ended with " + e.State.String()
	if line := mattering(e.Stderr); line != "" {
		text += ": " + line
	}
	return text
}

// TimeoutError says that a command was killed because it ran out of time.
type TimeoutError struct {
	Limit  time.Duration
	Stderr []string // the last lines on its standard error
}

// Error names the limit.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("the command did not end within %v and was killed", e.Limit)
}

// UnreadableError says why what a command left for an answer was not read: it is no regular
// file, too large, or may not be read.
type UnreadableError struct {
	Reason string // found and expected
}

// Error is the reason.
func (e *UnreadableError) Error() string { return "answer: " + e.Reason }

// StartError says that a command could not be started.
type StartError struct {
	Err error
}

// Error names the reason.
func (e *StartError) Error() string { return "cannot start the command: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *StartError) Unwrap() error { return e.Err }

// DeclarationError says why what a command declares of itself was not read.
type DeclarationError struct {
	Reason string
}

// Error names the file and the reason.
func (e *DeclarationError) Error() string { return report.DeclarationFile + ": " + e.Reason }

// notAgainError says that time ran out before a question that a folder left out was asked again.
type notAgainError struct {
	limit time.Duration
}

func (e *notAgainError) Error() string {
	return fmt.Sprintf("the answer was left out, and all that were could not be asked again by themselves within %v: what is lacking can be declared in %s", e.limit, report.DeclarationFile)
}

// stderrOf returns the last lines that a command wrote to standard error, where its error
// has them.
func stderrOf(err error) []string {
	var exit *ExitError
	var late *TimeoutError
	switch {
	case errors.As(err, &exit):
		return exit.Stderr
	case errors.As(err, &late):
		return late.Stderr
	}
	return nil
}
