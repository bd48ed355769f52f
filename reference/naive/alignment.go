package naive

import (
	"entrec/reference/portable"
)

// Alignment returns mean_i ‖z1_i − z2_i‖₂^α of z1, z2 (k, d) (Wang and Isola, 2020,
// equation 6).
func Alignment(z1, z2 [][]float64, alpha float64) float64 {
	var s portable.Sum
	for i := range z1 {
		s.Add(portable.Pow(portable.Norm(minus(z1[i], z2[i])), alpha))
	}
	return s.Value() / float64(len(z1))
}

// AlignmentGrad returns ct·α·‖z1−z2‖^{α−2}·(z1 − z2)/k and its negative; 0 where the rows
// are equal.
func AlignmentGrad(z1, z2 [][]float64, alpha, ct float64) (g1, g2 [][]float64) {
	g1, g2 = newRows(len(z1), len(z1[0])), newRows(len(z1), len(z1[0]))
	for i := range z1 {
		diff := minus(z1[i], z2[i])
		norm := portable.Norm(diff)
		if norm == 0 {
			continue
		}
		by := ct * alpha * portable.Pow(norm, alpha-1) / norm / float64(len(z1))
		copy(g1[i], scaled(diff, by))
		copy(g2[i], scaled(diff, -by))
	}
	return g1, g2
}

// Uniformity returns log mean_{i<j} e^{−t·‖z_i−z_j‖²} of z (k, d) (Wang and Isola, 2020,
// equation 7).
func Uniformity(z [][]float64, t float64) float64 {
	exponents := uniformityExponents(z, t)
	return logSumExp(exponents) - portable.Log(float64(len(exponents)))
}

// UniformityGrad returns −2t·ct·Σ_{j≠i} w_ij·(z_i − z_j) for each row, with w the softmax
// of the exponents over all pairs.
func UniformityGrad(z [][]float64, t, ct float64) [][]float64 {
	sums := make([][]portable.Sum, len(z))
	for i := range sums {
		sums[i] = make([]portable.Sum, len(z[0]))
	}
	w := softmax(uniformityExponents(z, t))
	for i := range z {
		for j := i + 1; j < len(z); j++ {
			for d, v := range minus(z[i], z[j]) {
				sums[i][d].AddMul(w[0], v)
				sums[j][d].AddMul(w[0], -v)
			}
			w = w[1:]
		}
	}
	g := newRows(len(z), len(z[0]))
	for i := range g {
		copy(g[i], scaled(values(sums[i]), -2*t*ct))
	}
	return g
}

// uniformityExponents returns −t·‖z_i−z_j‖² for each pair i < j.
func uniformityExponents(z [][]float64, t float64) (e []float64) {
	for i := range z {
		for j := i + 1; j < len(z); j++ {
			diff := minus(z[i], z[j])
			e = append(e, -t*portable.Dot(diff, diff))
		}
	}
	return e
}

func minus(a, b []float64) []float64 {
	diff := make([]float64, len(a))
	for i := range a {
		diff[i] = a[i] - b[i]
	}
	return diff
}
