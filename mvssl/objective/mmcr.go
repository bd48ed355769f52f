package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// MMCR returns the negative nuclear norm of the centroids of projections z (v, k, d), v
// views of k samples, whose rows it normalizes:
//
//	−‖C‖_*,  C = mean over the views of z/‖z‖
//
// (k, d), the sum of C's singular values. With C = U·Σ·Vᵀ its gradient by C is −U·Vᵀ, over
// the singular values above max(k, d)·2⁻⁵²·(the largest): where C has a lower rank, the
// subgradient of the least norm. Yerxa et al. (2023), arXiv:2303.03307,
// equation 4 without the views' own norms (λ = 0). One-sided Jacobi rotations in float64,
// in a fixed order. It panics with a *tensor.ShapeError for empty axes.
func MMCR[T Float](z *autograd.Var[T]) *autograd.Var[T] {
	if z.Value.Rank() != 3 || z.Value.Len() == 0 {
		tensor.Refuse("objective.MMCR", "projections (v, k, d) are needed", z.Shape())
	}
	v, k, d := z.Value.Dim(0), z.Value.Dim(1), z.Value.Dim(2)
	rows := newUnitRows(z.Value)
	c := make([]float64, k*d)
	for i := range v {
		simd.Axpy(c, 1/float64(v), rows.u.Data()[i*k*d:(i+1)*k*d])
	}
	norm, polar := nuclear(c, k, d)
	return autograd.Function(tensor.Scalar(T(-norm)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		slope := make([]float64, v*k*d)
		for i := range v {
			simd.Axpy(slope[i*k*d:(i+1)*k*d], -float64(g.Item())/float64(v), polar)
		}
		unitRowsGrad(dst[0], rows, slope)
	}, z)
}

// nuclear returns the sum of the singular values of a (k, d) and U·Vᵀ over those above
// max(k, d)·2⁻⁵² times the largest. Rows, or columns where they are fewer, are rotated by
// pairs until all are orthogonal: their lengths are then the singular values (one-sided
// Jacobi; Demmel and Veselić, 1992).
func nuclear(a []float64, k, d int) (norm float64, polar []float64) {
	short, long := min(k, d), max(k, d)
	x := tensor.FromSlice(a, k, d)
	if d < k {
		x = tensor.Contiguous(x.Transpose())
	} else {
		x = x.Clone()
	}
	// x = w·rows at every moment, w orthogonal; here its transpose.
	turned := tensor.New[float64](short, short)
	for i := range short {
		turned.Data()[i*short+i] = 1
	}
	w := func(i int) []float64 { return turned.Data()[i*short : (i+1)*short] }
	row := func(i int) []float64 { return x.Data()[i*long : (i+1)*long] }
	nothing := 0x1p-52 * math.Sqrt(dot(a, a)) // rows so short are zero but for rounding
	for sweep, moved := 0, true; moved && sweep < maxSweeps; sweep++ {
		moved = false
		for i := range short {
			for j := i + 1; j < short; j++ {
				if cos, sin, needed := jacobi(row(i), row(j), nothing); needed {
					rotate(row(i), row(j), cos, sin)
					rotate(w(i), w(j), cos, sin)
					moved = true
				}
			}
		}
	}
	largest, values := 0.0, make([]float64, short)
	for i := range values {
		values[i] = math.Sqrt(dot(row(i), row(i)))
		largest = max(largest, values[i])
	}
	for i, s := range values {
		norm += s
		by := 0.0
		if s > float64(long)*0x1p-52*largest {
			by = 1 / s
		}
		simd.Scale(row(i), row(i), by)
	}
	p := tensor.New[float64](short, long)
	tensor.MatMulTo(p, turned, x, tensor.Trans, tensor.NoTrans)
	if d < k {
		p = tensor.Contiguous(p.Transpose())
	}
	return norm, p.Data()
}

// maxSweeps ends Jacobi's rotations, which take ten sweeps or fewer.
const maxSweeps = 40

// jacobi returns the rotation that makes x and y orthogonal, and whether it is needed: not
// where they are orthogonal but for rounding, nor where one of them is no longer than
// nothing.
func jacobi(x, y []float64, nothing float64) (cos, sin float64, needed bool) {
	xx, yy, xy := dot(x, x), dot(y, y), dot(x, y)
	if min(xx, yy) <= nothing*nothing || math.Abs(xy) <= 0x1p-52*math.Sqrt(float64(len(x)))*math.Sqrt(xx*yy) {
		return 1, 0, false
	}
	zeta := (yy - xx) / (2 * xy)
	t := math.Copysign(1/(math.Abs(zeta)+math.Hypot(1, zeta)), zeta)
	cos = 1 / math.Sqrt(1+t*t)
	return cos, cos * t, true
}

func rotate(x, y []float64, cos, sin float64) {
	for i, v := range x {
		x[i], y[i] = cos*v-sin*y[i], sin*v+cos*y[i]
	}
}
