package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/tensor"
)

// The minimum that L-BFGS finds is where plain Newton iterations in NumPy end.
func TestLinearAgainstNewton(t *testing.T) {
	x, labels := clusters(1, 300, 5, 4)
	for _, decay := range []float64{1e-1, 1e-3} {
		c := newClassifier(labeledRows{x, labels}, 4)
		require.NoError(t, c.train(t.Context(), decay, 0))
		var want struct {
			W    [][]float64 `json:"w"`
			Loss float64     `json:"loss"`
		}
		foreign.Run(t, []string{"numpy"}, `
import numpy as np
f, t, decay, c = np.array(x["x"]), np.array(x["labels"]), x["decay"], 4
n, d = f.shape
a = np.hstack([f, np.ones((n, 1))])
penalty = np.kron(np.eye(c), np.diag([decay] * d + [0.0]))
w = np.zeros((c, d + 1))
onehot = np.eye(c)[t]
for _ in range(50):
    z = a @ w.T
    z -= z.max(1, keepdims=True)
    p = np.exp(z)
    p /= p.sum(1, keepdims=True)
    g = ((p - onehot).T @ a / n).ravel() + penalty @ w.ravel()
    h = penalty.copy()
    for i in range(n):
        h += np.kron(np.diag(p[i]) - np.outer(p[i], p[i]), np.outer(a[i], a[i])) / n
    w = w - (np.linalg.pinv(h) @ g).reshape(c, d + 1)
z = a @ w.T
z -= z.max(1, keepdims=True)
loss = (np.log(np.exp(z).sum(1)) - z[np.arange(n), t]).mean() + 0.5 * decay * (w[:, :d] ** 2).sum()
y = {"w": w.tolist(), "loss": float(loss)}
`, map[string]any{"x": rows(x), "labels": labels, "decay": decay}, &want)
		// A gradient below 1e-5 in a bowl whose curvature is at least the decay lies
		// within 1e-5·√20/decay of the bottom, and as high as its square times half the
		// decay: 1e-7 for 1e-3. The loss of W and b that differ by a constant in b is
		// the same.
		require.InDelta(t, want.Loss, c.loss(decay), 1e-7)
		for i, row := range want.W {
			for j, w := range row[:5] {
				require.InDelta(t, w, c.weight.Value.At(i, j), 1e-5*math.Sqrt(20)/decay)
			}
		}
	}
}

// The gradient that L-BFGS follows is that of the loss.
func TestClassifierGradient(t *testing.T) {
	x, labels := clusters(1, 40, 3, 3)
	c := newClassifier(labeledRows{x, labels}, 3)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range c.params {
		c.params[i] = rng.NormFloat64()
	}
	const h, decay = 1e-5, 0.3
	c.loss(decay)
	grad := slices.Clone(c.grad)
	for i := range c.params {
		at := c.params[i]
		c.params[i] = at + h
		up := c.loss(decay)
		c.params[i] = at - h
		down := c.loss(decay)
		c.params[i] = at
		// The third derivative times h²/6, and rounding of 1e-16/h.
		require.InDelta(t, (up-down)/(2*h), grad[i], 1e-9)
	}
}

func TestLinearFindsWhatIsLinear(t *testing.T) {
	x, labels := clusters(1, 2000, 20, 10)
	q, queryLabels := clusters(2, 500, 20, 10)
	exact, decay, err := Linear(t.Context(), x, labels, q, queryLabels)
	require.NoError(t, err)
	require.Contains(t, probeDecays, decay)
	sgd, err := LinearSGD(t.Context(), x, labels, q, queryLabels)
	require.NoError(t, err)
	nearest := knn(t, x, labels, q, queryLabels, KNNConfig{20, 0.1})
	t.Logf("linear %.3f (decay %v), by SGD %.3f, kNN %.3f", exact, decay, sgd, nearest)
	// Gaussian clusters of one shape are divided by planes, so a linear classifier is
	// the best there is; the two ways to it may differ in a few of the 500 queries.
	require.Greater(t, exact, nearest)
	require.InDelta(t, exact, sgd, 0.03)
	single, _, err := Linear(t.Context(), tensor.Convert[float32](x), labels, tensor.Convert[float32](q), queryLabels)
	require.NoError(t, err)
	require.Equal(t, exact, single, "the features are exact in float32")

	// What is scaled and shifted is as easy.
	moved := tensor.New[float64](2000, 20)
	movedQ := tensor.New[float64](500, 20)
	for j := range 20 {
		for i := range 2000 {
			moved.Set(1000+math.Exp2(float64(j))*x.At(i, j), i, j)
		}
		for i := range 500 {
			movedQ.Set(1000+math.Exp2(float64(j))*q.At(i, j), i, j)
		}
	}
	again, _, err := Linear(t.Context(), moved, labels, movedQ, queryLabels)
	require.NoError(t, err)
	require.InDelta(t, exact, again, 0.005)
}

