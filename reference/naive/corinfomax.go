package naive

import "entrec/reference/portable"

// RunningCovariance returns decay·r + (1 − decay)·C of a batch z (k, d) and a past r (d, d),
// with C = Σ_n (z_n − z̄)·(z_n − z̄)ᵀ/k.
func RunningCovariance(z, r [][]float64, decay float64) [][]float64 {
	columns := transpose(lessMean(z))
	running := newRows(len(r), len(r))
	for i := range r {
		for j := range r {
			c := portable.Dot(columns[i], columns[j]) / float64(len(z))
			running[i][j] = float64(decay*r[i][j]) + float64((1-decay)*c)
		}
	}
	return running
}

// RunningCovarianceGrad returns the gradient with respect to z for the cotangent ct of the
// running covariance: (1 − decay)/k·(z − z̄)·(ct + ctᵀ). The past is a constant.
func RunningCovarianceGrad(z [][]float64, decay float64, ct [][]float64) [][]float64 {
	g := MatMul(lessMean(z), symmetric(ct))
	scale := 2 * (1 - decay) / float64(len(z))
	for n := range g {
		for i := range g[n] {
			g[n][i] = float64(g[n][i] * scale)
		}
	}
	return g
}

// lessMean returns the rows of z less their mean.
func lessMean(z [][]float64) [][]float64 {
	y := newRows(len(z), len(z[0]))
	for i, column := range transpose(z) {
		mean := portable.Total(column) / float64(len(z))
		for n := range z {
			y[n][i] = z[n][i] - mean
		}
	}
	return y
}

// lifted returns the symmetric part of a with eps added to its diagonal.
func lifted(a [][]float64, eps float64) [][]float64 {
	s := symmetric(a)
	for i := range s {
		s[i][i] += eps
	}
	return s
}

// CorInfoMax returns the loss of z1, z2 (k, d) whose running covariances, this batch in
// them, are r1, r2 (d, d) (Ozsoy et al., 2022):
//
//	−( log det(r1 + eps·I) + log det(r2 + eps·I) )/d + weight·mean (z1 − z2)²
func CorInfoMax(z1, z2, r1, r2 [][]float64, eps, weight float64) float64 {
	var squares portable.Sum
	for n := range z1 {
		for i := range z1[n] {
			v := z1[n][i] - z2[n][i]
			squares.AddMul(v, v)
		}
	}
	d := float64(len(r1))
	mean := squares.Value() / float64(float64(len(z1))*d)
	return float64(weight*mean) - (LogDet(lifted(r1, eps))+LogDet(lifted(r2, eps)))/d
}

// CorInfoMaxGrad returns the gradient with respect to z for the cotangents of the loss and
// of its running covariance r, where other is the other view.
func CorInfoMaxGrad(z, other, r [][]float64, decay, eps, weight, ct float64, ctR [][]float64) [][]float64 {
	k, d := len(z), len(r)
	of := LogDetGrad(lifted(r, eps), -ct/float64(d))
	for i := range of {
		for j := range of[i] {
			of[i][j] += ctR[i][j]
		}
	}
	g := RunningCovarianceGrad(z, decay, of)
	pull := 2 * float64(ct*weight) / float64(k*d)
	for n := range g {
		for i := range g[n] {
			g[n][i] += float64(pull * (z[n][i] - other[n][i]))
		}
	}
	return g
}
