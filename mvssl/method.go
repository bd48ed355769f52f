package mvssl

import (
	"context"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/nn"
	"entrec/simd"
	"entrec/tensor"
)

// Float is the constraint of everything numeric in this project.
type Float = simd.Float

// Method is a method with its networks, self-supervised but for the baseline that learns
// from labels. What only some methods
// need is in interfaces of its own, which the trainer looks for: [Updater],
// [Freezer], [Preparer], [Sampler], [Scheduled], [Discrete], [Plateaued].
type Method[T Float] interface {
	// Loss computes the loss of a training batch. It may change the method's state:
	// running statistics, queues, centers.
	Loss(b Batch[T]) Result[T]
	// Parameters returns what the optimizer trains.
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

// Term is a part of a loss, for logs. It is in nats where the method's loss is.
type Term struct {
	Name  string
	Value float64
}

// Result is what a method makes of a batch.
type Result[T Float] struct {
	Loss  *autograd.Var[T] // to be minimized, shape []
	Terms []Term           // what it consists of
}

// Updater is a method with something that follows its parameters, such as a
// target that is their exponential moving average.
type Updater interface {
	// Update is called after the optimizer's step.
	Update(p Progress)
}

// Freezer is a method that changes gradients: it keeps some parameters as they are for a
// while, or hands on what reached others.
type Freezer interface {
	// Freeze is called between the gradients' computation and the optimizer's step,
	// and forgets the gradients (Var.ZeroGrad) of what is not to move in this step.
	Freeze(p Progress)
}

// Epoch is what a method can use to prepare an epoch.
type Epoch[T Float] struct {
	Progress
	// Rand is a stream of random numbers that is a function of the run's seed and the
	// epoch.
	Rand *rand.Rand
	// Map returns f of all training images (n, …), in the order of the training set,
	// which f is given in parts (images, c, h, w) under the view of evaluation, on a
	// tape that records nothing.
	Map Mapper[T]
}

// Preparer is a method that looks at the whole training set before each epoch.
type Preparer[T Float] interface {
	// Prepare is called before the first step of each epoch. What it finds must be
	// part of the method's state: a run that goes on within an epoch does not prepare
	// it again. Where it returns an error, the state must be as before.
	Prepare(ctx context.Context, e Epoch[T]) error
}

// Sampler is a method that chooses the order of an epoch.
type Sampler interface {
	// Order returns the samples of an epoch in the order in which it takes them,
	// as many as the training set has, some perhaps more than once. It is a function
	// of the method's state and of rng, which is one of the run's seed and the epoch.
	Order(rng *rand.Rand) []int
}

// Discrete is a method that processes projections into something discrete, W.
type Discrete[T Float] interface {
	// Assign returns for the images that each stands for, in evaluation, the
	// distribution of W for each, w (n, classes), whose rows sum to one, and what the
	// branch that learns predicts of another view's W, logq (n, classes): log q(W|Z).
	// The error is that of each.
	Assign(each Mapper[T]) (w, logq *tensor.Tensor[T], err error)
}

// StateChecker is a method whose state holds places and labels, which not every number
// is. CheckState is called once the state was read from a file; its error is one line with
// the name, what was found and what was expected.
type StateChecker interface{ CheckState() error }

// Watched is a method that shows the features it trains, as all here do.
type Watched[T Float] interface {
	// Watch has f see the features of each forward pass that trains, (views·n, dim), the
	// rows of each view in the order of the batch's samples, until the tape goes backward.
	Watch(f func(features *autograd.Var[T]))
}

// Mapper returns f of all images that it stands for (n, …). It gives f a few of them
// at a time, so f must treat each by itself. The error is that of a canceled context.
type Mapper[T Float] func(f func(images *autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error)

// Plateaued is a method whose loss is known for representations that have
// collapsed, those that say nothing about the image.
type Plateaued interface {
	// CollapsedLoss returns that loss, and whether it is known.
	CollapsedLoss() (loss float64, known bool)
}
