package mvssl

import (
	"entrec/autograd"
	"entrec/nn"
)

// Backbone is the encoder and projector that every method has. Methods embed it.
type Backbone[T Float] struct {
	encoder   nn.Encoder[T]
	projector *nn.Projector[T]
	watched[T]
}

// NewBackbone builds the encoder and projector that b's configuration asks for.
func NewBackbone[T Float](b Build) (Backbone[T], error) {
	encoder, err := newEncoder[T](b)
	if err != nil {
		return Backbone[T]{}, err
	}
	return Backbone[T]{encoder: encoder, projector: nn.NewProjector[T](b.Rand, encoder.Dim(), b.Projector.Hidden, b.Projector.Out)}, nil
}

// newEncoder builds the encoder that b's configuration asks for, with its weights where it
// has some.
func newEncoder[T Float](b Build) (nn.Encoder[T], error) {
	e, err := nn.NewEncoder[T](b.Rand, b.Encoder)
	if err == nil && b.Weights != nil {
		_, err = nn.LoadWeights(b.Weights, b.Encoder.Name, e)
	}
	return e, err
}

// Encoder returns the encoder.
func (n *Backbone[T]) Encoder() nn.Encoder[T] { return n.encoder }

// Parameters returns the parameters of both networks.
func (n *Backbone[T]) Parameters() []nn.Named[T] { return Trained(n.State) }

// State visits the encoder under "encoder." and the projector under "projector.".
func (n *Backbone[T]) State(prefix string, visit nn.Visitor[T]) {
	n.encoder.State(prefix+"encoder.", visit)
	n.projector.State(prefix+"projector.", visit)
}

// Forward returns the projections of images, not normalized. Views that are joined
// in one Var go through together, so that batch norm sees them all, as in SimCLR,
// SwAV and DINO; the official BYOL, SimSiam, Barlow Twins, VICReg and MoCo make a
// pass for each view.
func (n *Backbone[T]) Forward(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return n.projector.Forward(ctx, n.seen(ctx, n.encoder.Forward(ctx, images)))
}

// ForwardAll returns the projections, not normalized, of all views of a batch in
// training: (views·n, d). The encoder sees the views of each size by themselves, the
// projector all of them together (main_swav.py, main_dino.py).
func (n *Backbone[T]) ForwardAll(b Batch[T]) *autograd.Var[T] {
	features := b.Each(func(images *autograd.Var[T]) *autograd.Var[T] { return n.encoder.Forward(training, images) })
	return n.projector.Forward(training, n.seen(training, features))
}

// Project returns the projections of images on the unit sphere, in evaluation.
func (n *Backbone[T]) Project(images *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Normalize(n.Forward(nn.Context{}, images), normalizeEps)
}

// normalizeEps is the smallest norm that projections are divided by, PyTorch's
// default in normalize.
const normalizeEps = 1e-12

// training is the context of a forward pass that trains.
var training = nn.Context{Training: true}

// item returns the value of a scalar as a float64.
func item[T Float](x *autograd.Var[T]) float64 { return float64(x.Value.Item()) }

// Trained returns the part of a state that the optimizer trains.
func Trained[T Float](state func(prefix string, visit nn.Visitor[T])) []nn.Named[T] {
	var params []nn.Named[T]
	state("", func(name string, v *autograd.Var[T]) {
		if v.NeedsGrad() {
			params = append(params, nn.Named[T]{Name: name, Var: v})
		}
	})
	return params
}
