package mvssl_test

import (
	"encoding/json"
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
		if r.Name == "byol" || r.TwinOf == "byol" {
			branches, projections := r.Figure()
			fmt.Printf("%s: branches: %s; projections: %s; %s\n", r.Name, branches, projections, r.Objective)
		}
	}
	// Output:
	// byol: branches: EMA target, predictor; projections: on the sphere; regression
	// byol-er: branches: EMA target, predictor; projections: on the sphere; entropy of the online predictions + reconstruction
}

// A configuration has values that are given, the method's defaults, and what is left
// to the method. What it has no use for is refused with what it takes.
func ExampleRow_Configure() {
	row, _ := mvssl.Find("byol")
	encoder := nn.EncoderConfig{Name: "mlp", Width: 32, Channels: 1, Height: 4, ImgWidth: 4}
	configure := func(name, value string) {
		given := map[string]json.RawMessage{name: json.RawMessage(value)}
		c, err := row.Configure(encoder, row.Projector, given, mvssl.Setting{Samples: 1000, Batch: 50, Steps: 4000})
		if err != nil {
			fmt.Println(err)
			return
		}
		p := c.Parameters.(mvssl.BYOL)
		fmt.Printf("ema %.3f, %s; predictor %d\n", p.EMA, p.EMASchedule, p.Predictor)
	}
	configure("predictor", "0")
	configure("ema", "0")
	configure("queue", "512")
	// Output:
	// ema 0.941, cosine; predictor 0
	// ema 0.000, cosine; predictor 512
	// queue: means nothing to method byol, which takes ema, ema_schedule, predictor, stop_gradient
}

// A training step by hand: views in, gradients, the optimizer's step.
func ExampleNew() {
	row, _ := mvssl.Find("simclr-er")
	encoder := nn.EncoderConfig{Name: "mlp", Width: 32, Channels: 1, Height: 4, ImgWidth: 4}
	s := mvssl.Setting{Samples: 16, Batch: 16, Steps: 30}
	c, err := row.Configure(encoder, row.Projector, nil, s)
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Views, _ = mvssl.DefaultViews(c, 1, 4)
	s.Views[0].Mean, s.Views[0].Std = []float64{0}, []float64{1}
	rng := rand.New(rand.NewPCG(1, 2))
	m, err := mvssl.New[float64](rng, c, s)
	if err != nil {
		fmt.Println(err)
		return
	}
	step, _ := train.NewStepper(m, row.Recipe)
	tape := autograd.NewTape[float64]()
	var first, last float64
	for i := range 30 {
		images := tensor.New[float64](2*16, 1, 4, 4) // both views of 16 samples
		for j := range images.Len() / 2 {
			v := rng.NormFloat64()
			images.Data()[j], images.Data()[images.Len()/2+j] = v+rng.NormFloat64()/4, v+rng.NormFloat64()/4
		}
		at := mvssl.Progress{Step: i, Steps: 30, StepsPerEpoch: 30}
		b := mvssl.NewBatch(at, make([]int, 16), tape.Constant(images))
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
