// Package portable is arithmetic in float64 whose bits are the same on every
// processor. The golden suite's bytes depend on it; the engine does not use it.
//
// Go may fuse x*y + z into one instruction that rounds once (it does on arm64,
// ppc64 and s390x, and on amd64 from GOAMD64=v3), and the standard library's Exp,
// Log, Hypot, Erf, Tanh and their like are either assembly on some processors or
// expressions that may be fused. The rule here, in package naive, and in whatever
// makes golden cases:
//
//   - a product that meets a sum is written float64(x*y) + z, a conversion that
//     forbids fusing;
//   - of the package math only what is exact by definition is used: Sqrt, FMA, Abs,
//     Floor, Trunc, Frexp, Ldexp, Inf, NaN and the like; for the rest there are the
//     functions of this package;
//   - sums of products are gathered in a [Sum], whose error is that of one rounding
//     of the result.
package portable
