// Package tensor holds n-dimensional arrays over float32 or float64.
//
// # Layout
//
// A [Tensor] is a shape, strides (in elements) and a slice that starts at the
// element (0, …, 0). Views (Reshape, Transpose, Slice, Expand) share that slice;
// nothing else does. Images have the shape (n, c, h, w), as in PyTorch. Convolutions
// (package conv) want them in channels-last memory order, strides (h·w·c, 1, w·c, c),
// which [ChannelsLast] makes.
//
// # Errors
//
// Shapes that do not fit are a programmer's mistake: every function panics with a
// [*ShapeError] that names the operation and the shapes. Only [Catch] returns an error.
//
// # Destinations and aliasing
//
// Functions ending in To write into their first argument, whose shape must be
// the result's. It may be one of the inputs only where the function's comment
// says so.
//
// # Determinism
//
// The bits of a result do not depend on [SetThreads]. Where a sum is split, the
// parts depend on the shape alone and are joined in order. Only [MatMulTo] shares
// work out by the number of threads: it splits the rows of the result, and the bits
// of a row do not depend on how rows are split.
package tensor
