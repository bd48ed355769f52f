// Package tensor holds n-dimensional arrays over float32 or float64, the
// worker pool and the buffer pool.
//
// # Layout
//
// A [Tensor] is a shape, strides (in elements) and a slice that starts at the
// element (0, …, 0). Views (Reshape, Transpose, Slice, Expand) share that slice;
// nothing else does. Images are logically (n, c, h, w), as in PyTorch; the
// convolutions keep them in channels-last order (strides h·w·c, 1, w·c, c),
// which [ChannelsLast] makes and Shape never shows.
//
// # Errors
//
// Shapes that cannot be are a programmer's mistake: every function here panics
// with a [*ShapeError] that names the operation and the shapes. Nothing in this
// package returns an error, logs or exits.
//
// # Destinations and aliasing
//
// Functions ending in To write into their first argument, whose shape must be
// the result's. It may be one of the inputs only where the function's comment
// says so.
//
// # Determinism
//
// Work is cut by shape, never by the number of threads. Output rows are split;
// where a sum must be split, the parts are of fixed size and are joined in
// order. The bits of a result therefore do not depend on [SetThreads].
package tensor
