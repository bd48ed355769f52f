package objective

import (
	"math"

	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// Scores are what a critic says of each x with each y of k pairs: s_ij, of draws from the
// joint distribution where j = i, of the product of the marginals where not. Estimators of
// the mutual information are functions of them, in nats, to be made large.
type Scores[T Float] struct {
	k int
	// rows calls f for each i with the row s_ij, which f may change; concurrently.
	rows func(f func(i int, s []float64))
	// function is one of the scores whose derivative with respect to s_ij is slope.
	function func(value float64, slope func(i, j int, s float64) float64) *autograd.Var[T]
}

// ScoreMatrix returns scores (k, k) that a critic has given one by one. It panics with a
// *tensor.ShapeError unless there are two pairs at least.
func ScoreMatrix[T Float](s *autograd.Var[T]) *Scores[T] {
	x := s.Value
	if x.Rank() != 2 || x.Dim(0) < 2 || x.Dim(0) != x.Dim(1) {
		tensor.Refuse("objective.ScoreMatrix", "(k, k) of at least two pairs is needed", x.Shape())
	}
	k := x.Dim(0)
	wide := tensor.Contiguous(tensor.Convert[float64](x)).Data()
	return &Scores[T]{
		k: k,
		rows: func(f func(i int, s []float64)) {
			blocks(k, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					f(i, append([]float64(nil), wide[i*k:(i+1)*k]...))
				}
			})
		},
		function: func(value float64, slope func(i, j int, s float64) float64) *autograd.Var[T] {
			return autograd.Function(tensor.Scalar(T(value)), func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
				blocks(k, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						for j, s := range wide[i*k : (i+1)*k] {
							dst[0].Data()[i*k+j] = T(float64(g.Item()) * slope(i, j, s))
						}
					}
				})
			}, s)
		},
	}
}

// ProductScores returns those of a separable critic, s_ij = ⟨x_i, y_j⟩ of rows x and y
// (k, u). They are never stored whole: memory is O(k·u). It panics with a
// *tensor.ShapeError unless both are equal matrices with two rows at least.
func ProductScores[T Float](x, y *autograd.Var[T]) *Scores[T] {
	check("objective.ProductScores", 2, x, y)
	k, u := x.Value.Dim(0), x.Value.Dim(1)
	y = autograd.Reshape(y, k, 1, u)
	c := newCritic("objective.ProductScores", x, y)
	return &Scores[T]{
		k: k, rows: c.rows,
		function: func(value float64, slope func(i, j int, s float64) float64) *autograd.Var[T] {
			return c.loss(value, slope, x, y)
		},
	}
}

// others is the number of pairs of the product of the marginals.
func (s *Scores[T]) others() float64 { return float64(s.k) * float64(s.k-1) }

// terms returns mean_i s_ii and log mean_{i≠j} e^{s_ij}.
func (s *Scores[T]) terms() (joint, log float64) {
	own, rest := make([]float64, s.k), make([]float64, s.k)
	s.rows(func(i int, row []float64) {
		own[i] = row[i]
		rest[i] = simd.LogSumExp(append(row[:i], row[i+1:]...))
	})
	return sum(own) / float64(s.k), simd.LogSumExp(rest) - math.Log(s.others())
}

// perPair is a slope that is one function of the scores of the joint distribution and
// another of those of the product, each an element of a mean.
func (s *Scores[T]) perPair(joint, product func(s float64) float64) func(i, j int, s float64) float64 {
	k, others := float64(s.k), s.others()
	return func(i, j int, v float64) float64 {
		if i == j {
			return joint(v) / k
		}
		return product(v) / others
	}
}

func one(float64) float64 { return 1 }
