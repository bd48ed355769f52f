package nn

import (
	"entrec/autograd"
	"entrec/tensor"
)

// batchNormEps is what is added to a variance.
const batchNormEps = 1e-5

// BatchNorm is batch normalization over the batch, for rows (n, c), as
// torch.nn.BatchNorm1d, and for images (n, c, h, w), as BatchNorm2d: eps 1e-5,
// momentum 0.1. Context.Training chooses between the batch's statistics and the
// running ones.
type BatchNorm[T Float] struct {
	Weight, Bias *autograd.Var[T] // (c), or nil
	Mean, Var    *autograd.Var[T] // running statistics, (c)
	// Batches counts the training batches seen (num_batches_tracked).
	Batches *autograd.Var[T]
}

// NewBatchNorm returns a BatchNorm over c channels: weight 1, bias 0, running
// mean 0 and variance 1.
func NewBatchNorm[T Float](c int) *BatchNorm[T] {
	return &BatchNorm[T]{
		Weight: autograd.Param(constant[T](1, c)), Bias: autograd.Param(constant[T](0, c)),
		Mean: buffer(constant[T](0, c)), Var: buffer(constant[T](1, c)), Batches: buffer(tensor.New[T]()),
	}
}

// Measured is a Var with the moments of its channels, where a convolution has gathered
// them. They save the BatchNorm that follows a pass over the Var.
type Measured[T Float] struct {
	*autograd.Var[T]
	Moments *autograd.Moments[T] // or nil
}

// Forward normalizes x.
func (b *BatchNorm[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	return autograd.BatchNorm(x, b.Weight, b.Bias, nil, b.config(ctx, nil))
}

// ForwardReLU is max(BatchNorm(x) + residual, 0) in one pass; residual may be nil.
func (b *BatchNorm[T]) ForwardReLU(ctx Context, x Measured[T], residual *autograd.Var[T]) *autograd.Var[T] {
	return autograd.BatchNorm(x.Var, b.Weight, b.Bias, residual, b.configReLU(ctx, x.Moments))
}

// ForwardSumReLU is max(BatchNorm(x) + other.Forward(r), 0). Neither term is stored.
func (b *BatchNorm[T]) ForwardSumReLU(ctx Context, x Measured[T], other *BatchNorm[T], r Measured[T]) *autograd.Var[T] {
	return autograd.BatchNormSum(
		autograd.NormInput[T]{X: x.Var, Weight: b.Weight, Bias: b.Bias, BatchNormConfig: b.configReLU(ctx, x.Moments)},
		autograd.NormInput[T]{X: r.Var, Weight: other.Weight, Bias: other.Bias, BatchNormConfig: other.config(ctx, r.Moments)})
}

// ForwardReLUConv is c.ForwardMeasured of max(BatchNorm(x), 0). The latter is not stored.
func (b *BatchNorm[T]) ForwardReLUConv(ctx Context, x Measured[T], c *Conv2d[T]) Measured[T] {
	y, m := autograd.NormConv2d(x.Var, b.Weight, b.Bias, b.configReLU(ctx, x.Moments), c.Weight, c.Stride, c.Padding)
	return Measured[T]{y, m}
}

// config returns the configuration without ReLU. In training it counts the batch.
func (b *BatchNorm[T]) config(ctx Context, m *autograd.Moments[T]) autograd.BatchNormConfig[T] {
	if ctx.Training {
		b.Batches.Value.Data()[0]++
	}
	return autograd.BatchNormConfig[T]{
		Eps:      batchNormEps,
		Stats:    &autograd.RunningStats[T]{Mean: b.Mean.Value, Var: b.Var.Value, Momentum: 0.1},
		Training: ctx.Training,
		Moments:  m,
	}
}

// configReLU is config with ReLU.
func (b *BatchNorm[T]) configReLU(ctx Context, m *autograd.Moments[T]) autograd.BatchNormConfig[T] {
	c := b.config(ctx, m)
	c.ReLU = true
	return c
}

// State visits weight, bias (where there are any), running_mean, running_var and num_batches_tracked.
func (b *BatchNorm[T]) State(prefix string, visit Visitor[T]) {
	if b.Weight != nil {
		visit(prefix+"weight", b.Weight)
		visit(prefix+"bias", b.Bias)
	}
	visit(prefix+"running_mean", b.Mean)
	visit(prefix+"running_var", b.Var)
	visit(prefix+"num_batches_tracked", b.Batches)
}