func TestLinearOfLittle(t *testing.T) {
	for name, x := range map[string]*tensor.Tensor[float32]{
		"collapsed": tensor.New[float32](6, 3),
		"one class": tensor.FromSlice([]float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 2, 2, 2, 3, 3, 3}, 6, 3),
	} {
		t.Run(name, func(t *testing.T) {
			labels := []int{0, 0, 0, 0, 0, 0}
			a, _, err := Linear(t.Context(), x, labels, x, labels)
			require.NoError(t, err)
			require.Equal(t, 1.0, a)
			a, err = LinearSGD(t.Context(), x, labels, x, labels)
			require.NoError(t, err)
			require.Equal(t, 1.0, a)
		})
	}
	two := tensor.FromSlice([]float64{-1, 1}, 2, 1)
	a, decay, err := Linear(t.Context(), two, []int{0, 1}, two, []int{0, 1})
	require.NoError(t, err)
	require.Equal(t, 1.0, a)
	require.Equal(t, 1e-3, decay)
}

func TestLinearIsCanceled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	x, labels := clusters(1, 100, 5, 3)
	_, _, err := Linear(ctx, x, labels, x, labels)
	require.ErrorIs(t, err, why)
	_, err = LinearSGD(ctx, x, labels, x, labels)
	require.ErrorIs(t, err, why)
}

// Probes end at whatever moment they are canceled, with little more than what was being
// computed, and are told to be farther each time.
func TestLinearIsCanceledAnywhere(t *testing.T) {
	x, labels := clusters(1, 60, 5, 3)
	why := errors.New("enough")
	for name, probe := range map[string]func(ctx context.Context) error{
		"L-BFGS": func(ctx context.Context) error { _, _, err := Linear(ctx, x, labels, x, labels); return err },
		"SGD":    func(ctx context.Context) error { _, err := LinearSGD(ctx, x, labels, x, labels); return err },
	} {
		t.Run(name, func(t *testing.T) {
			calls, last := 0, -1
			require.NoError(t, probe(WithProgress(t.Context(), func(_ string, done, total int) {
				require.LessOrEqual(t, last, done)
				require.LessOrEqual(t, done, total)
				calls, last = calls+1, done
			})))
			require.Greater(t, calls, 20)
			for n := 1; n <= calls; n += 1 + calls/40 {
				ctx, cancel := context.WithCancelCause(t.Context())
				seen := 0
				err := probe(WithProgress(ctx, func(string, int, int) {
					if seen++; seen == n {
						cancel(why)
					}
				}))
				require.Equal(t, why, err)
				require.Equal(t, n, seen)
			}
		})
	}
}

// The interval is where resampling, done in earnest, puts it.
func TestIntervalAgainstResampling(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		accuracy float64
		n        int
	}{{0.5, 100}, {0.69, 1000}, {0.02, 200}, {0.995, 1000}} {
		const resamples = 20000
		counts := make([]float64, resamples)
		for i := range counts {
			for range c.n {
				if rng.Float64() < c.accuracy {
					counts[i]++
				}
			}
		}
		slices.Sort(counts)
		lo, hi := Interval(c.accuracy, c.n, 0.95)
		// The quantiles of 20,000 resamples are off by at most two counts.
		require.InDelta(t, counts[resamples/40]/float64(c.n), lo, 2/float64(c.n))
		require.InDelta(t, counts[resamples-resamples/40]/float64(c.n), hi, 2/float64(c.n))
	}
	for accuracy := range 2 {
		lo, hi := Interval(float64(accuracy), 50, 0.95)
		require.Equal(t, float64(accuracy), lo)
		require.Equal(t, float64(accuracy), hi)
	}
	require.Panics(t, func() { Interval(0.5, 0, 0.95) })
	require.Panics(t, func() { Interval(math.NaN(), 5, 0.95) })
}

func ExampleLinear() {
	train := tensor.FromSlice([]float64{-2, 0, -1, 5, -1.5, 2, 1, 1, 2, 4, 1.5, 3}, 6, 2)
	queries := tensor.FromSlice([]float64{-3, 3, 3, 3}, 2, 2)
	accuracy, _, err := Linear(context.Background(), train, []int{0, 0, 0, 1, 1, 1}, queries, []int{0, 1})
	fmt.Println(accuracy, err)
	// Output: 1 <nil>
}

func ExampleInterval() {
	lo, hi := Interval(0.69, 1000, 0.95)
	fmt.Printf("69.0 %% of 1,000 images: %.1f to %.1f %%\n", 100*lo, 100*hi)
	// Output: 69.0 % of 1,000 images: 66.1 to 71.8 %
}
