package conv_test

import (
	"fmt"
	"math"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"
	"entrec/tensor/conv"

	"github.com/stretchr/testify/require"
)

// eachTap calls f for each product in a convolution: output pixel, input pixel
// and place in the weight.
func eachTap(s conv.Shape, f func(y, x, w []int)) {
	tensortest.EachIndex([]int{s.N, s.O, s.OutH(), s.OutW(), s.C, s.KH, s.KW}, func(i []int) {
		n, o, oi, oj, c, u, v := i[0], i[1], i[2], i[3], i[4], i[5], i[6]
		h, w := oi*s.Stride+u-s.Padding, oj*s.Stride+v-s.Padding
		if h >= 0 && h < s.H && w >= 0 && w < s.W {
			f([]int{n, o, oi, oj}, []int{n, c, h, w}, []int{o, c, u, v})
		}
	})
}

// checkConv holds the convolution and both its gradients against sums over
// eachTap.
func checkConv[T tensor.Float](t *testing.T, s conv.Shape, seed uint64) {
	t.Helper()
	rng := tensortest.Random(seed)
	x, weight := tensor.ChannelsLast(tensortest.Draw[T](rng, s.N, s.C, s.H, s.W)), tensortest.Draw[T](rng, s.O, s.C, s.KH, s.KW)
	dy := tensor.ChannelsLast(tensortest.Draw[T](rng, s.N, s.O, s.OutH(), s.OutW()))
	zeros := func(like *tensor.Tensor[T]) (sum, size *tensor.Tensor[float64]) {
		return tensor.New[float64](like.Shape()...), tensor.New[float64](like.Shape()...)
	}
	y, ySize := zeros(dy)
	dx, dxSize := zeros(x)
	dw, dwSize := zeros(weight)
	add := func(sum, size *tensor.Tensor[float64], i []int, a, b T) {
		p := float64(a) * float64(b)
		sum.Set(sum.At(i...)+p, i...)
		size.Set(size.At(i...)+math.Abs(p), i...)
	}
	eachTap(s, func(yi, xi, wi []int) {
		add(y, ySize, yi, x.At(xi...), weight.At(wi...))
		add(dx, dxSize, xi, dy.At(yi...), weight.At(wi...))
		add(dw, dwSize, wi, dy.At(yi...), x.At(xi...))
	})
	stale := func(like *tensor.Tensor[T]) *tensor.Tensor[T] {
		c := like.Clone()
		c.Fill(T(math.NaN()))
		return c
	}
	gotY, gotDX, gotDW := stale(dy), stale(x), stale(weight)
	conv.ForwardTo(gotY, x, weight, s)
	tensortest.RequireSums(t, gotY, y, ySize, s.C*s.KH*s.KW, "forward %+v", s)
	conv.GradInputTo(gotDX, dy, weight, s)
	tensortest.RequireSums(t, gotDX, dx, dxSize, s.O*s.KH*s.KW, "gradient of the input %+v", s)
	conv.GradWeightTo(gotDW, x, dy, s)
	tensortest.RequireSums(t, gotDW, dw, dwSize, s.N*s.OutH()*s.OutW(), "gradient of the weight %+v", s)
}

