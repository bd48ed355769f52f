package tensor_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// requireSum holds SumTo's dst against a naive sum in float64. Both are off by at
// most n·2⁻⁵³·Σ|x|.
func requireSum(t *testing.T, dst, x *tensor.Tensor[float64]) {
	t.Helper()
	sum, size := tensor.New[float64](dst.Shape()...), tensor.New[float64](dst.Shape()...)
	skip := x.Rank() - dst.Rank()
	tensortest.EachIndex(x.Shape(), func(i []int) {
		own := slices.Clone(i[skip:])
		for a := range own {
			if dst.Dim(a) == 1 {
				own[a] = 0
			}
		}
		sum.Set(sum.At(own...)+x.At(i...), own...)
		size.Set(size.At(own...)+math.Abs(x.At(i...)), own...)
	})
	tensortest.EachIndex(dst.Shape(), func(i []int) {
		require.LessOrEqual(t, math.Abs(dst.At(i...)-sum.At(i...)), 2*float64(x.Len())*0x1p-53*size.At(i...), "at %v of %v from %v", i, dst.Shape(), x.Shape())
	})
}

func TestSum(t *testing.T) {
	rng := tensortest.Random(1)
	for _, shape := range [][]int{{}, {1}, {7}, {3, 5}, {1, 5}, {3, 4, 5}, {2, 3, 4, 5}, {3, 0, 2}, {200, 3}, {3, 400}, {150, 7, 5}} {
		for _, layout := range layouts {
			x := arrange(tensortest.Draw[float64](rng, shape...), layout)
			for mask := range 1 << len(shape) {
				var axes []int
				for a := range shape {
					if mask>>a&1 == 1 {
						axes = append(axes, a)
					}
				}
				if len(axes) > 0 { // no axes are all
					kept := tensor.SumKeep(x, axes...)
					require.Equal(t, tensor.KeptShape("test", shape, axes), kept.Shape())
					requireSum(t, kept, x)
					dropped := tensor.Sum(x, axes...)
					require.Equal(t, tensor.ReducedShape("test", shape, axes), dropped.Shape())
					require.Equal(t, kept.Data(), dropped.Data())
					for _, to := range layouts[:3] { // a destination must be dense
						dst := arrange(tensor.New[float64](kept.Shape()...), to)
						dst.Fill(99)
						tensor.SumTo(dst, x)
						require.True(t, tensortest.Same(kept, dst), "%v %s over %v to %s", shape, layout, axes, to)
					}
				}
			}
			requireSum(t, tensor.Sum(x), x)
		}
	}
	// Of an expanded tensor, and to a destination of fewer axes.
	requireSum(t, tensor.Sum(tensortest.Count(3, 1).Expand(4, 3, 2), 0, 2), tensortest.Count(3, 1).Expand(4, 3, 2).Transpose(1, 0, 2).Reshape(3, 8).Transpose())
	dst := tensor.New[float64](5)
	tensor.SumTo(dst, tensortest.Count(3, 4, 5))
	requireSum(t, dst, tensortest.Count(3, 4, 5))
	require.Equal(t, []float64{0, 0}, tensor.Sum(tensor.New[float64](3, 0, 2), 0, 1).Data(), "a sum of nothing is 0")
	require.True(t, math.IsNaN(tensor.Sum(tensor.FromSlice([]float64{1, math.NaN()}, 2)).Item()))
}

// TestSumLong holds long sums in float32 against float64, in the orders that are
// summed in different ways: along rows, down columns, and with gaps. The bound is
// 128·2⁻²⁴·Σ|x| (see SumTo); what is measured is a few roundings of the sum
// itself. A plain float32 sum of these 2¹⁸ terms near 1000 is off by 214 units.
func TestSumLong(t *testing.T) {
	const n = 1 << 18
	for _, offset := range []float32{0, 1, 1000} {
		x := tensortest.Draw[float32](tensortest.Random(3), n, 3)
		var sum, size [3]float64
		for i := range x.Data() {
			x.Data()[i] += offset
			sum[i%3] += float64(x.Data()[i])
			size[i%3] += math.Abs(float64(x.Data()[i]))
		}
		for _, layout := range layouts {
			y := arrange(x, layout)
			for _, got := range []*tensor.Tensor[float32]{tensor.Sum(y, 0), tensor.Sum(y.Transpose(), 1)} {
				for j := range 3 {
					units := math.Abs(float64(got.At(j))-sum[j]) / (0x1p-24 * size[j])
					require.LessOrEqual(t, units, 4., "%s, offset %v", layout, offset)
				}
			}
		}
	}
}

func TestMax(t *testing.T) {
	rng := tensortest.Random(2)
	for _, shape := range [][]int{{7}, {3, 5}, {2, 3, 4}, {2, 3, 4, 5}} {
		for _, layout := range layouts {
			x := arrange(tensortest.Draw[float64](rng, shape...), layout)
			for a := range shape {
				got := tensor.MaxKeep(x, a)
				tensortest.EachIndex(got.Shape(), func(i []int) {
					want := math.Inf(-1)
					for k := range shape[a] {
						j := slices.Clone(i)
						j[a] = k
						want = max(want, x.At(j...))
					}
					require.Equal(t, want, got.At(i...))
				})
				require.Equal(t, got.Data(), tensor.Max(x, a).Data())
			}
			require.Equal(t, slices.Max(tensor.Contiguous(x).Data()), tensor.Max(x).Item())
		}
	}
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct{ x, want []float64 }{
		{[]float64{1, nan, 3}, []float64{nan}},
		{[]float64{nan, 1, 3}, []float64{nan}},
		{[]float64{-inf, -inf}, []float64{-inf}},
		{[]float64{-inf, -1e308}, []float64{-1e308}},
		{[]float64{inf, 2}, []float64{inf}},
		{nil, []float64{-inf}},
	} {
		require.True(t, tensortest.Same(tensor.FromSlice(c.want, 1), tensor.MaxKeep(tensor.FromSlice(c.x, len(c.x)))), "%v", c.x)
	}
}

func ExampleSum() {
	x := tensor.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	fmt.Println(tensor.Sum(x), tensor.Sum(x, 0), tensor.SumKeep(x, 1))
	// Output: Tensor[][21] Tensor[3][5 7 9] Tensor[2 1][6 15]
}
