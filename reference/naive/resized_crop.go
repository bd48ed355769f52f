package naive

import (
	"math"

	"entrec/reference/portable"
)

// Crop is a rectangle of an image and the side of the square that it is resized to.
type Crop struct {
	Top, Left, Height, Width, Size int
	Antialias                      bool
}

// ResizedCrop returns, of each channel of x (n, c, h, w), the crop X, resized bilinearly to
// size×size: y = R·X·Cᵀ, with the weights of each output row in R and of each column in C.
func ResizedCrop(x [][][][]float64, crop Crop) [][][][]float64 {
	y := newImages(len(x), len(x[0]), crop.Size, crop.Size)
	rows, columns := crop.weights()
	each(y, func(n, c, i, j int) {
		var s portable.Sum
		for p, r := range rows[i].values {
			for q, w := range columns[j].values {
				if r != 0 && w != 0 {
					s.AddMul(r*w, x[n][c][crop.Top+rows[i].first+p][crop.Left+columns[j].first+q])
				}
			}
		}
		y[n][c][i][j] = s.Value()
	})
	return y
}

// ResizedCropGrad returns Rᵀ·ct·C within the crop and 0 outside.
func ResizedCropGrad(x [][][][]float64, crop Crop, ct [][][][]float64) [][][][]float64 {
	g := newLike(x)
	rows, columns := crop.weights()
	each(ct, func(n, c, i, j int) {
		for p, r := range rows[i].values {
			for q, w := range columns[j].values {
				g[n][c][crop.Top+rows[i].first+p][crop.Left+columns[j].first+q] += float64(float64(r*w) * ct[n][c][i][j])
			}
		}
	})
	return g
}

// weights returns R (size, height) and C (size, width).
func (c Crop) weights() (rows, columns []span) {
	f := bilinear
	if c.Antialias {
		f = antialiased
	}
	return spans(f(c.Height, c.Size)), spans(f(c.Width, c.Size))
}

// span is what is left of a row of weights without the zeros at both ends.
type span struct {
	first  int // where it begins
	values []float64
}

func spans(weights [][]float64) []span {
	all := make([]span, len(weights))
	for i, w := range weights {
		low, high := 0, len(w)
		for low < high && w[low] == 0 {
			low++
		}
		for high > low && w[high-1] == 0 {
			high--
		}
		all[i] = span{low, w[low:high]}
	}
	return all
}

// bilinear returns the weights (out, in) of linear interpolation with half-pixel centers:
// output i lies at (i + ½)·in/out − ½, and is a mean of the two pixels around it,
// weighted by nearness; at the borders of the nearest one.
func bilinear(in, out int) [][]float64 {
	w := newRows(out, in)
	scale := float64(in) / float64(out)
	for i := range w {
		at := max(float64((float64(i)+0.5)*scale)-0.5, 0)
		first := min(int(at), in-1)
		second := min(first+1, in-1)
		f := at - float64(first)
		w[i][first] += 1 - f
		w[i][second] += f
	}
	return w
}

// antialiased returns the weights (out, in) of interpolation with a triangle around
// (i + ½)·in/out that is as wide as two output pixels, or two input pixels where those
// are wider, cut off at the borders and scaled to the sum 1: PyTorch's, after Pillow's.
func antialiased(in, out int) [][]float64 {
	w := newRows(out, in)
	scale := float64(in) / float64(out)
	support := max(scale, 1)
	for i := range w {
		center := float64(scale * (float64(i) + 0.5))
		low := max(int(center-support+0.5), 0)
		high := min(int(center+support+0.5), in)
		for p := low; p < high; p++ {
			w[i][p] = max(0, 1-math.Abs((float64(p)-center+0.5)/support))
		}
		copy(w[i], divided(w[i], portable.Total(w[i])))
	}
	return w
}
