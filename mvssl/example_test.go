package mvssl_test

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// The table of methods is Figure 1 of the paper in code.
func ExampleRows() {
	for _, r := range mvssl.Rows() {
		if r.Name == "byol" || r.Name == "byol-er" {
			fmt.Printf("%s: branches with %s; projections %s; %s\n", r.Name, r.Branches, r.Projections, r.Objective)
		}
	}
	// Output:
	// byol: branches with EMA target, predictor; projections as they are, on the sphere; regression
	// byol-er: branches with EMA target, predictor; projections as they are, on the sphere; entropy of the online predictions + reconstruction
}

// Options that a method has no use for are refused with those that it takes.
func ExampleConfig_Set() {
	c := mvssl.Config{Method: "simclr"}
	fmt.Println(c.Set("temperature", "0.1"))
	fmt.Println(c.Set("ema", "0.99"))
	// Output:
	// <nil>
	// ema means nothing to method simclr, which takes [temperature]
}

// A training step by hand: views in, gradients, the optimizer's step.
func ExampleNew() {
	row, _ := mvssl.Find("simclr-er")
	c, recipe := row.Defaults()
	c.Method = row.Name
	c.Encoder = nn.EncoderConfig{Name: "mlp", Width: 32, Channels: 1, Height: 4, ImgWidth: 4}
	views, _ := mvssl.DefaultViews(c, 1, 4)
	views[0].Mean, views[0].Std = []float64{0}, []float64{1}
	rng := rand.New(rand.NewPCG(1, 2))
	m, err := mvssl.New[float64](rng, c, mvssl.Setting{Samples: 16, Batch: 16, Steps: 30, Views: views})
	if err != nil {
		fmt.Println(err)
		return
	}
	step, _ := train.NewStepper(m, recipe)
	tape := autograd.NewTape[float64]()
	var first, last float64
	for i := range 30 {
		images := tensor.New[float64](2*16, 1, 4, 4) // both views of 16 samples
		for j := range images.Len() / 2 {
			v := rng.NormFloat64()
			images.Data()[j], images.Data()[images.Len()/2+j] = v+rng.NormFloat64()/4, v+rng.NormFloat64()/4
		}
		b := mvssl.Batch[float64]{
			Progress: mvssl.Progress{Step: i, Steps: 30, StepsPerEpoch: 30},
			Groups:   []*autograd.Var[float64]{tape.Constant(images)},
			Samples:  make([]int, 16),
		}
		r := m.Loss(b)
		step.Backward(tape, r)
		step.Update(b.Progress)
		if i == 0 {
			first = r.Loss.Value.Item()
		}
		last = r.Loss.Value.Item()
		tape.Reset()
	}
	fmt.Printf("the bound, minus the loss: from %.1f to %.1f nats\n", -first, -last)
	// Output:
	// the bound, minus the loss: from 1.6 to 2.2 nats
}
