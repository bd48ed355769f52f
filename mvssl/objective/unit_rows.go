package objective

import "entrec/tensor"

// unitRows are rows of d elements divided by their norms, in float64.
type unitRows struct {
	d  int
	u  *tensor.Tensor[float64] // (rows, d)
	by []float64               // what each row was divided by
}

// newUnitRows normalizes the rows of x (…, d).
func newUnitRows[T Float](x *tensor.Tensor[T]) unitRows {
	d := x.Dim(x.Rank() - 1)
	data := tensor.Contiguous(x).Data()
	n := len(data) / d
	r := unitRows{d: d, u: tensor.New[float64](n, d), by: make([]float64, n)}
	blocks(n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			r.by[i], _ = unitRow(r.row(i), data[i*d:(i+1)*d])
		}
	})
	return r
}

func (r unitRows) row(i int) []float64 { return r.u.Data()[i*r.d : (i+1)*r.d] }

// unitRowsGrad stores in dst the gradient of the rows before they were normalized, given
// that of the unit rows, g (rows, d).
func unitRowsGrad[T Float](dst *tensor.Tensor[T], r unitRows, g []float64) {
	d := r.d
	blocks(len(r.by), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			u, gi := r.row(i), g[i*d:(i+1)*d]
			along := 0.0
			if r.by[i] > normalizeEps { // a row as good as zero is only scaled
				along = dot(u, gi)
			}
			for j, v := range gi {
				dst.Data()[i*d+j] = T((v - u[j]*along) / r.by[i])
			}
		}
	})
}
