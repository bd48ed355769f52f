package nn_test

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// Example trains a small network to tell whether two inputs differ.
func Example() {
	net := nn.NewMLP[float64](rand.New(rand.NewPCG(1, 2)), nn.MLPConfig{Widths: []int{2, 8, 2}, GELU: true, Bias: true, LastBias: true})
	params := nn.Parameters[float64](net)
	opt, err := nn.NewOptimizer(params, nn.OptimizerConfig{Name: nn.OptimizerAdamW})
	if err != nil {
		fmt.Println(err)
		return
	}
	inputs := tensor.FromSlice([]float64{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2)
	labels := []int{0, 1, 1, 0}
	tape := autograd.NewTape[float64]()
	const steps = 200
	for step := range steps {
		logits := net.Forward(nn.Context{Training: true}, tape.Constant(inputs))
		loss := autograd.CrossEntropy(logits, labels)
		for _, p := range params {
			p.ZeroGrad()
		}
		tape.Backward(loss)
		opt.Step(0.05*nn.WarmupCosine(step, 10, steps), 1e-4)
		if step%100 == 0 || step == steps-1 {
			fmt.Printf("step %3d: loss %.1f\n", step, loss.Value.Item())
		}
		tape.Reset()
	}
	// Output:
	// step   0: loss 0.7
	// step 100: loss 0.0
	// step 199: loss 0.0
}
