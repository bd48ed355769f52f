package check

import (
	"errors"
	"strings"

	"entrec/reference/golden"
	"entrec/reference/report"
	"entrec/tensor/safetensors"
)

// judge returns a case's verdict, why in one line, and how its tensors compare.
func judge(c *golden.Case, reject bool, r Reply, tolerances map[string]golden.Tolerance) (report.Verdict, string, []golden.Deviation) {
	var refused *golden.RefusedError
	var exit *ExitError
	var late *TimeoutError
	var format *safetensors.FormatError
	var unreadable *UnreadableError
	switch {
	case r.Err == nil && reject:
		return report.Accepted, "a question that must be refused was answered", nil
	case r.Err == nil:
		found := golden.Compare(c, r.Answer, tolerances)
		compared := false
		for _, d := range found {
			if d.Flaw != golden.NoFlaw {
				return report.Verdict(d.Flaw), d.Detail, found
			}
			compared = compared || !d.Uncompared
		}
		if !compared {
			return report.NotCompared, "nothing of the answer is compared, so nothing passes", found
		}
		return report.Pass, "", found
	case errors.Is(r.Err, golden.ErrUnsupported):
		return report.Unsupported, oneLine(r.Err), nil
	case errors.As(r.Err, &late):
		return report.Hang, oneLine(r.Err), nil
	case errors.Is(r.Err, ErrNoAnswer):
		return report.NoAnswer, oneLine(r.Err), nil
	case errors.As(r.Err, &refused):
		if reject {
			return report.Pass, "", nil
		}
		return report.Refused, oneLine(r.Err), nil
	case errors.As(r.Err, &exit):
		switch {
		case reject && exit.Alone && exit.Wrote:
			return report.Accepted, "the command refused a question but left an answer", nil
		case reject && exit.Alone && exit.State.Exited():
			return report.Pass, "", nil
		}
		return report.Crash, oneLine(r.Err), nil
	case errors.As(r.Err, &format), errors.As(r.Err, &unreadable):
		if reject {
			return report.Accepted, "a question that must be refused was answered", nil
		}
		return report.Malformed, oneLine(r.Err), nil
	}
	return report.Crash, oneLine(r.Err), nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
