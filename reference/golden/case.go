package golden

import (
	"errors"
	"fmt"
)

// Case is a question with its answer: an operation, its attributes and tensors. In
// a question Out and Grad are nil.
type Case struct {
	Name  string // of its file, without the ending; may have slashes
	Op    string
	Attrs Attrs
	In    map[string]*Array // inputs
	CT    map[string]*Array // cotangents of the outputs that are differentiated
	Out   map[string]*Array // outputs
	Grad  map[string]*Array // gradients of Σ ⟨ct, out⟩ with respect to the inputs in attrs.wrt
}

// Answer is what a backend makes of a question.
type Answer struct {
	Out  map[string]*Array
	Grad map[string]*Array
}

// Backend answers questions. Its error wraps [ErrUnsupported] where it does not have
// the operation. It is a [*RefusedError] where the operation does not allow the
// question's shapes or attributes.
type Backend interface {
	Answer(c *Case) (*Answer, error)
}

// BackendFunc makes a function a Backend.
type BackendFunc func(c *Case) (*Answer, error)

var _ Backend = BackendFunc(nil)

// Answer calls f.
func (f BackendFunc) Answer(c *Case) (*Answer, error) { return f(c) }

// ErrUnsupported says that a backend does not have an operation.
var ErrUnsupported = errors.New("operation is not supported")

// RefusedError says that an operation does not allow a question's shapes or attributes.
type RefusedError struct {
	Op     string
	Reason string // what was found and what was expected
}

// Error names the operation and the reason.
func (e *RefusedError) Error() string { return fmt.Sprintf("%s: %s", e.Op, e.Reason) }

// Refuse returns a *RefusedError.
func Refuse(op, format string, args ...any) error {
	return &RefusedError{Op: op, Reason: fmt.Sprintf(format, args...)}
}

// Ask asks b. A panic, which is a mistake in b, becomes an error.
func Ask(b Backend, c *Case) (a *Answer, err error) {
	defer func() {
		if r := recover(); r != nil {
			a, err = nil, fmt.Errorf("%s: panic: %v", c.Op, r)
		}
	}()
	return b.Answer(c)
}
