package naive

import (
	"entrec/reference/portable"
)

// The estimators of mutual information are functions of scores s (k, k) of each x with each
// y: of pairs of the joint distribution where j = i, of the product of the marginals where
// not, of which there are k and k·(k−1).

// jointScores and productScores return those scores.
func jointScores(s [][]float64) (list []float64) {
	for i, row := range s {
		list = append(list, row[i])
	}
	return list
}

func productScores(s [][]float64) (list []float64) {
	for i, row := range s {
		list = append(append(list, row[:i]...), row[i+1:]...)
	}
	return list
}

func mean(x []float64) float64 { return portable.Total(x) / float64(len(x)) }

func logMeanExp(x []float64) float64 { return logSumExp(x) - portable.Log(float64(len(x))) }

// scoresGrad returns the gradient of a mean over joint scores plus one over those of the
// product, given the derivatives of their terms.
func scoresGrad(s [][]float64, ct float64, joint, product func(v float64) float64) [][]float64 {
	k := len(s)
	g := newRows(k, k)
	for i, row := range s {
		for j, v := range row {
			if i == j {
				g[i][j] = ct * joint(v) / float64(k)
			} else {
				g[i][j] = ct * product(v) / float64(k*(k-1))
			}
		}
	}
	return g
}

func one(float64) float64 { return 1 }

// MIDV returns Donsker and Varadhan's mean s_ii − log mean_{i≠j} e^{s_ij}.
func MIDV(s [][]float64) float64 { return mean(jointScores(s)) - logMeanExp(productScores(s)) }

// MIDVGrad returns the gradient: of the product minus the softmax over all of it.
func MIDVGrad(s [][]float64, ct float64) [][]float64 {
	g := scoresGrad(s, ct, one, one)
	weights := softmax(productScores(s))
	for i := range g {
		for j := range g {
			if i != j {
				g[i][j] = -ct * weights[0]
				weights = weights[1:]
			}
		}
	}
	return g
}

// MIMINE returns MIDV, and the logarithm of the running mean of e^{s_ij} over i ≠ j.
func MIMINE(s [][]float64, logRunning, decay float64) (estimate, next float64) {
	next = logMeanExp(productScores(s))
	if decay > 0 {
		next = logSumExp([]float64{portable.Log(decay) + logRunning, portable.Log(1-decay) + next})
	}
	return MIDV(s), next
}

// MIMINEGrad returns the gradient of mean s_ii − mean_{i≠j} e^{s_ij}/running, with the
// running mean after the batch, a constant. It is not that of the estimate.
func MIMINEGrad(s [][]float64, logRunning, decay, ct float64) [][]float64 {
	_, next := MIMINE(s, logRunning, decay)
	return scoresGrad(s, ct, one, func(v float64) float64 { return -portable.Exp(v - next) })
}

// MINWJ returns mean s_ii − mean_{i≠j} e^{s_ij−1}.
func MINWJ(s [][]float64) float64 {
	return mean(jointScores(s)) - portable.Exp(logMeanExp(productScores(s))-1)
}

// MINWJGrad returns its gradient.
func MINWJGrad(s [][]float64, ct float64) [][]float64 {
	return scoresGrad(s, ct, one, func(v float64) float64 { return -portable.Exp(v - 1) })
}

// MITUBA returns 1 + mean_i (s_ii − b_i) − mean_{i≠j} e^{s_ij−b_i}, with the logarithms of
// baselines b (k).
func MITUBA(s [][]float64, b []float64) float64 {
	lifted := overBaseline(s, b)
	return 1 + mean(jointScores(lifted)) - portable.Exp(logMeanExp(productScores(lifted)))
}

// MITUBAGrad returns the gradients with respect to scores and baselines.
func MITUBAGrad(s [][]float64, b []float64, ct float64) (gs [][]float64, gb []float64) {
	gs = scoresGrad(overBaseline(s, b), ct, one, func(v float64) float64 { return -portable.Exp(v) })
	for _, row := range gs {
		gb = append(gb, -portable.Total(row))
	}
	return gs, gb
}

func overBaseline(s [][]float64, b []float64) [][]float64 {
	lifted := newRows(len(s), len(s))
	for i, row := range s {
		for j, v := range row {
			lifted[i][j] = v - b[i]
		}
	}
	return lifted
}

// MIJSGrad returns the gradient of mean −log(1 + e^{−s_ii}) − mean_{i≠j} log(1 + e^{s_ij}),
// by which MINWJ's critic is trained as JS. It is not that of the estimate.
func MIJSGrad(s [][]float64, ct float64) [][]float64 {
	return scoresGrad(s, ct,
		func(v float64) float64 { return softmax([]float64{0, -v})[1] },
		func(v float64) float64 { return -softmax([]float64{0, v})[1] })
}

// MISMILE returns mean s_ii − log mean_{i≠j} e^{s_ij}, s_ij clipped at −τ and τ. Its gradient
// is MIJSGrad.
func MISMILE(s [][]float64, tau float64) float64 {
	clipped := mapped(productScores(s), func(v float64) float64 { return min(max(v, -tau), tau) })
	return mean(jointScores(s)) - logMeanExp(clipped)
}

// MIInfoNCE returns log k + mean_i log( e^{s_ii} / Σ_j e^{s_ij} ).
func MIInfoNCE(s [][]float64) float64 {
	var loss portable.Sum
	for i, row := range s {
		loss.Add(crossEntropy(row, i))
	}
	k := float64(len(s))
	return portable.Log(k) - loss.Value()/k
}

// MIInfoNCEGrad returns its gradient.
func MIInfoNCEGrad(s [][]float64, ct float64) [][]float64 {
	g := newRows(len(s), len(s))
	for i, row := range s {
		copy(g[i], scaled(crossEntropyGrad(row, i), -ct/float64(len(s))))
	}
	return g
}

// MICLUB returns mean_i s_ii − mean_{i,j} s_ij.
func MICLUB(s [][]float64) float64 { return mean(jointScores(s)) - mean(flatten(s)) }

// MICLUBGrad returns its gradient, 1/k − 1/k² of joint scores, −1/k² of the others.
func MICLUBGrad(s [][]float64, ct float64) [][]float64 {
	k := float64(len(s))
	return scoresGrad(s, ct, func(float64) float64 { return (k - 1) / k }, func(float64) float64 { return (1 - k) / k })
}
