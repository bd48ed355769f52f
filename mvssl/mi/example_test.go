package mi_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/mi"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// What the official file's own check prints, on 1,000 random directions in 1,000 dimensions
// with κ = 10, and what it should have printed. No distribution on that sphere has an
// entropy above that of the uniform one.
func Example_official() {
	const k, d = 1000, 1000
	pairs := mi.VMF(d, 1)
	x, _ := pairs.Sample(rand.New(rand.NewPCG(1, 2)), k)
	data := make([]float64, 0, k*d)
	for _, row := range x {
		data = append(data, row...)
	}
	z := autograd.NewTape[float64]().Constant(tensor.FromSlice(data, k, d))
	for _, n := range []objective.Normalizer{objective.Official, objective.Exact} {
		h := objective.EntropySphere(z, objective.EntropyConfig{Kappa: 10, Normalizer: n})
		fmt.Printf("%-8v %8.1f nats\n", n, h.Value.Item())
	}
	fmt.Printf("uniform  %8.1f nats\n", *pairs.Entropy)
	// Output:
	// official   -249.3 nats
	// exact     -2035.1 nats
	// uniform   -2032.1 nats
}

// Of a pair in 16 dimensions with κ = 20, 5 nats are there to be found. InfoNCE sees at most
// log 64 = 4.16 of them in a batch of 64; ER sees all, where the entropy is known.
func ExampleTask_Measure() {
	task := mi.VMF(16, 20)
	fmt.Printf("known    %.1f\n", task.MI)
	for _, name := range []string{"er-known", "infonce"} {
		e, err := mi.FindEstimator(name)
		if err != nil {
			panic(err)
		}
		r, err := task.Measure(context.Background(), mi.Settings{Estimator: e, Critic: mi.Directions, LR: mi.UsualLR})
		if err != nil {
			panic(err)
		}
		fmt.Printf("%-8s %.1f, a %s\n", name, r.Value, r.Kind)
	}
	// Output:
	// known    5.0
	// er-known 5.0, a lower bound
	// infonce  3.6, a lower bound
}

// Vectors with correlation 0.9 in each of 3 coordinates share 2.49 nats; their directions
// keep 1.75 of them.
func ExampleNormalDirections() {
	fmt.Printf("%.2f %.2f\n", mi.Correlated("vectors", 3, 3, 0.9).MI, mi.NormalDirections(3, 0.9).MI)
	// Output: 2.49 1.75
}
