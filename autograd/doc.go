// Package autograd differentiates: a tape of operations on tensors, walked
// backwards.
//
// A [Var] is a tensor that may have a gradient. Operations are functions,
// MatMul(x, w), that compute a value at once and, if one of their inputs needs a
// gradient, append to the [Tape] of their inputs how to carry a gradient back
// (the vector-Jacobian product, which stands beside the operation, in the same
// file). There is no global graph: a Var made by [Tape.Constant] or [Tape.Leaf]
// knows its tape, and parameters made by [Param] belong to none and may be used with
// any. Operations on parameters alone wait until their result meets a tape. Where
// nothing needs a gradient, nothing is recorded.
//
//	tape := autograd.NewTape[float32]()
//	x := tape.Constant(batch)
//	loss := autograd.Mean(autograd.Pow(autograd.Linear(x, w, b), 2))
//	tape.Backward(loss)      // w.Grad, b.Grad
//	tape.Reset()             // the rest of the buffers goes back
//
// # Life of a buffer
//
// Values and gradients of operations come from the tape's pool. A gradient goes
// back as soon as its operation has used it, a value as soon as Backward is through
// with it or, where it was not differentiated, at [Tape.Reset]: copy what
// must outlive the step. Gradients of leaves and parameters stay.
//
// # Errors
//
// Shapes that do not fit panic with a *tensor.ShapeError.
package autograd
