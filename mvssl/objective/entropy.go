package objective

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/special"
	"entrec/simd"
	"entrec/tensor"
)

// EntropyConfig sets the kernel density estimate of the entropy on the sphere. Its
// zero value but for Kappa is what the paper's official file means, with the exact
// normalizer and the average.
type EntropyConfig struct {
	Kappa      float64 // concentration of the von Mises–Fisher kernel
	Reduction  Reduction
	Normalizer Normalizer
	Self       Self
}

// EntropySphere returns an estimate of the differential entropy, in nats, of the
// density on the unit sphere from which the unit rows z (k, d) are drawn: with
// S = κ·z·zᵀ,
//
//	log p_i = log Σ_j e^{S_ij} + log C_d(κ) − log k
//
// Average: −mean log p_i (Joe, 1989). Expectation: Σ w_i·(−log p_i) with
// w = softmax(log p), through which gradients flow too. With Self = Exclude the
// sums leave out j = i, and log(k−1) takes the place of log k; that needs k ≥ 2.
// apple/ml-entropy-reconstruction entropy_reconstruction.py, entropy(). It streams.
//
// It panics with a *tensor.ShapeError where the shape does not fit, also for
// d = 1, where there is no density.
func EntropySphere[T Float](z *autograd.Var[T], cfg EntropyConfig) *autograd.Var[T] {
	h, _ := entropySphere(z, cfg)
	return h
}

// entropySphere also returns the value as it was before it was rounded to T.
func entropySphere[T Float](z *autograd.Var[T], cfg EntropyConfig) (*autograd.Var[T], float64) {
	least := 1
	if cfg.Self == Exclude {
		least = 2
	}
	check("objective.EntropySphere", least, z)
	k, d := z.Value.Dim(0), z.Value.Dim(1)
	logC := cfg.Normalizer.logC(d, cfg.Kappa)
	x := tensor.Contiguous(z.Value).Data()
	s := &similarities[T]{scale: cfg.Kappa, d: d, skipSelf: true}
	logs := s.logSums(x, x)
	self := make([]float64, k) // the share of j = i in the sum
	if cfg.Self == Include {
		for i, others := range logs {
			own := cfg.Kappa * exactDot(x[i*d:(i+1)*d], x[i*d:(i+1)*d])
			logs[i] = own + softplus(others-own)
			self[i] = 1 / (1 + math.Exp(others-own))
		}
	}
	w := make([]float64, k)
	if cfg.Reduction == Expectation {
		copy(w, logs)
		softmax(w)
	} else {
		for i := range w {
			w[i] = 1 / float64(k)
		}
	}
	entropy := math.Log(float64(k-least+1)) - logC - dot(w, logs)
	return autograd.Function(tensor.Scalar(T(entropy)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		slope := make([]float64, k) // with respect to logs
		for i, l := range logs {
			slope[i] = -w[i] * float64(g.Item())
			if cfg.Reduction == Expectation {
				slope[i] *= 1 + l - dot(w, logs)
			}
		}
		rows := &weights{slope, logs}
		dx := dst[0].Data()
		s.weighted(dx, x, x, rows, rows)
		for i, own := range self {
			simd.Axpy(dx[i*d:(i+1)*d], T(2*cfg.Kappa*slope[i]*own), x[i*d:(i+1)*d])
		}
	}, z), entropy
}

// logC returns the normalizer's log C_d(κ).
func (n Normalizer) logC(d int, kappa float64) float64 {
	if d < 2 {
		tensor.Refuse("objective", "a sphere needs d of at least 2", []int{d})
	}
	if n == Official {
		return special.LogVMFNormalizerOfficial(d, kappa)
	}
	return special.LogVMFNormalizer(d, kappa)
}
