package mvssl

import (
	"errors"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
)

var alignUniformRow = Row{
	Name:        "align-uniform",
	Branches:    "identical",
	Projections: "as they are, on the sphere",
	Objective:   "alignment + uniformity",
	Paper:       "Wang and Isola 2020, arXiv:2005.10242",

	Hyperparameters: []string{"alpha", "t", "alignment_weight", "uniformity_weight"},
	Defaults: func() (Config, Recipe) {
		return Config{
			Projector: smallProjector, Alpha: 2, T: 2, AlignmentWeight: 1, UniformityWeight: 1,
		}, contrastiveRecipe
	},
	Check: func(c Config, _ Setting) error {
		if c.AlignmentWeight == 0 && c.UniformityWeight == 0 {
			return errors.New("alignment_weight and uniformity_weight are both 0: one at least must be positive")
		}
		return nil
	},
	New32: newAlignUniform[float32], New64: newAlignUniform[float64],
}

// alignUniform draws the views of an image together and spreads the images over
// the sphere (Wang and Isola, 2020): reconstruction and entropy with Gaussian
// kernels, which on the sphere are von Mises–Fisher ones of concentration 2t. The
// uniformity is that of each view by itself, the mean over the views, as in
// ssnl/align_uniform examples/stl10/main.py.
type alignUniform[T Float] struct {
	backbone[T]
	c Config
}

func newAlignUniform[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	return &alignUniform[T]{b, c}, err
}

func (m *alignUniform[T]) Loss(b Batch[T]) Result[T] {
	z := split(autograd.Normalize(m.Forward(training, b.Groups[0]), normalizeEps), b)
	alignment := objective.Alignment(z[0], z[1], m.c.Alpha)
	uniformity := autograd.Scale(autograd.Add(objective.Uniformity(z[0], m.c.T), objective.Uniformity(z[1], m.c.T)), 0.5)
	loss := autograd.Add(autograd.Scale(alignment, m.c.AlignmentWeight), autograd.Scale(uniformity, m.c.UniformityWeight))
	return Result[T]{Loss: loss, Terms: []Term{{"alignment", item(alignment)}, {"uniformity", item(uniformity)}}}
}

// CollapsedLoss is 0: no distance between the views, nor between the images.
func (m *alignUniform[T]) CollapsedLoss() float64 { return 0 }
