package autograd_test

import (
	"fmt"
	"runtime"
	"testing"

	"entrec/autograd"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// TestBatchNormSum holds the sum of two batch norms, its gradients and the running
// statistics against a batch norm whose residual is one, exactly: where means are
// far from zero, where rows are few, in one block and in many, and where any of the
// inputs need no gradient.
func TestBatchNormSum(t *testing.T) {
	testBatchNormSum[float32](t)
	testBatchNormSum[float64](t)
}

func testBatchNormSum[T tensor.Float](t *testing.T) {
	for _, c := range []struct {
		x, r    input
		mean    float64
		shared  bool // r is x
		subsets bool // try all subsets of the inputs
	}{
		{x: normal(2, 3), r: normal(2, 3), subsets: true},
		{x: normal(12, 5), r: normal(12, 5).in(reversed), subsets: true},
		{x: normal(12, 5), mean: 100, shared: true, subsets: true},
		{x: normal(2, 3, 1, 2), shared: true},
		{x: normal(2, 3, 3, 2).in(channelsLast), r: normal(2, 3, 3, 2).in(gaps), mean: -100, subsets: true},
		{x: normal(5, 17, 20, 13), r: normal(5, 17, 20, 13).in(channelsLast)},
		{x: normal(3, 16, 20, 20), r: normal(3, 16, 20, 20), mean: 50},
		{x: normal(3, 16, 20, 20).in(channelsLast), shared: true},
	} {
		needs := []int{1<<6 - 1}
		for all := needs[0]; c.subsets && all > 1; all-- {
			needs = append(needs, all-1)
		}
		for i := range 4 * len(needs) {
			training, relu, need := i%2 == 0, i/2%2 == 0, needs[i/4]
			run := func(sum, flat bool) []*tensor.Tensor[T] {
				rng, tp, channels := random(1), autograd.NewTape[T](), c.x.shape[1]
				ins := []input{c.x, normal(channels), normal(channels), c.r, normal(channels), normal(channels)}
				var leaves, v variables[T]
				for j, in := range ins {
					if j == 3 && c.shared {
						leaves, v = append(leaves, leaves[0]), append(v, v[0])
						continue
					}
					value := newTensor[T](rng, in)
					if j%3 == 0 {
						tensor.AddTo(value, value, tensor.Scalar(T(c.mean)))
					}
					leaf := tp.Constant(value)
					if need>>j&1 == 1 {
						leaf = tp.Leaf(value)
					}
					// What lies between takes over gradients that leaves copy.
					leaves, v = append(leaves, leaf), append(v, autograd.Scale(leaf, 1))
				}
				var cfg [2]autograd.BatchNormConfig[T]
				for j := range cfg {
					cfg[j] = autograd.BatchNormConfig[T]{Eps: 1e-5 * float64(1+j), Training: training, Stats: &autograd.RunningStats[T]{
						Mean: newTensor[T](rng, normal(channels)), Var: newTensor[T](rng, positive(channels)), Momentum: 0.1}}
				}
				cfg[0].ReLU = relu
				var y *autograd.Var[T]
				if sum {
					y = normSum(v, cfg)
				} else {
					y = autograd.BatchNorm(v[0], v[1], v[2], autograd.BatchNorm(v[3], v[4], v[5], nil, cfg[1]), cfg[0])
				}
				out := []*tensor.Tensor[T]{y.Value.Clone(), cfg[0].Stats.Mean, cfg[0].Stats.Var, cfg[1].Stats.Mean, cfg[1].Stats.Var}
				ct := newTensor[T](rng, normal(y.Shape()...))
				if flat { // a gradient in row-major order
					y, ct = autograd.Reshape(y, -1), ct.Reshape(-1)
				}
				if y.NeedsGrad() {
					tp.BackwardFrom(variables[T]{y}, []*tensor.Tensor[T]{ct})
				}
				for _, leaf := range leaves {
					g := leaf.Grad
					if !leaf.NeedsGrad() {
						require.Nil(t, g)
						g = tensor.New[T]()
					}
					out = append(out, g)
				}
				return out
			}
			for _, flat := range []bool{false, true} {
				name := fmt.Sprintf("%v and %v about %v, training %v, ReLU %v, flat %v, needs %b", c.x, c.r, c.mean, training, relu, flat, need)
				got, want := run(true, flat), run(false, flat)
				for j := range want {
					require.Equal(t, tensor.Contiguous(want[j]).Data(), tensor.Contiguous(got[j]).Data(), "%s: tensor %d", name, j)
				}
			}
		}
	}
}

// TestBatchNormSumStores shows that the forward pass holds one activation, the result,
// besides its inputs.
func TestBatchNormSumStores(t *testing.T) {
	if underRace {
		t.Skip("the race detector makes garbage")
	}
	x, c := newTensor[float32](random(1), normal(1<<16, 16)), autograd.BatchNormConfig[float32]{Eps: 1e-5, Training: true}
	forward := func() uint64 {
		var before, after runtime.MemStats
		v := autograd.NewTape[float32]().Leaf(x)
		in := autograd.NormInput[float32]{X: v, BatchNormConfig: c}
		runtime.ReadMemStats(&before)
		autograd.BatchNormSum(in, in)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	forward() // fills the pool of scratch memory
	require.Less(t, float64(forward()), 1.1*4*float64(x.Len()))
}
