package reference

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"entrec/tensor/safetensors"
)

// Verdict says how a backend did on a case.
type Verdict string

// The verdicts. Pass and Lacks are no failures.
const (
	Pass          Verdict = "pass"
	Lacks         Verdict = "lacks"          // the backend declares that it lacks the operation
	Mismatch      Verdict = "mismatch"       // numbers beyond their tolerance
	WrongShape    Verdict = "wrong shape"    // of a tensor
	NotANumber    Verdict = "not a number"   // where a number is expected
	MissingTensor Verdict = "missing tensor" // from an answer
	ExtraTensor   Verdict = "extra tensor"   // that was not asked for
	Malformed     Verdict = "malformed"      // the answer's file is cut off, its header lies, a dtype is wrong, …
	NoAnswer      Verdict = "no answer"      // where the backend says that it answered
	Crash         Verdict = "crash"          // the command failed, or the backend returned an error
	Hang          Verdict = "hang"           // no answer within the time limit
	Refused       Verdict = "refused"        // a question that is sound
	Accepted      Verdict = "accepted"       // a question that must be refused
)

// Failure reports whether a verdict is one.
func (v Verdict) Failure() bool { return v != Pass && v != Lacks }

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

// TimeoutError says that a command was ended since it ran out of time.
type TimeoutError struct {
	Limit time.Duration
}

// Error names the limit.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("the command did not end within %v and was killed", e.Limit)
}

// judge returns a case's verdict, why in one line, and how its tensors compare.
func judge(c *Case, reject bool, r Reply, tolerances map[string]Tolerance) (Verdict, string, []Deviation) {
	var refused *RefusedError
	var exit *ExitError
	var late *TimeoutError
	var format *safetensors.FormatError
	switch {
	case r.Err == nil && reject:
		return Accepted, "a question that must be refused was answered", nil
	case r.Err == nil:
		found := Compare(c, r.Answer, tolerances)
		for _, d := range found {
			if d.Flaw != "" {
				return d.Flaw, d.Detail, found
			}
		}
		return Pass, "", found
	case errors.Is(r.Err, ErrUnsupported):
		return Lacks, oneLine(r.Err), nil
	case errors.As(r.Err, &late):
		return Hang, oneLine(r.Err), nil
	case errors.Is(r.Err, ErrNoAnswer):
		if reject {
			return Pass, "", nil
		}
		return NoAnswer, oneLine(r.Err), nil
	case errors.As(r.Err, &refused):
		if reject {
			return Pass, "", nil
		}
		return Refused, oneLine(r.Err), nil
	case errors.As(r.Err, &exit):
		switch {
		case reject && exit.Alone && exit.Wrote:
			return Accepted, "the command refused a question but left an answer", nil
		case reject && exit.Alone && exit.State.Exited():
			return Pass, "", nil
		}
		return Crash, oneLine(r.Err), nil
	case errors.As(r.Err, &format):
		if reject {
			return Accepted, "a question that must be refused was answered", nil
		}
		return Malformed, oneLine(r.Err), nil
	}
	return Crash, oneLine(r.Err), nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
