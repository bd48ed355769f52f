package objective

import (
	"errors"
	"math"

	"entrec/autograd"
	"entrec/internal/message"
	"entrec/tensor"
)

// CPC returns the loss of contrastive predictive coding: of predictions (n, u), each of the
// target at place positive_i among all targets (m, u), with s_ij = ⟨prediction_i, target_j⟩,
// not normalized,
//
//	mean_i −log( e^{s_i,positive_i} / Σ_j e^{s_ij} )
//
// van den Oord et al. (2018), arXiv:1807.03748, equation 4 with a log-bilinear critic; Hénaff
// et al. (2020), arXiv:1905.09272, section 2.1, where the targets are those of all images of
// the batch. log m minus its expectation bounds the mutual information from below, where the
// other targets are drawn from the marginal: an image's own targets are not. It streams, and
// scores are products in T: in float32 one of 200 errs by 10⁻⁵. It
// panics with a *tensor.ShapeError unless both are matrices as wide, with a place for each
// prediction, and with an error where a place is none of the targets'.
func CPC[T Float](prediction, target *autograd.Var[T], positive []int) *autograd.Var[T] {
	const op = "objective.CPC"
	checkMatrix(op, prediction.Value)
	checkMatrix(op, target.Value)
	n, m, u := prediction.Value.Dim(0), target.Value.Dim(0), target.Value.Dim(1)
	if prediction.Value.Dim(1) != u || len(positive) != n {
		tensor.Refuse(op, "predictions and targets as wide are needed, and a place for each prediction", prediction.Shape(), target.Shape(), []int{len(positive)})
	}
	for i, place := range positive {
		if place < 0 || place >= m {
			panic(errors.New(message.Sprintf("%s: positive %d: found %d, expected a row of the %d targets", op, i, place, m)))
		}
	}
	a, aScale := withinUnit(prediction.Value, u)
	b, bScale := withinUnit(target.Value, u)
	row := func(x []T, i int) []T { return x[i*u : (i+1)*u] }
	own := func(i int) []T { return row(b, positive[i]) }
	c := newContrast(&similarities[T]{scale: aScale * bScale, d: u, rowSkips: positive, plain: true}, a, b, own)
	return autograd.Function(tensor.Scalar(T(c.loss)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		w := c.weights(float64(g.Item()))
		if dst[0] != nil {
			dx := dst[0].Data()
			c.pairs.weighted(dx, a, b, w, nil)
			c.subtract(dx, float64(g.Item()), func(i int) float64 { return c.miss[i] }, own)
			divide(dx, aScale)
		}
		if dst[1] != nil {
			dx := dst[1].Data()
			byTarget := similarities[T]{scale: aScale * bScale, d: u, columnSkips: positive, plain: true}
			byTarget.weighted(dx, b, a, nil, w)
			for i, place := range positive {
				share := T(w.g[i] * c.pairs.scale)
				to := row(dx, place)
				for j, v := range row(a, i) {
					to[j] -= share * v
				}
			}
			divide(dx, bScale)
		}
	}, prediction, target)
}

// withinUnit returns the rows of x divided by the least power of two that none of them is
// longer than, and that power: it is exact, and squares of float32 do not overflow.
func withinUnit[T Float](x *tensor.Tensor[T], width int) (rows []T, by float64) {
	rows = append([]T(nil), tensor.Contiguous(x).Data()...)
	longest := 0.0
	for i := 0; i < len(rows); i += width {
		longest = max(longest, math.Sqrt(dot(rows[i:i+width], rows[i:i+width])))
	}
	_, exponent := math.Frexp(longest)
	by = math.Ldexp(1, exponent)
	divide(rows, by)
	return rows, by
}

func divide[T Float](x []T, by float64) {
	for i, v := range x {
		x[i] = T(float64(v) / by)
	}
}
