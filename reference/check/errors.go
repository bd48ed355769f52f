package check

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrNoAnswer says that a command ended well and left no answer.
var ErrNoAnswer = errors.New("the command ended well but left no answer")

// ExitError says how a command failed.
type ExitError struct {
	State  *os.ProcessState
	Stderr string // the last line on its standard error
	Alone  bool   // it was asked one question, which it may mean to refuse
	Wrote  bool   // it left an answer all the same
}

// Error names the exit status or signal and the last line on standard error.
func (e *ExitError) Error() string {
	text := "the command ended with " + e.State.String()
	if e.Stderr != "" {
		text += ": " + e.Stderr
	}
	return text
}

// TimeoutError says that a command was killed because it ran out of time.
type TimeoutError struct {
	Limit time.Duration
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
