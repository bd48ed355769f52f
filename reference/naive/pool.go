package naive

import (
	"math"

	"entrec/reference/portable"
)

// MaxPool2D returns the largest value of each kernel×kernel window of x
// (n, c, h, w), windows beginning stride apart from −padding on. What lies outside
// the image never wins; a NaN does.
func MaxPool2D(x [][][][]float64, kernel, stride, padding int) [][][][]float64 {
	y := newPooled(x, kernel, stride, padding)
	each(y, func(n, c, i, j int) {
		p, q := argmax(x[n][c], i*stride-padding, j*stride-padding, kernel)
		y[n][c][i][j] = x[n][c][p][q]
	})
	return y
}

// MaxPool2DGrad returns gx: each window's cotangent goes to its largest value, the
// first of several in row-major order.
func MaxPool2DGrad(x [][][][]float64, kernel, stride, padding int, ct [][][][]float64) [][][][]float64 {
	gx := newLike(x)
	each(ct, func(n, c, i, j int) {
		p, q := argmax(x[n][c], i*stride-padding, j*stride-padding, kernel)
		gx[n][c][p][q] += ct[n][c][i][j]
	})
	return gx
}

// argmax returns where the largest value of a window lies, the first of several.
func argmax(image [][]float64, top, left, kernel int) (p, q int) {
	largest := math.Inf(-1)
	p, q = max(top, 0), max(left, 0)
	for i := max(top, 0); i < min(top+kernel, len(image)); i++ {
		for j := max(left, 0); j < min(left+kernel, len(image[0])); j++ {
			if v := image[i][j]; v > largest || math.IsNaN(v) {
				largest, p, q = v, i, j
			}
		}
	}
	return p, q
}

// AvgPool2D returns the mean of each kernel×kernel window of x (n, c, h, w), windows
// beginning stride apart from −padding on. Outside the image there are zeros, which
// count in the mean.
func AvgPool2D(x [][][][]float64, kernel, stride, padding int) [][][][]float64 {
	y := newPooled(x, kernel, stride, padding)
	each(y, func(n, c, i, j int) {
		var s portable.Sum
		for u := range kernel {
			for v := range kernel {
				s.Add(at(x[n][c], i*stride+u-padding, j*stride+v-padding))
			}
		}
		y[n][c][i][j] = s.Value() / float64(kernel*kernel)
	})
	return y
}

// AvgPool2DGrad returns gx: each window's cotangent is shared among its kernel²
// values. The shares of those outside the image are lost.
func AvgPool2DGrad(x [][][][]float64, kernel, stride, padding int, ct [][][][]float64) [][][][]float64 {
	gx := newLike(x)
	each(ct, func(n, c, i, j int) {
		for p := max(i*stride-padding, 0); p < min(i*stride-padding+kernel, len(x[n][c])); p++ {
			for q := max(j*stride-padding, 0); q < min(j*stride-padding+kernel, len(x[n][c][p])); q++ {
				gx[n][c][p][q] += ct[n][c][i][j] / float64(kernel*kernel)
			}
		}
	})
	return gx
}

// GlobalAvgPool2D returns the mean over each channel's pixels of x (n, c, h·w):
// (n, c).
func GlobalAvgPool2D(x [][][]float64) [][]float64 {
	y := newRows(len(x), len(x[0]))
	for n := range x {
		for c, pixels := range x[n] {
			y[n][c] = portable.Total(pixels) / float64(len(pixels))
		}
	}
	return y
}

// GlobalAvgPool2DGrad returns gx = ct/(h·w) at every pixel.
func GlobalAvgPool2DGrad(x [][][]float64, ct [][]float64) [][][]float64 {
	gx := newBlocks(len(x), len(x[0]), len(x[0][0]))
	for n := range gx {
		for c := range gx[n] {
			for i := range gx[n][c] {
				gx[n][c][i] = ct[n][c] / float64(len(gx[n][c]))
			}
		}
	}
	return gx
}

func newPooled(x [][][][]float64, kernel, stride, padding int) [][][][]float64 {
	return newImages(len(x), len(x[0]),
		windows(len(x[0][0]), kernel, stride, padding), windows(len(x[0][0][0]), kernel, stride, padding))
}

func newLike(x [][][][]float64) [][][][]float64 {
	return newImages(len(x), len(x[0]), len(x[0][0]), len(x[0][0][0]))
}
