package naive

import (
	"math"
	"slices"

	"entrec/reference/portable"
)

// AMDIM returns, with s_nmq = ⟨r1_n, r5_mq⟩/√u for r1 (k, u) and r5 (k, p, u), and
// c = clip·tanh(s/clip),
//
//	mean_{n,q} −log( e^{c_nnq} / ( e^{c_nnq} + Σ_{m≠n,j} e^{c_nmj} ) ) + weight·mean_{n,m,q} s_nmq²
//
// (Bachman et al., 2019; costs.py).
func AMDIM(r1 [][]float64, r5 [][][]float64, clip, weight float64) float64 {
	raw := amdimScores(r1, r5)
	s := clipped(raw, clip)
	var loss, squares portable.Sum
	for n := range s {
		negatives := dimNegatives(s, n)
		for _, v := range s[n][n] {
			loss.Add(crossEntropy(slices.Concat([]float64{v}, negatives), 0))
		}
		for _, v := range flatten(raw[n]) {
			squares.Add(float64(v * v))
		}
	}
	k, p := len(s), len(s[0][0])
	return float64(loss.Value()/float64(k*p)) + float64(weight*squares.Value()/float64(k*k*p))
}

// AMDIMGrad returns the gradients with respect to r1 and r5: those of one cross-entropy
// for each positive, times the tanh's 1 − tanh², and of the squares.
func AMDIMGrad(r1 [][]float64, r5 [][][]float64, clip, weight, ct float64) (g1 [][]float64, g5 [][][]float64) {
	raw := amdimScores(r1, r5)
	s := clipped(raw, clip)
	k, p := len(s), len(s[0][0])
	root := math.Sqrt(float64(len(r1[0])))
	gs := nceGrad(s)
	for n := range gs {
		for m := range gs[n] {
			for q, g := range gs[n][m] {
				t := portable.Tanh(raw[n][m][q] / clip)
				of := float64(g*(1-float64(t*t))) / float64(k*p)
				gs[n][m][q] = ct * (of + float64(2*weight*raw[n][m][q])/float64(k*k*p)) / root
			}
		}
	}
	return dimGrad(r1, r5, gs)
}

// amdimScores returns s (k, k, p).
func amdimScores(r1 [][]float64, r5 [][][]float64) [][][]float64 {
	s := dimScores(r1, r5)
	root := math.Sqrt(float64(len(r1[0])))
	for _, images := range s {
		for _, places := range images {
			for q := range places {
				places[q] /= root
			}
		}
	}
	return s
}

// clipped returns clip·tanh(s/clip).
func clipped(s [][][]float64, clip float64) [][][]float64 {
	c := newBlocks(len(s), len(s), len(s[0][0]))
	for n := range s {
		for m := range s[n] {
			copy(c[n][m], mapped(s[n][m], func(v float64) float64 { return clip * portable.Tanh(v/clip) }))
		}
	}
	return c
}
