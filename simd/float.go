package simd

// Float is the constraint of everything numeric in this project. It has no ~: a
// named type would miss the kernels' type switches.
type Float interface{ float32 | float64 }
