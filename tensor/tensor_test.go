package tensor_test

import (
	"fmt"
	"math"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

func TestBasics(t *testing.T) {
	x := tensortest.Count(2, 3, 4)
	require.Equal(t, []int{2, 3, 4}, x.Shape())
	require.Equal(t, []int{12, 4, 1}, x.Strides())
	require.Equal(t, 3, x.Rank())
	require.Equal(t, 24, x.Len())
	require.Equal(t, 3, x.Dim(1))
	require.Equal(t, 4, x.Dim(-1))
	require.Equal(t, 17., x.At(1, 1, 1))
	x.Set(-5, 1, 1, 1)
	require.Equal(t, -5., x.Data()[17])
	s := tensor.Scalar[float32](2.5)
	require.Equal(t, 0, s.Rank())
	require.Equal(t, 1, s.Len())
	require.Equal(t, float32(2.5), s.Item())
	require.Equal(t, float32(2.5), s.At())
	require.Equal(t, 7., tensortest.Count(3, 3).Slice(0, 2, 3).Slice(1, 1, 2).Item())
	empty := tensor.New[float64](2, 0, 3)
	require.Equal(t, 0, empty.Len())
	require.Empty(t, empty.Data())
	require.True(t, empty.IsDense())
	data := []float64{1, 2}
	kept := tensor.FromSlice(data, 2)
	data[0] = 9
	require.Equal(t, 9., kept.At(0), "FromSlice keeps the slice")
}

// TestOrders tells apart row-major, channels-last, dense and other memory orders.
func TestOrders(t *testing.T) {
	for _, c := range []struct {
		name                       string
		x                          *tensor.Tensor[float64]
		contiguous, channels, dens bool
	}{
		{"row-major", tensortest.Count(2, 3, 4, 5), true, false, true},
		{"channels-last", tensor.ChannelsLast(tensortest.Count(2, 3, 4, 5)), false, true, true},
		{"one channel is both", tensortest.Count(2, 1, 4, 5), true, true, true},
		{"one pixel is both", tensortest.Count(2, 3, 1, 1), true, true, true},
		{"reversed", tensortest.Count(5, 4, 3, 2).Transpose(), false, false, true},
		{"a slice of the first axis", tensortest.Count(4, 3, 2, 2).Slice(0, 1, 3), true, false, true},
		{"a slice of the last axis", tensortest.Count(4, 3, 2, 2).Slice(-1, 0, 1), false, false, false},
		{"one row", tensortest.Count(4, 3).Slice(0, 1, 2), true, false, true},
		{"one column", tensortest.Count(4, 3).Slice(1, 1, 2), false, false, false},
		{"expanded", tensortest.Count(3).Expand(2, 3), false, false, false},
		{"expanded by nothing", tensortest.Count(3).Expand(1, 3), true, false, true},
		{"scalar", tensor.Scalar(1.), true, false, true},
		{"empty", tensortest.Count(0, 3).Transpose(), true, false, true},
	} {
		require.Equal(t, c.contiguous, c.x.IsContiguous(), c.name)
		require.Equal(t, c.channels, c.x.IsChannelsLast(), c.name)
		require.Equal(t, c.dens, c.x.IsDense(), c.name)
		if !c.dens {
			require.ErrorContains(t, tensortest.MustRefuse(t, func() { c.x.Data() }), "not dense", c.name)
		}
		require.True(t, tensortest.Same(c.x, c.x.Clone()), c.name)
		require.True(t, tensortest.Same(c.x, tensor.Contiguous(c.x)), c.name)
		require.True(t, tensor.Contiguous(c.x).IsContiguous(), c.name)
		if c.contiguous {
			require.Same(t, c.x, tensor.Contiguous(c.x), c.name)
		}
		if c.dens {
			require.Equal(t, c.x.Strides(), c.x.Clone().Strides(), c.name)
		}
	}
	x := tensortest.Count(2, 3, 4, 5)
	last := tensor.ChannelsLast(x)
	require.True(t, tensortest.Same(x, last))
	require.Equal(t, []int{60, 1, 15, 3}, last.Strides())
	require.Same(t, last, tensor.ChannelsLast(last))
	require.Equal(t, last.Data(), tensor.FromChannelsLast(last.Data(), 2, 3, 4, 5).Data())
}

// TestViews holds each view against the index arithmetic that it stands for, and
// shows that it shares memory.
func TestViews(t *testing.T) {
	for _, layout := range layouts {
		x := arrange(tensortest.Count(2, 3, 4), layout)
		for _, c := range []struct {
			name  string
			view  *tensor.Tensor[float64]
			shape []int
			from  func(i []int) []int
		}{
			{"transposed", x.Transpose(), []int{4, 3, 2}, func(i []int) []int { return []int{i[2], i[1], i[0]} }},
			{"permuted", x.Transpose(2, 0, 1), []int{4, 2, 3}, func(i []int) []int { return []int{i[1], i[2], i[0]} }},
			{"sliced", x.Slice(1, 1, 3), []int{2, 2, 4}, func(i []int) []int { return []int{i[0], i[1] + 1, i[2]} }},
			{"sliced from the end", x.Slice(-1, 3, 4), []int{2, 3, 1}, func(i []int) []int { return []int{i[0], i[1], 3} }},
			{"sliced to nothing", x.Slice(1, 3, 3), []int{2, 0, 4}, nil},
			{"expanded", x.Slice(1, 2, 3).Expand(5, 2, 3, 4), []int{5, 2, 3, 4}, func(i []int) []int { return []int{i[1], 2, i[3]} }},
		} {
			require.Equal(t, c.shape, c.view.Shape(), "%s %s", layout, c.name)
			tensortest.EachIndex(c.shape, func(i []int) {
				require.Equal(t, x.At(c.from(i)...), c.view.At(i...), "%s %s", layout, c.name)
			})
		}
		x.Transpose(1, 0, 2).Slice(0, 2, 3).Set(-1, 0, 1, 3)
		require.Equal(t, -1., x.At(1, 2, 3), "views share memory")
	}
}

func TestReshape(t *testing.T) {
	for _, layout := range layouts {
		x := arrange(tensortest.Count(2, 3, 4), layout)
		for _, shape := range [][]int{{24}, {4, 6}, {-1, 8}, {2, -1}, {2, 3, 4, 1}, {24, -1}} {
			y := x.Reshape(shape...)
			require.Equal(t, tensortest.Count(24).Data(), tensor.Contiguous(y).Data(), "%s %v", layout, shape)
			require.Equal(t, layout == "row-major", &x.Transpose().Slice(0, 0, 1).Slice(1, 0, 1).Slice(2, 0, 1).Data()[0] == &y.Data()[0],
				"memory is shared where it is row-major")
		}
	}
	require.Equal(t, []int{0, 5}, tensortest.Count(5, 0).Reshape(-1, 5).Shape())
	require.Empty(t, tensortest.Count(1, 1).Reshape().Shape())
}

func TestNewLikeAndConvert(t *testing.T) {
	for _, layout := range layouts {
		x := arrange(tensortest.Count(2, 3, 4), layout)
		like := tensor.NewLike(x, make([]float32, 24))
		require.Equal(t, x.Shape(), like.Shape())
		if x.IsDense() {
			require.Equal(t, x.Strides(), like.Strides())
		} else {
			require.True(t, like.IsContiguous())
		}
		x.Set(1+0x1p-30, 1, 2, 3)
		y := tensor.Convert[float32](x)
		require.Equal(t, float32(1), y.At(1, 2, 3), "rounded")
		require.Equal(t, float32(5), y.At(0, 1, 1))
		z := tensor.Convert[float64](y)
		require.Equal(t, 5., z.At(0, 1, 1))
		z.Set(8, 0, 0, 0)
		require.Equal(t, float32(0), y.At(0, 0, 0), "a copy")
	}
	require.Equal(t, float32(math.Inf(1)), tensor.Convert[float32](tensor.Scalar(1e300)).Item())
}

func TestShapeFunctions(t *testing.T) {
	require.Equal(t, 24, tensor.Size([]int{2, 3, 4}))
	require.Equal(t, 1, tensor.Size(nil))
	require.Equal(t, []int{12, 4, 1}, tensor.RowMajor([]int{2, 3, 4}))
	require.Equal(t, []int{}, tensor.RowMajor(nil))
	for _, c := range []struct{ a, b, want []int }{
		{[]int{2, 3}, []int{2, 3}, []int{2, 3}},
		{[]int{2, 3}, []int{3}, []int{2, 3}},
		{[]int{3}, []int{2, 1}, []int{2, 3}},
		{nil, []int{2}, []int{2}},
		{nil, nil, []int{}},
		{[]int{1}, []int{0}, []int{0}},
		{[]int{4, 1, 3}, []int{5, 1}, []int{4, 5, 3}},
	} {
		require.Equal(t, c.want, tensor.BroadcastShape("op", c.a, c.b))
		require.Equal(t, c.want, tensor.BroadcastShape("op", c.b, c.a))
	}
	require.Equal(t, 2, tensor.Axis("op", -1, []int{4, 5, 6}))
	for _, c := range []struct{ axes, reduced, kept []int }{
		{nil, []int{}, []int{1, 1, 1}}, {[]int{1}, []int{2, 4}, []int{2, 1, 4}},
		{[]int{0, -1}, []int{3}, []int{1, 3, 1}}, {[]int{2, -1}, []int{2, 3}, []int{2, 3, 1}},
	} {
		require.Equal(t, c.reduced, tensor.ReducedShape("op", []int{2, 3, 4}, c.axes))
		require.Equal(t, c.kept, tensor.KeptShape("op", []int{2, 3, 4}, c.axes))
	}
}

func ExampleTensor() {
	x := tensor.FromSlice([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	columns := x.Transpose() // a view
	x.Set(60, 1, 2)
	fmt.Println(columns.Shape(), columns.At(2, 1))
	fmt.Println(columns)
	// Output:
	// [3 2] 60
	// Tensor[3 2][1 4 2 5 3 60]
}

func ExampleTensor_Expand() {
	row := tensor.FromSlice([]float64{1, 2, 3}, 3)
	fmt.Println(row.Expand(2, 3))
	// Output: Tensor[2 3][1 2 3 1 2 3]
}

func ExampleTensor_String() {
	fmt.Println(tensor.New[float64](100))
	// Output: Tensor[100][0 0 0 0 0 0 0 0]…
}
