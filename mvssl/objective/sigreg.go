package objective

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// sigregEnd is where the integral over the characteristic function ends.
const sigregEnd = 3

// SIGReg returns the distance of projections z (n, d), not normalized, from a standard
// normal distribution, seen along the columns of slices (d, m), unit vectors as a rule:
// the mean over slices of the Epps–Pulley statistic of x = z·slice,
//
//	n·Σ_q w_q·( (mean_i cos(t_q·x_i) − φ_q)² + (mean_i sin(t_q·x_i))² ),  φ_q = e^{−t_q²/2}
//
// over knots t_q from 0 to 3, evenly spaced, with the trapezoid rule's weights times φ_q,
// doubled for the negative half: w_q = 2Δ·φ_q, half of that at both ends, Δ = 3/(knots−1).
// slices is a constant. Balestriero and LeCun (2025), arXiv:2511.08544; rbalestr-lab/lejepa
// univariate/epps_pulley.py and multivariate/slicing.py. Worked out in float64 from one sine and one
// cosine of a number: those at the other knots are powers. It panics with a
// *tensor.ShapeError unless z and slices are matrices that fit, and for fewer than two
// knots.
func SIGReg[T Float](z *autograd.Var[T], slices *tensor.Tensor[T], knots int) *autograd.Var[T] {
	const op = "objective.SIGReg"
	check(op, 1, z)
	checkMatrix(op, slices)
	if slices.Dim(0) != z.Value.Dim(1) || knots < 2 {
		tensor.Refuse(op, "z (n, d), slices (d, m) and two knots are needed", z.Shape(), slices.Shape())
	}
	n, d, m := z.Value.Dim(0), z.Value.Dim(1), slices.Dim(1)
	x, directions := tensor.New[float64](n, m), tensor.Contiguous(tensor.Convert[float64](slices))
	tensor.MatMulTo(x, tensor.Convert[float64](z.Value), directions, tensor.NoTrans, tensor.NoTrans)
	q := newQuadrature(knots)
	statistics := make([]float64, m)
	// The mean cosine less φ, and the mean sine, at each knot: (m, knots).
	real, imaginary := make([]float64, m*knots), make([]float64, m*knots)
	blocks(m, func(lo, hi int) {
		for l := lo; l < hi; l++ {
			re, im := real[l*knots:(l+1)*knots], imaginary[l*knots:(l+1)*knots]
			for i := range n {
				q.waves(x.Data()[i*m+l], func(at int, cos, sin float64) {
					re[at] += cos
					im[at] += sin
				})
			}
			for at := range re {
				re[at] = re[at]/float64(n) - q.phi[at]
				im[at] /= float64(n)
				statistics[l] += q.weight[at] * (re[at]*re[at] + im[at]*im[at])
			}
		}
	})
	value := float64(n) * sum(statistics) / float64(m)
	return autograd.Function(tensor.Scalar(T(value)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := 2 * float64(g.Item()) / float64(m)
		slope, rows := tensor.New[float64](n, m), tensor.New[float64](n, d)
		blocks(m, func(lo, hi int) {
			for l := lo; l < hi; l++ {
				re, im := real[l*knots:(l+1)*knots], imaginary[l*knots:(l+1)*knots]
				for i := range n {
					s := 0.0
					q.waves(x.Data()[i*m+l], func(at int, cos, sin float64) {
						s += q.weight[at] * q.t[at] * (im[at]*cos - re[at]*sin)
					})
					slope.Data()[i*m+l] = scale * s
				}
			}
		})
		tensor.MatMulTo(rows, slope, directions, tensor.NoTrans, tensor.Trans)
		for i, v := range rows.Data() {
			dst[0].Data()[i] = T(v)
		}
	}, z)
}

// SIGRegOfPoint returns [SIGReg] of n rows of zeros: what is left of it where all
// projections are one point, the least that can be.
func SIGRegOfPoint(n, knots int) float64 {
	q := newQuadrature(knots)
	s := 0.0
	for at, w := range q.weight {
		s += w * (1 - q.phi[at]) * (1 - q.phi[at])
	}
	return float64(n) * s
}

// quadrature is the rule by which SIGReg integrates.
type quadrature struct {
	step           float64
	t, phi, weight []float64
}

func newQuadrature(knots int) quadrature {
	q := quadrature{step: sigregEnd / float64(knots-1)}
	for i := range knots {
		t := q.step * float64(i)
		phi := math.Exp(-t * t / 2)
		w := 2 * q.step * phi
		if i == 0 || i == knots-1 {
			w /= 2
		}
		q.t, q.phi, q.weight = append(q.t, t), append(q.phi, phi), append(q.weight, w)
	}
	return q
}

// waves calls f with cos(t·x) and sin(t·x) of each knot t.
func (q quadrature) waves(x float64, f func(at int, cos, sin float64)) {
	s, c := math.Sincos(q.step * x)
	re, im := 1.0, 0.0
	for at := range q.t {
		f(at, re, im)
		re, im = re*c-im*s, re*s+im*c
	}
}
