// Package naive is the oracle's first witness. It has every operation of the golden
// format by its definition, in float64 and plain loops, and beside it the gradient,
// written out by hand. It is slow on purpose, and is to be read against the formulas.
//
// With the engine it shares the reader of the file format (package golden) and of
// training traces (package trace), and no mathematics: even the special functions of
// the sphere are its own, by integrals.
//
// The mathematics are functions of slices: [][]float64 is a matrix of rows,
// [][][][]float64 a batch of images (n, c, h, w). An operation and its gradient stand
// in one file. A gradient function takes what the operation takes and then the
// cotangent of its output, and returns the gradient with respect to each input.
// [Answer] checks a golden case's shapes and attributes and calls the function.
//
// At kinks gradients are PyTorch's: relu has slope 0 at 0, the first of several
// maxima in row-major order gets the whole gradient, clamp passes the gradient at its
// bounds, and a norm of 0 has gradient 0.
//
// The golden suite's bytes are made here, so they must not depend on the processor.
// Hence the rule of package portable: a product that meets a sum is written
// float64(x*y) + z, sums of products are gathered in a [portable.Sum], and exp, log
// and their like come from that package and never from math. gonum's vector kernels
// are assembly on some processors, so they are not used.
package naive
