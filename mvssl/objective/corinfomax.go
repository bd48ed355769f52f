package objective

import (
	"entrec/autograd"
	"entrec/tensor"
)

// CorInfoMaxConfig weighs the past and the terms of [CorInfoMax].
type CorInfoMaxConfig struct {
	Decay  float64 // of the running covariances
	Eps    float64 // added to their diagonals
	Weight float64 // of the views' distance
}

// CorInfoMaxParts is the loss of [CorInfoMax] with what it consists of.
type CorInfoMaxParts[T Float] struct {
	Loss       *autograd.Var[T]
	R1, R2     *tensor.Tensor[T] // the covariances with this batch, (d, d)
	LogDets    float64           // of both
	Difference float64           // mean (z1 − z2)²
}

// CorInfoMax returns the loss of projections z1, z2 (k, d) that maximizes the entropy of
// Gaussians with the views' running covariances and draws the views together. With C the
// covariance over the batch, divided by k, and R = decay·r + (1 − decay)·C of each view,
//
//	−( log det(R1 + eps·I) + log det(R2 + eps·I) )/d + weight·mean (z1 − z2)²
//
// Gradients flow through C; r1, r2 (d, d) are constants. All is worked out in float64.
// Where a matrix is not positive definite, loss and gradients are NaN. Ozsoy et al.
// (2022), arXiv:2209.07999, equation 8; serdarozsoy/corinfomax-ssl cifars-tiny/loss.py,
// which centers by a running mean. It panics with a *tensor.ShapeError unless z1 and z2
// are equal matrices and r1 and r2 as wide as they are.
func CorInfoMax[T Float](z1, z2 *autograd.Var[T], r1, r2 *tensor.Tensor[T], cfg CorInfoMaxConfig) CorInfoMaxParts[T] {
	const op = "objective.CorInfoMax"
	check(op, 1, z1, z2)
	k, d := z1.Value.Dim(0), z1.Value.Dim(1)
	for _, r := range []*tensor.Tensor[T]{r1, r2} {
		if r.Rank() != 2 || r.Dim(0) != d || r.Dim(1) != d {
			tensor.Refuse(op, "covariances (d, d) of projections (k, d) are needed", z1.Shape(), r.Shape())
		}
	}
	views := [2]*logDet{newRunning(z1.Value, r1, cfg), newRunning(z2.Value, r2, cfg)}
	p := CorInfoMaxParts[T]{
		R1: tensor.Convert[T](views[0].sum), R2: tensor.Convert[T](views[1].sum),
		LogDets: views[0].value + views[1].value,
	}
	difference := tensor.Convert[float64](tensor.Contiguous(z1.Value))
	for i, v := range tensor.Contiguous(z2.Value).Data() {
		difference.Data()[i] -= float64(v)
	}
	p.Difference = dot(difference.Data(), difference.Data()) / float64(k*d)
	loss := cfg.Weight*p.Difference - p.LogDets/float64(d)
	p.Loss = autograd.Function(tensor.Scalar(T(loss)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		ct := float64(g.Item())
		pull := 2 * ct * cfg.Weight / float64(k*d)
		for i, v := range views {
			gradient := v.gradient(-ct / float64(d))
			for j, x := range difference.Data() {
				gradient[j] += pull * x
			}
			store(dst[i], gradient)
			pull = -pull
		}
	}, z1, z2)
	return p
}

// newRunning is the log-determinant of a running covariance with a batch in it.
func newRunning[T Float](z, r *tensor.Tensor[T], cfg CorInfoMaxConfig) *logDet {
	past := tensor.Convert[float64](tensor.Contiguous(r))
	for i := range past.Data() {
		past.Data()[i] *= cfg.Decay
	}
	return newLogDet(centered(z), past, 1-cfg.Decay, cfg.Eps)
}
