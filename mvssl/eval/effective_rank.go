package eval

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"entrec/tensor"
)

// EffectiveRank returns RankMe of the rows of z (n, d), a number between 1 and
// min(n, d): e to the Shannon entropy of the singular values, scaled to sum to one
// (Garrido et al., 2023, equation 2, with their 10⁻⁷). It is 1 where all rows are
// zero, and NaN where some are not finite.
func EffectiveRank(z *tensor.Tensor[float64]) float64 {
	var svd mat.SVD
	c := tensor.Contiguous(z)
	if !finite(c.Data()) || !svd.Factorize(mat.NewDense(c.Dim(0), c.Dim(1), c.Clone().Data()), mat.SVDNone) {
		return math.NaN()
	}
	values, sum := svd.Values(nil), 0.0
	for _, v := range values {
		sum += v
	}
	if sum == 0 {
		return 1 // nothing at all is still one point
	}
	entropy := 0.0
	for _, v := range values {
		p := v/sum + 1e-7
		entropy -= p * math.Log(p)
	}
	return math.Exp(entropy)
}
