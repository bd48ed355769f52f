package naive

import "entrec/reference/portable"

// SIGReg returns the mean over the columns of slices (d, m) of the Epps–Pulley statistic of
// x = z·slice, for z (n, d):
//
//	n·Σ_q w_q·( (mean_i cos(t_q·x_i) − φ_q)² + (mean_i sin(t_q·x_i))² ),  φ_q = e^{−t_q²/2}
//
// with knots t_q evenly from 0 to 3 and w_q = 2Δ·φ_q, half of that at both ends, Δ being the
// distance between knots (Balestriero and LeCun, 2025; rbalestr-lab/lejepa,
// univariate/epps_pulley.py).
func SIGReg(z, slices [][]float64, knots int) float64 {
	var loss portable.Sum
	for _, x := range transpose(MatMul(z, slices)) {
		for q := range knots {
			t, phi, weight := knot(q, knots)
			cos, sin := meanWave(x, t)
			loss.AddMul(float64(weight*(cos-phi)), cos-phi)
			loss.AddMul(float64(weight*sin), sin)
		}
	}
	return loss.Value() * float64(len(z)) / float64(len(slices[0]))
}

// SIGRegGrad returns the gradient with respect to z: that of x_i is
//
//	2·ct/m·Σ_q w_q·t_q·( S_q·cos(t_q·x_i) − (C_q − φ_q)·sin(t_q·x_i) )
//
// C_q and S_q being the means.
func SIGRegGrad(z, slices [][]float64, knots int, ct float64) [][]float64 {
	columns := transpose(MatMul(z, slices))
	g := newRows(len(columns), len(z))
	for l, x := range columns {
		sums := make([]portable.Sum, len(x))
		for q := range knots {
			t, phi, weight := knot(q, knots)
			cos, sin := meanWave(x, t)
			for i, v := range x {
				s, c := portable.Sincos(float64(t * v))
				sums[i].AddMul(float64(weight*t)*sin, c)
				sums[i].AddMul(float64(weight*t)*(phi-cos), s)
			}
		}
		copy(g[l], scaled(values(sums), 2*ct/float64(len(columns))))
	}
	return MatMul(transpose(g), transpose(slices))
}

// knot returns where the knot q lies, the characteristic function of the normal
// distribution there, and its weight.
func knot(q, knots int) (t, phi, weight float64) {
	step := 3 / float64(knots-1)
	t = float64(q) * step
	phi = portable.Exp(-t * t / 2)
	weight = 2 * step * phi
	if q == 0 || q == knots-1 {
		weight /= 2
	}
	return t, phi, weight
}

// meanWave returns the means of cos(t·x) and of sin(t·x).
func meanWave(x []float64, t float64) (cos, sin float64) {
	var c, s portable.Sum
	for _, v := range x {
		sv, cv := portable.Sincos(float64(t * v))
		c.Add(cv)
		s.Add(sv)
	}
	return c.Value() / float64(len(x)), s.Value() / float64(len(x))
}
