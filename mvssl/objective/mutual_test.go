package objective

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/tensor"
)

// TestMutual: rows compared with each other, each pair once, give what they give as
// rows and candidates that happen to be equal.
func TestMutual(t *testing.T) {
	testMutual[float32](t, 0x1p-24)
	testMutual[float64](t, 0x1p-53)
}

func testMutual[T Float](t *testing.T, unitRoundoff float64) {
	rng := rand.New(rand.NewPCG(9, 1))
	const d = 7
	for _, n := range []int{1, 2, mutualRows - 1, mutualRows, mutualRows + 1, 2 * mutualRows, 2*mutualRows + 6, 4 * mutualRows, 5*mutualRows - 3} {
		for _, scale := range []float64{0.1, 5, mutualReach * 0.999} {
			random, apart := unit(rng, n, d), tensor.New[float64](n, d)
			for i := range n { // S takes the least and the largest values there are
				apart.Data()[i*d] = float64(1 - 2*(i%2))
			}
			for name, z := range map[string]*tensor.Tensor[float64]{"random": random, "apart": apart} {
				x := tensor.Convert[T](z).Data()
				s := &similarities[T]{scale: scale, d: d, skipSelf: true}
				if n%2 == 0 {
					s.halves = n / 2
				}
				_, ok := s.mutual(x, x)
				require.True(t, ok)
				other := slices.Clone(x)
				_, ok = s.mutual(x, other)
				require.False(t, ok)

				// An exponent errs by that of a product of d terms and a few more
				// roundings, S being at most scale; a sum by that of its n terms.
				relative := (scale*(d+4) + float64(n)) * unitRoundoff
				got, want := s.logSums(x, x), s.logSums(x, other)
				for i := range want {
					require.InDelta(t, 0, difference(got[i], want[i]), 2*relative, "%s: %d rows, scale %v, row %d", name, n, scale, i)
				}

				w := &weights{make([]float64, n), want}
				for i := range w.g {
					w.g[i] = rng.NormFloat64()
				}
				dx, expected := make([]T, n*d), make([]T, n*d)
				s.weighted(dx, x, x, w, w)
				s.weighted(expected, x, other, w, w)
				for i := range n {
					// What is added, without signs: coordinates are at most 1.
					size := 0.0
					for j := range n {
						if j == i || s.halves > 0 && j == (i+s.halves)%n {
							continue
						}
						similarity := scale * dot(x[i*d:(i+1)*d], x[j*d:(j+1)*d])
						size += scale * (math.Abs(w.g[i])*math.Exp(similarity-want[i]) + math.Abs(w.g[j])*math.Exp(similarity-want[j]))
					}
					for l := range d {
						require.InDelta(t, float64(expected[i*d+l]), float64(dx[i*d+l]), 4*relative*size, "%s: %d rows, scale %v, row %d", name, n, scale, i)
					}
				}
			}
		}
	}
}

// difference is a − b, and 0 for equal infinities.
func difference(a, b float64) float64 {
	if a == b {
		return 0
	}
	return a - b
}

// TestMutualReach: large similarities, and those that are none, are not weighted from
// a common center.
func TestMutualReach(t *testing.T) {
	unit := []float32{1, 0, 0, 1}
	for name, c := range map[string]struct {
		s similarities[float32]
		x []float32
	}{
		"a large scale": {similarities[float32]{scale: mutualReach + 1, d: 2}, unit},
		"a large row":   {similarities[float32]{scale: 1, d: 2}, []float32{1, 0, 0, 6}},
		"NaN":           {similarities[float32]{scale: 1, d: 2}, []float32{1, 0, 0, float32(math.NaN())}},
		"distances":     {similarities[float32]{scale: 1, d: 2, half: []float64{1, 2}}, unit},
	} {
		_, ok := c.s.mutual(c.x, c.x)
		require.False(t, ok, name)
	}
}
