package main

import "math"

var reductions = []kernel{
	{name: "sum", params: "x []T", result: true, loop: "p[i % len(p)] += x[i]",
		write: reduction{
			reads: list{"x"},
			first: (*machine).zero,
			step:  func(m *machine, acc V, in []V) { m.addTo(acc, in[0]) },
			join:  (*machine).add,
		}.write},
	{name: "dot", params: "x, y []T", result: true, loop: "p[i % len(p)] += T(x[i] * y[i])",
		write: reduction{
			reads: list{"x", "y"},
			first: (*machine).zero,
			step:  func(m *machine, acc V, in []V) { m.addTo(acc, m.mul(in[0], in[1])) },
			join:  (*machine).add,
		}.write},
	{name: "maximum", params: "x []T", result: true, loop: "p[i % len(p)] = max(p[i % len(p)], x[i])",
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
