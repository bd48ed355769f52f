package main

import (
	"math"
	"math/rand/v2"

	"entrec/docs/course/micro"
	"entrec/docs/course/things"
)

// Sizes of the small network: a view in, a point in three dimensions out.
const (
	inputs, hidden, outputs = things.Inputs, 32, 3
	temperature             = 0.2
	usualRate               = 0.1
)

// network is two layers with a ReLU between them.
type network struct {
	weights  [2][]float64 // of inputs×hidden and hidden×outputs
	bias     []float64    // of the hidden layer
	velocity [3][]float64
	rate     float64
}

func newNetwork(rng *rand.Rand) *network { return newLayers(rng, inputs, hidden, outputs) }

// newLayers returns a network with other sizes.
func newLayers(rng *rand.Rand, inputs, hidden, outputs int) *network {
	draw := func(n, fan int) []float64 {
		w := make([]float64, n)
		for i := range w {
			w[i] = rng.NormFloat64() / math.Sqrt(float64(fan))
		}
		return w
	}
	n := &network{weights: [2][]float64{draw(inputs*hidden, inputs), draw(hidden*outputs, hidden)}, bias: make([]float64, hidden), rate: usualRate}
	for i, p := range n.parameters() {
		n.velocity[i] = make([]float64, len(p))
	}
	return n
}

func (n *network) parameters() [3][]float64 { return [3][]float64{n.weights[0], n.weights[1], n.bias} }

// on puts the parameters on a tape.
func (n *network) on(tape *micro.Tape) (params [3]*micro.Var) {
	hidden := len(n.bias)
	return [3]*micro.Var{
		tape.New(len(n.weights[0])/hidden, hidden, n.weights[0]),
		tape.New(hidden, len(n.weights[1])/hidden, n.weights[1]),
		tape.New(1, hidden, n.bias),
	}
}

// forward returns the projections of some views.
func forward(p [3]*micro.Var, x *micro.Var) *micro.Var {
	return micro.MatMul(micro.ReLU(micro.Add(micro.MatMul(x, p[0]), p[2])), p[1])
}

// step makes one step of gradient descent, and returns the loss before it.
func (n *network) step(b things.Batch, objective func(z1, z2 *micro.Var) *micro.Var) float64 {
	tape := &micro.Tape{}
	p, k := n.on(tape), len(b.Content)
	z1 := forward(p, tape.New(k, inputs, b.First))
	z2 := forward(p, tape.New(k, inputs, b.Second))
	loss := objective(z1, z2)
	tape.Backward(loss)
	n.descend(p)
	return loss.Value[0]
}

// descend goes down the gradients of the parameters, with momentum.
func (n *network) descend(p [3]*micro.Var) {
	for i, values := range n.parameters() {
		descend(values, n.velocity[i], p[i].Grad, n.rate)
	}
}

func descend(values, velocity, gradient []float64, rate float64) {
	const momentum = 0.9
	for i, g := range gradient {
		velocity[i] = momentum*velocity[i] + g
		values[i] -= rate * velocity[i]
	}
}

// infoNCE is the objective of the first chapters.
func infoNCE(z1, z2 *micro.Var) *micro.Var { return micro.InfoNCE(z1, z2, temperature) }

// project returns the unit projections of views.
func (n *network) project(views []float64) []float64 {
	tape := &micro.Tape{}
	return micro.Unit(forward(n.on(tape), tape.New(len(views)/inputs, inputs, views))).Value
}
