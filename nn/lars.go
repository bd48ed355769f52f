package nn

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
)

// LARS is layer-wise adaptive rate scaling (You et al., 2017); see [LARSStep]. As
// in the code of BYOL, Barlow Twins and VICReg, biases and norms take plain steps
// with momentum, without weight decay and ratio, unless DecayNorms is set.
type LARS[T Float] struct {
	trained[T]
	buffers []*autograd.Var[T]
}

// Step makes one step.
func (l *LARS[T]) Step(lr, weightDecay float64) {
	l.each(func(i int, param, grad []T, adapts bool) {
		b := l.buffers[i].Value.Data()
		if adapts {
			LARSStep(param, grad, b, lr, l.cfg.Momentum, weightDecay, l.cfg.Trust, l.cfg.Eps)
		} else {
			simd.SGD(param, grad, b, lr, l.cfg.Momentum, 0, 1)
		}
	})
}

// State visits the momentum buffer of each parameter.
func (l *LARS[T]) State(prefix string, visit Visitor[T]) {
	l.visit(prefix, "momentum", l.buffers, visit)
}

// LARSStep makes one step of [LARS] on a parameter:
//
//	ratio = trust·‖p‖/(‖g‖ + decay·‖p‖ + eps),  1 where ‖p‖ or ‖g‖ is 0
//	b ← momentum·b + ratio·(g + decay·p);  p ← p − lr·b
//
// All slices have the same length; param and buffer are changed.
func LARSStep[T Float](param, grad, buffer []T, lr, momentum, decay, trust, eps float64) {
	ratio := 1.0
	if p, g := euclidean(param), euclidean(grad); p > 0 && g > 0 {
		ratio = trust * p / (g + decay*p + eps)
	}
	if momentum == 0 { // simd.SGD leaves the buffer alone then
		for i, g := range grad {
			buffer[i] = T(ratio) * (g + T(T(decay)*param[i]))
		}
	}
	simd.SGD(param, grad, buffer, lr, momentum, decay, ratio)
}

// euclidean returns ‖x‖₂, summed in float64 in the order of x.
func euclidean[T Float](x []T) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(float64(v) * float64(v))
	}
	return math.Sqrt(sum)
}
