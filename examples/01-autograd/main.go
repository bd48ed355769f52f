// Command 01-autograd takes gradients on a tape, and checks them against differences.
package main

import (
	"fmt"
	"os"

	"entrec/autograd"
	"entrec/tensor"
)

// loss returns the mean over the rows of x (n, d) of log Σ_j e^{x·w}_j, for w (d, k).
func loss[T autograd.Float](x, w *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Mean(autograd.LogSumExp(autograd.MatMul(x, w)))
}

func main() {
	x := tensor.FromSlice([]float64{1, 2, 3, 4}, 2, 2)
	w := tensor.FromSlice([]float64{0.1, -0.2, 0.3, 0.4, 0.5, -0.6}, 2, 3)

	tape := autograd.NewTape[float64]()
	weight := tape.Leaf(w)
	l := loss(tape.Constant(x), weight)
	fmt.Printf("loss %.6f\n", l.Value.Item()) // Backward gives the values in between away
	tape.Backward(l)
	fmt.Printf("gradient %.6f\n", weight.Grad.Data())

	check, err := autograd.GradCheck(func(_ *autograd.Tape[float64], in []*autograd.Var[float64]) []*autograd.Var[float64] {
		return []*autograd.Var[float64]{loss(in[0], in[1])}
	}, 1e-8, x, w)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d derivatives agree with differences\n", check.Elements)
}
