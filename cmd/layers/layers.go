package main

import (
	"fmt"

	"entrec/internal/bench"
	"entrec/tensor"
	"entrec/tensor/conv"
)

// layer is a convolution of a ResNet-18 and what it costs, per image.
type layer struct {
	Name  string `json:"name"`
	Times int    `json:"times"` // how many there are
	shape conv.Shape

	MFLOP float64 `json:"mflop"` // of each pass
	KB    float64 `json:"kb"`    // input and output, once each
	Roof  float64 `json:"roof_us"`
	// Forward, gradient of the input and of the weight, in microseconds; the first
	// layer needs no gradient of its input.
	Forward float64 `json:"forward_us"`
	Input   float64 `json:"input_us"`
	Weight  float64 `json:"weight_us"`
}

// layersOf returns the distinct convolutions of a ResNet-18 with the stem for
// images of 3×32×32.
func layersOf(width, images int) []*layer {
	var all []*layer
	add := func(times, in, out, size, kernel, stride int) {
		name := fmt.Sprintf("%d→%d", in, out)
		if kernel == 1 {
			name += ", 1×1"
		}
		if stride == 1 {
			name += fmt.Sprintf(", %d×%d", size, size)
		} else {
			name += fmt.Sprintf(", stride %d", stride)
		}
		all = append(all, &layer{Name: name, Times: times, shape: conv.Shape{N: images, C: in, H: size, W: size,
			O: out, KH: kernel, KW: kernel, Stride: stride, Padding: kernel / 2}})
	}
	add(1, 3, width, 32, 3, 1)
	add(4, width, width, 32, 3, 1)
	for stage := 1; stage < 4; stage++ {
		c, size := width<<stage, 32>>stage
		add(1, c/2, c, 2*size, 3, 2)
		add(1, c/2, c, 2*size, 1, 2)
		add(3, c, c, size, 3, 1)
	}
	return all
}

// outputs returns the values of the output, per image: what the layer leaves for the
// backward pass.
func (l *layer) outputs() int { return l.shape.O * l.shape.OutH() * l.shape.OutW() }

// params returns the number of weights.
func (l *layer) params() int { return l.shape.O * l.shape.C * l.shape.KH * l.shape.KW }

// all returns the costs of all passes of one such layer.
func (l *layer) all() cost {
	passes := 2.0
	if l.Input > 0 {
		passes = 3
	}
	return cost{MFLOP: passes * l.MFLOP, KB: passes * l.KB, Roof: passes * l.Roof, Took: l.Forward + l.Input + l.Weight}
}

// measure works out what a pass over the layer costs at least.
func (l *layer) measure(r *roofline, size int) {
	s := l.shape
	l.MFLOP = 2 * float64(l.outputs()*s.KH*s.KW*s.C) / 1e6
	l.KB = float64(size*(s.C*s.H*s.W+l.outputs())) / 1e3
	l.Roof = r.least(l.MFLOP, l.KB)
}

// timeLayers times the passes of the layers, each for all images of a step.
func timeLayers[T tensor.Float](layers []*layer, seconds float64) {
	for i, l := range layers {
		s := l.shape
		x, y := filled[T](s.N, s.C, s.H, s.W), filled[T](s.N, s.O, s.OutH(), s.OutW())
		weight := tensor.New[T](s.O, s.C, s.KH, s.KW)
		perImage := 1e6 / float64(s.N)
		l.Forward = perImage * bench.QuickTime(func() { conv.ForwardTo(y, x, weight, s) }, seconds)
		l.Weight = perImage * bench.QuickTime(func() { conv.GradWeightTo(weight, x, y, s) }, seconds)
		if i > 0 {
			l.Input = perImage * bench.QuickTime(func() { conv.GradInputTo(x, y, weight, s) }, seconds)
		}
	}
}

// filled returns a channels-last tensor of ones.
func filled[T tensor.Float](n, c, h, w int) *tensor.Tensor[T] {
	t := tensor.FromChannelsLast(make([]T, n*c*h*w), n, c, h, w)
	t.Fill(1)
	return t
}
