package main

import (
	"math"
	"math/rand/v2"

	"entrec/docs/course/micro"
)

// Sizes of the small network: four numbers in, a point in three dimensions out.
const (
	inputs, hidden, outputs = 4, 32, 3
	temperature             = 0.2
)

// network is two layers with a ReLU between them.
type network struct {
	weights  [2][]float64 // of inputs×hidden and hidden×outputs
	bias     []float64    // of the hidden layer
	velocity [3][]float64
}

func newNetwork(rng *rand.Rand) *network {
	draw := func(n, fan int) []float64 {
		w := make([]float64, n)
		for i := range w {
			w[i] = rng.NormFloat64() / math.Sqrt(float64(fan))
		}
		return w
	}
	n := &network{weights: [2][]float64{draw(inputs*hidden, inputs), draw(hidden*outputs, hidden)}, bias: make([]float64, hidden)}
	for i, p := range n.parameters() {
		n.velocity[i] = make([]float64, len(p))
	}
	return n
}

func (n *network) parameters() [3][]float64 { return [3][]float64{n.weights[0], n.weights[1], n.bias} }

// on puts the parameters on a tape.
func (n *network) on(tape *micro.Tape) (params [3]*micro.Var) {
	return [3]*micro.Var{tape.New(inputs, hidden, n.weights[0]), tape.New(hidden, outputs, n.weights[1]), tape.New(1, hidden, n.bias)}
}

// forward returns the projections of some views.
func forward(p [3]*micro.Var, x *micro.Var) *micro.Var {
	return micro.MatMul(micro.ReLU(micro.Add(micro.MatMul(x, p[0]), p[2])), p[1])
}

// step makes one step of gradient descent with momentum, and returns the loss before it.
func (n *network) step(b batch, objective func(z1, z2 *micro.Var) *micro.Var) float64 {
	const rate, momentum = 0.1, 0.9
	tape := &micro.Tape{}
	p, k := n.on(tape), len(b.content)
	z1 := forward(p, tape.New(k, inputs, b.first))
	z2 := forward(p, tape.New(k, inputs, b.second))
	loss := objective(z1, z2)
	tape.Backward(loss)
	for i, values := range n.parameters() {
		for j := range values {
			n.velocity[i][j] = momentum*n.velocity[i][j] + p[i].Grad[j]
			values[j] -= rate * n.velocity[i][j]
		}
	}
	return loss.Value[0]
}

// infoNCE is the objective of the first chapters.
func infoNCE(z1, z2 *micro.Var) *micro.Var { return micro.InfoNCE(z1, z2, temperature) }

// project returns the unit projections of views.
func (n *network) project(views []float64) []float64 {
	tape := &micro.Tape{}
	return micro.Unit(forward(n.on(tape), tape.New(len(views)/inputs, inputs, views))).Value
}
