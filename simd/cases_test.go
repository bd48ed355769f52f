package simd

import "strings"

// kernelCase is a function of this package as the tests see it. Each letter of out
// and in stands for a slice: m for a matrix, c for one entry a column. out slices
// are read and written, in slices just read; s are scalars, drawn from [½, 1).
type kernelCase[T Float] struct {
	name    string
	file    string // that it lies in
	out, in string
	scalars int
	run     func(out, in [][]T, s []T) T
	// ulps and least are 0 for an EXACT kernel. Otherwise they are by how many units in
	// the last place, and by how many times the smallest number, a level may be off
	// from plain Go. Those are units of the result or of the last input, if that is
	// larger, where gradient.
	ulps, least float64
	gradient    bool
}

// byColumns reports whether k takes a matrix to have rows and columns.
func (k *kernelCase[T]) byColumns() bool { return strings.Contains(k.out+k.in, "c") }

// kernelCases are all kernels but tiles, products and packing.
func kernelCases[T Float]() []kernelCase[T] {
	var all []kernelCase[T]
	for _, family := range []struct {
		file  string
		cases []kernelCase[T]
	}{
		{"elementwise", elementwiseCases[T]()}, {"reduce", reduceCases[T]()}, {"columns", columnCases[T]()},
		{"optimizer", optimizerCases[T]()}, {"exp", expCases[T]()}, {"log", logCases[T]()}, {"tanh", tanhCases[T]()},
		{"gelu", geluCases[T]()}, {"softmax", softmaxCases[T]()},
	} {
		for _, k := range family.cases {
			k.file = family.file
			all = append(all, k)
		}
	}
	return all
}

// kernel makes a case of a function that returns nothing.
func kernel[T Float](name, out, in string, scalars int, run func(o, i [][]T, s []T)) kernelCase[T] {
	return kernelCase[T]{name: name, out: out, in: in, scalars: scalars, run: func(o, i [][]T, s []T) T {
		run(o, i, s)
		return 0
	}}
}

func ofOne[T Float](name string, f func(dst, x []T)) kernelCase[T] {
	return kernel(name, "m", "m", 0, func(o, i [][]T, _ []T) { f(o[0], i[0]) })
}

func ofTwo[T Float](name string, f func(dst, x, y []T)) kernelCase[T] {
	return kernel(name, "m", "mm", 0, func(o, i [][]T, _ []T) { f(o[0], i[0], i[1]) })
}

// approx says how far k may be off from the truth; what it is compared with may be
// that as well.
func approx[T Float](ulps, least float64, k kernelCase[T]) kernelCase[T] {
	k.ulps, k.least, k.gradient = 2*ulps, 2*least, len(k.in) == 2
	return k
}

func elementwiseCases[T Float]() []kernelCase[T] {
	return []kernelCase[T]{
		ofTwo("Add", Add[T]), ofTwo("Sub", Sub[T]), ofTwo("Mul", Mul[T]), ofTwo("Div", Div[T]), ofOne("Sqrt", Sqrt[T]),
		kernel("Scale", "m", "m", 1, func(o, i [][]T, s []T) { Scale(o[0], i[0], s[0]) }),
		kernel("AddScalar", "m", "m", 1, func(o, i [][]T, s []T) { AddScalar(o[0], i[0], s[0]) }),
		kernel("Axpy", "m", "m", 1, func(o, i [][]T, s []T) { Axpy(o[0], s[0], i[0]) }),
		kernel("Lerp", "m", "m", 1, func(o, i [][]T, s []T) { Lerp(o[0], s[0], i[0]) }),
		ofOne("ReLU", ReLU[T]), ofTwo("ReLUGrad", ReLUGrad[T]),
	}
}

func reduceCases[T Float]() []kernelCase[T] {
	return []kernelCase[T]{
		{name: "Sum", in: "m", run: func(_, i [][]T, _ []T) T { return Sum(i[0]) }},
		{name: "Dot", in: "mm", run: func(_, i [][]T, _ []T) T { return Dot(i[0], i[1]) }},
		{name: "Max", in: "m", run: func(_, i [][]T, _ []T) T { return Max(i[0]) }},
	}
}

