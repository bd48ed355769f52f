package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// KoLeo are the parameters of koleo.
type KoLeo struct {
	KoLeoWeight float64 `json:"koleo_weight" default:"0.5" range:"(0, 1e9)" doc:"weight of the nearest-neighbor entropy" remedy:"a larger --koleo-weight"`
}

var koleoRow = Row{
	Name: "koleo", Branches: Identical, Projections: OnSphere, Objective: "nearest-neighbor entropy + alignment",
	Paper:      "Sablayrolles et al. 2019, arXiv:1806.03198",
	Parameters: KoLeo{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true,
	New32: newKoLeo[float32], New64: newKoLeo[float64],
}

func newKoLeo[T Float](b Build) (Method[T], error) {
	return NewIdentical(b, koleo[T]{b.Parameters.(KoLeo).KoLeoWeight})
}

// koleo is the objective that draws the views of an image together and each projection
// away from its nearest neighbor alone, by the term of Kozachenko and Leonenko's entropy
// that DINOv2 adds to its own (Sablayrolles et al., 2019; Oquab et al., 2023).
type koleo[T Float] struct{ weight float64 }

// koleoEps is added to distances, as in facebookresearch/dinov2 loss/koleo_loss.py.
const koleoEps = 1e-8

func (o koleo[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	z1, z2 = autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps)
	alignment := objective.Alignment(z1, z2, 2)
	spread := autograd.Scale(autograd.Add(objective.KoLeo(z1, koleoEps), objective.KoLeo(z2, koleoEps)), 0.5)
	loss := autograd.Add(alignment, autograd.Scale(spread, o.weight))
	return Result[T]{Loss: loss, Terms: []Term{{"alignment", item(alignment)}, {"koleo", item(spread)}}}
}

// CollapsedLoss is −weight·log eps: no distance between the views, nor between the images.
func (o koleo[T]) CollapsedLoss() (loss float64, known bool) {
	return -o.weight * math.Log(koleoEps), true
}
