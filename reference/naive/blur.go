package naive

import "entrec/reference/portable"

// GaussianBlur returns each channel of x (n, c, h, w) weighted by
//
//	w_u·w_v,  w_u ∝ e^{−½·(u/σ)²},  u = −(kernel−1)/2, …, (kernel−1)/2,  Σ w_u = 1
//
// around each pixel, with the image reflected at its borders, which are not repeated:
// torchvision's gaussian_blur. (Its version 0.14 rounds the weights to float32 unless
// torch's default type is float64; here they are not rounded.)
func GaussianBlur(x [][][][]float64, kernel int, sigma float64) [][][][]float64 {
	y := newLike(x)
	w := gaussian(kernel, sigma)
	each(x, func(n, c, i, j int) {
		var s portable.Sum
		for u := range w {
			for v := range w {
				s.AddMul(w[u]*w[v], x[n][c][reflect(i+u-kernel/2, len(x[n][c]))][reflect(j+v-kernel/2, len(x[n][c][i]))])
			}
		}
		y[n][c][i][j] = s.Value()
	})
	return y
}

// GaussianBlurGrad returns ct weighted likewise and gathered where the values came from.
func GaussianBlurGrad(x [][][][]float64, kernel int, sigma float64, ct [][][][]float64) [][][][]float64 {
	g := newLike(x)
	w := gaussian(kernel, sigma)
	each(ct, func(n, c, i, j int) {
		for u := range w {
			for v := range w {
				g[n][c][reflect(i+u-kernel/2, len(g[n][c]))][reflect(j+v-kernel/2, len(g[n][c][i]))] +=
					float64(float64(w[u]*w[v]) * ct[n][c][i][j])
			}
		}
	})
	return g
}

func gaussian(kernel int, sigma float64) []float64 {
	w := make([]float64, kernel)
	for i := range w {
		u := float64(i-kernel/2) / sigma
		w[i] = portable.Exp(-0.5 * float64(u*u))
	}
	return divided(w, portable.Total(w))
}

// reflect returns where index i of an axis lies once it is reflected at 0 and at
// size−1.
func reflect(i, size int) int {
	if i < 0 {
		i = -i
	}
	if i >= size {
		i = 2*(size-1) - i
	}
	return i
}
