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

// clusters returns n rows of width d around a center for each of c classes, and
// their labels. Values are exact in float32.
func clusters(seed uint64, n, d, c int) (*tensor.Tensor[float64], []int) {
	centers, rng := rand.New(rand.NewPCG(1, uint64(d))), rand.New(rand.NewPCG(seed, 2))
	mean := make([]float64, c*d)
	for i := range mean {
		mean[i] = centers.NormFloat64()
	}
	x, labels := tensor.New[float64](n, d), make([]int, n)
	for i := range n {
		labels[i] = rng.IntN(c)
		for j := range d {
			x.Set(float64(float32(mean[labels[i]*d+j]+2*rng.NormFloat64())), i, j)
		}
	}
	return x, labels
}

func rows(x *tensor.Tensor[float64]) [][]float64 {
	d := x.Dim(1)
	return slices.Collect(slices.Chunk(x.Data(), d))
}

// naiveKNN is the definition: sort, vote, count.
func naiveKNN(bank [][]float64, bankLabels []int, queries [][]float64, labels []int, cfg KNNConfig) float64 {
	unit := func(x []float64) []float64 {
		sum := 0.0
		for _, v := range x {
			sum += v * v
		}
		u := make([]float64, len(x))
		for i, v := range x {
			u[i] = v / math.Max(math.Sqrt(sum), 1e-12)
		}
		return u
	}
	right := 0
	for i, q := range queries {
		type pair struct {
			cos   float64
			label int
		}
		pairs := make([]pair, len(bank))
		for j, b := range bank {
			u, v := unit(q), unit(b)
			for k := range u {
				pairs[j].cos += u[k] * v[k]
			}
			pairs[j].label = bankLabels[j]
		}
		slices.SortStableFunc(pairs, func(a, b pair) int {
			switch {
			case a.cos > b.cos:
				return -1
			case a.cos < b.cos:
				return 1
			}
			return 0
		})
		votes := make([]float64, 100)
		for _, p := range pairs[:min(cfg.K, len(pairs))] {
			votes[p.label] += math.Exp(p.cos / cfg.Temperature)
		}
		best := 0
		for c, v := range votes {
			if v > votes[best] {
				best = c
			}
		}
		if best == labels[i] {
			right++
		}
	}
	return float64(right) / float64(len(queries))
}

// knn is KNN, whose error must be nil.
func knn[T tensor.Float](t testing.TB, bank *tensor.Tensor[T], bankLabels []int, queries *tensor.Tensor[T], labels []int, cfg KNNConfig) float64 {
	t.Helper()
	accuracy, err := KNN(t.Context(), bank, bankLabels, queries, labels, cfg)
	require.NoError(t, err)
	return accuracy
}

func TestKNNAgainstNaive(t *testing.T) {
	for _, s := range []struct{ m, n, d, c, k int }{
		{50, 30, 4, 3, 1}, {50, 30, 4, 3, 7}, {333, 300, 16, 10, 200}, {20, 11, 3, 2, 200}, {1, 5, 2, 4, 5}, {700, 513, 8, 10, 20},
	} {
		for _, temperature := range []float64{0.07, 0.1, 1} {
			cfg := KNNConfig{K: s.k, Temperature: temperature}
			bank, bankLabels := clusters(1, s.m, s.d, s.c)
			queries, labels := clusters(2, s.n, s.d, s.c)
			want := naiveKNN(rows(bank), bankLabels, rows(queries), labels, cfg)
			require.Equal(t, want, knn(t, bank, bankLabels, queries, labels, cfg), "%+v", s)
			// In float32 nearly equal neighbors may change places, and with them the vote
			// of a query at most.
			single := knn(t, tensor.Convert[float32](bank), bankLabels, tensor.Convert[float32](queries), labels, cfg)
			require.InDelta(t, want, single, 1.5/float64(s.n), "%+v", s)
		}
	}
}

