// Package simd holds the loops in which the time goes, on slices of float32 or
// float64: matrix products, elementwise arithmetic, exponentials and their kin, sums,
// the column sums of batch norm, the rows of a softmax, the transforms of Winograd's
// convolution, and optimizers' steps. It knows neither tensors nor threads.
//
// # Levels
//
// Each loop is one Go function, generic over the element type. Behind it lie plain
// Go, AVX2 (with FMA) and, where it is measured to pay, AVX-512; the best that the
// processor has is chosen at start-up ([Current]). GODEBUG=cpu.avx512f=off and cpu.avx2=off choose a lower one,
// [Force] does so in tests, and with the build tag purego, or on other processors,
// there is plain Go alone. The plain loops, named like addPlain, are the
// documentation of the assembly as well as its twin in the tests.
//
// # Classes
//
// The comment of a function says what its bits depend on. No function's depend on
// threads, on alignment or on what lies beside the slices, and those of a loop by
// element not on the element's place either.
//
//   - EXACT: the same bits at every level and on every processor. Sums have an order
//     that all levels keep, and products are rounded before they are added.
//   - FIXED: the same bits at one level.
//   - APPROX(n): off by at most n units in the last place. AVX2 and AVX-512 have the
//     same bits, plain Go others. Tests hold float64 against numbers of 256 bits and
//     float32 against float64; what is called measured is the largest error found among
//     30,000 arguments of float64 and a fifth of all those of float32.
//
// NaN is NaN in all classes; which of its bit patterns is not promised.
//
// # Adding a loop
//
// Write the plain loop and the exported function that calls it through the
// dispatching function, in the file of its kind. Describe the loop in _asm/vec, in
// that file's list: its shape (mapping, reduction, byColumns) and the expression, once
// for all types and levels. Run go generate, and add a line to the file's cases in
// cases_test.go: that tests, fuzzes and measures it.
//
// # Why not vek
//
// github.com/viterin/vek has some of these loops for AVX2. A test shows which of them
// have our bits: Add, Sub, Mul, products and sums with a number, max(x, 0), and for
// float64 ÷ and √; not its float32 ÷ and √, sums, dots, maxima, exponentials and
// logarithms. Ours come with tails that cost nothing, from the generator that the
// others need anyhow, and obey purego, GODEBUG and [Force], which vek's assembly does
// not. So vek is a peer in the benchmarks, and no more.
package simd

//go:generate sh -c "cd _asm && go run ./vec -dispatch ../dispatch"
