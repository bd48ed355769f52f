package autograd_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"entrec/autograd"
	"entrec/tensor"
)

// TestFused holds operations that do several things in one pass against the
// composition of plain ones, values and gradients, in float64.
func TestFused(t *testing.T) {
	type variable = *autograd.Var[float64]
	type pair struct {
		name         string
		in           []input
		fused, plain func(x variables[float64]) variable
	}
	mean := func(x variable) variable { return autograd.MeanKeep(x, -1) }
	softmax := func(x variable) variable {
		e := autograd.Exp(x)
		return autograd.Div(e, autograd.SumKeep(e, -1))
	}
	standard := func(x variable, eps float64, axes ...int) variable {
		return autograd.Div(autograd.Sub(x, autograd.MeanKeep(x, axes...)),
			autograd.Sqrt(autograd.AddScalar(autograd.VarianceKeep(x, 0, axes...), eps)))
	}
	attention := func(q, k, v variable) variable {
		s := autograd.MatMul(q, autograd.Transpose(k, 0, 1, 3, 2))
		return autograd.MatMul(softmax(autograd.Scale(s, 1/math.Sqrt(float64(q.Value.Dim(3))))), v)
	}
	labels := []int{2, 0, 4, 1}
	pick := func(logp variable) variable {
		var rows []variable
		for i, l := range labels {
			rows = append(rows, autograd.Slice(autograd.Slice(logp, 0, i, i+1), 1, l, l+1))
		}
		return autograd.Scale(autograd.Mean(autograd.Concat(0, rows...)), -1)
	}
	targets := newTensor[float64](random(9), positive(4, 5))
	pairs := []pair{
		{"Linear", []input{normal(3, 5), normal(7, 5), normal(7)},
			func(x variables[float64]) variable { return autograd.Linear(x[0], x[1], x[2]) },
			func(x variables[float64]) variable {
				return autograd.Add(autograd.MatMul(x[0], autograd.Transpose(x[1])), x[2])
			}},
		{"MatMul of batches", []input{normal(2, 3, 4), normal(2, 4, 5)},
			func(x variables[float64]) variable { return autograd.MatMul(x[0], x[1]) },
			func(x variables[float64]) variable {
				return autograd.Sum(autograd.Mul(autograd.Reshape(x[0], 2, 3, 4, 1), autograd.Reshape(x[1], 2, 1, 4, 5)), 2)
			}},
		{"Softmax", []input{normal(3, 5)},
			func(x variables[float64]) variable { return autograd.Softmax(x[0]) },
			func(x variables[float64]) variable { return softmax(x[0]) }},
		{"LogSoftmax", []input{normal(3, 5)},
			func(x variables[float64]) variable { return autograd.LogSoftmax(x[0]) },
			func(x variables[float64]) variable { return autograd.Log(softmax(x[0])) }},
		{"LogSumExp", []input{normal(3, 5)},
			func(x variables[float64]) variable { return autograd.LogSumExp(x[0]) },
			func(x variables[float64]) variable { return autograd.Log(autograd.Sum(autograd.Exp(x[0]), -1)) }},
		{"Normalize", []input{normal(3, 5)},
			func(x variables[float64]) variable { return autograd.Normalize(x[0], 1e-12) },
			func(x variables[float64]) variable {
				return autograd.Div(x[0], autograd.Sqrt(autograd.SumKeep(autograd.Mul(x[0], x[0]), -1)))
			}},
		{"Variance", []input{normal(3, 5)},
			func(x variables[float64]) variable { return autograd.VarianceKeep(x[0], 0, -1) },
			func(x variables[float64]) variable {
				return autograd.Sub(mean(autograd.Mul(x[0], x[0])), autograd.Mul(mean(x[0]), mean(x[0])))
			}},
		{"LayerNorm", []input{normal(3, 5), normal(5), normal(5)},
			func(x variables[float64]) variable { return autograd.LayerNorm(x[0], x[1], x[2], 1e-3) },
			func(x variables[float64]) variable {
				return autograd.Add(autograd.Mul(standard(x[0], 1e-3, -1), x[1]), x[2])
			}},
		{"CrossEntropy", []input{normal(4, 5)},
			func(x variables[float64]) variable { return autograd.CrossEntropy(x[0], labels) },
			func(x variables[float64]) variable { return pick(autograd.Log(softmax(x[0]))) }},
		{"SoftCrossEntropy", []input{normal(4, 5)},
			func(x variables[float64]) variable { return autograd.SoftCrossEntropy(x[0], targets) },
			func(x variables[float64]) variable {
				return autograd.Scale(autograd.Sum(autograd.Mul(autograd.Log(softmax(x[0])), &autograd.Var[float64]{Value: targets})), -0.25)
			}},
		{"GlobalAvgPool2d", []input{normal(2, 3, 4, 5)},
			func(x variables[float64]) variable { return autograd.GlobalAvgPool2d(x[0]) },
			func(x variables[float64]) variable { return autograd.Scale(autograd.Sum(x[0], 2, 3), 1./20) }},
		{"AvgPool2d", []input{normal(2, 3, 4, 4)},
			func(x variables[float64]) variable { return autograd.AvgPool2d(x[0], 2, 2, 0) },
			func(x variables[float64]) variable {
				return autograd.Mean(autograd.Reshape(x[0], 2, 3, 2, 2, 2, 2), 3, 5)
			}},
		{"Conv2d with a kernel of 1", []input{normal(2, 3, 4, 4), normal(5, 3, 1, 1), normal(5)},
			func(x variables[float64]) variable { return autograd.Conv2d(x[0], x[1], x[2], 1, 0) },
			func(x variables[float64]) variable {
				rows := autograd.Reshape(autograd.Transpose(x[0], 0, 2, 3, 1), 32, 3)
				y := autograd.Linear(rows, autograd.Reshape(x[1], 5, 3), x[2])
				return autograd.Transpose(autograd.Reshape(y, 2, 4, 4, 5), 0, 3, 1, 2)
			}},
		{"Conv2d as large as its image", []input{normal(2, 3, 4, 4), normal(5, 3, 4, 4), normal(5)},
			func(x variables[float64]) variable { return autograd.Conv2d(x[0], x[1], x[2], 1, 0) },
			func(x variables[float64]) variable {
				y := autograd.Linear(autograd.Reshape(x[0], 2, 48), autograd.Reshape(x[1], 5, 48), x[2])
				return autograd.Reshape(y, 2, 5, 1, 1)
			}},
		{"Attention", []input{normal(2, 3, 5, 4), normal(2, 3, 5, 4), normal(2, 3, 5, 4)},
			func(x variables[float64]) variable { return autograd.Attention(x[0], x[1], x[2]) },
			func(x variables[float64]) variable { return attention(x[0], x[1], x[2]) }},
		{"SelfAttention", []input{normal(2, 5, 24)},
			func(x variables[float64]) variable { return autograd.SelfAttention(x[0], 2) },
			func(x variables[float64]) variable {
				y := autograd.Transpose(autograd.Reshape(x[0], 2, 5, 3, 2, 4), 2, 0, 3, 1, 4) // 3, b, heads, t, d
				part := func(i int) variable { return autograd.Reshape(autograd.Slice(y, 0, i, i+1), 2, 2, 5, 4) }
				return autograd.Reshape(autograd.Transpose(attention(part(0), part(1), part(2)), 0, 2, 1, 3), 2, 5, 8)
			}},
	}
	for _, shape := range [][]int{{6, 3}, {2, 3, 4, 3}} {
		for _, training := range []bool{true, false} {
			for _, relu := range []bool{false, true} {
				axes, wide := []int{0}, []int{1, 3}
				if len(shape) == 4 {
					axes, wide = []int{0, 2, 3}, []int{1, 3, 1, 1}
				}
				running := [2]*tensor.Tensor[float64]{newTensor[float64](random(7), normal(3)), newTensor[float64](random(8), positive(3))}
				pairs = append(pairs, pair{
					fmt.Sprintf("BatchNorm %v, training %v, ReLU %v", shape, training, relu),
					[]input{normal(shape...), normal(3), normal(3), normal(shape...)},
					func(x variables[float64]) variable {
						return autograd.BatchNorm(x[0], x[1], x[2], x[3], autograd.BatchNormConfig[float64]{
							Eps: 1e-3, Training: training, ReLU: relu,
							Stats: &autograd.RunningStats[float64]{Mean: running[0].Clone(), Var: running[1].Clone(), Momentum: 0.1}})
					},
					func(x variables[float64]) variable {
						var n variable
						if training {
							n = standard(x[0], 1e-3, axes...)
						} else {
							constant := func(i int) variable {
								return &autograd.Var[float64]{Value: running[i].Reshape(wide...)}
							}
							n = autograd.Div(autograd.Sub(x[0], constant(0)), autograd.Sqrt(autograd.AddScalar(constant(1), 1e-3)))
						}
						n = autograd.Add(autograd.Add(autograd.Mul(n, autograd.Reshape(x[1], wide...)), autograd.Reshape(x[2], wide...)), x[3])
						if relu {
							n = autograd.ReLU(n)
						}
						return n
					}})
			}
		}
	}
	for _, p := range pairs {
		of := func(f func(x variables[float64]) variable) []*tensor.Tensor[float64] {
			return op[float64]{p.name, p.in, func(_ *autograd.Tape[float64], x variables[float64]) variable { return f(x) }}.answer()
		}
		want := of(p.plain)
		for j, got := range of(p.fused) {
			if !slices.Equal(got.Shape(), want[j].Shape()) {
				t.Errorf("%s: tensor %d has shape %v, expected %v", p.name, j, got.Shape(), want[j].Shape())
				continue
			}
			// Sums of at most 100 terms and some divisions by numbers that are not
			// small: 100·2⁻⁵³ = 1e-14 of the largest element.
			if e := relativeError(got, want[j]); !(e <= 1e-14) {
				t.Errorf("%s: tensor %d is off by %.2g", p.name, j, e)
			}
		}
	}
}
