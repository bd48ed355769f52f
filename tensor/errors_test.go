package tensor_test

import (
	"errors"
	"fmt"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

// TestRefuses feeds every function shapes that cannot be, and reads the error.
func TestRefuses(t *testing.T) {
	x, y := tensortest.Count(2, 3), tensortest.Count(4, 5)
	for _, c := range []struct {
		op, says string
		f        func()
	}{
		{"tensor.New", "negative length", func() { tensor.New[float64](2, -1) }},
		{"tensor.FromSlice", "3 values", func() { tensor.FromSlice(make([]float64, 3), 2) }},
		{"tensor.NewLike", "5 values", func() { tensor.NewLike(x, make([]float64, 5)) }},
		{"tensor.Dim", "no such axis", func() { x.Dim(2) }},
		{"tensor.Dim", "no such axis", func() { x.Dim(-3) }},
		{"tensor.Data", "not dense", func() { x.Slice(1, 0, 2).Data() }},
		{"tensor.At", "one index an axis", func() { x.At(1) }},
		{"tensor.At", "out of range", func() { x.At(1, 3) }},
		{"tensor.At", "out of range", func() { x.Set(0, -1, 0) }},
		{"tensor.Item", "exactly one element", func() { x.Item() }},
		{"tensor.Reshape", "sizes differ", func() { x.Reshape(4) }},
		{"tensor.Reshape", "sizes differ", func() { x.Reshape(4, -1) }},
		{"tensor.Reshape", "negative length", func() { x.Reshape(-1, -1) }},
		{"tensor.Transpose", "not a permutation", func() { x.Transpose(0) }},
		{"tensor.Transpose", "not a permutation", func() { x.Transpose(0, 0) }},
		{"tensor.Transpose", "not a permutation", func() { x.Transpose(0, 2) }},
		{"tensor.Slice", "out of bounds", func() { x.Slice(0, 1, 3) }},
		{"tensor.Slice", "out of bounds", func() { x.Slice(0, 2, 1) }},
		{"tensor.Slice", "out of bounds", func() { x.Slice(0, -1, 1) }},
		{"tensor.Slice", "no such axis", func() { x.Slice(2, 0, 1) }},
		{"tensor.Expand", "do not broadcast", func() { x.Expand(2, 4) }},
		{"tensor.Expand", "does not broadcast", func() { x.Expand(3) }},
		{"tensor.ChannelsLast", "four axes", func() { tensor.ChannelsLast(x) }},
		{"tensor.FromChannelsLast", "four axes", func() { tensor.FromChannelsLast(make([]float64, 6), 2, 3) }},
		{"op", "do not broadcast", func() { tensor.BroadcastShape("op", []int{2}, []int{3}) }},
		{"op", "no such axis", func() { tensor.ReducedShape("op", []int{2}, []int{1}) }},
		{"tensor.CopyTo", "do not broadcast", func() { tensor.CopyTo(x, y) }},
		{"tensor.CopyTo", "does not broadcast to the destination", func() { tensor.CopyTo(tensortest.Count(3), x) }},
		{"tensor.AddTo", "do not broadcast", func() { tensor.AddTo(x, x, y) }},
		{"tensor.SubTo", "do not broadcast", func() { tensor.SubTo(x, y, x) }},
		{"tensor.MulTo", "does not broadcast to the destination", func() { tensor.MulTo(tensortest.Count(3), x, x) }},
		{"tensor.DivTo", "does not broadcast to the destination", func() { tensor.DivTo(tensortest.Count(1, 3), tensortest.Count(1, 3), x) }},
		{"tensor.ZipTo", "do not broadcast", func() { tensor.ZipTo(x, x, y, nil) }},
		{"tensor.MapTo", "must be equal", func() { tensor.MapTo(x, tensortest.Count(3), nil) }},
		{"tensor.SumTo", "do not broadcast", func() { tensor.SumTo(y, x) }},
		{"tensor.SumTo", "does not broadcast to x", func() { tensor.SumTo(tensortest.Count(2, 3), tensortest.Count(3)) }},
		{"tensor.Sum", "no such axis", func() { tensor.Sum(x, 2) }},
		{"tensor.MaxTo", "does not broadcast to x", func() { tensor.MaxTo(tensortest.Count(2, 3), tensortest.Count(3)) }},
		{"tensor.Max", "no such axis", func() { tensor.Max(x, -3) }},
		{"tensor.Concat", "at least one", func() { tensor.Concat[float64](0) }},
		{"tensor.Concat", "ranks differ", func() { tensor.Concat(0, x, tensortest.Count(3)) }},
		{"tensor.Concat", "lengths differ", func() { tensor.Concat(0, x, y) }},
		{"tensor.Concat", "no such axis", func() { tensor.Concat(2, x) }},
		{"tensor.ConcatTo", "another shape", func() { tensor.ConcatTo(x, 0, x, x) }},
		{"tensor.Gather", "out of range", func() { tensor.Gather(x, []int{2}) }},
		{"tensor.Gather", "out of range", func() { tensor.Gather(x, []int{-1}) }},
		{"tensor.Gather", "at least one axis", func() { tensor.Gather(tensor.Scalar(1.), []int{0}) }},
		{"tensor.GatherTo", "another shape", func() { tensor.GatherTo(x, x, []int{0}) }},
		{"tensor.ScatterAddTo", "one slice", func() { tensor.ScatterAddTo(x, x, []int{0}) }},
		{"tensor.ScatterAddTo", "one slice", func() { tensor.ScatterAddTo(x, y, []int{0, 0, 0, 0}) }},
		{"tensor.ScatterAddTo", "out of range", func() { tensor.ScatterAddTo(x, x, []int{0, 2}) }},
		{"tensor.MatMulTo", "equal ranks", func() { tensor.MatMulTo(x, x, tensortest.Count(3), tensor.NoTrans, tensor.NoTrans) }},
		{"tensor.MatMulTo", "row-major destination", func() {
			tensor.MatMulTo(tensortest.Count(3, 2).Transpose(), x, tensortest.Count(3, 3), tensor.NoTrans, tensor.NoTrans)
		}},
		{"tensor.MatMulTo", "inner lengths", func() { tensor.MatMulTo(x, x, tensortest.Count(2, 3), tensor.NoTrans, tensor.NoTrans) }},
		{"tensor.MatMulTo", "inner lengths", func() {
			tensor.MatMulTo(tensortest.Count(2, 2), x, tensortest.Count(3, 3), tensor.NoTrans, tensor.NoTrans)
		}},
		{"tensor.MatMulTo", "batches differ", func() {
			tensor.MatMulTo(tensortest.Count(2, 1, 1), tensortest.Count(2, 1, 1), tensortest.Count(3, 1, 1), tensor.NoTrans, tensor.NoTrans)
		}},
	} {
		err := tensortest.MustRefuse(t, c.f)
		require.Equal(t, c.op, err.Op, "%s", c.says)
		require.Contains(t, err.Reason, c.says, c.op)
		require.Contains(t, err.Error(), c.op+": shapes ")
	}
}

// TestCatch shows what it returns and what it lets through.
func TestCatch(t *testing.T) {
	require.NoError(t, tensor.Catch(func() {}))
	err := tensor.Catch(func() { tensortest.Count(2, 3).Item() })
	var shape *tensor.ShapeError
	require.True(t, errors.As(err, &shape))
	require.Equal(t, [][]int{{2, 3}}, shape.Shapes)
	require.PanicsWithValue(t, "other", func() { _ = tensor.Catch(func() { panic("other") }) })
}

func ExampleCatch() {
	x := tensor.New[float64](2, 3)
	err := tensor.Catch(func() { tensor.AddTo(x, x, tensor.New[float64](4)) })
	fmt.Println(err)
	// Output: tensor.AddTo: shapes [4], [2 3]: do not broadcast
}
