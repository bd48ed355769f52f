package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"entrec/docs/course/micro"
	"entrec/docs/course/things"
	"entrec/internal/chart"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// What chapter 8's network chooses by: prototypes, and two temperatures.
const (
	prototypes = 8
	softness   = 0.1  // of what is predicted
	sharpness  = 0.05 // of what is to be predicted, ε
)

// balance shows what Sinkhorn's iterations make of scores that are uneven.
func balance(w io.Writer) {
	const k = 256
	rng := rand.New(rand.NewPCG(8, 8))
	seats := make([][]float64, prototypes)
	for j := range seats {
		seats[j] = direction(rng, 3)
	}
	points := bells(3, 5, seats[0])(rng, k) // around the first seat
	var scores []float64
	for _, z := range points {
		for _, seat := range seats {
			scores = append(scores, dot(z, seat))
		}
	}
	fmt.Fprintf(w, "log %d = %.3f\n%10s %8s %8s %7s %9s\n", prototypes, math.Log(prototypes), "iterations", "least", "most", "H(W)", "H(W|Z)")
	for _, n := range []int{0, 1, 3, 10, 100} {
		q := objective.Sinkhorn(tensor.FromSlice(scores, k, prototypes), sharpness, n).Data()
		if n == 0 { // of which the rows do not sum to 1
			q = choice(scores, sharpness)
		}
		p := shares(q)
		fmt.Fprintf(w, "%10d %6.1f %% %6.1f %% %7.3f %9.3f\n", n, 100*slices.Min(p), 100*slices.Max(p), entropyOf(p), within(q))
	}
}

// choice returns softmax(scores/temperature) by row.
func choice(scores []float64, temperature float64) []float64 {
	q := make([]float64, len(scores))
	for i := 0; i < len(q); i += prototypes {
		largest, sum := slices.Max(scores[i:i+prototypes]), 0.0
		for j := i; j < i+prototypes; j++ {
			q[j] = math.Exp((scores[j] - largest) / temperature)
			sum += q[j]
		}
		for j := i; j < i+prototypes; j++ {
			q[j] /= sum
		}
	}
	return q
}

// shares returns the mean of the rows: which part of the points each prototype has.
func shares(q []float64) []float64 {
	p := make([]float64, prototypes)
	for i, v := range q {
		p[i%prototypes] += v / float64(len(q)/prototypes)
	}
	return p
}

// entropyOf returns −Σ p·log p.
func entropyOf(p []float64) (h float64) {
	for _, v := range p {
		if v > 0 {
			h -= v * math.Log(v)
		}
	}
	return h
}

// within returns the mean entropy of a row, H(W|Z).
func within(q []float64) (h float64) {
	for i := 0; i < len(q); i += prototypes {
		h += entropyOf(q[i:i+prototypes]) / float64(len(q)/prototypes)
	}
	return h
}

// chooser is the small network with prototypes, which learn too.
type chooser struct {
	*network
	seats, velocity []float64 // (prototypes, outputs)
}

func newChooser() *chooser {
	rng := rand.New(rand.NewPCG(8, 9))
	c := &chooser{newNetwork(rand.New(rand.NewPCG(2, 2))), nil, make([]float64, prototypes*outputs)}
	for range prototypes * outputs {
		c.seats = append(c.seats, rng.NormFloat64())
	}
	return c
}

// scores returns the cosines of points with the prototypes.
func scores(z, seats *micro.Var) *micro.Var {
	return micro.MatMul(micro.Unit(z), micro.Transpose(micro.Unit(seats)))
}

// logChoice returns log softmax(scores/softness) by row.
func logChoice(scores *micro.Var) *micro.Var {
	s := micro.Scale(scores, 1/softness)
	return micro.Add(s, micro.Scale(micro.Log(micro.SumRows(micro.Exp(s))), -1))
}

// crossEntropy returns the mean of −Σ_c q·log p of codes q, which are constants.
func crossEntropy(q []float64, logp *micro.Var, tape *micro.Tape) *micro.Var {
	return micro.Scale(micro.Sum(micro.Mul(logp, tape.New(logp.Rows, logp.Cols, q))), -1/float64(logp.Rows))
}

// code makes of scores what the other view is to predict.
type code struct {
	name   string
	of     func(scores []float64) []float64
	weight float64 // of the entropy of W in the loss
}

