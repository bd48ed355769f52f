package main

import "math"

var reductions = []kernel{
	// float32 1.4, 1.5, 1.2; float64 1.5, 1.4, 1.2.
	{name: "sum", params: "x []T", avx512: both, result: true, loop: "p[i % len(p)] += x[i]",
		write: reduction{
			reads: list{"x"},
			first: (*machine).zero,
			step:  func(m *machine, acc V, in []V) { m.addTo(acc, in[0]) },
			join:  (*machine).add,
		}.write},
	// float32 1.6, 1.2, 1.3; float64 1.5, 1.0, 1.1.
	{name: "dot", params: "x, y []T", avx512: both, result: true, loop: "p[i % len(p)] += T(x[i] * y[i])",
		write: reduction{
			reads: list{"x", "y"},
			first: (*machine).zero,
			step:  func(m *machine, acc V, in []V) { m.addTo(acc, m.mul(in[0], in[1])) },
			join:  (*machine).add,
		}.write},
	// float32 1.6, 1.6, 1.0; float64 1.6, 1.6, 1.1.
	{name: "maximum", params: "x []T", avx512: both, result: true, loop: "p[i % len(p)] = max(p[i % len(p)], x[i])",
		write: reduction{
			reads: list{"x"},
			first: func(m *machine) V { return m.constant("minusInf", math.Inf(-1)) },
			fill:  true,
			step:  func(m *machine, acc V, in []V) { m.maxTo(acc, in[0]) },
			join:  (*machine).max,
			watch: func(m *machine, a, b V) mask { return m.cmp(a, unordered, b) },
			alarm: func(m *machine) V { return m.constant("nan", math.NaN()) },
		}.write},
}
