package autograd_test

import (
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// TestGradients holds the gradients of every operation against finite
// differences. Their rounding noise is about 2⁻⁵³/1e-3·size of the objective, the
// scale at least a thousandth of that size: some 1e-10 of noise; 3e-10 is measured
// at most.
func TestGradients(t *testing.T) {
	for _, o := range ops[float64]() {
		inputs := o.inputs()
		res, err := autograd.GradCheck(func(tp *autograd.Tape[float64], in variables[float64]) variables[float64] {
			return variables[float64]{o.f(tp, in)}
		}, 1e-9, inputs...)
		t.Logf("%-70s abs %.1e rel %.1e, %d elements, %d kinks", o.name, res.MaxAbs, res.MaxRel, res.Elements, res.Kinks)
		if err != nil {
			t.Errorf("%s: %v", o.name, err)
		}
	}
}

// seed depends on the name, so that rows may be added.
func (o op[T]) seed() uint64 {
	h := fnv.New64()
	h.Write([]byte(o.name))
	return h.Sum64()
}

// inputs draws the operation's inputs.
func (o op[T]) inputs() []*tensor.Tensor[T] {
	rng := random(o.seed())
	var xs []*tensor.Tensor[T]
	for _, in := range o.in {
		xs = append(xs, newTensor[T](rng, in))
	}
	return xs
}

// answer returns the value of the operation and the gradients of its inputs for a
// random cotangent, which comes in the value's memory order.
func (o op[T]) answer() []*tensor.Tensor[T] { return o.answerOf(false) }

// answerOf returns the answer by way of a reshape, whose gradient comes in row-major
// order, where flat.
func (o op[T]) answerOf(flat bool) []*tensor.Tensor[T] {
	tp := autograd.NewTape[T]()
	var in variables[T]
	for _, x := range o.inputs() {
		in = append(in, tp.Leaf(x))
	}
	y := o.f(tp, in)
	value := y.Value.Clone()
	ct := newTensor[T](random(o.seed()+1), normal(y.Shape()...))
	if flat {
		y, ct = autograd.Reshape(y, -1), ct.Reshape(-1)
	}
	tp.BackwardFrom(variables[T]{y}, []*tensor.Tensor[T]{ct})
	all := []*tensor.Tensor[T]{value}
	for _, v := range in {
		g := v.Grad
		if g == nil {
			g = tensor.New[T](v.Shape()...)
		}
		all = append(all, g)
	}
	return all
}

// TestRowMajorGradients: operations take gradients in row-major order, whatever order
// their values have, and make the same of them up to the order of sums.
func TestRowMajorGradients(t *testing.T) {
	for _, o := range ops[float64]() {
		got, want := o.answerOf(true), o.answer()
		for i := range want {
			require.LessOrEqual(t, relativeError(got[i], want[i]), 1e-13, "%s: %d", o.name, i)
		}
	}
}

// float32Units is how far an operation in float32 may be from float64, in units of
// 2⁻²⁴ of the largest element of a value or gradient, or of 1, the size of inputs
// and cotangents, where that is more. A sum of n ≤ 60 terms, each rounded, is off by
// at most n units of its terms' sizes, by √n as a rule; nineteen are measured at
// most, at every SIMD level.
const float32Units = 32

// scoreUnits is the bound where scores of some 50 go through e^x, which magnifies
// their rounding 50 times.
const scoreUnits = 1 << 9

// TestFloat32 holds the values and gradients of every operation in float32, at
// each SIMD level, against those in float64, relative to the largest element.
func TestFloat32(t *testing.T) {
	single, double := ops[float32](), ops[float64]()
	for _, level := range simd.Levels() {
		restore := simd.Force(level)
		worst := 0.0
		for i, o := range double {
			bound := float32Units
			switch {
			case o.name == "Attention of large scores":
				bound = scoreUnits
			case strings.HasPrefix(o.name, "NormConv2d"):
				bound = 2 * float32Units // two operations, one behind the other
			}
			want := o.answer()
			for j, got := range single[i].answer() {
				require.Equal(t, want[j].Shape(), got.Shape(), o.name)
				size := 1.0
				for _, v := range tensor.Contiguous(want[j]).Data() {
					size = max(size, math.Abs(v))
				}
				units := distance(got, want[j]) / size / 0x1p-24
				if !(units <= float64(bound)) {
					t.Errorf("%v: %s: tensor %d is off by %.1f units, %v are allowed", level, o.name, j, units, bound)
				}
				if bound == float32Units {
					worst = max(worst, units)
				}
			}
		}
		t.Logf("%v: %.1f units at most", level, worst)
		restore()
	}
}

// relativeError returns the largest |got − want| in units of the largest |want|;
// +Inf where got has a NaN.
func relativeError[T, U tensor.Float](got *tensor.Tensor[T], want *tensor.Tensor[U]) float64 {
	largest := 0.0
	for _, v := range tensor.Contiguous(want).Data() {
		largest = max(largest, math.Abs(float64(v)))
	}
	if d := distance(got, want); d != 0 {
		return d / largest
	}
	return 0
}

// distance returns the largest |got − want|; +Inf where got has a NaN.
func distance[T, U tensor.Float](got *tensor.Tensor[T], want *tensor.Tensor[U]) float64 {
	g, w := tensor.Contiguous(got).Data(), tensor.Contiguous(want).Data()
	worst := 0.0
	for i := range w {
		d := math.Abs(float64(g[i]) - float64(w[i]))
		if d != d {
			return math.Inf(1)
		}
		worst = max(worst, d)
	}
	return worst
}
