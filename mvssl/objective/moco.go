package objective

import (
	"entrec/autograd"
	"entrec/tensor"
)

// MoCo returns InfoNCE of queries (k, d) with keys (k, d) as positives and a queue
// (m, d) of negatives, all rows of which it normalizes; keys and queue are
// constants:
//
//	mean_i −log( e^{⟨q_i,k_i⟩/τ} / ( e^{⟨q_i,k_i⟩/τ} + Σ_j e^{⟨q_i,n_j⟩/τ} ) )
//
// He et al. (2020), equation 1; facebookresearch/moco moco/builder.py. It streams
// over the queue. It panics with a *tensor.ShapeError where the shapes do not fit
// or one is empty.
func MoCo[T Float](query *autograd.Var[T], key, queue *tensor.Tensor[T], temperature float64) *autograd.Var[T] {
	const op = "objective.MoCo"
	checkConstant(op, query, key)
	checkMatrix(op, queue)
	if queue.Dim(1) != key.Dim(1) {
		tensor.Refuse(op, "equal widths are needed", key.Shape(), queue.Shape())
	}
	query = autograd.Normalize(query, normalizeEps)
	d := key.Dim(1)
	constant := func(x *tensor.Tensor[T]) []T {
		return autograd.Normalize(&autograd.Var[T]{Value: x}, normalizeEps).Value.Data()
	}
	q, keys, negatives := query.Value.Data(), constant(key), constant(queue)
	positive := func(i int) []T { return keys[i*d : (i+1)*d] }
	c := newContrast(&similarities[T]{scale: 1 / temperature, d: d}, q, negatives, positive)
	return autograd.Function(tensor.Scalar(T(c.loss)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		c.pairs.weighted(dst[0].Data(), q, negatives, c.weights(float64(g.Item())), nil)
		c.subtract(dst[0].Data(), float64(g.Item()), func(i int) float64 { return c.miss[i] }, positive)
	}, query)
}
