package objective

import "entrec/autograd"

// InfoNCE returns, for projections z1, z2 (k, d), whose rows it normalises,
//
//	mean_i −log( e^{s_ii/τ} / Σ_j e^{s_ij/τ} ),  s = z1·z2ᵀ
//
// one direction of van den Oord et al. (2018), with τ the temperature. log k minus
// it is a lower bound on I(Z1; Z2), never above log k. It panics with a
// *tensor.ShapeError unless both are equal matrices with at least one row.
func InfoNCE[T Float](z1, z2 *autograd.Var[T], temperature float64) *autograd.Var[T] {
	check("objective.InfoNCE", 1, z1, z2)
	z1, z2 = autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps)
	positives := autograd.Scale(rowDots(z1, z2), 1/temperature)
	return autograd.Mean(autograd.Sub(rowLogSumExp(z1, z2, 1/temperature, false), positives), false)
}

// NTXent returns SimCLR's loss of projections z1, z2 (k, d), whose rows it
// normalises: of the 2k rows each is an anchor once, its other view the positive,
// among the 2k−1 others:
//
//	mean_i −log( e^{s_{i,p(i)}/τ} / Σ_{j≠i} e^{s_ij/τ} )
//
// Chen et al. (2020), equation 1; google-research/simclr objective.py, but for the
// mean over the 2k anchors in place of the sum of two means. It panics with a
// *tensor.ShapeError unless both are equal matrices with at least one row.
func NTXent[T Float](z1, z2 *autograd.Var[T], temperature float64) *autograd.Var[T] {
	check("objective.NTXent", 1, z1, z2)
	z := autograd.Normalize(autograd.Concat(0, z1, z2), normalizeEps)
	k := z1.Value.Dim(0)
	positives := rowDots(autograd.Slice(z, 0, 0, k), autograd.Slice(z, 0, k, 2*k)) // each serves two anchors
	return autograd.Sub(
		autograd.Mean(rowLogSumExp(z, z, 1/temperature, true), false),
		autograd.Scale(autograd.Mean(positives, false), 1/temperature))
}
