package autograd_test

import (
	"fmt"
	"testing"

	"entrec/autograd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

func vector(values ...float64) *tensor.Tensor[float64] {
	return tensor.FromSlice(values, len(values))
}

// total returns the sum of w·x over elements, whose gradients are each other.
func total(w, x *autograd.Var[float64]) *autograd.Var[float64] {
	return autograd.Sum(autograd.Mul(w, x))
}

// TestParameters shows how gradients of parameters add up over steps until
// ZeroGrad, and that their memory is kept.
func TestParameters(t *testing.T) {
	w := autograd.Param(vector(1, 2))
	require.True(t, w.NeedsGrad())
	require.False(t, w.HasGrad())
	tp := autograd.NewTape[float64]()
	step := func(x ...float64) {
		tp.Backward(total(w, tp.Constant(vector(x...))))
		tp.Reset()
	}
	step(3, 4)
	require.Equal(t, []float64{3, 4}, w.Grad.Data())
	require.True(t, w.HasGrad())
	step(10, 20)
	require.Equal(t, []float64{13, 24}, w.Grad.Data())
	memory := &w.Grad.Data()[0]
	w.ZeroGrad()
	require.False(t, w.HasGrad())
	step(5, 6)
	require.Equal(t, []float64{5, 6}, w.Grad.Data())
	require.Same(t, memory, &w.Grad.Data()[0])
}

// TestSharing uses a variable several times, and a result too.
func TestSharing(t *testing.T) {
	tp := autograd.NewTape[float64]()
	x := tp.Leaf(vector(3))
	y := autograd.Mul(x, x)                  // x²
	z := autograd.Add(autograd.Mul(y, y), x) // x⁴ + x
	tp.Backward(autograd.Sub(z, y))          // x⁴ + x − x²
	require.Equal(t, []float64{4*27 + 1 - 6}, x.Grad.Data())
	require.Nil(t, y.Grad, "gradients of results in between are gone")
}

// TestNoGradient shows what is not differentiated, and where nothing is recorded.
func TestNoGradient(t *testing.T) {
	w := autograd.Param(vector(1, 2))
	tp := autograd.NewTape[float64]()
	c := tp.Constant(vector(3, 4))
	tp.Backward(total(c, c))
	require.False(t, c.NeedsGrad())
	require.Nil(t, c.Grad)

	y := total(autograd.StopGradient(autograd.Add(w, c)), w)
	tp.Backward(y)
	require.Equal(t, []float64{4, 6}, w.Grad.Data(), "through the second factor alone")

	frozen := autograd.NewFrozenTape[float64]()
	z := total(w, frozen.Constant(vector(7, 8)))
	require.False(t, z.NeedsGrad())
	require.Equal(t, 23., z.Value.Item())
	require.False(t, frozen.Leaf(vector(1)).NeedsGrad())
	frozen.Reset()

	plain := &autograd.Var[float64]{Value: vector(7, 8)}
	require.False(t, total(plain, plain).NeedsGrad(), "nothing needs a gradient")
}

// TestParametersAlone computes with parameters before they meet a tape: results
// that are used twice, that are made of one another, of two parameters, and that
// meet a tape only in Backward.
func TestParametersAlone(t *testing.T) {
	for step := range 2 {
		w, v := autograd.Param(vector(1, 2)), autograd.Param(vector(3, 4))
		tp := autograd.NewTape[float64]()
		for range 2 { // gradients add up over two steps
			square := autograd.Mul(w, w)
			product := autograd.Mul(autograd.Scale(square, 2), v) // 2w²v
			require.True(t, product.NeedsGrad())
			x := autograd.Add(autograd.Mul(product, tp.Constant(vector(1, 1))), square) // 2w²v + w²
			loss := autograd.Sum(x)
			if step == 1 {
				loss = autograd.Sum(autograd.Add(product, square)) // on no tape at all
			}
			tp.Backward(loss)
			tp.Reset()
		}
		require.Equal(t, []float64{2 * (4*1*3 + 2), 2 * (4*2*4 + 4)}, w.Grad.Data())
		require.Equal(t, []float64{2 * 2, 2 * 8}, v.Grad.Data())
	}
	// Beside a frozen tape, as in evaluation, they are constants; a live one comes later.
	w := autograd.Param(vector(1, 2))
	square := autograd.Mul(w, w)
	frozen, tp := autograd.NewFrozenTape[float64](), autograd.NewTape[float64]()
	require.False(t, total(square, frozen.Constant(vector(1, 1))).NeedsGrad())
	tp.Backward(total(square, tp.Constant(vector(1, 1))))
	require.Equal(t, []float64{2, 4}, w.Grad.Data())
}

// TestFrozenBesideLive mixes what a frozen tape computed with a live tape, in
// either order: it counts as a constant.
func TestFrozenBesideLive(t *testing.T) {
	frozen := autograd.NewFrozenTape[float64]()
	for _, first := range []bool{false, true} {
		w := autograd.Param(vector(1, 2))
		target := autograd.Scale(frozen.Constant(vector(5, 6)), 2)
		live := autograd.NewTape[float64]()
		x := autograd.Add(w, live.Constant(vector(0, 0)))
		if first {
			live.Backward(total(target, x))
		} else {
			live.Backward(total(x, target))
		}
		require.Equal(t, []float64{10, 12}, w.Grad.Data())
		require.Nil(t, target.Grad)
	}
}

// TestMemoryOrderOfGradients shows that a leaf's gradient lies in memory as its
// value does, whatever order the gradient came in.
func TestMemoryOrderOfGradients(t *testing.T) {
	for _, l := range []layout{rowMajor, channelsLast, reversed} {
		w := autograd.Param(newTensor[float64](random(1), normal(2, 3, 4, 5).in(l)))
		tp := autograd.NewTape[float64]()
		for range 2 {
			tp.Backward(total(w, tp.Constant(newTensor[float64](random(2), normal(2, 3, 4, 5).in(channelsLast)))))
			require.Equal(t, w.Value.Strides(), w.Grad.Strides())
			require.Zero(t, relativeError(w.Grad, newTensor[float64](random(2), normal(2, 3, 4, 5))))
			w.ZeroGrad()
		}
	}
}

// TestBackwardFrom contracts two outputs with cotangents, one of them broadcast.
func TestBackwardFrom(t *testing.T) {
	tp := autograd.NewTape[float64]()
	x := tp.Leaf(vector(1, 2))
	y, z := autograd.Scale(x, 3), autograd.Mul(x, x)
	tp.BackwardFrom(variables[float64]{y, z}, []*tensor.Tensor[float64]{tensor.Scalar(10.), vector(1, -1)})
	require.Equal(t, []float64{32, 26}, x.Grad.Data())
}

// TestReset shows that values' memory is used again after a Reset, and not before.
func TestReset(t *testing.T) {
	tp := autograd.NewTape[float64]()
	c := tp.Constant(vector(1, 2, 3))
	a, b := autograd.Scale(c, 2), autograd.Scale(c, 3)
	first := &a.Value.Data()[0]
	require.NotSame(t, first, &b.Value.Data()[0])
	second := &b.Value.Data()[0]
	tp.Reset()
	again := &autograd.Scale(c, 4).Value.Data()[0]
	require.True(t, again == first || again == second)
}

func TestDropout(t *testing.T) {
	const n, p = 20000, 0.3
	tp := autograd.NewTape[float32]()
	x := tp.Leaf(newTensor[float32](random(1), positive(n)))
	y := autograd.Dropout(x, p, random(2))
	kept := 0
	for i, v := range y.Value.Data() {
		if v != 0 {
			kept++
			want := x.Value.Data()[i] * float32(1/(1-p))
			require.Equal(t, want, v)
		}
	}
	// A binomial of standard deviation √(n·p·(1−p)) = 65; within five of them.
	require.InDelta(t, n*(1-p), kept, 5*65)
	again := autograd.Dropout(x, p, random(2))
	require.Equal(t, y.Value.Data(), again.Value.Data(), "a function of rng")
	require.Equal(t, x.Value.Data(), autograd.Dropout(x, 0, random(2)).Value.Data())
}

// TestRunningStatistics follows PyTorch's rule over two batches: momentum, and the
// unbiased variance.
func TestRunningStatistics(t *testing.T) {
	stats := &autograd.RunningStats[float64]{Mean: vector(1), Var: vector(2), Momentum: 0.25}
	for _, batch := range [][]float64{{1, 5}, {0, 3, 6}} {
		x := tensor.FromSlice(batch, len(batch), 1)
		autograd.BatchNorm(&autograd.Var[float64]{Value: x}, nil, nil, nil, autograd.BatchNormConfig[float64]{Stats: stats, Training: true})
	}
	require.Equal(t, []float64{0.75*(0.75*1+0.25*3) + 0.25*3}, stats.Mean.Data())
	require.Equal(t, []float64{0.75*(0.75*2+0.25*8) + 0.25*9}, stats.Var.Data())
	autograd.BatchNorm(&autograd.Var[float64]{Value: tensor.FromSlice([]float64{9}, 1, 1)}, nil, nil, nil, autograd.BatchNormConfig[float64]{Stats: stats})
	require.Equal(t, []float64{0.75*(0.75*1+0.25*3) + 0.25*3}, stats.Mean.Data(), "evaluation leaves them alone")
}

// TestThreads computes every operation, forward and backward, with 1, 2, 3 and 8
// threads, and larger ones that are cut into several tasks.
func TestThreads(t *testing.T) {
	testThreads[float32](t)
	testThreads[float64](t)
}

func testThreads[T tensor.Float](t *testing.T) {
	type variable = *autograd.Var[T]
	rows := ops[T]()
	batchNorm := func(x variables[T]) variable {
		return autograd.BatchNorm(x[0], x[1], x[2], x[3], autograd.BatchNormConfig[T]{Eps: 1e-5, Training: true, ReLU: true})
	}
	rows = append(rows,
		some("large BatchNorm", batchNorm, normal(8, 33, 16, 15).in(channelsLast), normal(33), normal(33), normal(8, 33, 16, 15)),
		some("large BatchNorm of rows", batchNorm, normal(3000, 17), normal(17), normal(17), normal(3000, 17)),
		some("large BatchNormSum", func(x variables[T]) variable {
			return normSum(x, [2]autograd.BatchNormConfig[T]{{Eps: 1e-5, Training: true, ReLU: true}, {Eps: 1e-5, Training: true}})
		}, normal(8, 33, 16, 15), normal(33), normal(33), normal(8, 33, 16, 15).in(channelsLast), normal(33), normal(33)),
		some("large Conv2d", func(x variables[T]) variable { return autograd.Conv2d(x[0], x[1], x[2], 1, 1) }, normal(6, 9, 20, 20), normal(20, 9, 3, 3), normal(20)),
		some("large NormConv2d", func(x variables[T]) variable {
			y, _ := autograd.NormConv2d(x[0], x[1], x[2], autograd.BatchNormConfig[T]{Eps: 1e-5, Training: true, ReLU: true}, x[3], 2, 1)
			return y
		}, normal(6, 9, 20, 20), normal(9), normal(9), normal(20, 9, 3, 3)),
		some("large Linear", func(x variables[T]) variable { return autograd.Linear(x[0], x[1], x[2]) }, normal(400, 70), normal(90, 70), normal(90)),
		some("large LayerNorm", func(x variables[T]) variable { return autograd.LayerNorm(x[0], x[1], x[2], 1e-5) }, normal(600, 100), normal(100), normal(100)),
		some("large SelfAttention", func(x variables[T]) variable { return autograd.SelfAttention(x[0], 3) }, normal(5, 40, 3*3*16)),
		some("large CrossEntropy", func(x variables[T]) variable { return autograd.CrossEntropy(x[0], make([]int, 500)) }, normal(500, 90)),
		some("large Normalize", func(x variables[T]) variable { return autograd.Normalize(x[0], 1e-12) }, normal(500, 90)),
		some("large GELU and broadcasts", func(x variables[T]) variable { return autograd.Mul(autograd.GELU(autograd.Add(x[0], x[1])), x[2]) }, normal(500, 90), normal(90), normal(500, 1)))
	before := tensor.Threads()
	defer tensor.SetThreads(before)
	for _, o := range rows {
		var first []*tensor.Tensor[T]
		for _, n := range []int{1, 2, 3, 8} {
			tensor.SetThreads(n)
			got := o.answer()
			if first == nil {
				first = got
			}
			for j := range got {
				a, b := tensor.Contiguous(first[j]).Data(), tensor.Contiguous(got[j]).Data()
				for k := range a {
					if a[k] != b[k] {
						t.Fatalf("%s, tensor %d: %v with one thread, %v with %d", o.name, j, a[k], b[k], n)
					}
				}
			}
		}
	}
}

func ExampleTape() {
	w := autograd.Param(tensor.FromSlice([]float64{1, -2}, 1, 2)) // one output, two inputs
	tape := autograd.NewTape[float64]()
	x := tape.Constant(tensor.FromSlice([]float64{3, 4}, 1, 2))
	loss := autograd.Sum(autograd.Pow(autograd.Linear(x, w, nil), 2))
	tape.Backward(loss)
	fmt.Println(loss.Value.Item(), w.Grad) // (3−8)², 2·(3−8)·x
	tape.Reset()
	// Output: 25 Tensor[1 2][-30 -40]
}

func ExampleStopGradient() {
	tape := autograd.NewTape[float64]()
	x := tape.Leaf(tensor.Scalar(3.0))
	tape.Backward(autograd.Mul(x, autograd.StopGradient(x)))
	fmt.Println(x.Grad.Item()) // the second factor is a constant
	// Output: 3
}

func ExampleFunction() {
	tape := autograd.NewTape[float64]()
	x := tape.Leaf(tensor.FromSlice([]float64{1, 2, 3}, 3))
	cubes := tensor.New[float64](3)
	tensor.MapTo(cubes, x.Value, func(dst, x []float64) {
		for i, v := range x {
			dst[i] = v * v * v
		}
	})
	y := autograd.Function(cubes, func(g *tensor.Tensor[float64], dst []*tensor.Tensor[float64]) {
		for i, v := range x.Value.Data() {
			dst[0].Data()[i] = 3 * v * v * g.Data()[i]
		}
	}, x)
	tape.Backward(autograd.Sum(y))
	fmt.Println(x.Grad)
	// Output: Tensor[3][3 12 27]
}

func ExampleSoftmax() {
	tape := autograd.NewTape[float64]()
	x := tape.Constant(tensor.FromSlice([]float64{0, 0, 1000, 1000}, 2, 2))
	fmt.Println(autograd.Softmax(x).Value)
	// Output: Tensor[2 2][0.5 0.5 0.5 0.5]
}

func ExampleCrossEntropy() {
	tape := autograd.NewTape[float64]()
	logits := tape.Leaf(tensor.New[float64](2, 4))
	loss := autograd.CrossEntropy(logits, []int{1, 3})
	tape.Backward(loss)
	fmt.Printf("%.4f %v\n", loss.Value.Item(), logits.Grad) // log 4
	// Output: 1.3863 Tensor[2 4][0.125 -0.375 0.125 0.125 0.125 0.125 0.125 -0.375]
}

func ExampleBatchNorm() {
	tape := autograd.NewTape[float64]()
	x := tape.Constant(tensor.FromSlice([]float64{1, 3, 5, 7}, 4, 1))
	y := autograd.BatchNorm(x, nil, nil, nil, autograd.BatchNormConfig[float64]{Training: true, ReLU: true})
	fmt.Printf("%.3f\n", y.Value.Data())
	// Output: [0.000 0.000 0.447 1.342]
}

func ExampleAttention() {
	tape := autograd.NewTape[float64]()
	row := func(values ...float64) *autograd.Var[float64] {
		return tape.Constant(tensor.FromSlice(values, 1, 1, 2, 1)) // one head, two tokens of width one
	}
	y := autograd.Attention(row(0, 1000), row(-1, 1), row(10, 20))
	fmt.Println(y.Value) // the first looks at both, the second at the key it resembles
	// Output: Tensor[1 1 2 1][15 20]
}
