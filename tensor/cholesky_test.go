package tensor_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/tensortest"
	"entrec/tensor"
)

// TestCholesky: the inverse of a Gram matrix times the matrix is the identity, and its
// symmetric part alone counts.
func TestCholesky(t *testing.T) {
	rng := tensortest.Random(5)
	for _, d := range []int{1, 2, 3, 17, 65, 130} {
		b := tensortest.Draw[float64](rng, d, 2*d)
		x, product := tensor.New[float64](d, d), tensor.New[float64](d, d)
		tensor.MatMulTo(x, b, b, tensor.NoTrans, tensor.Trans)
		c, definite := tensor.NewCholesky(x)
		require.True(t, definite)
		inverse := c.Inverse()
		tensor.MatMulTo(product, inverse, x, tensor.NoTrans, tensor.NoTrans)
		for i := range d {
			for j := range d {
				want := 0.0
				if i == j {
					want = 1
				}
				require.InDelta(t, want, product.At(i, j), 1e-11, "d %d", d)
				require.Equal(t, inverse.At(i, j), inverse.At(j, i))
			}
		}
		skewed := x.Clone()
		for i := range d {
			for j := range i {
				skewed.Set(x.At(i, j)+0.5, i, j)
				skewed.Set(x.At(j, i)-0.5, j, i)
			}
		}
		other, definite := tensor.NewCholesky(skewed)
		require.True(t, definite)
		require.InDelta(t, c.LogDet(), other.LogDet(), 1e-12*float64(d)*math.Abs(c.LogDet())+1e-12)
	}
}

// TestCholeskyRefuses: what is not positive definite within rounding.
func TestCholeskyRefuses(t *testing.T) {
	for name, x := range map[string]*tensor.Tensor[float64]{
		"zero":              tensor.New[float64](1, 1),
		"negative":          tensor.FromSlice([]float64{1, 0, 0, -1}, 2, 2),
		"NaN":               tensor.FromSlice([]float64{1, 0, 0, math.NaN()}, 2, 2),
		"infinite":          tensor.FromSlice([]float64{math.Inf(1), 0, 0, 1}, 2, 2),
		"singular":          tensor.FromSlice([]float64{0.1, 0.3, 0.3, 0.9}, 2, 2),
		"singular and tiny": tensor.FromSlice([]float64{1e-31, 3e-31, 3e-31, 9e-31}, 2, 2),
	} {
		_, definite := tensor.NewCholesky(x)
		require.False(t, definite, name)
	}
	require.Error(t, tensor.Catch(func() { tensor.NewCholesky(tensor.New[float64](2, 3)) }))
	require.Error(t, tensor.Catch(func() { tensor.NewCholesky(tensor.New[float64](0, 0)) }))
}
