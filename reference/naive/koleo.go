package naive

import (
	"math"

	"entrec/reference/portable"
)

// KoLeo returns −mean_i log(ρ_i + eps) of z (k, d), with ρ_i the distance of row i from the
// nearest other row (Sablayrolles et al., 2019).
func KoLeo(z [][]float64, eps float64) float64 {
	var s portable.Sum
	for i := range z {
		_, distance := nearestOf(z, i)
		s.Add(-portable.Log(distance + eps))
	}
	return s.Value() / float64(len(z))
}

// KoLeoGrad returns the gradient: −ct/k·(z_i − z_n)/((ρ_i + eps)·ρ_i) for each row i, its
// negative for the row n that is nearest to it; nothing where they are equal.
func KoLeoGrad(z [][]float64, eps, ct float64) [][]float64 {
	g := newRows(len(z), len(z[0]))
	for i := range z {
		n, distance := nearestOf(z, i)
		if distance == 0 {
			continue
		}
		for j, v := range scaled(minus(z[i], z[n]), -ct/float64(len(z))/(distance+eps)/distance) {
			g[i][j] += v
			g[n][j] -= v
		}
	}
	return g
}

// nearestOf returns which row is nearest to row i, the first of equals, and its distance.
func nearestOf(z [][]float64, i int) (nearest int, distance float64) {
	distance = math.Inf(1)
	for j := range z {
		if d := portable.Norm(minus(z[i], z[j])); j != i && d < distance {
			nearest, distance = j, d
		}
	}
	return nearest, distance
}
