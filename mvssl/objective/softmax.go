package objective

import (
	"entrec/simd"
)

// softmax replaces x by e^x / Σ e^x.
func softmax(x []float64) { simd.Softmax(x, x) }

// logSoftmax stores log softmax(x/temperature) in dst.
func logSoftmax[T Float](dst []float64, x []T, temperature float64) {
	for i, v := range x {
		dst[i] = float64(v) / temperature
	}
	simd.LogSoftmax(dst, dst)
}

// crossEntropyGrad stores in dst scale times the gradient of −⟨target, logp⟩ with
// respect to the scores of which logp is the log softmax: Σ target·softmax − target.
func crossEntropyGrad[T Float](dst []T, logp, target []float64, scale float64) {
	total := sum(target)
	simd.Exp(logp, logp)
	for i, p := range logp {
		dst[i] = T(scale * (total*p - target[i]))
	}
}

func addTo(dst, x []float64) { simd.Add(dst, dst, x) }
