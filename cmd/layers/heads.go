package main

import (
	"fmt"

	"entrec/autograd"
	"entrec/internal/bench"
	"entrec/mvssl/objective"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// pooling is the mean over the pixels of the last stage.
func (p *probe[T]) pooling(c, size int) *operation {
	a := float64(c * size * size)
	both := costs[T](a, a+float64(c))
	return &operation{
		Name: fmt.Sprintf("global average pooling; %d, %d×%d", c, size, size), Times: 1, holds: c, Forward: both, Backward: both,
		time: func() (float64, float64) {
			return p.time(func(x []nn.Measured[T]) *autograd.Var[T] { return autograd.GlobalAvgPool2d(x[0].Var) }, []int{c, size, size})
		},
	}
}

// linear is a layer of the projector. Backward it makes two products.
func (p *probe[T]) linear(in, out int, bias nn.Bias) *operation {
	l := nn.NewLinear[T](p.rng, in, out, bias)
	weights := float64(in*out) / float64(p.images)
	product := 2 * float64(in*out)
	o := &operation{
		Name: fmt.Sprintf("projector: linear; %d→%d", in, out), Times: 1, params: in * out, holds: out,
		Forward: costs[T](product, float64(in+out)+weights), Backward: costs[T](2*product, float64(2*in+out)+2*weights),
		time: func() (float64, float64) {
			return p.time(func(x []nn.Measured[T]) *autograd.Var[T] { return l.Forward(training, x[0].Var) }, []int{in})
		},
	}
	if bias == nn.WithBias {
		o.params += out
		both := costs[T](float64(out), float64(out)/float64(p.images))
		o.Forward.add(1, both)
		o.Backward.add(1, both)
	}
	return o
}

// flatNorm is the batch norm of the projector.
func (p *probe[T]) flatNorm(width int) *operation {
	a, norm := float64(width), nn.NewBatchNorm[T](width)
	return &operation{
		Name: fmt.Sprintf("projector: batch norm, ReLU; %d", width), Times: 1, params: 2 * width, holds: width,
		Forward: costs[T](normForward*a, 2*a), Backward: costs[T](normBackward*a, 3*a),
		time: func() (float64, float64) {
			return p.time(func(x []nn.Measured[T]) *autograd.Var[T] { return norm.ForwardReLU(training, x[0], nil) }, []int{width})
		},
	}
}

// objective is SimCLR's: normalization, a sum of squares and a division, whose
// gradient takes as much again and a projection; and for each pair of the images the
// similarity, 2·d operations, less the largest, scaled, its exponential, summed.
// Backward that is times the sum of two weights, and in a product with the projections.
// What it leaves are the projections joined, normalized, and their norms.
func (p *probe[T]) objective(d int, temperature float64) *operation {
	pairs, row := float64(p.images), float64(d)
	return &operation{
		Name: fmt.Sprintf("objective: normalization, NT-Xent; %d×%d", p.images, d), Times: 1, holds: 2*d + 1,
		Forward: costs[T](pairs*(2*row+4)+3*row, 2*row), Backward: costs[T](pairs*(2*row+2)+5*row, 2*row),
		time: func() (float64, float64) {
			return p.time(func(x []nn.Measured[T]) *autograd.Var[T] {
				k := p.images / 2
				return objective.NTXent(autograd.Slice(x[0].Var, 0, 0, k), autograd.Slice(x[0].Var, 0, k, 2*k), temperature)
			}, []int{d})
		},
	}
}

// optimizer is the step of SGD with momentum over all parameters: weight decay, momentum
// and the descent are two operations each, gradient, parameter and momentum are read,
// the last two written.
func (p *probe[T]) optimizer(cfg train.Config) (*operation, error) {
	encoder, err := nn.NewEncoder[T](p.rng, cfg.Model.Encoder)
	if err != nil {
		return nil, err
	}
	head := cfg.Model.Projector
	params := nn.Parameters[T](nn.Sequential[T]{encoder, nn.NewProjector[T](p.rng, encoder.Dim(), head.Hidden, head.Out)})
	count := 0
	for _, v := range params {
		v.Grad = tensor.NewLike(v.Value, make([]T, v.Value.Len()))
		count += v.Value.Len()
	}
	optimizer, err := nn.NewOptimizer(params, cfg.Recipe.OptimizerConfig())
	perImage := float64(count) / float64(p.images)
	return &operation{
		Name: fmt.Sprintf("optimizer: SGD with momentum; %d parameters", count), Times: 1,
		Backward: costs[T](6*perImage, 5*perImage),
		time: func() (float64, float64) {
			return 0, bench.QuickTime(func() { optimizer.Step(cfg.Recipe.LR, cfg.Recipe.WeightDecay) }, p.seconds)
		},
	}, err
}
