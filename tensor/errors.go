package tensor

import (
	"strings"

	"entrec/internal/message"
)

// ShapeError is what every function of tensor, autograd and nn panics with when
// shapes do not fit: a mistake in the calling program, not in its input.
type ShapeError struct {
	Op     string  // the operation that refused, as "tensor.MatMulTo"
	Shapes [][]int // the shapes it was given, in argument order
	Reason string  // what it expected
}

// Error returns the operation, the shapes that it was given, and the reason.
func (e *ShapeError) Error() string {
	parts := make([]string, len(e.Shapes))
	for i, s := range e.Shapes {
		parts[i] = message.Text(s)
	}
	return message.Sprintf("%s: shapes %s: %s", e.Op, strings.Join(parts, ", "), e.Reason)
}

// Catch runs f and returns the *ShapeError that it panics with, nil where it does not
// panic. Other panics pass through. It is for programs that get shapes from outside,
// such as the golden suite.
func Catch(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *ShapeError:
			err = r
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// Refuse panics with a *ShapeError for op. It is exported for packages that define
// operations.
func Refuse(op, reason string, shapes ...[]int) {
	panic(&ShapeError{Op: op, Shapes: shapes, Reason: reason})
}
