package naive

import "entrec/reference/portable"

// Sinkhorn returns SwAV's codes of scores (k, c) (Caron et al., 2020;
// facebookresearch/swav, main_swav.py): from Q = exp(scores/ε)/Σ, each iteration
// scales the prototypes' totals to 1/c and then the samples' totals to 1/k; at the
// end Q is multiplied by k. It works on L = log Q, so that no score overflows:
//
//	L ← log_softmax(L) over samples − log c;  L ← log_softmax(L) over prototypes − log k
func Sinkhorn(scores [][]float64, epsilon float64, iterations int) [][]float64 {
	steps := sinkhornSteps(scores, epsilon, iterations)
	logK := portable.Log(float64(len(scores)))
	return byRow(steps[len(steps)-1], func(row []float64) []float64 {
		return mapped(row, func(l float64) float64 { return portable.Exp(l + logK) })
	})
}

// SinkhornGrad returns the gradient with respect to the scores, back through all
// steps: a log_softmax of L turns a gradient g into g − softmax(L)·Σ g along its axis.
func SinkhornGrad(scores [][]float64, epsilon float64, iterations int, ct [][]float64) [][]float64 {
	steps := sinkhornSteps(scores, epsilon, iterations)
	g := Sinkhorn(scores, epsilon, iterations) // dQ/dL is Q
	for n := range g {
		for c := range g[n] {
			g[n][c] *= ct[n][c]
		}
	}
	for n := 2*iterations - 1; n >= 0; n-- {
		if n%2 == 0 {
			g = transpose(LogSoftmaxGrad(transpose(steps[n]), transpose(g)))
		} else {
			g = LogSoftmaxGrad(steps[n], g)
		}
	}
	whole := LogSoftmaxGrad([][]float64{flatten(steps[0])}, [][]float64{flatten(g)})
	return cut(divided(whole[0], epsilon), len(g), len(g[0]))
}

// sinkhornSteps returns log Q at the start and after each half of an iteration.
func sinkhornSteps(scores [][]float64, epsilon float64, iterations int) [][][]float64 {
	k, c := len(scores), len(scores[0])
	whole := logSoftmax(divided(flatten(scores), epsilon))
	steps := [][][]float64{cut(whole, k, c)}
	for n := range 2 * iterations {
		l := steps[n]
		if n%2 == 0 {
			l = less(transpose(LogSoftmax(transpose(l))), portable.Log(float64(c)))
		} else {
			l = less(LogSoftmax(l), portable.Log(float64(k)))
		}
		steps = append(steps, l)
	}
	return steps
}

func less(x [][]float64, by float64) [][]float64 {
	return byRow(x, func(row []float64) []float64 {
		return mapped(row, func(v float64) float64 { return v - by })
	})
}