func TestConv(t *testing.T) {
	for i, c := range []struct {
		x, weight       []int
		stride, padding int
	}{
		{[]int{2, 3, 5, 5}, []int{4, 3, 3, 3}, 1, 1},
		{[]int{2, 3, 5, 5}, []int{4, 3, 3, 3}, 2, 1},
		{[]int{2, 3, 6, 7}, []int{4, 3, 3, 3}, 2, 0},
		{[]int{1, 1, 1, 1}, []int{1, 1, 1, 1}, 1, 0},
		{[]int{3, 5, 4, 4}, []int{2, 5, 1, 1}, 1, 0},
		{[]int{3, 5, 5, 6}, []int{2, 5, 1, 1}, 2, 0},
		{[]int{3, 5, 5, 6}, []int{2, 5, 1, 1}, 3, 1},
		{[]int{2, 2, 9, 8}, []int{3, 2, 2, 2}, 3, 0},
		{[]int{2, 2, 9, 8}, []int{3, 2, 2, 3}, 4, 2},
		{[]int{1, 2, 3, 3}, []int{2, 2, 5, 5}, 1, 2},
		{[]int{1, 2, 3, 3}, []int{2, 2, 3, 3}, 1, 5},
		{[]int{1, 2, 4, 3}, []int{2, 2, 4, 3}, 1, 0},
		{[]int{2, 1, 8, 3}, []int{1, 1, 4, 1}, 2, 1},
		{[]int{2, 17, 6, 6}, []int{33, 17, 3, 3}, 1, 1},
		{[]int{2, 33, 4, 4}, []int{17, 33, 3, 3}, 2, 1},
		{[]int{40, 3, 4, 4}, []int{8, 3, 3, 3}, 1, 1},
		{[]int{5, 8, 2, 2}, []int{64, 8, 3, 3}, 1, 1},
		{[]int{1, 4, 20, 20}, []int{16, 4, 3, 3}, 1, 1},
		{[]int{143, 1, 16, 16}, []int{1, 1, 3, 3}, 1, 1}, // sums of the weight's gradient in 16 parts
		{[]int{0, 3, 5, 5}, []int{4, 3, 3, 3}, 1, 1},
		{[]int{1, 32, 0, 0}, []int{32, 32, 3, 3}, 1, 2},
		{[]int{1, 32, 2, 0}, []int{32, 32, 3, 3}, 1, 2},
		{[]int{2, 3, 5, 5}, []int{0, 3, 3, 3}, 1, 1},
		{[]int{2, 0, 5, 5}, []int{4, 0, 3, 3}, 1, 1},
	} {
		s := conv.NewShape(c.x, c.weight, c.stride, c.padding)
		checkConv[float32](t, s, uint64(i))
		checkConv[float64](t, s, uint64(i))
	}
}

// TestNaN shows that a NaN reaches the outputs whose windows hold it, and
// no others.
func TestNaN(t *testing.T) {
	x, weight := tensor.ChannelsLast(tensortest.Count(1, 2, 5, 5)), tensortest.Draw[float64](tensortest.Random(1), 3, 2, 3, 3)
	x.Set(math.NaN(), 0, 1, 2, 0)
	s := conv.NewShape(x.Shape(), weight.Shape(), 1, 1)
	y := tensor.ChannelsLast(tensor.New[float64](1, 3, 5, 5))
	conv.ForwardTo(y, x, weight, s)
	tensortest.EachIndex(y.Shape(), func(i []int) {
		near := i[2] >= 1 && i[2] <= 3 && i[3] <= 1
		require.Equal(t, near, math.IsNaN(y.At(i...)), "%v", i)
	})
}

// TestOrders: another memory order or shape is refused, but orders that are the
// same in memory are one.
func TestOrders(t *testing.T) {
	s := conv.Shape{N: 2, C: 3, H: 5, W: 4, O: 4, KH: 3, KW: 3, Stride: 1, Padding: 1}
	x, y := tensor.ChannelsLast(tensortest.Count(2, 3, 5, 4)), tensor.ChannelsLast(tensortest.Count(2, 4, 5, 4))
	w := tensortest.Count(4, 3, 3, 3)
	rowX, rowY := tensor.Contiguous(x), tensor.Contiguous(y)
	for _, c := range []struct {
		says    string
		x, w, y *tensor.Tensor[float64]
	}{
		{"channels-last", rowX, w, y}, {"channels-last", x, w, rowY}, {"row-major", x, tensor.ChannelsLast(w), y},
		{"are needed", x.Slice(0, 0, 1), w, y}, {"are needed", x, w, y.Slice(0, 0, 1)}, {"are needed", y, w, x},
		{"are needed", x, tensortest.Count(3, 4, 3, 3), y}, {"are needed", x, tensortest.Count(4, 27), y},
	} {
		for op, f := range map[string]func(){
			"conv.ForwardTo":    func() { conv.ForwardTo(c.y, c.x, c.w, s) },
			"conv.GradInputTo":  func() { conv.GradInputTo(c.x, c.y, c.w, s) },
			"conv.GradWeightTo": func() { conv.GradWeightTo(c.w, c.x, c.y, s) },
		} {
			err := tensortest.MustRefuse(t, f)
			require.Equal(t, op, err.Op)
			require.Contains(t, err.Reason, c.says)
		}
	}
	one := conv.NewShape([]int{2, 1, 3, 3}, []int{5, 1, 3, 3}, 1, 0)
	conv.ForwardTo(tensortest.Count(2, 5, 1, 1), tensortest.Count(2, 1, 3, 3), tensortest.Count(5, 1, 3, 3), one)
}

