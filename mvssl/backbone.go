package mvssl

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/nn"
)

// backbone is the encoder and projector that every method has.
type backbone[T Float] struct {
	encoder   nn.Encoder[T]
	projector *nn.Projector[T]
}

// newBackbone builds encoder and projector.
func newBackbone[T Float](rng *rand.Rand, c Config) (backbone[T], error) {
	encoder, err := nn.NewEncoder[T](rng, c.Encoder)
	if err != nil {
		return backbone[T]{}, err
	}
	return backbone[T]{encoder, nn.NewProjector[T](rng, encoder.Dim(), c.Projector.Hidden, c.Projector.Out)}, nil
}

// Encoder returns the encoder.
func (b *backbone[T]) Encoder() nn.Encoder[T] { return b.encoder }

// Parameters returns the parameters of both.
func (b *backbone[T]) Parameters() []nn.Named[T] { return parameters(b.State) }

// State visits the encoder under "encoder." and the projector under "projector.".
func (b *backbone[T]) State(prefix string, visit nn.Visitor[T]) {
	b.encoder.State(prefix+"encoder.", visit)
	b.projector.State(prefix+"projector.", visit)
}

// Forward returns the projections of images, not normalized. Views that are joined
// in a group go through together, so that batch norm sees them all, as in SimCLR,
// SwAV and DINO; the official BYOL, SimSiam, Barlow Twins, VICReg and MoCo make a
// pass for each view.
func (b *backbone[T]) Forward(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return b.projector.Forward(ctx, b.encoder.Forward(ctx, images))
}

// Project returns the projections of images on the unit sphere.
func (b *backbone[T]) Project(images *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Normalize(b.Forward(nn.Context{}, images), normalizeEps)
}

// normalizeEps is the smallest norm that projections are divided by, PyTorch's
// default in normalize.
const normalizeEps = 1e-12

// training is the context of a forward pass that trains.
var training = nn.Context{Training: true}

// split cuts rows (views·n, d) into those of each view.
func split[T Float](z *autograd.Var[T], b Batch[T]) []*autograd.Var[T] {
	n := len(b.Samples)
	views := make([]*autograd.Var[T], z.Value.Dim(0)/n)
	for i := range views {
		views[i] = autograd.Slice(z, 0, i*n, (i+1)*n)
	}
	return views
}

// item returns the value of a scalar as a float64.
func item[T Float](x *autograd.Var[T]) float64 { return float64(x.Value.Item()) }

// parameters returns the trainable part of a state.
func parameters[T Float](state func(prefix string, visit nn.Visitor[T])) []nn.Named[T] {
	var params []nn.Named[T]
	state("", func(name string, v *autograd.Var[T]) {
		if v.NeedsGrad() {
			params = append(params, nn.Named[T]{Name: name, Var: v})
		}
	})
	return params
}
