package autograd_test

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/tensor"
)

// op is an operation on inputs of certain shapes: a row of the table that
// [TestGradients] and [TestFloat32] go through.
type op[T tensor.Float] struct {
	name string
	in   []input
	f    func(tp *autograd.Tape[T], in variables[T]) *autograd.Var[T]
}

// ops returns the table. Shapes have odd lengths, axes of length 1 and several
// memory orders.
func ops[T tensor.Float]() []op[T] {
	var all []op[T]
	for _, rows := range [][]op[T]{arithmetic[T](), elementwise[T](), reductions[T](), shapes[T](), rowwise[T](), products[T](), images[T](), losses[T]()} {
		all = append(all, rows...)
	}
	return all
}

// one makes rows for an operation of one input, one a shape.
func one[T tensor.Float](name string, f func(x *autograd.Var[T]) *autograd.Var[T], ins ...input) []op[T] {
	var rows []op[T]
	for _, in := range ins {
		rows = append(rows, op[T]{fmt.Sprintf("%s %v", name, in), []input{in},
			func(_ *autograd.Tape[T], x variables[T]) *autograd.Var[T] { return f(x[0]) }})
	}
	return rows
}

// two makes rows for an operation of two inputs, one a pair.
func two[T tensor.Float](name string, f func(a, b *autograd.Var[T]) *autograd.Var[T], pairs ...[2]input) []op[T] {
	var rows []op[T]
	for _, p := range pairs {
		rows = append(rows, op[T]{fmt.Sprintf("%s %v and %v", name, p[0], p[1]), p[:],
			func(_ *autograd.Tape[T], x variables[T]) *autograd.Var[T] { return f(x[0], x[1]) }})
	}
	return rows
}

// some makes a row for an operation of any number of inputs.
func some[T tensor.Float](name string, f func(x variables[T]) *autograd.Var[T], in ...input) op[T] {
	return op[T]{name, in, func(_ *autograd.Tape[T], x variables[T]) *autograd.Var[T] { return f(x) }}
}

func arithmetic[T tensor.Float]() []op[T] {
	type variable = *autograd.Var[T]
	pairs := [][2]input{
		{normal(3, 5), positive(3, 5)},
		{normal(3, 5), positive(5)},
		{normal(5), positive(3, 5)},
		{normal(3, 1), positive(1, 4)},
		{normal(), positive(2, 3)},
		{normal(2, 3), positive()},
		{normal(1), positive(1)},
		{normal(2, 1, 3), positive(4, 1)},
		{normal(3, 5).in(reversed), positive(3, 5)},
		{normal(2, 3, 2, 2).in(channelsLast), positive(2, 3, 2, 2)},
		{normal(2, 3, 2, 2), positive(3, 1, 1)},
		{normal(2, 3, 2, 2).in(channelsLast), positive(1, 3, 1, 1).in(channelsLast)},
		{normal(3, 4).in(gaps), positive(3, 4).in(gaps)},
	}
	var rows []op[T]
	rows = append(rows, two("Add", autograd.Add[T], pairs...)...)
	rows = append(rows, two("Sub", autograd.Sub[T], pairs...)...)
	rows = append(rows, two("Mul", autograd.Mul[T], pairs...)...)
	rows = append(rows, two("Div", autograd.Div[T], pairs...)...)
	rows = append(rows, one("Mul by itself", func(x variable) variable { return autograd.Mul(x, x) }, normal(3, 5))...)
	rows = append(rows, one("Scale", func(x variable) variable { return autograd.Scale(x, -1.75) }, normal(7), normal(3, 5).in(gaps))...)
	rows = append(rows, one("AddScalar", func(x variable) variable { return autograd.AddScalar(x, 0.3) }, normal(7), normal(3, 5).in(gaps))...)
	return rows
}

