package naive

import "entrec/reference/portable"

// MatMul returns a·b: c_ij = Σ_p a_ip·b_pj, for a (m, k) and b (k, n).
func MatMul(a, b [][]float64) [][]float64 { return matMulT(a, transpose(b)) }

// MatMulGrad returns ga = ct·bᵀ and gb = aᵀ·ct.
func MatMulGrad(a, b, ct [][]float64) (ga, gb [][]float64) {
	return matMulT(ct, b), matMulT(transpose(a), transpose(ct))
}

// Linear returns y = x·weightᵀ + bias, for x (n, i), weight (o, i) and bias (o),
// which may be nil.
func Linear(x, weight [][]float64, bias []float64) [][]float64 {
	y := newRows(len(x), len(weight))
	for n := range x {
		for o := range weight {
			var s portable.Sum
			for i := range x[n] {
				s.AddMul(x[n][i], weight[o][i])
			}
			if bias != nil {
				s.Add(bias[o])
			}
			y[n][o] = s.Value()
		}
	}
	return y
}

// LinearGrad returns gx = ct·weight, gweight = ctᵀ·x and gbias = Σ_n ct_n.
func LinearGrad(x, weight, ct [][]float64) (gx, gweight [][]float64, gbias []float64) {
	gx = MatMul(ct, weight)
	gweight = matMulT(transpose(ct), transpose(x))
	for _, column := range transpose(ct) {
		gbias = append(gbias, portable.Total(column))
	}
	return gx, gweight, gbias
}

// matMulT returns a·bᵀ.
func matMulT(a, b [][]float64) [][]float64 {
	c := newRows(len(a), len(b))
	for i := range a {
		for j := range b {
			c[i][j] = portable.Dot(a[i], b[j])
		}
	}
	return c
}

func transpose(a [][]float64) [][]float64 {
	t := newRows(len(a[0]), len(a))
	for i := range a {
		for j := range a[i] {
			t[j][i] = a[i][j]
		}
	}
	return t
}
