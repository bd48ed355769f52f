package report

import "entrec/reference/golden"

// Verdict says how a backend did on a case. Where a tensor of the answer has a flaw,
// it is the name of the first such flaw.
type Verdict string

// The verdicts. Pass and Unsupported are no failures.
const (
	Pass             = Verdict("pass")
	Unsupported      = Verdict("lacks") // the backend declares that it does not have the operation
	Mismatch         = Verdict(golden.Mismatch)
	WrongShape       = Verdict(golden.WrongShape)
	NotANumber       = Verdict(golden.NotANumber)
	MissingTensor    = Verdict(golden.MissingTensor)
	ExtraTensor      = Verdict(golden.ExtraTensor)
	NotCompared      = Verdict("not compared")     // all tensors of the answer are excluded
	Malformed        = Verdict("malformed")        // the answer's file is cut off, its header lies, a dtype is wrong, …
	NoAnswer         = Verdict("no answer")        // where the backend says that it answered
	Crash            = Verdict("crash")            // the command failed, or the backend returned an error
	Hang             = Verdict("hang")             // no answer within the time limit
	Refused          = Verdict("refused")          // a question that is sound
	Accepted         = Verdict("accepted")         // a question that must be refused
	Nondeterministic = Verdict("nondeterministic") // answers to equal questions that differ in bits
	Flaky            = Verdict("flaky")            // a failure that passes when it is asked again
)

// ExpectedFailure is the verdict on an operation of which nothing fails but what is expected to.
const ExpectedFailure = Verdict("expected failure")

// Failure reports whether a verdict is one.
func (v Verdict) Failure() bool {
	return v != "" && v != Pass && v != Unsupported && v != ExpectedFailure
}
