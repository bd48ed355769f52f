package objective

import (
	"math"

	"entrec/autograd"
	"entrec/tensor"
)

// KoLeo returns the Kozachenko–Leonenko term of unit rows z (k, d): with ρ_i the distance
// of row i from the nearest other one,
//
//	−mean_i log(ρ_i + eps)
//
// −(d−1) times it is, but for a constant, the nearest-neighbor estimate of the entropy on
// the sphere. Of equally near rows the first counts. Gradients flow through both ends of a
// distance; where it is 0 there is none, as of PyTorch's norm. Sablayrolles et al. (2019),
// arXiv:1806.03198; facebookresearch/dinov2 loss/koleo_loss.py, which also adds 1e-8 to
// each coordinate's difference. Distances are taken in float64, so that near rows keep
// their digits; none is stored but the nearest. It panics with a *tensor.ShapeError for
// fewer than two rows.
func KoLeo[T Float](z *autograd.Var[T], eps float64) *autograd.Var[T] {
	check("objective.KoLeo", 2, z)
	k, d := z.Value.Dim(0), z.Value.Dim(1)
	x := tensor.Contiguous(z.Value).Data()
	row := func(i int) []T { return x[i*d : (i+1)*d] }
	nearest, distances, logs := make([]int, k), make([]float64, k), make([]float64, k)
	blocks(k, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			least := math.Inf(1)
			for j := range k {
				if j == i {
					continue
				}
				if s := squaredDistance(row(i), row(j)); s < least {
					least, nearest[i] = s, j
				}
			}
			distances[i] = math.Sqrt(least)
			logs[i] = math.Log(distances[i] + eps)
		}
	})
	return autograd.Function(tensor.Scalar(T(-sum(logs)/float64(k))), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		total := make([]float64, k*d)
		for i, n := range nearest {
			if distances[i] == 0 {
				continue
			}
			slope := -float64(g.Item()) / float64(k) / (distances[i] + eps) / distances[i]
			for j, v := range row(i) {
				step := slope * (float64(v) - float64(x[n*d+j]))
				total[i*d+j] += step
				total[n*d+j] -= step
			}
		}
		for i, v := range total {
			dst[0].Data()[i] = T(v)
		}
	}, z)
}

// squaredDistance returns ‖x − y‖² in float64.
func squaredDistance[T Float](x, y []T) float64 {
	var s [4]float64
	y = y[:len(x)]
	n := len(x) &^ 3
	for i := 0; i < n; i += 4 {
		for l := range s {
			v := float64(x[i+l]) - float64(y[i+l])
			s[l] += v * v
		}
	}
	for i := n; i < len(x); i++ {
		v := float64(x[i]) - float64(y[i])
		s[0] += v * v
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}