func elementwise[T tensor.Float]() []op[T] {
	type variable = *autograd.Var[T]
	var rows []op[T]
	add := func(name string, f func(x variable) variable, draw func(shape ...int) input) {
		rows = append(rows, one(name, f, draw(), draw(1), draw(17), draw(3, 5).in(reversed), draw(3, 5).in(gaps), draw(2, 3, 2, 3).in(channelsLast))...)
	}
	add("ReLU", autograd.ReLU[T], normal)
	add("ReLU with zeros", autograd.ReLU[T], coarse)
	add("GELU", autograd.GELU[T], normal)
	add("GELUTanh", autograd.GELUTanh[T], normal)
	add("Tanh", autograd.Tanh[T], normal)
	add("Sigmoid", autograd.Sigmoid[T], normal)
	add("Exp", autograd.Exp[T], normal)
	add("Log", autograd.Log[T], positive)
	add("Sqrt", autograd.Sqrt[T], positive)
	for _, p := range []float64{3, 2, 1, 0, 0.5, -1.5} {
		add(fmt.Sprintf("Pow %v", p), func(x variable) variable { return autograd.Pow(x, p) }, positive)
	}
	add("Pow 2 of all signs", func(x variable) variable { return autograd.Pow(x, 2) }, normal)
	return rows
}

func reductions[T tensor.Float]() []op[T] {
	type variable = *autograd.Var[T]
	var rows []op[T]
	for _, axes := range [][]int{nil, {0}, {1}, {-1}, {0, 2}, {1, 2}} {
		add := func(name string, f func(x variable) variable) {
			rows = append(rows, one(fmt.Sprintf("%s over %v", name, axes), f,
				normal(3, 5, 2), normal(3, 1, 2), normal(2, 3, 2).in(reversed), normal(2, 3, 5).in(gaps), normal(2, 3, 3, 2).in(channelsLast))...)
		}
		add("Sum", func(x variable) variable { return autograd.Sum(x, axes...) })
		add("SumKeep", func(x variable) variable { return autograd.SumKeep(x, axes...) })
		add("Mean", func(x variable) variable { return autograd.Mean(x, axes...) })
		add("MeanKeep", func(x variable) variable { return autograd.MeanKeep(x, axes...) })
		add("Variance", func(x variable) variable { return autograd.Variance(x, 0, axes...) })
		add("VarianceKeep", func(x variable) variable { return autograd.VarianceKeep(x, 0, axes...) })
	}
	for _, axes := range [][]int{nil, {0}, {1}} {
		rows = append(rows, one(fmt.Sprintf("unbiased Variance over %v", axes),
			func(x variable) variable { return autograd.Variance(x, 1, axes...) }, normal(3, 5), normal(5, 2).in(reversed))...)
	}
	return rows
}

func shapes[T tensor.Float]() []op[T] {
	type variable = *autograd.Var[T]
	var rows []op[T]
	ins := []input{normal(2, 3, 4), normal(2, 3, 4).in(reversed), normal(2, 3, 4).in(gaps)}
	rows = append(rows, one("Reshape", func(x variable) variable { return autograd.Reshape(x, 6, -1) }, ins...)...)
	rows = append(rows, one("Transpose", func(x variable) variable { return autograd.Transpose(x, 1, 2, 0) }, ins...)...)
	rows = append(rows, one("Transpose, reversed", func(x variable) variable { return autograd.Transpose(x) }, ins...)...)
	rows = append(rows, one("Expand", func(x variable) variable { return autograd.Expand(x, 3, 2, 5, 4) }, normal(2, 1, 4), normal(5, 4), normal(1), normal(), normal(2, 1, 4).in(gaps))...)
	rows = append(rows, one("Slice", func(x variable) variable { return autograd.Slice(x, 1, 1, 3) }, ins...)...)
	rows = append(rows, one("Slice of the last axis", func(x variable) variable { return autograd.Slice(x, -1, 0, 1) }, ins...)...)
	rows = append(rows, one("two Slices", func(x variable) variable {
		return autograd.Add(autograd.Slice(x, 2, 0, 2), autograd.Slice(x, 2, 1, 3))
	}, ins...)...)
	rows = append(rows, one("Gather with repeats", func(x variable) variable { return autograd.Gather(x, []int{1, 0, 1, 1}) }, ins...)...)
	rows = append(rows, one("Concat with itself", func(x variable) variable { return autograd.Concat(0, x, x) }, ins...)...)
	rows = append(rows, two("Concat", func(a, b variable) variable { return autograd.Concat(-1, a, b) },
		[2]input{normal(2, 3), normal(2, 1)}, [2]input{normal(2, 3).in(reversed), normal(2, 4).in(gaps)})...)
	rows = append(rows, some("Concat of three", func(x variables[T]) variable { return autograd.Concat(0, x...) }, normal(1, 3), normal(2, 3), normal(4, 3)))
	return rows
}

