package naive

import (
	"math"
	"slices"

	"entrec/reference/portable"
)

// MMCR returns −‖C‖_*, the negative sum of the singular values of the centroids C (k, d) of
// z (v, k, d), whose rows it normalizes: C is their mean over the views (Yerxa et al., 2023).
func MMCR(z [][][]float64) float64 {
	norm, _ := nuclear(centroids(z))
	return -norm
}

// MMCRGrad returns the gradient: −ct·U·Vᵀ/v for the normalized rows of each view, with
// C = U·Σ·Vᵀ, over the singular values that are not 0.
func MMCRGrad(z [][][]float64, ct float64) [][][]float64 {
	_, polar := nuclear(centroids(z))
	g := make([][][]float64, len(z))
	for i, view := range z {
		slope := byRow(polar, func(row []float64) []float64 { return scaled(row, -ct/float64(len(z))) })
		g[i] = NormalizeGrad(view, normEps, slope)
	}
	return g
}

// centroids returns the mean over the views of the normalized rows.
func centroids(z [][][]float64) [][]float64 {
	c := newRows(len(z[0]), len(z[0][0]))
	for k := range c {
		for j := range c[k] {
			var s portable.Sum
			for _, view := range z {
				norm := max(portable.Norm(view[k]), normEps)
				s.Add(view[k][j] / norm)
			}
			c[k][j] = s.Value() / float64(len(z))
		}
	}
	return c
}

// nuclear returns the nuclear norm of a and U·Vᵀ, by one-sided Jacobi rotations of the
// columns of a, or of its rows where they are fewer, together with those of the identity:
// a·V = U·Σ. Singular values up to max(k, d)·2⁻⁵² of the largest are taken for 0.
func nuclear(a [][]float64) (norm float64, polar [][]float64) {
	if len(a[0]) > len(a) {
		norm, polar = nuclear(transpose(a))
		return norm, transpose(polar)
	}
	columns, v := transpose(a), newRows(len(a[0]), len(a[0]))
	for i := range v {
		v[i][i] = 1
	}
	for sweep, rotated := 0, true; rotated && sweep < 60; sweep++ {
		rotated = false
		for i := range columns {
			for j := i + 1; j < len(columns); j++ {
				cos, sin := orthogonalizing(columns[i], columns[j])
				if sin == 0 {
					continue
				}
				rotated = true
				turn(columns[i], columns[j], cos, sin)
				turn(v[i], v[j], cos, sin)
			}
		}
	}
	sigma := make([]float64, len(columns))
	for i, c := range columns {
		sigma[i] = portable.Norm(c)
	}
	least := float64(len(a)) * 0x1p-52 * slices.Max(sigma)
	for i, s := range sigma {
		by := 0.0
		if s > least {
			by = 1 / s
		}
		columns[i] = scaled(columns[i], by)
	}
	return portable.Total(sigma), MatMul(transpose(columns), v)
}

// orthogonalizing returns the cosine and sine of the rotation after which x and y are
// orthogonal: 1 and 0 where they are but for rounding, the shorter being 2⁻⁵⁶ of the longer
// among what is.
func orthogonalizing(x, y []float64) (cos, sin float64) {
	xx, yy, xy := portable.Dot(x, x), portable.Dot(y, y), portable.Dot(x, y)
	if math.Abs(xy) <= 0x1p-50*math.Sqrt(xx)*math.Sqrt(yy) || min(xx, yy) <= 0x1p-112*max(xx, yy) {
		return 1, 0
	}
	zeta := (yy - xx) / (2 * xy)
	t := 1 / (math.Abs(zeta) + math.Sqrt(1+float64(zeta*zeta)))
	if zeta < 0 {
		t = -t
	}
	cos = 1 / math.Sqrt(1+float64(t*t))
	return cos, float64(cos * t)
}

func turn(x, y []float64, cos, sin float64) {
	for i, v := range x {
		x[i] = float64(cos*v) - float64(sin*y[i])
		y[i] = float64(sin*v) + float64(cos*y[i])
	}
}
