package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// MMCR are the parameters of mmcr: none.
type MMCR struct{}

var mmcrRow = Row{
	Name: "mmcr", Branches: Identical, Projections: OnSphere, Objective: "nuclear norm of the views' centroids",
	Paper:      "Yerxa et al. 2023, arXiv:2303.03307",
	Parameters: MMCR{}, Recipe: adamRecipe, Projector: smallProjector, MoreViews: true,
	New32: newMMCR[float32], New64: newMMCR[float64],
}

func newMMCR[T Float](b Build) (Method[T], error) { return NewIdentical(b, mmcr[T]{b.Batch}) }

// mmcr is the objective of maximum manifold capacity (Yerxa et al., 2023): the larger the
// singular values of the views' means together, the longer the means, so the nearer an
// image's views, and the more directions they fill.
type mmcr[T Float] struct{ batch int }

func (o mmcr[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] { return o.LossOf([]*autograd.Var[T]{z1, z2}) }

func (o mmcr[T]) LossOf(views []*autograd.Var[T]) Result[T] {
	n, d := views[0].Value.Dim(0), views[0].Value.Dim(1)
	loss := objective.MMCR(autograd.Reshape(autograd.Concat(0, views...), len(views), n, d))
	return Result[T]{Loss: loss, Terms: []Term{{"mmcr", item(loss)}}}
}

// CollapsedLoss is −√n: one singular value is left.
func (o mmcr[T]) CollapsedLoss() (loss float64, known bool) {
	return -math.Sqrt(float64(o.batch)), true
}
