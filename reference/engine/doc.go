// Package engine makes the project's own engine a backend: it answers the golden
// suite's questions with the autograd operations, layers, objectives and views that
// training uses, in float32 or float64. It computes itself only what the suite alone
// asks for. With the package naive, against which it is checked, it shares the reader
// of the file format and of traces, and nothing else.
package engine
