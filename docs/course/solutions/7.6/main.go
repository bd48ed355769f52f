// A solution of exercise 7.6 of the course: both normalizers.
package main

import (
	"math"

	"entrec/docs/course/answer"
	"entrec/reference/golden"
)

func main() {
	answer.Main(answer.Op{
		Name:   "er_reconstruction_sphere",
		Inputs: map[string]string{"z1": "k d", "z2": "k d"},
		Attrs:  map[string][]string{"kappa": nil, "normalizer": {"exact", "official"}},
		Least:  map[string]int{"d": 2},
		Output: "reconstruction",
	}, reconstruction)
}

// reconstruction returns mean_i( −κ·⟨z1_i, z2_i⟩ − log C_d(κ) ) of unit rows.
func reconstruction(q *answer.Question) (*golden.Array, map[string]*golden.Array) {
	z1, z2, kappa := q.In["z1"], q.In["z2"], q.Number["kappa"]
	k, d := z1.Shape[0], z1.Shape[1]
	logC := logNormalizer(float64(d), kappa)
	if q.Word["normalizer"] == "official" {
		known := (float64(d)/2-1)*math.Log(kappa) - float64(d)/2*math.Log(2*math.Pi) // log C + log I
		logC = known - logSum(known-logC, math.Log(1e-7))
	}
	r := -logC
	grads := map[string]*golden.Array{"z1": golden.NewArray(k, d), "z2": golden.NewArray(k, d)}
	for i := range z1.Data {
		r -= kappa * z1.Data[i] * z2.Data[i] / float64(k)
		if q.CT != nil {
			slope := -kappa * q.CT.Data[0] / float64(k)
			grads["z1"].Data[i], grads["z2"].Data[i] = slope*z2.Data[i], slope*z1.Data[i]
		}
	}
	return golden.Scalar(r), grads
}

// logNormalizer returns log C_d(κ) from 1/C = |S^{d−2}|·∫ e^{f(y)} dy with
// f(y) = κ·tanh y − (d−1)·log cosh y.
func logNormalizer(d, kappa float64) float64 {
	f := func(y float64) float64 {
		logCosh := math.Abs(y) + math.Log1p(math.Exp(-2*math.Abs(y))) - math.Ln2
		return kappa*math.Tanh(y) - (d-1)*logCosh
	}
	// The peak is where κ·(1 − t²) = (d−1)·t with t = tanh y, and this wide.
	t := 2 * kappa / (d - 1 + math.Hypot(d-1, 2*kappa))
	width := 1 / math.Sqrt((1-t*t)*(2*kappa*t+d-1))
	peak, step := math.Atanh(t), min(width, 1)/4
	sum := 0.0
	for n := -int((40/(d-1) + 12*width) / step); float64(n)*step < 40/(d-1)+12*width; n++ {
		sum += math.Exp(f(peak+float64(n)*step) - f(peak))
	}
	logGamma, _ := math.Lgamma((d - 1) / 2)
	area := math.Ln2 + (d-1)/2*math.Log(math.Pi) - logGamma // log |S^{d−2}|
	return -area - f(peak) - math.Log(sum*step)
}

// logSum returns log(e^a + e^b).
func logSum(a, b float64) float64 { return max(a, b) + math.Log1p(math.Exp(-math.Abs(a-b))) }
