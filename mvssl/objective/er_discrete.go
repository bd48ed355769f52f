package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// ERDiscreteParts is the discrete ER objective and what it consists of, in nats.
type ERDiscreteParts[T Float] struct {
	Loss           *autograd.Var[T] // reconstruction error − weight·entropy, to be minimized
	Entropy        float64
	Reconstruction float64 // the error
}

// ERDiscrete returns the ER objective of two views that are assigned to c classes by
// logits (k, c), each predicting the other. With p = softmax(logits/τ) by row and p̄ its
// mean over the batch:
//
//	reconstruction error  mean_i ½·( −Σ_c p1·log p2 − Σ_c p2·log p1 )
//	entropy               ½·( −Σ_c p̄1·log p̄1 − Σ_c p̄2·log p̄2 )
//
// Rodríguez-Gálvez et al. (2023), section 2, with the plug-in entropy of the mean
// assignment. All is worked out from logarithms, so that classes without any share have
// finite values and gradients. It panics with a *tensor.ShapeError unless both are equal
// matrices with at least one row.
func ERDiscrete[T Float](logits1, logits2 *autograd.Var[T], temperature, entropyWeight float64) ERDiscreteParts[T] {
	check("objective.ERDiscrete", 1, logits1, logits2)
	k, c := logits1.Value.Dim(0), logits1.Value.Dim(1)
	views := [2]assignments{assign(logits1.Value, temperature), assign(logits2.Value, temperature)}
	parts := ERDiscreteParts[T]{}
	for i, v := range views {
		parts.Entropy += v.entropy() / 2
		parts.Reconstruction += v.crossEntropy(views[1-i]) / 2
	}
	loss := tensor.Scalar(T(parts.Reconstruction - entropyWeight*parts.Entropy))
	parts.Loss = autograd.Function(loss, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := float64(g.Item()) / (2 * float64(k) * temperature)
		for i, v := range views {
			if dst[i] == nil {
				continue
			}
			dx, other := dst[i].Data(), views[1-i]
			blocks(k, func(lo, hi int) {
				slope := make([]float64, c) // of the row's Σ_c p·slope
				for n := lo; n < hi; n++ {
					p, theirs := v.row(v.p, n), other.row(other.log, n)
					mean := 0.0
					for j := range slope {
						slope[j] = entropyWeight*v.mean[j] - theirs[j]
						mean += p[j] * slope[j]
					}
					for j, q := range other.row(other.p, n) {
						dx[n*c+j] = T(scale * (p[j]*(slope[j]-mean+1) - q))
					}
				}
			})
		}
	}, logits1, logits2)
	return parts
}

// assignments are softmaxes by row.
type assignments struct {
	k, c   int
	log, p []float64 // (k, c)
	mean   []float64 // log p̄
}

func assign[T Float](logits *tensor.Tensor[T], temperature float64) assignments {
	k, c := logits.Dim(0), logits.Dim(1)
	a := assignments{k: k, c: c, log: make([]float64, k*c), p: make([]float64, k*c), mean: make([]float64, c)}
	x := tensor.Contiguous(logits).Data()
	blocks(k, func(lo, hi int) {
		for n := lo; n < hi; n++ {
			row := a.row(a.log, n)
			for j := range row {
				row[j] = float64(x[n*c+j]) / temperature
			}
			total := simd.LogSumExp(row)
			for j := range row {
				row[j] -= total
				a.p[n*c+j] = math.Exp(row[j])
			}
		}
	})
	column := make([]float64, k)
	for j := range a.mean {
		for n := range column {
			column[n] = a.log[n*c+j]
		}
		a.mean[j] = simd.LogSumExp(column) - math.Log(float64(k))
	}
	return a
}

func (a assignments) row(of []float64, n int) []float64 { return of[n*a.c : (n+1)*a.c] }

// entropy returns −Σ_c p̄·log p̄.
func (a assignments) entropy() float64 {
	h := 0.0
	for _, l := range a.mean {
		h -= math.Exp(l) * l
	}
	return h
}

// crossEntropy returns mean_i −Σ_c p·log q.
func (a assignments) crossEntropy(q assignments) float64 { return -dot(a.p, q.log) / float64(a.k) }
