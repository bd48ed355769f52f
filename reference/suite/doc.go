// Package suite makes the golden suite: cases with questions, expected answers and
// tolerances, against which backends are checked.
//
// Questions are drawn from integers by a generator of this package. Answers are those of the
// package naive, whose bits do not depend on the processor. So [Build] gives the same
// bytes everywhere, and a test holds the committed suite to them. How far a backend may be off
// is not measured by Build but read from spreads.tsv, which the program in the folder
// measure writes.
package suite
