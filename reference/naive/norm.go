package naive

import (
	"math"

	"entrec/reference/portable"
)

// BatchNorm returns, for x (n, c, s) with s values of each channel in each sample,
//
//	y = weight_c·(x − μ_c)/√(σ_c² + eps) + bias_c
//
// with the mean and the biased variance of the channel over the n·s values at hand
// (Ioffe and Szegedy, 2015, algorithm 1). weight and bias (c) may be nil.
func BatchNorm(x [][][]float64, weight, bias []float64, eps float64) [][][]float64 {
	y := newBlocks(len(x), len(x[0]), len(x[0][0]))
	for c := range x[0] {
		for i, v := range standardize(channel(x, c), eps) {
			y[i/len(x[0][0])][c][i%len(x[0][0])] = scaleShift(v, c, weight, bias)
		}
	}
	return y
}

// BatchNormGrad returns gx, gweight_c = Σ ct·x̂ and gbias_c = Σ ct, with x̂ the
// standardized values.
func BatchNormGrad(x [][][]float64, weight []float64, eps float64, ct [][][]float64) (gx [][][]float64, gweight, gbias []float64) {
	s := len(x[0][0])
	gx = newBlocks(len(x), len(x[0]), s)
	for c := range x[0] {
		values, g := channel(x, c), channel(ct, c)
		gweight = append(gweight, portable.Dot(g, standardize(values, eps)))
		gbias = append(gbias, portable.Total(g))
		for i, v := range standardizeGrad(values, eps, scaled(g, element(weight, c))) {
			gx[i/s][c][i%s] = v
		}
	}
	return gx, gweight, gbias
}

// LayerNorm returns, for each row of x (n, d), weight·(x − μ)/√(σ² + eps) + bias with
// the mean and the biased variance of the row (Ba et al., 2016). weight and bias
// (d) may be nil.
func LayerNorm(x [][]float64, weight, bias []float64, eps float64) [][]float64 {
	y := newRows(len(x), len(x[0]))
	for n := range x {
		for d, v := range standardize(x[n], eps) {
			y[n][d] = scaleShift(v, d, weight, bias)
		}
	}
	return y
}

// LayerNormGrad returns gx, gweight_d = Σ_n ct·x̂ and gbias_d = Σ_n ct, with x̂ the
// standardized values.
func LayerNormGrad(x [][]float64, weight []float64, eps float64, ct [][]float64) (gx [][]float64, gweight, gbias []float64) {
	gx = newRows(len(x), len(x[0]))
	gweights, gbiases := make([]portable.Sum, len(x[0])), make([]portable.Sum, len(x[0]))
	for n := range x {
		g := make([]float64, len(x[n]))
		for d, v := range standardize(x[n], eps) {
			gweights[d].AddMul(ct[n][d], v)
			gbiases[d].Add(ct[n][d])
			g[d] = ct[n][d] * element(weight, d)
		}
		copy(gx[n], standardizeGrad(x[n], eps, g))
	}
	return gx, values(gweights), values(gbiases)
}

// standardize returns x̂ = (x − μ)/√(σ² + eps), with the biased variance.
func standardize(x []float64, eps float64) []float64 {
	centered, variance := center(x)
	return scaled(centered, 1/math.Sqrt(variance/float64(len(x))+eps))
}

// standardizeGrad returns (g − mean g − x̂·mean(g·x̂))/√(σ² + eps).
func standardizeGrad(x []float64, eps float64, g []float64) []float64 {
	_, variance := center(x)
	std := math.Sqrt(variance/float64(len(x)) + eps)
	xhat := standardize(x, eps)
	n := float64(len(x))
	mean, slope := portable.Total(g)/n, portable.Dot(g, xhat)/n
	gx := make([]float64, len(x))
	for i := range gx {
		gx[i] = (g[i] - mean - float64(slope*xhat[i])) / std
	}
	return gx
}

// center returns x − μ and Σ (x − μ)², in two passes.
func center(x []float64) (centered []float64, squares float64) {
	mean := portable.Total(x) / float64(len(x))
	centered = make([]float64, len(x))
	for i := range x {
		centered[i] = x[i] - mean
	}
	return centered, portable.Dot(centered, centered)
}

// channel returns the values of a channel over all samples.
func channel(x [][][]float64, c int) (values []float64) {
	for n := range x {
		values = append(values, x[n][c]...)
	}
	return values
}

// scaleShift returns weight_i·v + bias_i.
func scaleShift(v float64, i int, weight, bias []float64) float64 {
	v = float64(v * element(weight, i))
	if bias != nil {
		v += bias[i]
	}
	return v
}

// element returns weight_i, 1 where there are no weights.
func element(weight []float64, i int) float64 {
	if weight == nil {
		return 1
	}
	return weight[i]
}

func scaled(x []float64, by float64) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = x[i] * by
	}
	return y
}
