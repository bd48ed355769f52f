package playground

import (
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/docs/course/things"
	"entrec/mvssl/objective"
)

// Sizes of what is trained: a network from views to points on the sphere.
const (
	hidden, outputs = 32, 3
	rate            = 0.1
	batchSize       = 64
	seenSize        = 512
	viewKappa       = 10 // the κ of what is measured, unless an exhibit says otherwise
)

// mostEntropy is that of points spread evenly over the sphere.
var mostEntropy = math.Log(4 * math.Pi)

// training is a network that learns from views by an objective of both views' outputs.
// Its steps are those of the course's lab: the same things, drawn by the same generator,
// and the same first weights.
type training struct {
	net     *network
	loss    func(z1, z2 *variable) *variable
	batches []things.Batch
	seen    things.Batch // things that it never learns from
	width   int          // of the outputs
	tape    *tape
	done    int
}

// options of a training, where it is not the usual one.
type options struct {
	batch, steps, width int
	sharedNuisance      bool
	normal              bool // the network standardizes over the batch
}

// newEncoder returns a network that was not trained, the same each time.
func newEncoder(o options) *network {
	return newNetwork(rand.New(rand.NewPCG(2, 2)), o.normal, things.Inputs, hidden, o.width)
}

// newTraining returns a network that has not yet learned, by a loss of both views' outputs.
func newTraining(o options, loss func(z1, z2 *variable) *variable) *training {
	s := things.Source{Rng: rand.New(rand.NewPCG(1, 1)), SharedContent: true, SharedNuisance: o.sharedNuisance}
	t := &training{net: newEncoder(o), loss: loss, width: o.width, tape: autograd.NewTape[float64]()}
	for range o.steps {
		t.batches = append(t.batches, s.Draw(o.batch))
	}
	t.seen = s.Draw(seenSize)
	return t
}

// step learns from the next batch.
func (t *training) step() {
	b := t.batches[t.done]
	loss := t.loss(t.net.forward(rows(t.tape, b.First, things.Inputs)), t.net.forward(rows(t.tape, b.Second, things.Inputs)))
	t.tape.Backward(loss)
	t.net.learn(rate)
	t.tape.Reset()
	t.done++
}

// project returns unit outputs of both views of the things that are looked at.
func (t *training) project() (z1, z2 []float64) {
	frozen := autograd.NewFrozenTape[float64]()
	one := func(views []float64) []float64 {
		return unitRows(t.net.forward(rows(frozen, views, things.Inputs))).Value.Clone().Data()
	}
	return one(t.seen.First), one(t.seen.Second)
}

// look measures both views, and shows the points of the first.
func (t *training) look() Look {
	z1, z2 := t.project()
	m := measure(z1, z2, t.width, viewKappa, objective.Include)
	return Look{
		Numbers: []Number{
			{"entropy", m.entropy, nats}, {"reconstruction", m.reconstruction, nats}, {"information", m.bound(), nats},
			{"right neighbors", things.Nearest(z1, t.width, t.seen.Content), percent},
			{"most entropy", mostEntropy, nats}, {"what there is to tell", math.Log(things.Classes), nats},
		},
		Points: z1, Labels: t.seen.Content,
	}
}

// measured is what one says of two views, in nats.
type measured struct{ entropy, reconstruction float64 }

// bound returns the ER bound.
func (m measured) bound() float64 { return m.entropy + m.reconstruction }

// measure measures unit rows of d numbers, by bells of a κ.
func measure(z1, z2 []float64, d int, kappa float64, self objective.Self) measured {
	t := autograd.NewFrozenTape[float64]()
	a, b := rows(t, z1, d), rows(t, z2, d)
	parts := objective.ER(a, b, objective.ERConfig{EntropyConfig: objective.EntropyConfig{Kappa: kappa, Self: self}, EntropyWeight: 1})
	return measured{entropy: parts.Entropy.Value.Item(), reconstruction: -parts.Reconstruction.Value.Item()}
}

// told returns log k − InfoNCE of rows of d numbers, in nats.
func told(z1, z2 []float64, d int, kappa float64) float64 {
	t := autograd.NewFrozenTape[float64]()
	return math.Log(float64(len(z1)/d)) - objective.InfoNCE(rows(t, z1, d), rows(t, z2, d), 1/kappa).Value.Item()
}

// er returns minus the ER bound with a weight of the entropy.
func er(kappa, weight float64, self objective.Self) func(z1, z2 *variable) *variable {
	return func(z1, z2 *variable) *variable {
		return objective.ER(unitRows(z1), unitRows(z2), objective.ERConfig{EntropyConfig: objective.EntropyConfig{Kappa: kappa, Self: self}, EntropyWeight: weight}).Loss
	}
}
