package objective

import (
	"slices"

	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// TiCoConfig sets [TiCo].
type TiCoConfig struct {
	Momentum float64 // of the second moment, 0.9 in the paper
	Rho      float64 // weight of the contrast with it, 8 in the paper's code
}

// TiCo returns the loss of projections z1, z2 (k, d), whose rows it normalizes, and the
// second moment after it. With B = z1ᵀ·z1/k and moved = momentum·c + (1−momentum)·B,
//
//	1 − mean_i ⟨z1_i, z2_i⟩ + rho·mean_i z1_iᵀ·moved·z1_i
//
// c (d, d) is a constant; the gradient goes through B as well. Zhu et al. (2022),
// arXiv:2206.10698, algorithm 1; lightly's loss/tico_loss.py, which also centers the
// rows. In float64 throughout; memory O(k·d + d²). It panics with a *tensor.ShapeError
// unless z1 and z2 are equal matrices with at least one row, and c fits them.
func TiCo[T Float](z1, z2 *autograd.Var[T], c *tensor.Tensor[T], cfg TiCoConfig) (loss *autograd.Var[T], moved *tensor.Tensor[T]) {
	check("objective.TiCo", 1, z1, z2)
	k, d := z1.Value.Dim(0), z1.Value.Dim(1)
	if !slices.Equal(c.Shape(), []int{d, d}) {
		tensor.Refuse("objective.TiCo", "a second moment (d, d) is needed", z1.Shape(), c.Shape())
	}
	a, b := newUnitRows(z1.Value), newUnitRows(z2.Value)
	before := tensor.Contiguous(tensor.Convert[float64](c))
	batch := tensor.New[float64](d, d)
	tensor.MatMulTo(batch, a.u, a.u, tensor.Trans, tensor.NoTrans)
	simd.Scale(batch.Data(), batch.Data(), 1/float64(k))
	after := make([]float64, d*d)
	for i, v := range batch.Data() {
		after[i] = cfg.Momentum*before.Data()[i] + (1-cfg.Momentum)*v
	}
	apart := make([]float64, k)
	for i := range apart {
		apart[i] = 1 - dot(a.row(i), b.row(i))
	}
	value := sum(apart)/float64(k) + cfg.Rho*dot(after, batch.Data())
	loss = autograd.Function(tensor.Scalar(T(value)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		scale := float64(g.Item()) / float64(k)
		if dst[0] != nil {
			// Of rho·⟨moved, B⟩ with respect to B: both of its sides move with B.
			slope, rows := tensor.New[float64](d, d), tensor.New[float64](k, d)
			for i := range d {
				for j := range d {
					sides := before.Data()[i*d+j] + before.Data()[j*d+i]
					slope.Data()[i*d+j] = scale * cfg.Rho * (cfg.Momentum*sides + 4*(1-cfg.Momentum)*batch.Data()[i*d+j])
				}
			}
			tensor.MatMulTo(rows, a.u, slope, tensor.NoTrans, tensor.NoTrans)
			simd.Axpy(rows.Data(), -scale, b.u.Data())
			unitRowsGrad(dst[0], a, rows.Data())
		}
		if dst[1] != nil {
			rows := make([]float64, k*d)
			simd.Axpy(rows, -scale, a.u.Data())
			unitRowsGrad(dst[1], b, rows)
		}
	}, z1, z2)
	return loss, tensor.Convert[T](tensor.FromSlice(after, d, d))
}
