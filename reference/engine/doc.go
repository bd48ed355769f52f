// Package engine answers the golden suite's questions with the project's own
// engine: the autograd operations, layers, objectives and views that training
// uses, in float32 or float64. It computes nothing itself but for what only the
// suite asks, and shares nothing with the package naive, against which it is
// checked.
package engine
