package mvssl

import (
	"entrec/autograd"
	"entrec/nn"
	"entrec/simd"
)

// Float is the constraint of everything numeric in this project.
type Float = simd.Float

// Batch is what a method sees of the data in one step.
type Batch[T Float] struct {
	// Images (views·n, c, h, w) holds the first view of all n samples, then the
	// second view of all, and so on, on the step's tape.
	Images *autograd.Var[T]
	Views  int
}

// Samples returns n, the number of source images in the batch.
func (b Batch[T]) Samples() int { return b.Images.Value.Dim(0) / b.Views }

// Term is a part of a loss, for logs: its value, in nats unless its method says
// otherwise.
type Term struct {
	Name  string
	Value float64
}

// Result is what a method makes of a batch.
type Result[T Float] struct {
	Loss  *autograd.Var[T] // to be minimised, shape []
	Terms []Term           // what it consists of
}

// Method is a self-supervised method with its networks.
type Method[T Float] interface {
	// Loss computes the loss of a training batch.
	Loss(b Batch[T]) Result[T]
	// Update is called after the optimiser's step, for what follows the
	// parameters: targets by exponential moving average, queues.
	Update()
	// Parameters returns what the optimiser trains.
	Parameters() []nn.Named[T]
	// State visits everything that must be kept to go on later: parameters,
	// buffers, targets, queues, prototypes.
	State(prefix string, visit nn.Visitor[T])
	// Encoder returns the network whose features are evaluated.
	Encoder() nn.Encoder[T]
	// Project returns the projections (n, d) of images (n, c, h, w) in evaluation:
	// unit rows, those whose entropy and reconstruction the method is about.
	Project(images *autograd.Var[T]) *autograd.Var[T]
}

// backbone is the encoder and projector that every method has.
type backbone[T Float] struct {
	encoder   nn.Encoder[T]
	projector *nn.Projector[T]
}

// Encoder returns the encoder.
func (b *backbone[T]) Encoder() nn.Encoder[T] { return b.encoder }

// State visits the encoder under "encoder." and the projector under "projector.".
func (b *backbone[T]) State(prefix string, visit nn.Visitor[T]) {
	b.encoder.State(prefix+"encoder.", visit)
	b.projector.State(prefix+"projector.", visit)
}

// forward returns the projections of images, not normalised.
func (b *backbone[T]) forward(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return b.projector.Forward(ctx, b.encoder.Forward(ctx, images))
}

// Project returns the projections of images on the unit sphere.
func (b *backbone[T]) Project(images *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Normalize(b.forward(nn.Context{}, images), normalizeEps)
}

// normalizeEps is the smallest norm that projections are divided by, PyTorch's
// default in normalize.
const normalizeEps = 1e-12

// view returns the rows of z that belong to view i of the batch.
func view[T Float](z *autograd.Var[T], b Batch[T], i int) *autograd.Var[T] {
	n := b.Samples()
	return autograd.Slice(z, 0, i*n, (i+1)*n)
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