func TestKNNAgainstNumPy(t *testing.T) {
	cfg := KNNConfig{K: 20, Temperature: 0.1}
	bank, bankLabels := clusters(3, 400, 12, 10)
	queries, labels := clusters(4, 250, 12, 10)
	var want float64
	foreign.Run(t, []string{"numpy"}, `
import numpy as np
b, q = np.array(x["bank"]), np.array(x["queries"])
b /= np.linalg.norm(b, axis=1, keepdims=True)
q /= np.linalg.norm(q, axis=1, keepdims=True)
s = q @ b.T
near = np.argsort(-s, axis=1, kind="stable")[:, :x["k"]]
votes = np.zeros((len(q), 10))
for c in range(10):
    votes[:, c] = (np.exp(np.take_along_axis(s, near, 1) / x["t"]) * (np.array(x["bank_labels"])[near] == c)).sum(1)
y = float((votes.argmax(1) == np.array(x["labels"])).mean())
`, map[string]any{
		"bank": rows(bank), "queries": rows(queries), "bank_labels": bankLabels, "labels": labels, "k": cfg.K, "t": cfg.Temperature,
	}, &want)
	require.Equal(t, want, knn(t, bank, bankLabels, queries, labels, cfg))
}

func TestKNNTies(t *testing.T) {
	matrix := func(values ...float64) *tensor.Tensor[float64] {
		return tensor.FromSlice(values, len(values)/2, 2)
	}
	query := matrix(1, 0)
	for _, c := range []struct {
		name   string
		bank   *tensor.Tensor[float64]
		labels []int
		k      int
		found  int
	}{
		{"of similarity: the earlier row", matrix(2, 0, 1, 0, 3, 0), []int{4, 1, 0}, 1, 4},
		{"of similarity, among worse ones", matrix(0, 1, 5, 0, 1, 0, 1, 1), []int{0, 3, 2, 1}, 1, 3},
		{"of votes: the lower class", matrix(1, 0, 1, 0), []int{7, 2}, 2, 2},
		{"zero rows are neighbors too", matrix(0, 0, 0, 0), []int{5, 6}, 2, 5},
		{"all of the bank", matrix(0, 1, 0, -1, 0, 2), []int{1, 3, 3}, 100, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, 1.0, knn(t, c.bank, c.labels, query, []int{c.found}, KNNConfig{c.k, 0.1}))
		})
	}
}

func TestThreadsDoNotMatter(t *testing.T) {
	defer tensor.SetThreads(tensor.Threads())
	bank, bankLabels := clusters(1, 500, 16, 10)
	queries, labels := clusters(2, 300, 16, 10)
	var neighbors, linear, sgd, decay []float64
	for _, threads := range []int{1, 2, 3} {
		tensor.SetThreads(threads)
		neighbors = append(neighbors, knn(t, bank, bankLabels, queries, labels, KNNConfig{20, 0.1}))
		a, d, err := Linear(t.Context(), bank, bankLabels, queries, labels)
		require.NoError(t, err)
		s, err := LinearSGD(t.Context(), bank, bankLabels, queries, labels)
		require.NoError(t, err)
		linear, decay, sgd = append(linear, a), append(decay, d), append(sgd, s)
	}
	for _, values := range [][]float64{neighbors, linear, decay, sgd} {
		require.Equal(t, []float64{values[0], values[0], values[0]}, values)
	}
}

func TestKNNCanceled(t *testing.T) {
	bank, labels := clusters(1, 50, 4, 3)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	_, err := KNN(ctx, bank, labels, bank, labels, KNNConfig{5, 0.1})
	require.ErrorIs(t, err, why)
}

func TestShapesAreRefused(t *testing.T) {
	x, y := tensor.New[float32](3, 2), tensor.New[float32](2, 4)
	for name, f := range map[string]func(){
		"widths":  func() { _, _ = KNN(t.Context(), x, []int{0, 1, 1}, y, []int{0, 1}, KNNConfig{1, 1}) },
		"labels":  func() { _, _ = KNN(t.Context(), x, []int{0, 1}, x, []int{0, 1, 1}, KNNConfig{1, 1}) },
		"queries": func() { _, _, _ = Linear(t.Context(), x, []int{0, 1, 1}, x, []int{0}) },
		"rank":    func() { _, _ = LinearSGD(t.Context(), tensor.New[float32](3), []int{0, 1, 1}, x, []int{0, 1, 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			var refused *tensor.ShapeError
			require.ErrorAs(t, tensor.Catch(f), &refused)
		})
	}
}

func ExampleKNN() {
	bank := tensor.FromSlice([]float64{1, 0, 0.9, 0.1, 0, 1}, 3, 2)
	queries := tensor.FromSlice([]float64{5, 1, 0.1, 3}, 2, 2)
	fmt.Println(KNN(context.Background(), bank, []int{0, 0, 1}, queries, []int{0, 1}, KNNConfig{K: 2, Temperature: 0.1}))
	// Output: 1 <nil>
}
