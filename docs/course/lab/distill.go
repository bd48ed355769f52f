package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"sync"

	"entrec/docs/course/micro"
	"entrec/docs/course/things"
	"entrec/internal/chart"
	"entrec/mvssl/special"
)

// crutches are what BYOL has beside its loss.
type crutches struct {
	predictor bool // between a projection and what is compared
	average   bool // the target is a moving average of the network, and not the network
	stop      bool // no gradient goes through the target
}

// allCrutches are the eight ways to have some of them.
func allCrutches() (all []crutches) {
	for i := range 8 {
		all = append(all, crutches{i&4 == 0, i&2 == 0, i&1 == 0})
	}
	return all
}

// String names those that there are.
func (c crutches) String() string {
	mark := func(on bool, name string) string {
		if on {
			return name
		}
		return "–"
	}
	return fmt.Sprintf("%-9s  %-7s  %-4s", mark(c.predictor, "predictor"), mark(c.average, "average"), mark(c.stop, "stop"))
}

// distilled is a network that learns from a target.
type distilled struct {
	crutches
	*network
	target, predictor *network
}

func newDistilled(c crutches, rate float64) *distilled {
	d := &distilled{c, newNetwork(rand.New(rand.NewPCG(2, 2))), nil, newLayers(rand.New(rand.NewPCG(3, 3)), outputs, hidden, outputs)}
	d.network.rate, d.predictor.rate = rate, rate
	d.target = d.network
	if c.average {
		d.target = newNetwork(rand.New(rand.NewPCG(2, 2))) // the same weights
	}
	return d
}

// step makes a step on 2 − 2·cos of what is predicted from each view and the target of the
// other, on average.
func (d *distilled) step(b things.Batch) {
	tape := &micro.Tape{}
	online, predictor, target := d.on(tape), d.predictor.on(tape), d.target.on(tape)
	if d.target == d.network {
		target = online
	}
	predicted := func(x []float64) *micro.Var {
		z := micro.Unit(forward(online, tape.New(len(b.Content), inputs, x)))
		if d.crutches.predictor {
			z = micro.Unit(forward(predictor, z))
		}
		return z
	}
	aim := func(x []float64) *micro.Var {
		z := micro.Unit(forward(target, tape.New(len(b.Content), inputs, x)))
		if d.stop {
			z = tape.New(z.Rows, z.Cols, z.Value) // its value, and no way back
		}
		return z
	}
	loss := micro.Add(
		micro.Sum(micro.Mul(predicted(b.First), aim(b.Second))),
		micro.Sum(micro.Mul(predicted(b.Second), aim(b.First))))
	tape.Backward(micro.Scale(loss, -1/float64(len(b.Content)))) // but for the 2, which has no gradient
	if d.target != d.network {                                   // what pulls at the average pulls at the network
		for i := range online {
			for j, g := range target[i].Grad {
				online[i].Grad[j] += g
			}
		}
	}
	d.descend(online)
	d.predictor.descend(predictor)
	if d.target != d.network {
		d.target.follow(d.network)
	}
}

// follow moves the average toward a network.
func (n *network) follow(other *network) {
	const momentum = 0.99
	for i, values := range n.parameters() {
		for j, v := range other.parameters()[i] {
			values[j] = momentum*values[j] + (1-momentum)*v
		}
	}
}

// distillation is what became of the network with some crutches.
type distillation struct {
	crutches
	entropy                 []chart.Point // over the steps
	reconstruction, content float64       // at the end
}

// run makes 300 steps.
func (c crutches) run(rate float64) distillation {
	const steps = 300
	s := things.Source{Rng: rand.New(rand.NewPCG(1, 1)), SharedContent: true}
	test := things.Source{Rng: rand.New(rand.NewPCG(9, 9)), SharedContent: true}.Draw(128)
	d, result := newDistilled(c, rate), distillation{crutches: c}
	for i := range steps + 1 {
		if i%30 == 0 {
			h, r := d.measure(test)
			result.entropy, result.reconstruction = append(result.entropy, chart.Point{X: float64(i), Y: h}), r
		}
		if i < steps {
			d.step(s.Draw(16))
		}
	}
	result.content = things.Nearest(d.project(test.First), outputs, test.Content)
	return result
}

// distillations are those of all choices, trained once.
var distillations = sync.OnceValue(func() (all []distillation) {
	for _, c := range allCrutches() {
		all = append(all, c.run(usualRate))
	}
	return all
})

// measure returns entropy and reconstruction of things' projections.
func (n *network) measure(b things.Batch) (entropy, reconstruction float64) {
	tape := &micro.Tape{}
	parts := entropyAndReconstruction(tape.New(len(b.Content), outputs, n.project(b.First)), tape.New(len(b.Content), outputs, n.project(b.Second)), erKappa)
	return parts.entropy.Value[0], parts.reconstruction.Value[0]
}

// distill trains BYOL with each choice of crutches, and shows what is left of the entropy.
func distill(w io.Writer) {
	fmt.Fprintf(w, "most entropy: log 4π = %.2f; of one point: %.2f\n%-24s %8s %15s %6s %9s\n",
		math.Log(4*math.Pi), -erKappa-special.LogVMFNormalizer(outputs, erKappa), "", "entropy", "reconstruction", "sum", "content")
	for _, d := range distillations() {
		d.print(w)
	}
}

// slowly does the same at a tenth of the rate, without one crutch and without all.
func slowly(w io.Writer) {
	fmt.Fprintf(w, "%-24s %8s %15s %6s %9s\n", "", "entropy", "reconstruction", "sum", "content")
	for _, c := range []crutches{{true, true, false}, {true, false, true}, {false, true, true}, {false, false, false}} {
		c.run(usualRate / 10).print(w)
	}
}

func (d distillation) print(w io.Writer) {
	h := d.entropy[len(d.entropy)-1].Y
	fmt.Fprintf(w, "%-24s %8.2f %15.2f %6.2f %7.0f %%\n", d.crutches, h, d.reconstruction, h+d.reconstruction, d.content)
}

// distillFigure draws the entropy over the steps.
func distillFigure() *chart.Chart {
	c := &chart.Chart{Title: "BYOL and its crutches: the entropy of the projections", X: "step", Y: "nats"}
	for _, d := range distillations() {
		name := strings.Join(strings.Fields(strings.ReplaceAll(d.String(), "–", "")), ", ")
		if name == "" {
			name = "none of them"
		}
		c.Lines = append(c.Lines, chart.Line{Name: name, Points: d.entropy})
	}
	return c
}
