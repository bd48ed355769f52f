package main

import (
	"fmt"
	"math"
	"time"

	"github.com/viterin/vek/vek32"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"entrec/simd"
	"entrec/tensor"
)

// pattern is the matrices' content, the same as peer.py's.
func pattern[T tensor.Float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(float64(i*7919%1009)/1009 - 0.5)
	}
	return x
}

// gemms compares matrix products with OpenBLAS on one thread, and with vek and
// gonum.
func gemms(b *bench) {
	r, err := startRival()
	if err != nil {
		b.Missing = append(b.Missing, fmt.Sprintf("OpenBLAS: %v", err))
		return
	}
	defer r.close()
	for _, s := range [][3]int{{512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048},
		{65536, 16, 144}, {16384, 32, 288}, {4096, 64, 576}, {1024, 128, 1152}} {
		gemmPair[float32](b, r, "SGEMM", "f32", s)
	}
	for _, n := range []int{512, 1024, 2048} {
		gemmPair[float64](b, r, "DGEMM", "f64", [3]int{n, n, n})
	}
	others(b)
}

// repeats is how often a product is made in one measurement, of which the fastest
// counts: a fifth of a second's worth at 100 GFLOP/s, at least three.
func repeats(flops float64) int { return max(3, int(2e10/flops)) }

func best(n int, f func()) float64 {
	f()
	least := math.Inf(1)
	for range n {
		began := time.Now()
		f()
		least = min(least, time.Since(began).Seconds())
	}
	return least
}

func gemmPair[T tensor.Float](b *bench, r *rival, name, precision string, s [3]int) {
	m, n, k := s[0], s[1], s[2]
	flops := 2 * float64(m) * float64(n) * float64(k)
	x, y, c := pattern[T](m*k), pattern[T](k*n), make([]T, m*n)
	b.pair(fmt.Sprintf("%s %d×%d×%d, one thread", name, m, n, k), "OpenBLAS", "GFLOP/s", func() (float64, error) {
		return flops / 1e9 / best(repeats(flops), func() { simd.Gemm(false, false, m, n, k, x, k, y, n, c, n, false) }), nil
	}, func() (float64, error) {
		var answer struct {
			Seconds float64
			Corners [2]float64
		}
		err := r.ask(map[string]any{"do": "gemm", "m": m, "n": n, "k": k, "precision": precision, "repeats": repeats(flops)}, &answer)
		for i, ours := range []T{c[0], c[len(c)-1]} {
			// Off by rounding at most: k products of at most ¼, in either order.
			if err == nil && !(math.Abs(float64(ours)-answer.Corners[i]) <= 2*float64(k)*0x1p-23*float64(k)/4) {
				err = fmt.Errorf("its product has %v where ours has %v", answer.Corners[i], ours)
			}
		}
		return flops / 1e9 / answer.Seconds, err
	})
}

// others compares products of 512×512 matrices with vek's and gonum's, and our own
// on several threads with one.
func others(b *bench) {
	const n = 512
	flops := 2.0 * n * n * n
	x, y, c := pattern[float32](n*n), pattern[float32](n*n), make([]float32, n*n)
	dst, left, right := tensor.FromSlice(c, n, n), tensor.FromSlice(x, n, n), tensor.FromSlice(y, n, n)
	ours := func() (float64, error) {
		return flops / 1e9 / best(repeats(flops), func() { tensor.MatMulTo(dst, left, right, false, false, false) }), nil
	}
	name := fmt.Sprintf("SGEMM 512×512×512, %d threads", b.threads)
	b.pair(name, "vek", "GFLOP/s", ours, func() (float64, error) {
		return flops / 1e9 / best(3, func() { vek32.MatMul_Into(c, x, y, n) }), nil
	})
	matrix := func(d []float32) blas32.General { return blas32.General{Rows: n, Cols: n, Stride: n, Data: d} }
	b.pair(name, "gonum", "GFLOP/s", ours, func() (float64, error) {
		return flops / 1e9 / best(3, func() { blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, matrix(x), matrix(y), 0, matrix(c)) }), nil
	})
	big := 2048
	flops = 2 * float64(big) * float64(big) * float64(big)
	dst, left, right = tensor.New[float32](big, big), tensor.FromSlice(pattern[float32](big*big), big, big), tensor.FromSlice(pattern[float32](big*big), big, big)
	withThreads := func(threads int) func() (float64, error) {
		return func() (float64, error) {
			tensor.SetThreads(threads)
			defer tensor.SetThreads(b.threads)
			return flops / 1e9 / best(3, func() { tensor.MatMulTo(dst, left, right, false, false, false) }), nil
		}
	}
	b.pair(fmt.Sprintf("SGEMM 2048×2048×2048, %d threads", b.threads), "itself, one thread", "GFLOP/s", withThreads(b.threads), withThreads(1))
}
