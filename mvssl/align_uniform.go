package mvssl

import (
	"errors"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

// AlignUniform are the parameters of align-uniform.
type AlignUniform struct {
	Alpha            float64 `json:"alpha" default:"2" range:"(0, 1e9)" doc:"power of the distance in the alignment"`
	T                float64 `json:"t" default:"2" range:"(0, 1e9)" doc:"scale of the squared distance in the uniformity"`
	AlignmentWeight  float64 `json:"alignment_weight" default:"1" range:"[0, 1e9)" doc:"weight of the alignment"`
	UniformityWeight float64 `json:"uniformity_weight" default:"1" range:"[0, 1e9)" doc:"weight of the uniformity" remedy:"a larger --uniformity-weight"`
}

// Check reports weights that are both 0.
func (p AlignUniform) Check(Setting) error {
	if p.AlignmentWeight == 0 && p.UniformityWeight == 0 {
		return errors.New("alignment_weight and uniformity_weight are both 0: one at least must be positive")
	}
	return nil
}

var alignUniformRow = Row{
	Name: "align-uniform", Branches: Identical, Projections: OnSphere, Objective: "alignment + uniformity",
	Paper:      "Wang and Isola 2020, arXiv:2005.10242",
	Parameters: AlignUniform{}, Recipe: contrastiveRecipe, Projector: smallProjector, MoreViews: true,
	New32: newAlignUniform[float32], New64: newAlignUniform[float64],
}

func newAlignUniform[T Float](b Build) (Method[T], error) {
	return NewIdentical(b, alignUniform[T]{b.Parameters.(AlignUniform)})
}

// alignUniform is the objective that draws the views of an image together and
// spreads the images over the sphere (Wang and Isola, 2020): reconstruction and
// entropy with Gaussian kernels, which on the sphere are von Mises–Fisher ones of
// concentration 2t. The uniformity is the mean over the views, as in
// ssnl/align_uniform examples/stl10/main.py.
type alignUniform[T Float] struct{ AlignUniform }

func (o alignUniform[T]) Loss(z1, z2 *autograd.Var[T]) Result[T] {
	z1, z2 = autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps)
	alignment := objective.Alignment(z1, z2, o.Alpha)
	uniformity := autograd.Scale(autograd.Add(objective.Uniformity(z1, o.T), objective.Uniformity(z2, o.T)), 0.5)
	loss := autograd.Add(autograd.Scale(alignment, o.AlignmentWeight), autograd.Scale(uniformity, o.UniformityWeight))
	return Result[T]{Loss: loss, Terms: []Term{{"alignment", item(alignment)}, {"uniformity", item(uniformity)}}}
}

// CollapsedLoss is 0: no distance between the views, nor between the images.
func (o alignUniform[T]) CollapsedLoss() (loss float64, known bool) { return 0, true }
