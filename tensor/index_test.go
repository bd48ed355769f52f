package tensor_test

import (
	"fmt"
	"slices"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

func TestConcat(t *testing.T) {
	rng := tensortest.Random(1)
	for _, layout := range layouts {
		for _, axis := range []int{0, 1, 2, -1, -3} {
			a := axis
			if a < 0 {
				a += 3
			}
			shape := []int{2, 3, 4}
			var parts []*tensor.Tensor[float64]
			total := 0
			for _, n := range []int{2, 0, 1, 3} {
				shape[a] = n
				total += n
				parts = append(parts, arrange(tensortest.Draw[float64](rng, shape...), layout))
			}
			got := tensor.Concat(axis, parts...)
			shape[a] = total
			require.Equal(t, shape, got.Shape())
			tensortest.EachIndex(shape, func(i []int) {
				j, p := slices.Clone(i), 0
				for j[a] >= parts[p].Dim(a) {
					j[a] -= parts[p].Dim(a)
					p++
				}
				require.Equal(t, parts[p].At(j...), got.At(i...))
			})
			into := arrange(tensor.New[float64](shape...), layout)
			tensor.ConcatTo(into, axis, parts...)
			require.True(t, tensortest.Same(got, into))
		}
	}
	one := tensortest.Count(3)
	joined := tensor.Concat(0, one)
	one.Set(9, 0)
	require.Equal(t, 0., joined.At(0), "a copy")
}

func TestGatherScatter(t *testing.T) {
	index := []int{2, 0, 2, 3, 2}
	for _, shape := range [][]int{{4}, {4, 3}, {4, 2, 3}, {4, 0}} {
		for _, layout := range layouts {
			x := arrange(tensortest.Draw[float64](tensortest.Random(2), shape...), layout)
			got := tensor.Gather(x, index)
			require.Equal(t, append([]int{5}, shape[1:]...), got.Shape())
			tensortest.EachIndex(got.Shape(), func(i []int) {
				from := append([]int{index[i[0]]}, i[1:]...)
				require.Equal(t, x.At(from...), got.At(i...))
			})
			into := arrange(tensor.New[float64](got.Shape()...), layout)
			tensor.GatherTo(into, x, index)
			require.True(t, tensortest.Same(got, into))

			sum := x.Clone()
			tensor.ScatterAddTo(sum, arrange(got, layout), index)
			tensortest.EachIndex(shape, func(i []int) {
				want := x.At(i...)
				for n, k := range index {
					if k == i[0] {
						want += got.At(append([]int{n}, i[1:]...)...)
					}
				}
				require.Equal(t, want, sum.At(i...))
			})
		}
	}
	require.Equal(t, []int{0, 3}, tensor.Gather(tensortest.Count(4, 3), nil).Shape())
}

func ExampleGather() {
	x := tensor.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 3, 2)
	fmt.Println(tensor.Gather(x, []int{2, 0, 2}))
	// Output: Tensor[3 2][5 6 1 2 5 6]
}

func ExampleConcat() {
	fmt.Println(tensor.Concat(-1, tensor.FromSlice([]float64{1, 2}, 2, 1), tensor.FromSlice([]float64{3, 4, 5, 6}, 2, 2)))
	// Output: Tensor[2 3][1 3 4 2 5 6]
}
