// Package reference is the oracle: the golden suite's cases, how answers are
// compared with them, and how backends are asked.
//
// A [Case] is an operation with its inputs and what must come out; a [Backend]
// answers it. The definitions themselves stand in the package naive, in float64
// and plain loops; the engine is one more backend, in the package engine; what is
// outside this process answers through files (see the golden format in docs/).
package reference
