package playground

import (
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/tensor"
)

type (
	variable = autograd.Var[float64]
	tape     = autograd.Tape[float64]
)

// network is what learns.
type network struct {
	forward    func(x *variable) *variable // the outputs of rows
	parameters []*variable
	velocity   [][]float64
}

// draw returns new weights of a shape, each of whose outputs sums fan inputs.
func (n *network) draw(rng *rand.Rand, fan int, shape ...int) *variable {
	w := make([]float64, tensor.Size(shape))
	for i := range w {
		w[i] = rng.NormFloat64() / math.Sqrt(float64(fan))
	}
	return n.add(tensor.FromSlice(w, shape...))
}

func (n *network) add(values *tensor.Tensor[float64]) *variable {
	p := autograd.Param(values)
	n.parameters = append(n.parameters, p)
	n.velocity = append(n.velocity, make([]float64, values.Len()))
	return p
}

// newNetwork returns a network that was not trained: layers from one width to the next, with
// a ReLU between them, and a bias in all but the last. Where normal is set, what goes into a
// ReLU is standardized over the batch.
func newNetwork(rng *rand.Rand, normal bool, widths ...int) *network {
	n := &network{}
	var weights, biases []*variable
	for i, in := range widths[:len(widths)-1] {
		weights = append(weights, n.draw(rng, in, in, widths[i+1]))
		if i+2 < len(widths) {
			biases = append(biases, n.add(tensor.New[float64](1, widths[i+1])))
		}
	}
	n.forward = func(x *variable) *variable {
		for i, w := range weights {
			x = autograd.MatMul(x, w)
			if i < len(biases) && normal {
				x = standardized(x, 0)
			}
			if i < len(biases) {
				x = autograd.ReLU(autograd.Add(x, biases[i]))
			}
		}
		return x
	}
	return n
}

// standardized returns x with mean 0 and variance 1 over some axes.
func standardized(x *variable, axes ...int) *variable {
	const eps = 1e-5
	deviation := autograd.Sqrt(autograd.AddScalar(autograd.VarianceKeep(x, 0, axes...), eps))
	return autograd.Div(autograd.Sub(x, autograd.MeanKeep(x, axes...)), deviation)
}

// learn goes a step down the gradients, with momentum, and forgets them.
func (n *network) learn(rate float64) {
	const momentum = 0.9
	for i, p := range n.parameters {
		v, values := n.velocity[i], p.Value.Data()
		for j, g := range p.Grad.Data() {
			v[j] = float64(momentum*v[j]) + g
			values[j] -= float64(rate * v[j])
		}
		p.ZeroGrad()
	}
}

// follow moves a network a little way toward another one.
func (n *network) follow(other *network, decay float64) {
	for i, p := range n.parameters {
		values := p.Value.Data()
		for j, v := range other.parameters[i].Value.Data() {
			values[j] = float64(decay*values[j]) + float64((1-decay)*v)
		}
	}
}

// rows returns numbers as rows of so many columns, on a tape.
func rows(t *tape, x []float64, columns int) *variable {
	return t.Constant(tensor.FromSlice(x, len(x)/columns, columns))
}

// unitRows returns the rows of x divided by their lengths.
func unitRows(x *variable) *variable { return autograd.Normalize(x, 1e-12) }
