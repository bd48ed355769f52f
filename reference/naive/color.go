package naive

import "entrec/reference/portable"

// Images here are (n, 3, h, w) with values in [0, 1]; what is done to them is what
// torchvision.transforms.functional does to float tensors.

// grayWeights are the channels' shares of gray.
var grayWeights = [3]float64{0.2989, 0.587, 0.114}

// AdjustBrightness returns clamp(factor·x), the blend of x with black.
func AdjustBrightness(x [][][][]float64, factor float64) [][][][]float64 {
	y := newLike(x)
	each(x, func(n, c, i, j int) { y[n][c][i][j] = clamp(factor * x[n][c][i][j]) })
	return y
}

// AdjustBrightnessGrad returns factor·ct where 0 ≤ factor·x ≤ 1.
func AdjustBrightnessGrad(x [][][][]float64, factor float64, ct [][][][]float64) [][][][]float64 {
	g := newLike(x)
	each(x, func(n, c, i, j int) {
		g[n][c][i][j] = factor * passed(factor*x[n][c][i][j], ct[n][c][i][j])
	})
	return g
}

// AdjustContrast returns clamp(factor·x + (1−factor)·mean), the blend of x with the mean
// of its gray, over each image.
func AdjustContrast(x [][][][]float64, factor float64) [][][][]float64 {
	y := newLike(x)
	means := grayMeans(x)
	each(x, func(n, c, i, j int) { y[n][c][i][j] = clamp(blend(x[n][c][i][j], means[n], factor)) })
	return y
}

// AdjustContrastGrad returns factor·g + (1−factor)·gray_c·Σ g/(h·w), with g = ct where the
// blend is in [0, 1] and the sum over the image.
func AdjustContrastGrad(x [][][][]float64, factor float64, ct [][][][]float64) [][][][]float64 {
	means := grayMeans(x)
	through := newLike(x)
	totals := make([]portable.Sum, len(x))
	each(x, func(n, c, i, j int) {
		through[n][c][i][j] = passed(blend(x[n][c][i][j], means[n], factor), ct[n][c][i][j])
		totals[n].Add(through[n][c][i][j])
	})
	pixels := float64(len(x[0][0]) * len(x[0][0][0]))
	each(x, func(n, c, i, j int) {
		through[n][c][i][j] = blend(through[n][c][i][j], grayWeights[c]*(totals[n].Value()/pixels), factor)
	})
	return through
}

// AdjustSaturation returns clamp(factor·x + (1−factor)·gray), the blend of each pixel with
// its gray.
func AdjustSaturation(x [][][][]float64, factor float64) [][][][]float64 {
	y := newLike(x)
	each(x, func(n, c, i, j int) { y[n][c][i][j] = clamp(blend(x[n][c][i][j], gray(x[n], i, j), factor)) })
	return y
}

// AdjustSaturationGrad returns factor·g_c + (1−factor)·gray_c·Σ_c' g_c', with g = ct where
// the blend is in [0, 1].
func AdjustSaturationGrad(x [][][][]float64, factor float64, ct [][][][]float64) [][][][]float64 {
	through := newLike(x)
	each(x, func(n, c, i, j int) {
		through[n][c][i][j] = passed(blend(x[n][c][i][j], gray(x[n], i, j), factor), ct[n][c][i][j])
	})
	g := newLike(x)
	each(x, func(n, c, i, j int) {
		total := through[n][0][i][j] + through[n][1][i][j] + through[n][2][i][j]
		g[n][c][i][j] = blend(through[n][c][i][j], grayWeights[c]*total, factor)
	})
	return g
}

// RGBToGrayscale returns 0.2989·R + 0.587·G + 0.114·B in each channel.
func RGBToGrayscale(x [][][][]float64) [][][][]float64 {
	y := newLike(x)
	each(x, func(n, c, i, j int) { y[n][c][i][j] = gray(x[n], i, j) })
	return y
}

// RGBToGrayscaleGrad returns gray_c·Σ_c' ct_c'.
func RGBToGrayscaleGrad(ct [][][][]float64) [][][][]float64 {
	g := newLike(ct)
	each(ct, func(n, c, i, j int) {
		g[n][c][i][j] = grayWeights[c] * (ct[n][0][i][j] + ct[n][1][i][j] + ct[n][2][i][j])
	})
	return g
}

// Solarize returns 1 − x where x ≥ threshold and x elsewhere.
func Solarize(x []float64, threshold float64) []float64 {
	return mapped(x, func(v float64) float64 {
		if v >= threshold {
			return 1 - v
		}
		return v
	})
}

// SolarizeGrad returns −ct where x ≥ threshold and ct elsewhere.
func SolarizeGrad(x []float64, threshold float64, ct []float64) []float64 {
	g := make([]float64, len(x))
	for i, v := range x {
		g[i] = ct[i]
		if v >= threshold {
			g[i] = -ct[i]
		}
	}
	return g
}

func clamp(v float64) float64 { return min(max(v, 0), 1) }

// passed returns the gradient g of clamp(v): all of it inside and at the bounds.
func passed(v, g float64) float64 {
	if v >= 0 && v <= 1 {
		return g
	}
	return 0
}

// blend returns factor·a + (1−factor)·b.
func blend(a, b, factor float64) float64 {
	return float64(factor*a) + float64((1-factor)*b)
}

func gray(image [][][]float64, i, j int) float64 {
	return float64(grayWeights[0]*image[0][i][j]) + float64(grayWeights[1]*image[1][i][j]) + float64(grayWeights[2]*image[2][i][j])
}

// grayMeans returns the mean of each image's gray.
func grayMeans(x [][][][]float64) []float64 {
	means := make([]float64, len(x))
	for n := range x {
		var s portable.Sum
		for i := range x[n][0] {
			for j := range x[n][0][i] {
				s.Add(gray(x[n], i, j))
			}
		}
		means[n] = s.Value() / float64(len(x[n][0])*len(x[n][0][0]))
	}
	return means
}
