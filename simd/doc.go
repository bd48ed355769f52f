// Package simd holds the loops that take most of the time, on slices of float32 or
// float64: matrix products, elementwise arithmetic, exponential functions, sums, the
// column sums of batch norm, softmax of a row, the transforms of Winograd's convolution,
// and the steps of optimizers. It knows neither tensors nor threads.
//
// # Levels
//
// Each loop is one Go function, generic over the element type. It is written in plain
// Go, for AVX2 (with FMA) and, where measurements show a gain, for AVX-512. The best
// that the processor has is chosen at start-up ([Current]). GODEBUG=cpu.avx512f=off or
// cpu.avx2=off chooses a lower level; tests do so with [Force]. For arm64 each loop is
// written for NEON, too, which GODEBUG=cpu.asimd=off switches off. With the build tag
// purego, or on other processors, there is plain Go alone. The plain loops, named like
// addPlain, document the assembly, and tests compare it with them.
//
// # Classes
//
// The comment of each function says what its bits depend on. They never depend on
// threads, on alignment or on what lies beside the slices. Where each element is
// computed by itself, its bits do not depend on its index either.
//
//   - EXACT: the same bits at every level and on every processor. Sums have an order
//     that all levels keep, and products are rounded before they are added.
//   - FIXED: the same bits at one level.
//   - APPROX(n): off by at most n units in the last place. AVX2, AVX-512 and NEON
//     give the same bits, plain Go others. Tests compare float64 with numbers of 256 bits and
//     float32 with float64. "Measured" is the largest error among 30,000 arguments of
//     float64 and a fifth of all arguments of float32.
//
// NaN is NaN in all classes; which bit pattern it has is not promised.
//
// # Adding a loop
//
// Write the plain loop, and the exported function that calls it through the dispatching
// function, in the file of its family. Describe the loop in the list of that family in
// _asm/vec: its shape (mapping, reduction, byColumns) and its expression, once for all
// types and levels. Run go generate. Add a line to the family's cases in cases_test.go,
// which tests, fuzzes and benchmarks the loop.
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

//go:generate sh -c "cd _asm && go run ./vec -dispatch ../dispatch && go run ./vec -neon .."