func rowwise[T tensor.Float]() []op[T] {
	type variable = *autograd.Var[T]
	var rows []op[T]
	ins := []input{normal(7), normal(3, 5), normal(4, 1), normal(2, 3, 4), normal(3, 5).in(reversed), normal(3, 5).in(gaps), normal(3, 5).times(8)}
	rows = append(rows, one("Softmax", autograd.Softmax[T], ins...)...)
	rows = append(rows, one("LogSoftmax", autograd.LogSoftmax[T], ins...)...)
	rows = append(rows, one("LogSumExp", autograd.LogSumExp[T], ins...)...)
	rows = append(rows, one("Normalize", func(x variable) variable { return autograd.Normalize(x, 1e-12) }, ins...)...)
	rows = append(rows, one("Normalize with a large eps", func(x variable) variable { return autograd.Normalize(x, 100) }, ins...)...)
	for _, in := range []input{normal(7), normal(3, 5), normal(2, 3, 4), normal(3, 5).in(reversed), normal(3, 5).in(gaps)} {
		d := in.shape[len(in.shape)-1]
		name := in.String()
		rows = append(rows,
			some("LayerNorm "+name, func(x variables[T]) variable { return autograd.LayerNorm(x[0], x[1], x[2], 1e-5) }, in, normal(d), normal(d)),
			some("LayerNorm without bias "+name, func(x variables[T]) variable { return autograd.LayerNorm(x[0], x[1], nil, 1e-5) }, in, normal(d)),
			some("LayerNorm without weight "+name, func(x variables[T]) variable { return autograd.LayerNorm(x[0], nil, x[1], 1e-2) }, in, normal(d)),
			some("LayerNorm alone "+name, func(x variables[T]) variable { return autograd.LayerNorm(x[0], nil, nil, 1e-5) }, in))
	}
	return rows
}

