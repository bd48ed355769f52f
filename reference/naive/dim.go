package naive

import (
	"math"
	"slices"

	"entrec/reference/portable"
)

// The losses of local Deep InfoMax (Hjelm et al., 2019) are functions of the scores
// u_nmp = ⟨global_n, local_mp⟩ of global features (k, u) with local ones (k, p, u):
// positives where m = n, negatives where not.

// dimScores returns u (k, k, p).
func dimScores(global [][]float64, local [][][]float64) [][][]float64 {
	k, p := len(local), len(local[0])
	s := newBlocks(k, k, p)
	for n := range s {
		for m := range s[n] {
			for q := range s[n][m] {
				s[n][m][q] = portable.Dot(global[n], local[m][q])
			}
		}
	}
	return s
}

// dimNegatives returns the scores of image n with all places of the others.
func dimNegatives(s [][][]float64, n int) []float64 {
	return slices.Concat(slices.Concat(s[n][:n]...), slices.Concat(s[n][n+1:]...))
}

// dimGrad returns the gradients with respect to both inputs, given those with respect to
// the scores.
func dimGrad(global [][]float64, local, gs [][][]float64) (gg [][]float64, gl [][][]float64) {
	k, p, u := len(local), len(local[0]), len(global[0])
	gg, gl = newRows(k, u), newBlocks(k, p, u)
	for j := range u {
		for n := range gg {
			var total portable.Sum
			for m := range local {
				for q := range local[m] {
					total.Add(float64(gs[n][m][q] * local[m][q][j]))
				}
			}
			gg[n][j] = total.Value()
		}
		for m := range gl {
			for q := range gl[m] {
				var total portable.Sum
				for n := range global {
					total.Add(float64(gs[n][m][q] * global[n][j]))
				}
				gl[m][q][j] = total.Value()
			}
		}
	}
	return gg, gl
}

// DIMJSD returns mean_{n≠m,p} log(1 + e^u) + mean_{n,p} log(1 + e^{−u}) − 2·log 2.
func DIMJSD(global [][]float64, local [][][]float64) float64 {
	s := dimScores(global, local)
	k, p := len(s), len(s[0][0])
	var joint, product portable.Sum
	for n := range s {
		for _, v := range s[n][n] {
			joint.Add(logSumExp([]float64{0, -v}))
		}
		for _, v := range dimNegatives(s, n) {
			product.Add(logSumExp([]float64{0, v}))
		}
	}
	return float64(joint.Value()/float64(k*p)) + float64(product.Value()/float64(k*(k-1)*p)) - 2*math.Ln2
}

// DIMJSDGrad returns the gradients: with respect to the scores, −1/(1 + e^u) of a
// positive and 1/(1 + e^{−u}) of a negative, each over how many there are.
func DIMJSDGrad(global [][]float64, local [][][]float64, ct float64) (gg [][]float64, gl [][][]float64) {
	s := dimScores(global, local)
	k, p := len(s), len(s[0][0])
	for n := range s {
		for m := range s[n] {
			for q, v := range s[n][m] {
				if m == n {
					s[n][m][q] = -ct * softmax([]float64{0, -v})[1] / float64(k*p)
				} else {
					s[n][m][q] = ct * softmax([]float64{0, v})[1] / float64(k*(k-1)*p)
				}
			}
		}
	}
	return dimGrad(global, local, s)
}

// DIMNCE returns mean_{n,p} −log( e^{u_nnp} / ( e^{u_nnp} + Σ_{m≠n,q} e^{u_nmq} ) ).
func DIMNCE(global [][]float64, local [][][]float64) float64 {
	s := dimScores(global, local)
	var loss portable.Sum
	for n := range s {
		negatives := dimNegatives(s, n)
		for _, v := range s[n][n] {
			loss.Add(crossEntropy(slices.Concat([]float64{v}, negatives), 0))
		}
	}
	return loss.Value() / float64(len(s)*len(s[0][0]))
}

// DIMNCEGrad returns the gradients: with respect to the scores, those of one
// cross-entropy for each positive.
func DIMNCEGrad(global [][]float64, local [][][]float64, ct float64) (gg [][]float64, gl [][][]float64) {
	gs := nceGrad(dimScores(global, local))
	k, p := len(gs), len(gs[0][0])
	for _, places := range gs {
		for _, place := range places {
			for q, g := range place {
				place[q] = ct * g / float64(k*p)
			}
		}
	}
	return dimGrad(global, local, gs)
}

// nceGrad returns the gradient, with respect to scores s (k, k, p), of the sum of the
// cross-entropies of each positive against the negatives.
func nceGrad(s [][][]float64) [][][]float64 {
	k, p := len(s), len(s[0][0])
	gs := newBlocks(k, k, p)
	for n := range s {
		negatives := dimNegatives(s, n)
		sums := make([]portable.Sum, len(negatives))
		for q, v := range s[n][n] {
			g := crossEntropyGrad(slices.Concat([]float64{v}, negatives), 0)
			gs[n][n][q] = g[0]
			for j := range sums {
				sums[j].Add(g[1+j])
			}
		}
		at := 0
		for m := range gs[n] {
			if m == n {
				continue
			}
			for q := range gs[n][m] {
				gs[n][m][q] = sums[at].Value()
				at++
			}
		}
	}
	return gs
}

// DIMDV returns log mean_{n≠m,p} e^u − mean_{n,p} u_nnp.
func DIMDV(global [][]float64, local [][][]float64) float64 {
	s := dimScores(global, local)
	k, p := len(s), len(s[0][0])
	var joint portable.Sum
	var all []float64
	for n := range s {
		for _, v := range s[n][n] {
			joint.Add(v)
		}
		all = append(all, dimNegatives(s, n)...)
	}
	return (logSumExp(all) - portable.Log(float64(k*(k-1)*p))) - float64(joint.Value()/float64(k*p))
}

// DIMDVGrad returns the gradients: with respect to the scores, −1/(k·p) of a positive,
// and the softmax over all negatives.
func DIMDVGrad(global [][]float64, local [][][]float64, ct float64) (gg [][]float64, gl [][][]float64) {
	s := dimScores(global, local)
	k, p := len(s), len(s[0][0])
	var all []float64
	for n := range s {
		all = append(all, dimNegatives(s, n)...)
	}
	weights := softmax(all)
	for n := range s {
		for m := range s[n] {
			for q := range s[n][m] {
				if m == n {
					s[n][m][q] = -ct / float64(k*p)
					continue
				}
				s[n][m][q] = float64(ct * weights[0])
				weights = weights[1:]
			}
		}
	}
	return dimGrad(global, local, s)
}
