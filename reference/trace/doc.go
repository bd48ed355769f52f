// Package trace reads the trace language: a few whole steps of training as text, so
// that a backend can be checked on training and not on single operations alone.
// docs/trace.md describes the language.
//
// A trace is a golden case of an operation train/METHOD. Its attribute step is a list
// of actions, each a JSON object: pass rows through layers, add a term to the loss,
// update parameters, and so on. The layers and losses are operations of the golden
// format.
package trace