func products[T tensor.Float]() []op[T] {
	type variable = *autograd.Var[T]
	var rows []op[T]
	rows = append(rows, two("MatMul", autograd.MatMul[T],
		[2]input{normal(3, 5), normal(5, 7)},
		[2]input{normal(1, 1), normal(1, 1)},
		[2]input{normal(4, 1), normal(1, 3)},
		[2]input{normal(1, 9), normal(9, 1)},
		[2]input{normal(3, 5).in(reversed), normal(5, 2).in(gaps)},
		[2]input{normal(2, 3, 4), normal(2, 4, 5)},
		[2]input{normal(2, 2, 3, 2).in(reversed), normal(2, 2, 2, 3)})...)
	rows = append(rows, one("MatMul with its transpose", func(x variable) variable { return autograd.MatMul(x, autograd.Transpose(x)) }, normal(4, 3))...)
	rows = append(rows, two("Linear without bias", func(x, w variable) variable { return autograd.Linear(x, w, nil) },
		[2]input{normal(3, 5), normal(7, 5)}, [2]input{normal(1, 1), normal(1, 1)}, [2]input{normal(3, 4).in(gaps), normal(2, 4).in(reversed)})...)
	linear := func(x variables[T]) variable { return autograd.Linear(x[0], x[1], x[2]) }
	rows = append(rows,
		some("Linear", linear, normal(3, 5), normal(7, 5), normal(7)),
		some("Linear of one", linear, normal(1, 3), normal(1, 3), normal(1)),
		some("Linear of views", linear, normal(3, 5).in(reversed), normal(2, 5).in(gaps), normal(2).in(gaps)))
	for _, in := range []input{normal(1, 1), normal(2, 2), normal(5, 5), normal(17, 17), normal(4, 4).in(reversed), normal(4, 4).in(gaps)} {
		rows = append(rows, op[T]{fmt.Sprintf("LogDet %v", in), []input{in.times(0.1)}, func(tp *autograd.Tape[T], x variables[T]) variable {
			eye := tensor.New[T](in.shape...)
			for i := range in.shape[0] {
				eye.Set(3, i, i)
			}
			return autograd.LogDet(autograd.Add(x[0], tp.Constant(eye)))
		}})
	}
	attention := func(x variables[T]) variable { return autograd.Attention(x[0], x[1], x[2]) }
	rows = append(rows,
		some("Attention", attention, normal(2, 3, 5, 4), normal(2, 3, 5, 4), normal(2, 3, 5, 4)),
		some("Attention of one token", attention, normal(2, 1, 1, 3), normal(2, 1, 1, 3), normal(2, 1, 1, 3)),
		some("Attention of width one", attention, normal(1, 2, 4, 1), normal(1, 2, 4, 1), normal(1, 2, 4, 1)),
		some("Attention of views", attention, normal(2, 2, 3, 2).in(reversed), normal(2, 2, 3, 2).in(channelsLast), normal(2, 2, 3, 2).in(gaps)),
		some("Attention of large scores", attention, normal(1, 2, 4, 3).times(4), normal(1, 2, 4, 3).times(4), normal(1, 2, 4, 3)))
	rows = append(rows, one("Attention of itself", func(x variable) variable { return autograd.Attention(x, x, x) }, normal(1, 2, 3, 2))...)
	rows = append(rows, one("SelfAttention", func(x variable) variable { return autograd.SelfAttention(x, 2) },
		normal(2, 5, 18), normal(1, 1, 6), normal(2, 3, 12).in(reversed), normal(2, 3, 12).in(gaps))...)
	return rows
}

