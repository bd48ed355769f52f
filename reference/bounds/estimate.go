package bounds

import (
	"math"

	"gonum.org/v1/gonum/stat"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// InfoNCE returns log k − InfoNCE of unit rows z1, z2 (k, d) at the temperature 1/κ, in
// nats, from the engine's objective: a lower bound of I(Z1; Z2) in expectation, and never
// above log k.
func InfoNCE(z1, z2 [][]float64, kappa float64) float64 {
	tape := autograd.NewTape[float64]()
	loss := objective.InfoNCE(constant(tape, z1), constant(tape, z2), 1/kappa)
	return math.Log(float64(len(z1))) - loss.Value.Item()
}

// InfoNCECritic returns the same bound with a critic of one's own, scores (k, k) of each z1
// with each z2: mean_i( s_ii − log Σ_j e^{s_ij} ) + log k.
func InfoNCECritic(scores [][]float64) float64 {
	tape := autograd.NewTape[float64]()
	logp := autograd.LogSoftmax(constant(tape, scores)).Value
	sum := 0.0
	for i := range scores {
		sum += logp.At(i, i)
	}
	return sum/float64(len(scores)) + math.Log(float64(len(scores)))
}

// ER returns the entropy of z2 less the reconstruction error of z2 from z1, in nats, from
// the engine's objectives, with one κ and the exact normalizer for both.
func ER(z1, z2 [][]float64, kappa float64, self objective.Self) float64 {
	tape := autograd.NewTape[float64]()
	a, b := constant(tape, z1), constant(tape, z2)
	entropy := objective.EntropySphere(b, objective.EntropyConfig{Kappa: kappa, Self: self})
	return entropy.Value.Item() - objective.ReconstructionSphere(a, b, kappa, objective.Exact).Value.Item()
}

// ERDiscrete returns the plug-in entropy of the classes w2 plus the mean of
// log q(w2|w1), in nats, where conditional holds q, from the engine's objective.
func ERDiscrete(w1, w2 []int, conditional [][]float64) float64 {
	tape := autograd.NewTape[float64]()
	onehot := make([][]float64, len(w2))
	reconstruction := 0.0
	for i := range w2 {
		onehot[i] = make([]float64, len(conditional[0]))
		onehot[i][w2[i]] = 1
		reconstruction += math.Log(conditional[w1[i]][w2[i]]) / float64(len(w2))
	}
	entropy := objective.EntropyDiscrete(constant(tape, onehot), objective.Expectation, 0)
	return entropy.Value.Item() + reconstruction
}

// Mean is what many batches say of an expectation.
type Mean struct {
	Value float64
	Error float64 // the standard error of Value
}

// MeanOf returns the mean of what batches gave and its standard error, the standard
// deviation between batches over the root of their number.
func MeanOf(batches []float64) Mean {
	mean, deviation := stat.MeanStdDev(batches, nil)
	return Mean{mean, deviation / math.Sqrt(float64(len(batches)))}
}

func constant(tape *autograd.Tape[float64], rows [][]float64) *autograd.Var[float64] {
	data := make([]float64, 0, len(rows)*len(rows[0]))
	for _, row := range rows {
		data = append(data, row...)
	}
	return tape.Constant(tensor.FromSlice(data, len(rows), len(rows[0])))
}
