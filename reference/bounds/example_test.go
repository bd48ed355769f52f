package bounds_test

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/reference/bounds"
	"entrec/tensor"
)

// What the official file's own check prints, on 1,000 random directions in 1,000 dimensions
// with κ = 10, and what it should have printed. No distribution on that sphere has an
// entropy above that of the uniform one.
func Example_official() {
	const k, d = 1000, 1000
	z1, _ := bounds.VMF{D: d, Kappa: 1}.Sample(rand.New(rand.NewPCG(1, 2)), k)
	data := make([]float64, 0, k*d)
	for _, row := range z1 {
		data = append(data, row...)
	}
	z := autograd.NewTape[float64]().Constant(tensor.FromSlice(data, k, d))
	for _, n := range []objective.Normalizer{objective.Official, objective.Exact} {
		h := objective.EntropySphere(z, objective.EntropyConfig{Kappa: 10, Normalizer: n})
		fmt.Printf("%-8v %8.1f nats\n", n, h.Value.Item())
	}
	fmt.Printf("uniform  %8.1f nats\n", bounds.VMF{D: d}.Entropy())
	// Output:
	// official   -249.3 nats
	// exact     -2035.1 nats
	// uniform   -2032.1 nats
}

// Of a pair in 16 dimensions with κ = 20, 5 nats are there to be found. InfoNCE sees at most
// log 64 = 4.16 of them in a batch of 64; ER would see all, were the entropy known.
func ExampleVMF() {
	pairs := bounds.VMF{D: 16, Kappa: 20}
	z1, z2 := pairs.Sample(rand.New(rand.NewPCG(1, 2)), 64)
	fmt.Printf("known    %.2f\n", pairs.MutualInformation())
	fmt.Printf("ER       %.2f\n", pairs.ERTrueEntropy(20))
	fmt.Printf("InfoNCE  %.2f\n", bounds.InfoNCE(z1, z2, 20))
	// Output:
	// known    4.99
	// ER       4.99
	// InfoNCE  3.73
}

// Vectors with correlation 0.9 in each of 3 coordinates share 2.49 nats; their directions
// keep 1.75 of them.
func ExampleGaussian() {
	pairs := bounds.Gaussian{D: 3, Rho: 0.9}
	fmt.Printf("%.2f %.2f\n", pairs.MutualInformationOfVectors(), pairs.MutualInformation())
	// Output: 2.49 1.75
}