// TestRefuses asks for shapes that cannot be, and reads the error.
func TestRefuses(t *testing.T) {
	count := tensortest.Count
	image, small := tensor.ChannelsLast(count(1, 2, 4, 4)), tensor.ChannelsLast(count(1, 2, 2, 2))
	half := conv.NewPoolShape(image.Shape(), 2, 2, 0)
	for _, c := range []struct {
		op, says string
		f        func()
	}{
		{"conv.NewShape", "are needed", func() { conv.NewShape([]int{1, 2, 4, 4}, []int{1, 3, 3, 3}, 1, 1) }},
		{"conv.NewShape", "are needed", func() { conv.NewShape([]int{2, 4, 4}, []int{1, 3, 3, 3}, 1, 1) }},
		{"conv.NewShape", "stride 0", func() { conv.NewShape([]int{1, 2, 4, 4}, []int{1, 2, 3, 3}, 0, 1) }},
		{"conv.NewShape", "padding -1", func() { conv.NewShape([]int{1, 2, 4, 4}, []int{1, 2, 3, 3}, 1, -1) }},
		{"conv.NewShape", "larger than the input", func() { conv.NewShape([]int{1, 2, 4, 2}, []int{1, 2, 3, 3}, 1, 0) }},
		{"conv.NewShape", "larger than the input", func() { conv.NewShape([]int{1, 2, 4, 4}, []int{1, 2, 0, 3}, 1, 0) }},
		{"conv.NewPoolShape", "is needed", func() { conv.NewPoolShape([]int{2, 4, 4}, 2, 1, 0) }},
		{"conv.NewPoolShape", "half the kernel", func() { conv.NewPoolShape(image.Shape(), 2, 1, 2) }},
		{"conv.NewPoolShape", "kernel 0", func() { conv.NewPoolShape(image.Shape(), 0, 1, 0) }},
		{"conv.NewPoolShape", "stride 0", func() { conv.NewPoolShape(image.Shape(), 2, 0, 0) }},
		{"conv.NewPoolShape", "larger than the input", func() { conv.NewPoolShape(image.Shape(), 5, 1, 0) }},
		{"conv.MaxPoolTo", "channels-last", func() { conv.MaxPoolTo(count(1, 2, 2, 2), image, half) }},
		{"conv.MaxPoolGradTo", "of shape [", func() { conv.MaxPoolGradTo(image, image, image, small, half) }},
		{"conv.AvgPoolTo", "of shape [", func() { conv.AvgPoolTo(small, small, half) }},
		{"conv.AvgPoolGradTo", "channels-last", func() { conv.AvgPoolGradTo(count(1, 2, 4, 4), small, half) }},
	} {
		err := tensortest.MustRefuse(t, c.f)
		require.Equal(t, c.op, err.Op, "%s", c.says)
		require.Contains(t, err.Reason, c.says, c.op)
	}
}

// FuzzConv tries shapes at random, without and with a pass, and one for Winograd's
// algorithm.
func FuzzConv(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		rng := tensortest.Random(seed)
		n := func(limit int) int { return 1 + rng.IntN(limit) }
		kh, kw, padding := n(4), n(4), rng.IntN(4)
		h, w := max(1, kh-2*padding)+rng.IntN(8), max(1, kw-2*padding)+rng.IntN(8)
		c := n(20)
		s := conv.NewShape([]int{n(5), c, h, w}, []int{n(40), c, kh, kw}, n(4), padding)
		checkConv[float32](t, s, seed)
		checkConv[float64](t, s, seed)
		checkConvPass[float32](t, s, rng)
		checkConvPass[float64](t, s, rng)
		s = conv.Shape{N: n(5), C: 16 + 16*n(3), O: 16 + 16*n(3), H: 2 * n(6), W: 2 * n(6), KH: 3, KW: 3, Stride: 1, Padding: 1}
		checkWinograd[float32](t, s, seed)
		checkWinograd[float64](t, s, seed)
		checkConvPass[float32](t, s, rng)
	})
}

func ExampleForwardTo() {
	x := tensor.ChannelsLast(tensor.FromSlice([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3))
	difference := tensor.FromSlice([]float64{-1, 1}, 1, 1, 1, 2) // a kernel of 1×2
	s := conv.NewShape(x.Shape(), difference.Shape(), 1, 0)
	y := tensor.ChannelsLast(tensor.New[float64](1, 1, s.OutH(), s.OutW()))
	conv.ForwardTo(y, x, difference, s)
	fmt.Println(y)
	// Output: Tensor[1 1 3 2][1 1 1 1 1 1]
}
