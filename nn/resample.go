package nn

import (
	"math"

	"entrec/tensor"
)

// resample returns the matrix (rows·cols, oldRows·oldCols) that interpolates a grid
// bicubically to another size, as DINO does with its positions: half-pixel centers,
// Keys' kernel with a = −0.75, edges repeated, and a scale of (new + 0.1)/old
// (torch.nn.functional.interpolate with that scale_factor).
func resample[T Float](oldRows, oldCols, rows, cols int) *tensor.Tensor[T] {
	vertical, horizontal := cubicWeights(oldRows, rows), cubicWeights(oldCols, cols)
	m := tensor.New[T](rows*cols, oldRows*oldCols)
	for i, v := range vertical {
		for j, h := range horizontal {
			for k, a := range v {
				for l, b := range h {
					m.Set(T(a*b), i*cols+j, k*oldCols+l)
				}
			}
		}
	}
	return m
}

// cubicWeights returns, for each of n places, the weights of the old ones.
func cubicWeights(old, n int) [][]float64 {
	const a = -0.75
	near := func(x float64) float64 { return ((a+2)*x-(a+3))*x*x + 1 }  // |x| ≤ 1
	far := func(x float64) float64 { return ((a*x-5*a)*x+8*a)*x - 4*a } // 1 < |x| < 2
	scale := float64(old) / (float64(n) + 0.1)
	weights := make([][]float64, n)
	for i := range weights {
		weights[i] = make([]float64, old)
		at := (float64(i)+0.5)*scale - 0.5
		first := math.Floor(at)
		t := at - first
		for k, w := range [4]float64{far(1 + t), near(t), near(1 - t), far(2 - t)} {
			weights[i][min(max(int(first)+k-1, 0), old-1)] += w
		}
	}
	return weights
}
