package main

import (
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// operation is what a step does beside its convolutions, and what one costs, per
// image.
type operation struct {
	Name     string `json:"name"`
	Times    int    `json:"times"` // how many there are
	Forward  cost   `json:"forward"`
	Backward cost   `json:"backward"` // of the optimizer: its step

	params int                                // that each has
	holds  int                                // values that each leaves for the backward pass, per image
	time   func() (forward, backward float64) // of one for all images, in seconds
}

// cost is what passes cost, per image. MFLOP and KB are what the result cannot be had
// without: each addition, multiplication, maximum, division or exponential of an element
// is an operation, and each value that a pass takes from another or leaves to another
// counts once, weights once a step. What is computed again to save memory does not count.
type cost struct {
	MFLOP float64 `json:"mflop"`
	KB    float64 `json:"kb"`
	Roof  float64 `json:"roof_us"` // at the peak of arithmetic or of memory, whichever takes longer
	Took  float64 `json:"took_us"` // measured
}

// costs returns the cost of so many operations on values of T, of which so many are
// read and written.
func costs[T tensor.Float](operations, values float64) cost {
	return cost{MFLOP: operations / 1e6, KB: values * float64(valueSize[T]()) / 1e3}
}

// add adds a number of equal costs.
func (c *cost) add(times int, x cost) {
	n := float64(times)
	c.MFLOP += n * x.MFLOP
	c.KB += n * x.KB
	c.Roof += n * x.Roof
	c.Took += n * x.Took
}

// operationsOf returns what a step of SimCLR with a ResNet-18 does beside the
// convolutions.
func operationsOf[T tensor.Float](cfg train.Config, p *probe[T]) ([]*operation, error) {
	width, head := cfg.Model.Encoder.Width, cfg.Model.Projector
	all := []*operation{p.stem(width, 32)}
	for stage := range 4 {
		c, size := width<<stage, 32>>stage
		all = append(all, p.withinBlock(c, size))
		if stage == 0 {
			all = append(all, p.blockEnd(2, c, size))
		} else {
			all = append(all, p.firstBlockEnd(c, size), p.blockEnd(1, c, size))
		}
	}
	optimizer, err := p.optimizer(cfg)
	return append(all, p.pooling(8*width, 4), p.linear(8*width, head.Hidden, nn.NoBias), p.flatNorm(head.Hidden),
		p.linear(head.Hidden, head.Out, nn.WithBias), p.objective(head.Out, cfg.Model.Parameters.(mvssl.SimCLR).Temperature), optimizer), err
}
