package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"entrec/docs/course/micro"
	"entrec/docs/course/things"
)

// gradients compares the gradient of InfoNCE with differences of its values.
func gradients(w io.Writer) {
	rng := rand.New(rand.NewPCG(3, 3))
	const k, d = 4, 3
	x, y := make([]float64, k*d), make([]float64, k*d)
	for i := range x {
		x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	loss := func() (*micro.Tape, *micro.Var, *micro.Var) {
		tape := &micro.Tape{}
		z1 := tape.New(k, d, x)
		return tape, z1, micro.InfoNCE(z1, tape.New(k, d, y), temperature)
	}
	tape, z1, l := loss()
	tape.Backward(l)
	fmt.Fprintf(w, "loss %.6f\n%8s %12s %12s\n", l.Value[0], "", "tape", "difference")
	const step = 1e-5
	for i := range d {
		at := x[i]
		x[i] = at + step
		_, _, above := loss()
		x[i] = at - step
		_, _, below := loss()
		x[i] = at
		fmt.Fprintf(w, "z1[0,%d] %12.6f %12.6f\n", i, z1.Grad[i], (above.Value[0]-below.Value[0])/(2*step))
	}
}

// learning shows the loss of the small network while it learns.
func learning(w io.Writer) {
	s := things.Source{Rng: rand.New(rand.NewPCG(1, 1)), SharedContent: true}
	n := newNetwork(rand.New(rand.NewPCG(2, 2)))
	const k, steps, part = 64, 200, 50
	fmt.Fprintf(w, "log k = %.3f, log k − log %d = %.3f\n%8s %8s\n", math.Log(k), things.Classes, math.Log(k/things.Classes), "steps", "loss")
	sum := 0.0
	for i := range steps {
		sum += n.step(s.Draw(k), infoNCE)
		if (i+1)%part == 0 {
			fmt.Fprintf(w, "%3d–%4d %8.2f\n", i+2-part, i+1, sum/part)
			sum = 0
		}
	}
}
