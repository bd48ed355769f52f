package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"entrec/docs/course/micro"
	"entrec/docs/course/things"
	"entrec/mvssl/special"
)

// erKappa is the concentration of the bells that ER is made of here.
const erKappa = 10

// er is entropy and reconstruction of two views, in nats; their sum is the ER bound, for
// the estimate of entropy that counts each point itself.
type er struct {
	entropy, reconstruction *micro.Var
}

// entropyAndReconstruction returns them for rows that it makes unit rows.
func entropyAndReconstruction(z1, z2 *micro.Var, kappa float64) er {
	z1, z2 = micro.Unit(z1), micro.Unit(z2)
	logC := special.LogVMFNormalizer(z1.Cols, kappa)
	k := float64(z1.Rows)
	plus := func(x *micro.Var, c float64) *micro.Var {
		return micro.Each(x, func(x float64) (y, slope float64) { return x + c, 1 })
	}
	entropy := func(z *micro.Var) *micro.Var { // log k − log C − mean log Σ_j e^{κ·⟨z_i,z_j⟩}
		sums := micro.SumRows(micro.Exp(micro.Scale(micro.MatMul(z, micro.Transpose(z)), kappa)))
		return plus(micro.Scale(micro.Sum(micro.Log(sums)), -1/k), math.Log(k)-logC)
	}
	return er{
		entropy:        micro.Scale(micro.Add(entropy(z1), entropy(z2)), 0.5),
		reconstruction: plus(micro.Scale(micro.Sum(micro.Mul(z1, z2)), kappa/k), logC),
	}
}

// forces trains the small network on ER with several weights of the entropy.
func forces(w io.Writer) {
	fmt.Fprintf(w, "most entropy: log 4π = %.2f\n%7s %9s %15s %6s %9s\n", math.Log(4*math.Pi), "weight", "entropy", "reconstruction", "sum", "content")
	for _, weight := range []float64{1, 0.5, 0.1, 0} {
		s := things.Source{Rng: rand.New(rand.NewPCG(1, 1)), SharedContent: true}
		n := newNetwork(rand.New(rand.NewPCG(2, 2)))
		for range 200 {
			n.step(s.Draw(64), func(z1, z2 *micro.Var) *micro.Var {
				parts := entropyAndReconstruction(z1, z2, erKappa)
				return micro.Scale(micro.Add(parts.reconstruction, micro.Scale(parts.entropy, weight)), -1)
			})
		}
		b := s.Draw(512)
		tape := &micro.Tape{}
		z := n.project(b.First)
		parts := entropyAndReconstruction(tape.New(512, outputs, z), tape.New(512, outputs, n.project(b.Second)), erKappa)
		h, r := parts.entropy.Value[0], parts.reconstruction.Value[0]
		fmt.Fprintf(w, "%7.1f %9.2f %15.2f %6.2f %7.0f %%\n", weight, h, r, h+r, things.Nearest(z, outputs, b.Content))
	}
}
