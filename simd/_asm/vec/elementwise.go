package main

// list is short for the names of a kernel's parameters.
type list = []string

func one(v V) []V { return []V{v} }

var elementwise = []kernel{
	{name: "add", params: "dst, x, y []T", loop: "dst[i] = x[i] + y[i]",
		write: mapping{4, list{"dst"}, list{"x", "y"}, nil, func(m *machine, in, _ []V) []V { return one(m.add(in[0], in[1])) }}.write},
	{name: "sub", params: "dst, x, y []T", loop: "dst[i] = x[i] - y[i]",
		write: mapping{4, list{"dst"}, list{"x", "y"}, nil, func(m *machine, in, _ []V) []V { return one(m.sub(in[0], in[1])) }}.write},
	{name: "mul", params: "dst, x, y []T", loop: "dst[i] = x[i] * y[i]",
		write: mapping{4, list{"dst"}, list{"x", "y"}, nil, func(m *machine, in, _ []V) []V { return one(m.mul(in[0], in[1])) }}.write},
	{name: "div", params: "dst, x, y []T", loop: "dst[i] = x[i] / y[i]",
		write: mapping{1, list{"dst"}, list{"x", "y"}, nil, func(m *machine, in, _ []V) []V { return one(m.div(in[0], in[1])) }}.write},
	{name: "sqrt", params: "dst, x []T", loop: "dst[i] = √x[i]",
		write: mapping{1, list{"dst"}, list{"x"}, nil, func(m *machine, in, _ []V) []V { return one(m.sqrt(in[0])) }}.write},
	{name: "scale", params: "dst, x []T, a T", loop: "dst[i] = x[i] * a",
		write: mapping{4, list{"dst"}, list{"x"}, list{"a"}, func(m *machine, in, s []V) []V { return one(m.mul(in[0], s[0])) }}.write},
	{name: "addScalar", params: "dst, x []T, a T", loop: "dst[i] = x[i] + a",
		write: mapping{4, list{"dst"}, list{"x"}, list{"a"}, func(m *machine, in, s []V) []V { return one(m.add(in[0], s[0])) }}.write},
	{name: "axpy", params: "dst []T, a T, x []T", loop: "dst[i] += T(a * x[i])",
		write: mapping{4, list{"dst"}, list{"dst", "x"}, list{"a"}, func(m *machine, in, s []V) []V {
			return one(m.add(in[0], m.mul(s[0], in[1])))
		}}.write},
	{name: "lerp", params: "dst []T, m, rest T, x []T", loop: "dst[i] = T(m*dst[i]) + T(rest*x[i])",
		write: mapping{4, list{"dst"}, list{"dst", "x"}, list{"m", "rest"}, func(m *machine, in, s []V) []V {
			return one(m.add(m.mul(s[0], in[0]), m.mul(s[1], in[1])))
		}}.write},
	{name: "relu", params: "dst, x []T", loop: "if dst[i] = x[i]; x[i] < 0 {\n\tdst[i] = 0\n}",
		write: mapping{4, list{"dst"}, list{"x"}, nil, func(m *machine, in, _ []V) []V { return one(m.max(m.zero(), in[0])) }}.write},
	{name: "reluGrad", params: "dst, y, g []T", loop: "if dst[i] = 0; y[i] > 0 {\n\tdst[i] = g[i]\n}",
		write: mapping{4, list{"dst"}, list{"y", "g"}, nil, func(m *machine, in, _ []V) []V {
			return one(m.keep(m.cmp(in[0], greater, m.zero()), in[1]))
		}}.write},
}
