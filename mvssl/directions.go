package mvssl

import (
	"math/rand/v2"

	"entrec/tensor"
)

// directions are those that SIGReg looks along, new in each step.
type directions[T Float] struct {
	slices, d int
	seed      uint64
}

// Directions returns those of a step, columns of length one (d, slices): a function
// of the run's seed and the step.
func (m *directions[T]) Directions(step int) *tensor.Tensor[T] {
	rng := rand.New(rand.NewPCG(m.seed, uint64(step)))
	rows := tensor.New[T](m.slices, m.d)
	for i := range rows.Data() {
		rows.Data()[i] = T(rng.NormFloat64())
	}
	normalizeRows(rows)
	return rows.Transpose()
}