// codes are the arms of the experiment.
var codes = []code{
	{"softmax", func(s []float64) []float64 { return choice(s, sharpness) }, 0},
	{"softmax + entropy", func(s []float64) []float64 { return choice(s, sharpness) }, 1},
	{"sinkhorn", func(s []float64) []float64 {
		return objective.Sinkhorn(tensor.FromSlice(s, len(s)/prototypes, prototypes), sharpness, 3).Data()
	}, 0},
}

// step makes a step on swapped predictions.
func (c *chooser) step(b things.Batch, by code) {
	tape := &micro.Tape{}
	p, seats := c.on(tape), tape.New(prototypes, outputs, c.seats)
	s1 := scores(forward(p, tape.New(len(b.Content), inputs, b.First)), seats)
	s2 := scores(forward(p, tape.New(len(b.Content), inputs, b.Second)), seats)
	p1, p2 := logChoice(s1), logChoice(s2)
	loss := micro.Add(crossEntropy(by.of(s2.Value), p1, tape), crossEntropy(by.of(s1.Value), p2, tape))
	loss = micro.Add(loss, micro.Scale(micro.Add(entropyOfW(p1), entropyOfW(p2)), -by.weight))
	tape.Backward(micro.Scale(loss, 0.5))
	c.descend(p)
	descend(c.seats, c.velocity, seats.Grad, c.rate)
}

// entropyOfW returns that of the mean choice, −Σ p̄·log p̄.
func entropyOfW(logp *micro.Var) *micro.Var {
	mean := micro.Scale(micro.SumRows(micro.Transpose(micro.Exp(logp))), 1/float64(logp.Rows))
	return micro.Scale(micro.Sum(micro.Mul(mean, micro.Log(mean))), -1)
}

// chosen returns the choices of views, without balance.
func (c *chooser) chosen(views []float64) []float64 {
	tape := &micro.Tape{}
	z := tape.New(len(views)/inputs, outputs, c.project(views))
	return choice(scores(z, tape.New(prototypes, outputs, c.seats)).Value, sharpness)
}

// clustering is what became of an arm.
type clustering struct {
	name    string
	entropy []chart.Point // of W, over the steps
	last    []float64     // the choices at the end
	content float64       // how often neighbors have the same, in percent
}

// clusterings are all arms, trained once.
var clusterings = sync.OnceValue(func() (all []clustering) {
	const steps = 200
	for _, by := range codes {
		s := things.Source{Rng: rand.New(rand.NewPCG(1, 1)), SharedContent: true}
		test := things.Source{Rng: rand.New(rand.NewPCG(9, 9)), SharedContent: true}.Draw(256)
		c, result := newChooser(), clustering{name: by.name}
		for i := range steps + 1 {
			if i%20 == 0 {
				result.last = c.chosen(test.First)
				result.entropy = append(result.entropy, chart.Point{X: float64(i), Y: entropyOf(shares(result.last))})
			}
			if i < steps {
				c.step(s.Draw(32), by)
			}
		}
		result.content = things.Nearest(c.project(test.First), outputs, test.Content)
		all = append(all, result)
	}
	return all
})

// clusters trains the small network on codes of three kinds.
func clusters(w io.Writer) {
	fmt.Fprintf(w, "log %d = %.2f, log %d = %.2f\n%-18s %8s %8s %8s %6s %9s\n", prototypes, math.Log(prototypes), things.Classes, math.Log(things.Classes),
		"", "H(W)", "H(W|Z)", "tells", "used", "content")
	for _, c := range clusterings() {
		p, rest := shares(c.last), within(c.last)
		used := 0
		for _, share := range p {
			if share > 0.01 {
				used++
			}
		}
		fmt.Fprintf(w, "%-18s %8.2f %8.2f %8.2f %6d %7.0f %%\n", c.name, entropyOf(p), rest, entropyOf(p)-rest, used, c.content)
	}
}

// clustersFigure draws the entropy of W over the steps.
func clustersFigure() *chart.Chart {
	c := &chart.Chart{Title: "The entropy of W while the codes are learned, at most log 8", X: "step", Y: "nats"}
	for _, arm := range clusterings() {
		c.Lines = append(c.Lines, chart.Line{Name: arm.name, Points: arm.entropy})
	}
	return c
}
