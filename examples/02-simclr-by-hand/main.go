// Command 02-simclr-by-hand trains a small encoder by SimCLR on the embedded images,
// with the library's parts and a training loop of its own.
package main

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/objective"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/tensor"
)

const (
	batch       = 64
	epochs      = 2
	temperature = 0.2
)

func main() {
	split, err := data.Load(context.Background(), "fashion-mini", data.Options{})
	check(err)
	train := split.Train
	c, size := train.Channels, train.Height
	mean, std := train.MeanStd()

	rng := rand.New(rand.NewPCG(0, 0))
	encoder, err := nn.NewEncoder[float32](rng, nn.EncoderConfig{Name: "convnet", Width: 8, Channels: c, Height: size, ImgWidth: size})
	check(err)
	projector := nn.NewProjector[float32](rng, encoder.Dim(), 128, 64)
	params := append(nn.Parameters[float32](encoder), nn.Parameters[float32](projector)...)
	optimizer, err := nn.NewOptimizer(params, nn.OptimizerConfig{Name: nn.OptimizerSGD, Momentum: 0.9, DecayNorms: true})
	check(err)

	augment := view.SimCLR(c, size)
	augment.Mean, augment.Std = mean, std
	views, err := view.New[float32](augment, c)
	check(err)
	plain, err := view.New[float32](view.Evaluation(size, mean, std), c)
	check(err)
	knn := func() float64 {
		bank, err := eval.Features(context.Background(), encoder, train, plain)
		check(err)
		queries, err := eval.Features(context.Background(), encoder, split.Test, plain)
		check(err)
		accuracy, err := eval.KNN(context.Background(), bank, train.Labels, queries, split.Test.Labels, eval.KNNConfig{K: 200, Temperature: 0.1})
		check(err)
		return 100 * accuracy
	}

	fmt.Printf("untrained: kNN %.1f %%\n", knn())
	tape := autograd.NewTape[float32]()
	pixels := c * size * size
	images := tensor.FromChannelsLast(make([]float32, 2*batch*pixels), 2*batch, c, size, size)
	steps := train.Len() / batch
	for epoch := range epochs {
		order, sum := data.Order(train.Len(), 0, epoch), 0.0
		for step := range steps {
			for i, sample := range order[step*batch : (step+1)*batch] {
				for v := range 2 { // the first view of all samples, then the second
					at := (v*batch + i) * pixels
					views.Apply(images.Data()[at:at+pixels], train.Image(sample), size, size, view.Key{Epoch: epoch, Sample: sample, View: v})
				}
			}
			training := nn.Context{Training: true}
			z := projector.Forward(training, encoder.Forward(training, tape.Constant(images)))
			loss := objective.NTXent(autograd.Slice(z, 0, 0, batch), autograd.Slice(z, 0, batch, 2*batch), temperature)
			sum += float64(loss.Value.Item())
			tape.Backward(loss)
			optimizer.Step(0.06*nn.WarmupCosine(epoch*steps+step, steps/5, epochs*steps), 5e-4)
			for _, p := range params {
				p.Var.ZeroGrad()
			}
			tape.Reset()
		}
		fmt.Printf("epoch %d: loss %.3f nats, kNN %.1f %%\n", epoch+1, sum/float64(steps), knn())
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