func images[T tensor.Float]() []op[T] {
	type variable = *autograd.Var[T]
	var rows []op[T]
	for _, c := range []struct {
		x, weight       input
		stride, padding int
	}{
		{normal(2, 3, 5, 5), normal(4, 3, 3, 3), 1, 1},
		{normal(2, 3, 5, 5).in(channelsLast), normal(4, 3, 3, 3), 2, 1},
		{normal(2, 3, 6, 4).in(reversed), normal(4, 3, 3, 3).in(reversed), 2, 0},
		{normal(1, 1, 5, 7).in(gaps), normal(1, 1, 3, 2), 1, 2},
		{normal(3, 5, 4, 4), normal(2, 5, 1, 1), 1, 0},
		{normal(2, 2, 7, 6), normal(3, 2, 1, 1), 2, 0},
		{normal(2, 2, 7, 7), normal(3, 2, 2, 2), 3, 0}, // pixels that no window covers
		{normal(1, 2, 8, 5), normal(2, 2, 2, 1), 4, 1},
		{normal(2, 1, 4, 4), normal(1, 1, 4, 4), 1, 0},
		{normal(1, 2, 3, 3), normal(2, 2, 5, 5), 1, 2},
		{normal(1, 17, 3, 3), normal(33, 17, 1, 1), 1, 0}, // more channels than a tile has
	} {
		name := fmt.Sprintf("Conv2d %v by %v, stride %d, padding %d", c.x, c.weight, c.stride, c.padding)
		rows = append(rows,
			some(name, func(x variables[T]) variable { return autograd.Conv2d(x[0], x[1], x[2], c.stride, c.padding) }, c.x, c.weight, normal(c.weight.shape[0])),
			some(name+", no bias", func(x variables[T]) variable { return autograd.Conv2d(x[0], x[1], nil, c.stride, c.padding) }, c.x, c.weight))
	}
	for _, p := range [][3]int{{2, 2, 0}, {3, 2, 1}, {3, 1, 1}, {2, 3, 1}, {1, 2, 0}, {4, 1, 2}} {
		name := fmt.Sprintf("Pool2d %d, stride %d, padding %d", p[0], p[1], p[2])
		ins := []input{normal(2, 3, 5, 5), normal(1, 2, 4, 7).in(channelsLast), normal(2, 1, 5, 4).in(reversed)}
		rows = append(rows, one("Max"+name, func(x variable) variable { return autograd.MaxPool2d(x, p[0], p[1], p[2]) }, ins...)...)
		rows = append(rows, one("Avg"+name, func(x variable) variable { return autograd.AvgPool2d(x, p[0], p[1], p[2]) }, ins...)...)
	}
	rows = append(rows, one("GlobalAvgPool2d", autograd.GlobalAvgPool2d[T], normal(2, 3, 4, 5), normal(2, 3, 3, 3).in(channelsLast), normal(1, 1, 1, 1), normal(2, 3, 2, 2).in(gaps))...)
	rows = append(rows, batchNorms[T]()...)
	for _, training := range []bool{true, false} {
		for _, relu := range []bool{false, true} {
			for _, c := range []struct {
				x, weight       input
				stride, padding int
			}{
				{normal(2, 3, 4, 3), normal(4, 3, 3, 3), 1, 1},
				{normal(2, 2, 5, 4).in(channelsLast), normal(3, 2, 2, 2), 3, 1},
				{normal(3, 2, 3, 2).in(gaps), normal(2, 2, 1, 1), 2, 0},
			} {
				name := fmt.Sprintf("NormConv2d %v by %v, training %v, ReLU %v", c.x, c.weight, training, relu)
				channels := c.x.shape[1]
				rows = append(rows, some(name, func(x variables[T]) variable {
					cfg := autograd.BatchNormConfig[T]{Eps: 1e-3, Stats: statistics[T](channels), Training: training, ReLU: relu}
					y, _ := autograd.NormConv2d(x[0], x[1], x[2], cfg, x[3], c.stride, c.padding)
					return y
				}, c.x, normal(channels), normal(channels), c.weight))
			}
		}
	}
	return rows
}

// statistics returns running statistics, new ones for each call: GradCheck calls
// often, and training moves them.
func statistics[T tensor.Float](c int) *autograd.RunningStats[T] {
	s := &autograd.RunningStats[T]{Mean: tensor.New[T](c), Var: tensor.New[T](c), Momentum: 0.1}
	s.Mean.Fill(0.25)
	s.Var.Fill(1.5)
	return s
}

// batchNorms tries batch norm in training and in evaluation, with and without
// weight and bias, residual and ReLU, and sums of two.
func batchNorms[T tensor.Float]() []op[T] {
	var rows []op[T]
	for _, in := range []input{normal(5, 3), normal(2, 1), normal(4, 3).in(reversed), normal(2, 3, 3, 2), normal(2, 3, 2, 2).in(channelsLast), normal(2, 2, 3, 1).in(gaps)} {
		c := in.shape[1]
		for _, training := range []bool{true, false} {
			for _, relu := range []bool{false, true} {
				for _, residual := range []bool{false, true} {
					for _, affine := range []bool{false, true} {
						ins := []input{in}
						if affine {
							ins = append(ins, normal(c), normal(c))
						}
						if residual {
							ins = append(ins, in)
						}
						name := fmt.Sprintf("BatchNorm %v, training %v, ReLU %v, residual %v, affine %v", in, training, relu, residual, affine)
						rows = append(rows, some(name, func(x variables[T]) *autograd.Var[T] {
							var weight, bias, res *autograd.Var[T]
							if affine {
								weight, bias = x[1], x[2]
							}
							if residual {
								res = x[len(x)-1]
							}
							return autograd.BatchNorm(x[0], weight, bias, res, autograd.BatchNormConfig[T]{
								Eps: 1e-3, Stats: statistics[T](c), Training: training, ReLU: relu})
						}, ins...))
					}
				}
				name := fmt.Sprintf("BatchNormSum %v, training %v, ReLU %v", in, training, relu)
				rows = append(rows, some(name, func(x variables[T]) *autograd.Var[T] {
					return normSum(x, [2]autograd.BatchNormConfig[T]{
						{Eps: 1e-3, Stats: statistics[T](c), Training: training, ReLU: relu},
						{Eps: 1e-2, Stats: statistics[T](c), Training: training}})
				}, in, normal(c), normal(c), normal(in.shape...), normal(c), normal(c)))
			}
		}
	}
	return rows
}

