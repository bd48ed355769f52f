package mi

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
)

// TestImages: what more rows show is more, what is processed is less, and two images have
// twice as much.
func TestImages(t *testing.T) {
	before := 0.0
	for rows := 1; rows <= side; rows++ {
		mi := Image(rows, 1, false).MI
		require.Greater(t, mi, before)
		require.Less(t, Image(rows, 1, true).MI, mi)
		require.InDelta(t, 2*mi, Image(rows, 2, false).MI, 1e-12)
		before = mi
	}
}

// TestImageTruths holds truths against the mean over draws of the log of the density ratio,
// from the covariance of the image and of what is seen together.
func TestImageTruths(t *testing.T) {
	for _, pooled := range []bool{false, true} {
		const rows, pixels = 2, side * side
		task := Image(rows, 1, pooled)
		// Each number that is seen is a mean of pixels.
		weights := mat.NewDense(task.Y, pixels, nil)
		for i := range rows * side {
			if pooled {
				weights.Set(i/2, i, 0.5)
			} else {
				weights.Set(i, i, 1)
			}
		}
		sigma := mat.NewDense(pixels, pixels, nil)
		for i := range pixels {
			for j := range pixels {
				sigma.Set(i, j, math.Pow(smoothness, math.Abs(float64(i/side-j/side))+math.Abs(float64(i%side-j%side))))
			}
		}
		var cross, own mat.Dense
		cross.Mul(weights, sigma)
		own.Mul(&cross, weights.T())
		noise := 1.0
		if pooled {
			noise = 0.5
		}
		joint := mat.NewSymDense(pixels+task.Y, nil)
		y := mat.NewSymDense(task.Y, nil)
		x := mat.NewSymDense(pixels, nil)
		for i := range pixels {
			for j := i; j < pixels; j++ {
				joint.SetSym(i, j, sigma.At(i, j))
				x.SetSym(i, j, sigma.At(i, j))
			}
			for j := range task.Y {
				joint.SetSym(i, pixels+j, cross.At(j, i))
			}
		}
		for i := range task.Y {
			for j := i; j < task.Y; j++ {
				v := own.At(i, j)
				if i == j {
					v += noise
				}
				joint.SetSym(pixels+i, pixels+j, v)
				y.SetSym(i, j, v)
			}
		}
		density := func(s *mat.SymDense) *distmv.Normal {
			n, ok := distmv.NewNormal(make([]float64, s.SymmetricDim()), s, nil)
			require.True(t, ok)
			return n
		}
		both, ofX, ofY := density(joint), density(x), density(y)
		a, b := task.Sample(rng(), 2000)
		ratios, entropies := make([]float64, len(a)), make([]float64, len(a))
		for i := range a {
			entropies[i] = -ofY.LogProb(b[i])
			ratios[i] = both.LogProb(append(append([]float64(nil), a[i]...), b[i]...)) - ofX.LogProb(a[i]) + entropies[i]
		}
		m := meanOf(ratios)
		require.InDelta(t, task.MI, m.Value, sigmas*m.Error)
		require.Less(t, m.Error, 0.1)
		m = meanOf(entropies)
		require.InDelta(t, *task.Entropy, m.Value, sigmas*m.Error)
	}
}
