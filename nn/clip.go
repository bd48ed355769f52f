package nn

import (
	"math"

	"entrec/simd"
)

// clipEps keeps the factor of a clipped gradient finite, as in PyTorch and DINO.
const clipEps = 1e-6

// ClipGradNorm scales all gradients by the same factor min(1, limit/(‖g‖ + 1e-6)),
// where ‖g‖ is the norm of all of them together, and returns ‖g‖:
// torch.nn.utils.clip_grad_norm_.
func ClipGradNorm[T Float](params []Named[T], limit float64) float64 {
	sum := 0.0
	for _, p := range params {
		if p.HasGrad() {
			n := euclidean(p.Grad.Data())
			sum += float64(n * n)
		}
	}
	norm := math.Sqrt(sum)
	for _, p := range params {
		if p.HasGrad() {
			clip(p.Grad.Data(), norm, limit)
		}
	}
	return norm
}

// ClipEachGrad scales each gradient by min(1, limit/(‖g‖ + 1e-6)), where ‖g‖ is its
// own norm: clip_gradients of DINO's utils.py.
func ClipEachGrad[T Float](params []Named[T], limit float64) {
	for _, p := range params {
		if p.HasGrad() {
			clip(p.Grad.Data(), euclidean(p.Grad.Data()), limit)
		}
	}
}

func clip[T Float](grad []T, norm, limit float64) {
	if factor := limit / (norm + clipEps); factor < 1 {
		simd.Scale(grad, grad, T(factor))
	}
}
