package playground

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/docs/course/things"
)

// byol: one network predicts what another says of the other view, and nothing asks for
// entropy. Each of three crutches can be taken away.
var byol = &Exhibit{
	Name: "byol",
	Controls: []Control{
		{"predictor", []string{"on", "off"}, "on"},
		{"average", []string{"on", "off"}, "on"},
		{"stop", []string{"on", "off"}, "on"},
	},
	Steps: 300, every: 10,
	open: func(s setting) stage {
		o := options{batch: batchSize, steps: 300, width: outputs, normal: true}
		b := &distilled{training: newTraining(o, nil), stop: s.on("stop")}
		b.target = b.net
		if s.on("average") {
			b.target = newEncoder(o) // with the same weights
		}
		if s.on("predictor") {
			b.predictor = newNetwork(rand.New(rand.NewPCG(3, 3)), true, outputs, hidden, outputs)
		}
		return b
	},
}

// distilled is a network that learns from a target.
type distilled struct {
	*training
	predictor *network // nil for none
	target    *network // a moving average of the network, or the network itself
	stop      bool     // no gradients go through the target
}

func (d *distilled) step() {
	b := d.batches[d.done]
	x1, x2 := rows(d.tape, b.First, things.Inputs), rows(d.tape, b.Second, things.Inputs)
	loss := autograd.Add(d.distance(x1, x2), d.distance(x2, x1))
	d.tape.Backward(loss)
	if d.target != d.net && !d.stop {
		// The average is the network as it was, so what pulls at it pulls at the network.
		for i, p := range d.target.parameters {
			into := d.net.parameters[i].Grad.Data()
			for j, g := range p.Grad.Data() {
				into[j] += g
			}
			p.ZeroGrad()
		}
	}
	d.net.learn(rate)
	if d.predictor != nil {
		d.predictor.learn(rate)
	}
	if d.target != d.net {
		d.target.follow(d.net, 0.99)
	}
	d.tape.Reset()
	d.done++
}

// distance returns 1 − cos of what is predicted from one view and the target of the other,
// on average.
func (d *distilled) distance(x1, x2 *variable) *variable {
	z, t := d.net.forward(x1), d.target.forward(x2)
	if d.predictor != nil {
		z = d.predictor.forward(z)
	}
	if d.stop {
		t = autograd.StopGradient(t)
	}
	return autograd.Scale(autograd.Sum(autograd.Mul(unitRows(z), unitRows(t))), -1/float64(z.Value.Dim(0)))
}
