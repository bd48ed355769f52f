package autograd

import (
	"math/rand/v2"

	"entrec/internal/message"
	"entrec/simd"
	"entrec/tensor"
)

// Dropout zeroes each element with probability p and divides the others by 1−p.
// The elements are drawn from rng in memory order. It panics unless 0 ≤ p < 1.
func Dropout[T Float](x *Var[T], p float64, rng *rand.Rand) *Var[T] {
	if !(p >= 0 && p < 1) {
		panic(message.Sprintf("autograd.Dropout: probability %v is not in [0, 1)", p))
	}
	tp := tapeOf(x)
	in := tp.contiguous(x.Value)
	mask := tp.valueLike(in)
	keep := T(1 / (1 - p))
	for i := range mask.Data() {
		mask.Data()[i] = 0
		if rng.Float64() >= p {
			mask.Data()[i] = keep
		}
	}
	y := tp.valueLike(in)
	tensor.MulTo(y, in, mask)
	return record(tp, y, func(g *tensor.Tensor[T]) { tp.giveMapped(x, g, mask, simd.Mul[T]) }, x)
}