// normSum returns the sum of the batch norms of x[0] and x[3], whose weights and
// biases follow them.
func normSum[T tensor.Float](x variables[T], cfg [2]autograd.BatchNormConfig[T]) *autograd.Var[T] {
	return autograd.BatchNormSum(
		autograd.NormInput[T]{X: x[0], Weight: x[1], Bias: x[2], BatchNormConfig: cfg[0]},
		autograd.NormInput[T]{X: x[3], Weight: x[4], Bias: x[5], BatchNormConfig: cfg[1]})
}

func losses[T tensor.Float]() []op[T] {
	type variable = *autograd.Var[T]
	var rows []op[T]
	ins := []input{normal(4, 5), normal(4, 7).in(reversed), normal(4, 5).in(gaps), normal(4, 5).times(20)}
	rows = append(rows, one("CrossEntropy", func(x variable) variable { return autograd.CrossEntropy(x, []int{0, 3, 4, 3}) }, ins...)...)
	rows = append(rows, one("CrossEntropy of one class", func(x variable) variable { return autograd.CrossEntropy(x, []int{0, 0}) }, normal(2, 1))...)
	rows = append(rows, one("SoftCrossEntropy", func(x variable) variable {
		rng := rand.New(rand.NewPCG(5, 5))
		return autograd.SoftCrossEntropy(x, newTensor[T](rng, positive(x.Shape()...).in(gaps)))
	}, ins...)...)
	for _, p := range []float64{0, 0.4} {
		rows = append(rows, one(fmt.Sprintf("Dropout %v", p), func(x variable) variable {
			return autograd.Dropout(x, p, rand.New(rand.NewPCG(3, 4)))
		}, normal(4, 5), normal(4, 5).in(reversed))...)
	}
	rows = append(rows, one("StopGradient", func(x variable) variable { return autograd.Mul(x, autograd.StopGradient(x)) }, normal(3, 4))...)
	rows = append(rows, one("StopGradient twice", func(x variable) variable {
		return autograd.Add(autograd.Mul(x, autograd.StopGradient(autograd.Exp(x))), autograd.StopGradient(x))
	}, normal(3, 4))...)
	rows = append(rows, two("Function", func(a, b variable) variable {
		// y = Σ a²·b, defined outside.
		sum := T(0)
		for i, v := range tensor.Contiguous(a.Value).Data() {
			sum += v * v * tensor.Contiguous(b.Value).Data()[i]
		}
		return autograd.Function(tensor.Scalar(sum), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
			for i, v := range tensor.Contiguous(a.Value).Data() {
				if dst[0] != nil {
					dst[0].Data()[i] = 2 * v * tensor.Contiguous(b.Value).Data()[i] * g.Item()
				}
				if dst[1] != nil {
					dst[1].Data()[i] = v * v * g.Item()
				}
			}
		}, a, b)
	}, [2]input{normal(5), normal(5)}, [2]input{normal(2, 3).in(reversed), normal(2, 3)})...)
	return rows
}
