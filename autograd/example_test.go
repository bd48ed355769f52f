package autograd_test

import (
	"fmt"

	"entrec/autograd"
	"entrec/tensor"
)

// A step of gradient descent on the mean of (x·wᵀ + b)².
func Example() {
	w := autograd.Param(tensor.FromSlice([]float64{1, -1}, 1, 2))
	b := autograd.Param(tensor.FromSlice([]float64{0}, 1))
	batch := tensor.FromSlice([]float64{3, 1, 2, 2}, 2, 2)

	tape := autograd.NewTape[float64]()
	x := tape.Constant(batch)
	loss := autograd.Mean(autograd.Pow(autograd.Linear(x, w, b), 2))
	fmt.Println("loss:", loss.Value.Item())
	tape.Backward(loss)
	tape.Reset() // from here on, loss must not be used

	for _, p := range []*autograd.Var[float64]{w, b} {
		fmt.Println("gradient:", p.Grad)
		for i, g := range p.Grad.Data() {
			p.Value.Data()[i] -= g / 8
		}
		p.ZeroGrad()
	}
	fmt.Println("weight:", w.Value)
	// Output:
	// loss: 2
	// gradient: Tensor[1 2][6 2]
	// gradient: Tensor[1][2]
	// weight: Tensor[1 2][0.25 -1.25]
}