func columnCases[T Float]() []kernelCase[T] {
	return []kernelCase[T]{
		kernel("ColSum", "c", "m", 0, func(o, i [][]T, _ []T) { ColSum(o[0], i[0]) }),
		kernel("ColMoments", "cc", "mc", 0, func(o, i [][]T, _ []T) { ColMoments(o[0], o[1], i[0], i[1]) }),
		kernel("ColDots", "cc", "mmc", 0, func(o, i [][]T, _ []T) { ColDots(o[0], o[1], i[0], i[1], i[2]) }),
		kernel("RowAffine", "m", "mcc", 0, func(o, i [][]T, _ []T) { RowAffine(o[0], i[0], i[1], i[2]) }),
		kernel("RowAffineReLU", "m", "mcc", 0, func(o, i [][]T, _ []T) { RowAffineReLU(o[0], i[0], i[1], i[2]) }),
		kernel("RowAffineAddReLU", "m", "mccm", 0, func(o, i [][]T, _ []T) { RowAffineAddReLU(o[0], i[0], i[1], i[2], i[3]) }),
		kernel("RowAffine2", "m", "mmccc", 0, func(o, i [][]T, _ []T) { RowAffine2(o[0], i[0], i[1], i[2], i[3], i[4]) }),
	}
}

func optimizerCases[T Float]() []kernelCase[T] {
	step := func(f func(param, grad, buf []T, lr, momentum, decay, scale float64), momentum float64) func(o, i [][]T, s []T) {
		return func(o, i [][]T, s []T) { f(o[0], i[0], o[1], float64(s[0]), momentum, float64(s[1]), float64(s[2])) }
	}
	return []kernelCase[T]{
		kernel("SGD", "mm", "m", 3, step(SGD, 0)),
		kernel("SGDMomentum", "mm", "m", 3, step(SGD, 0.9)),
		kernel("SGDNesterov", "mm", "m", 3, step(SGDNesterov, 0.9)),
		kernel("AdamW", "mmm", "m", 4, func(o, i [][]T, s []T) {
			AdamW(o[0], i[0], o[1], o[2], 3, float64(s[0]), float64(s[1]), float64(s[2]), 1e-8, float64(s[3]))
		}),
	}
}

func expCases[T Float]() []kernelCase[T] {
	return []kernelCase[T]{approx(1.5, 0, ofOne("Exp", Exp[T])), approx(3, 0, ofOne("Sigmoid", Sigmoid[T]))}
}

func logCases[T Float]() []kernelCase[T] {
	return []kernelCase[T]{approx(1.5, 0, ofOne("Log", Log[T]))}
}

func tanhCases[T Float]() []kernelCase[T] {
	return []kernelCase[T]{approx(3, 0, ofOne("Tanh", Tanh[T]))}
}

func geluCases[T Float]() []kernelCase[T] {
	return []kernelCase[T]{
		approx(5, 40, ofOne("GELU", GELU[T])), approx(5, 40, ofTwo("GELUGrad", GELUGrad[T])),
		approx(5, 40, ofOne("GELUTanh", GELUTanh[T])), approx(6, 3000, ofTwo("GELUTanhGrad", GELUTanhGrad[T])),
	}
}

func softmaxCases[T Float]() []kernelCase[T] {
	aroundOne := 4 * epsilon[T]() / ulp[T](0) // differences of numbers about 1 are off in units of that
	return []kernelCase[T]{
		approx(3, 0, kernelCase[T]{name: "ExpSum", out: "m", in: "m", scalars: 1, run: func(o, i [][]T, s []T) T {
			return ExpSum(o[0], i[0], s[0])
		}}),
		approx(5, 0, ofOne("Softmax", Softmax[T])),
		approx(2, aroundOne, ofOne("LogSoftmax", LogSoftmax[T])),
		approx(2, aroundOne, kernelCase[T]{name: "LogSumExp", in: "m", run: func(_, i [][]T, _ []T) T { return LogSumExp(i[0]) }}),
	}
}

func find[T Float](kernels []kernelCase[T], name string) kernelCase[T] {
	for _, k := range kernels {
		if k.name == name {
			return k
		}
	}
	panic("no kernel " + name)
}
