package tensor_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// requireSums holds got against sums of products computed in float64, terms being
// their number and sizes the sums of the products' sizes: a sum of n rounded
// products is off by at most n·u of that, with u half a unit in the last place,
// and the naive one by n·2⁻⁵³.
func requireSums[T tensor.Float](t *testing.T, got *tensor.Tensor[T], want, sizes *tensor.Tensor[float64], terms int, what ...any) {
	t.Helper()
	require.Equal(t, want.Shape(), got.Shape(), what...)
	u := 0x1p-53
	if _, single := any(T(0)).(float32); single {
		u = 0x1p-24
	}
	wrong := 0
	eachIndex(want.Shape(), func(i []int) {
		bound := float64(terms+1) * (u + 0x1p-53) * sizes.At(i...)
		if !(math.Abs(float64(got.At(i...))-want.At(i...)) <= bound) {
			wrong++
		}
	})
	require.Zero(t, wrong, what...)
}

func TestMatMul(t *testing.T) {
	testMatMul[float32](t)
	testMatMul[float64](t)
}

func testMatMul[T tensor.Float](t *testing.T) {
	rng := random(1)
	for _, s := range []struct {
		batch   []int
		m, k, n int
	}{
		{nil, 3, 5, 7}, {nil, 1, 1, 1}, {nil, 97, 33, 65}, {nil, 200, 300, 17}, {nil, 5, 0, 3}, {nil, 0, 4, 3}, {nil, 3, 4, 0},
		{[]int{2}, 3, 5, 4}, {[]int{2, 3}, 4, 2, 5}, {[]int{1, 1}, 9, 8, 7}, {[]int{0}, 3, 2, 2},
	} {
		for _, transA := range []bool{false, true} {
			for _, transB := range []bool{false, true} {
				for _, layout := range layouts {
					for _, accumulate := range []bool{false, true} {
						shape := func(rows, cols int, trans bool) []int {
							if trans {
								rows, cols = cols, rows
							}
							return append(slices.Clone(s.batch), rows, cols)
						}
						a, b := draw[T](rng, shape(s.m, s.k, transA)...), draw[T](rng, shape(s.k, s.n, transB)...)
						c := draw[T](rng, append(slices.Clone(s.batch), s.m, s.n)...)
						want, sizes := tensor.New[float64](c.Shape()...), tensor.New[float64](c.Shape()...)
						eachIndex(c.Shape(), func(i []int) {
							r := len(s.batch)
							if accumulate {
								want.Set(float64(c.At(i...)), i...)
							}
							sum, size := want.At(i...), math.Abs(want.At(i...))
							for l := range s.k {
								at := func(x *tensor.Tensor[T], row, col int, trans bool) float64 {
									if trans {
										row, col = col, row
									}
									return float64(x.At(append(slices.Clone(i[:r]), row, col)...))
								}
								p := at(a, i[r], l, transA) * at(b, l, i[r+1], transB)
								sum += p
								size += math.Abs(p)
							}
							want.Set(sum, i...)
							sizes.Set(size, i...)
						})
						if !accumulate {
							c.Fill(T(math.NaN())) // old values do not matter
						}
						tensor.MatMulTo(c, arrange(a, layout), arrange(b, layout), transA, transB, accumulate)
						requireSums(t, c, want, sizes, s.k+1, "%+v %v %v %s %v", s, transA, transB, layout, accumulate)
					}
				}
			}
		}
	}
}

func ExampleMatMulTo() {
	a := tensor.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	c := tensor.New[float64](2, 2)
	tensor.MatMulTo(c, a, a, false, true, false) // a·aᵀ
	fmt.Println(c)
	// Output: Tensor[2 2][14 32 32 77]
}
