package main

import (
	"fmt"

	"entrec/autograd"
	"entrec/nn"
)

// Operations an element of batch norm with ReLU. Forward, the statistics are a
// difference and two sums, one of squares; scale, offset and rectifying follow. Backward
// there are the mask of ReLU, the sums of the gradient g and of g·(x−mean), and
// g·scale + x·slope + offset.
const (
	normForward  = 4 + 3
	normBackward = 1 + 4 + 4
)

// training is the context of a step.
var training = nn.Context{Training: true}

// withStatistics times an operation on outputs of convolutions, and what these take to
// make the statistics of as many of them as there are norms.
func (p *probe[T]) withStatistics(norms int, op operate[T], shapes ...[]int) func() (forward, backward float64) {
	return func() (forward, backward float64) {
		forward, backward = p.time(op, shapes...)
		return forward + float64(norms)*p.statistics(shapes[0]), backward
	}
}

// stem is the batch norm behind the first convolution.
func (p *probe[T]) stem(c, size int) *operation {
	a, norm := float64(c*size*size), nn.NewBatchNorm[T](c)
	return &operation{
		Name: fmt.Sprintf("stem: batch norm, ReLU; %d, %d×%d", c, size, size), Times: 1, params: 2 * c, holds: c * size * size,
		Forward: costs[T](normForward*a, 2*a), Backward: costs[T](normBackward*a, 3*a),
		time: p.withStatistics(1, func(x []nn.Measured[T]) *autograd.Var[T] {
			return norm.ForwardReLU(training, x[0], nil)
		}, []int{c, size, size}),
	}
}

// withinBlock is the batch norm between the convolutions of a block, which they make in
// their own passes: measured is what they take more with it. They read and write the
// activation and its gradient anyway. But backward the gradient is known only behind its
// sums: a second pass goes over the activation, and from one gradient to the other.
func (p *probe[T]) withinBlock(c, size int) *operation {
	a, norm := float64(c*size*size), nn.NewBatchNorm[T](c)
	return &operation{
		Name: fmt.Sprintf("within a block: batch norm, ReLU; %d, %d×%d", c, size, size), Times: 2, params: 2 * c,
		Forward: costs[T](normForward*a, 0), Backward: costs[T](normBackward*a, 3*a),
		time: func() (forward, backward float64) {
			shape, conv := []int{c, size, size}, nn.NewConv2d[T](p.rng, c, c, 3, 1, 1, nn.NoBias)
			forward, backward = p.more(
				func(x []nn.Measured[T]) *autograd.Var[T] { return norm.ForwardReLUConv(training, x[0], conv).Var },
				func(x []nn.Measured[T]) *autograd.Var[T] { return conv.ForwardMeasured(training, x[0].Var).Var }, shape)
			return forward + p.statistics(shape), backward
		},
	}
}

// blockEnd is the end of blocks whose shortcut is the identity.
func (p *probe[T]) blockEnd(times, c, size int) *operation {
	a, norm, shape := float64(c*size*size), nn.NewBatchNorm[T](c), []int{c, size, size}
	return &operation{
		Name: fmt.Sprintf("end of a block: batch norm, sum, ReLU; %d, %d×%d", c, size, size), Times: times, params: 2 * c, holds: c * size * size,
		Forward: costs[T]((normForward+1)*a, 3*a), Backward: costs[T](normBackward*a, 5*a),
		time: p.withStatistics(1, func(x []nn.Measured[T]) *autograd.Var[T] {
			return norm.ForwardReLU(training, x[0], x[1].Var)
		}, shape, shape),
	}
}

// firstBlockEnd is the end of a stage's first block, whose shortcut is normalized, too.
// Mask and sum of the gradient serve both norms.
func (p *probe[T]) firstBlockEnd(c, size int) *operation {
	a, norm, other, shape := float64(c*size*size), nn.NewBatchNorm[T](c), nn.NewBatchNorm[T](c), []int{c, size, size}
	return &operation{
		Name: fmt.Sprintf("end of a first block: two batch norms, sum, ReLU; %d, %d×%d", c, size, size), Times: 1, params: 4 * c, holds: c * size * size,
		Forward: costs[T](2*normForward*a, 3*a), Backward: costs[T]((2*normBackward-2)*a, 6*a),
		time: p.withStatistics(2, func(x []nn.Measured[T]) *autograd.Var[T] {
			return norm.ForwardSumReLU(training, x[0], other, x[1])
		}, shape, shape),
	}
}
