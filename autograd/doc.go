// Package autograd computes gradients by reverse-mode automatic differentiation.
//
// A [Var] is a tensor that may have a gradient. An operation such as
// autograd.MatMul(x, w) computes its value at once. If one of its inputs needs a
// gradient, it also appends its vector-Jacobian product to the [Tape] of its inputs,
// and [Tape.Backward] walks the tape backward. Where nothing needs a gradient, nothing
// is recorded.
//
// There is no global graph. [Tape.Constant] and [Tape.Leaf] make a Var that belongs to a
// tape. [Param] makes a parameter, which belongs to none and may be used with any.
// Operations on parameters alone wait until their result is used with a Var of a tape.
//
// Each operation and its vector-Jacobian product stand in one file. The package example
// shows a whole step.
//
// # How long a buffer lives
//
// Values and gradients of operations come from the tape's pool. A gradient goes back to
// the pool as soon as its operation has used it. A value goes back as soon as Backward
// has passed it or, where it was not differentiated, at [Tape.Reset]. Copy what must
// outlive the step. Gradients of leaves and parameters stay.
//
// # Errors
//
// Shapes that do not fit panic with a *tensor.ShapeError.
package autograd
