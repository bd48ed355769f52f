// Package golden is the golden format: cases, how they are read and written, and how
// an answer is compared with what is expected. It is what a backend's author imports.
//
// A [Case] is an operation with its inputs and what must come out. A [Backend]
// answers it. A [Suite] is a folder of cases with a [Manifest], which has each case's
// tolerances. The format is described in docs/golden.md. To run a backend over a suite
// there are the packages check and conformance.
package golden
