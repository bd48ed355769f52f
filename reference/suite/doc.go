// Package suite makes the golden suite: the cases that backends are checked
// against, with their questions, expected answers and tolerances.
//
// Questions are made of integers by a generator of this package, answers by the
// package naive, whose bits do not depend on the processor, so [Build] gives the
// same bytes everywhere; the suite that is committed is what it gives. How far a
// backend may be off is not measured by Build but read from tolerances.tsv, which
// [Measure] writes.
package suite
