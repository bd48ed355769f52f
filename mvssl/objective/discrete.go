package objective

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// EntropyDiscrete returns an entropy, in nats, of assignments p (k, c), a
// distribution over c classes a row, from their mean p̄ = mean_i p_i:
//
//	Expectation: −Σ_c p̄·log(p̄ + eps)   the plug-in entropy of the mean assignment
//	Average:     −mean_c log(p̄ + eps)   as the official file has it: it is least at
//	             the uniform distribution, so maximizing it collapses
//
// apple/ml-entropy-reconstruction entropy_reconstruction.py, entropy(), with eps
// 10⁻⁷. 0·log 0 is 0. It panics with a *tensor.ShapeError unless p is a matrix with rows and
// columns.
func EntropyDiscrete[T Float](p *autograd.Var[T], reduction Reduction, eps float64) *autograd.Var[T] {
	checkMatrix("objective.EntropyDiscrete", p.Value)
	k, c := p.Value.Dim(0), p.Value.Dim(1)
	mean := columnMeans(p.Value)
	entropy, slope := 0.0, make([]float64, c) // slope: derivative with respect to an element of p
	for j, m := range mean {
		if reduction == Average {
			entropy -= math.Log(m+eps) / float64(c)
			slope[j] = -1 / (m + eps) / float64(c) / float64(k)
		} else {
			entropy -= timesLog(m, m+eps)
			slope[j] = -(math.Log(m+eps) + over(m, m+eps)) / float64(k)
		}
	}
	return autograd.Function(tensor.Scalar(T(entropy)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		for i := range dst[0].Data() {
			dst[0].Data()[i] = T(float64(g.Item()) * slope[i%c])
		}
	}, p)
}

// ReconstructionDiscrete returns the reconstruction error, in nats, of the
// assignments p2 (k, c) from p1 and of p1 from p2:
//
//	mean_i ½·( −Σ_c p1·log(p2 + eps) − Σ_c p2·log(p1 + eps) )
//
// apple/ml-entropy-reconstruction entropy_reconstruction.py, reconstruction().
// 0·log 0 is 0. It panics with a *tensor.ShapeError unless both are equal matrices
// with at least one row.
func ReconstructionDiscrete[T Float](p1, p2 *autograd.Var[T], eps float64) *autograd.Var[T] {
	check("objective.ReconstructionDiscrete", 1, p1, p2)
	a, b := tensor.Contiguous(p1.Value).Data(), tensor.Contiguous(p2.Value).Data()
	k, c := p1.Value.Dim(0), p1.Value.Dim(1)
	errs := make([]float64, k)
	blocks(k, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for j := i * c; j < (i+1)*c; j++ {
				x, y := float64(a[j]), float64(b[j])
				errs[i] -= timesLog(x, y+eps) + timesLog(y, x+eps)
			}
		}
	})
	half := 0.5 / float64(k)
	return autograd.Function(tensor.Scalar(T(half*sum(errs))), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := -half * float64(g.Item())
		grad := func(dst *tensor.Tensor[T], of, other []T) {
			if dst == nil {
				return
			}
			blocks(k, func(lo, hi int) {
				for j := lo * c; j < hi*c; j++ {
					x, y := float64(of[j]), float64(other[j])
					dst.Data()[j] = T(scale * (math.Log(y+eps) + over(y, x+eps)))
				}
			})
		}
		grad(dst[0], a, b)
		grad(dst[1], b, a)
	}, p1, p2)
}

// timesLog returns p·log x, 0 for p = 0.
func timesLog(p, x float64) float64 {
	if p == 0 {
		return 0
	}
	return p * math.Log(x)
}

// over returns p/x, 0 for p = 0.
func over(p, x float64) float64 {
	if p == 0 {
		return 0
	}
	return p / x
}
