package conv_test

import (
	"math"
	"slices"
	"testing"

	"entrec/internal/tensortest"
	"entrec/tensor"
	"entrec/tensor/conv"

	"github.com/stretchr/testify/require"
)

// winogradShapes are convolutions that Winograd's algorithm makes: one tile and many, less
// than a block of images and more, all paddings.
var winogradShapes = []conv.Shape{
	{N: 1, C: 32, H: 2, W: 2, O: 32, KH: 3, KW: 3, Stride: 1, Padding: 1},
	{N: 3, C: 32, H: 8, W: 6, O: 48, KH: 3, KW: 3, Stride: 1, Padding: 1},
	{N: 2, C: 48, H: 4, W: 10, O: 32, KH: 3, KW: 3, Stride: 1, Padding: 0},
	{N: 2, C: 32, H: 4, W: 4, O: 64, KH: 3, KW: 3, Stride: 1, Padding: 2},
	{N: 35, C: 32, H: 4, W: 4, O: 32, KH: 3, KW: 3, Stride: 1, Padding: 1},
	{N: 2, C: 32, H: 34, W: 32, O: 32, KH: 3, KW: 3, Stride: 1, Padding: 1},
	{N: 0, C: 32, H: 4, W: 4, O: 32, KH: 3, KW: 3, Stride: 1, Padding: 1},
}

// TestWinograd: of whole numbers so small that all sums are exact, Winograd's algorithm
// gives the sums themselves.
func TestWinograd(t *testing.T) {
	for i, s := range winogradShapes {
		checkWinograd[float32](t, s, uint64(i))
		checkWinograd[float64](t, s, uint64(i))
	}
	if !testing.Short() {
		// The gradient of the weight is summed in 16 parts, 15 of 9 images and one of 8.
		checkWinograd[float32](t, conv.Shape{N: 143, C: 32, H: 16, W: 16, O: 32, KH: 3, KW: 3, Stride: 1, Padding: 1}, 1)
	}
}

func checkWinograd[T tensor.Float](t *testing.T, s conv.Shape, seed uint64) {
	t.Helper()
	rng := tensortest.Random(seed)
	whole := func(shape ...int) *tensor.Tensor[T] {
		x := tensor.New[T](shape...)
		for i := range x.Data() {
			x.Data()[i] = T(rng.IntN(9) - 4)
		}
		return x
	}
	x, weight := tensor.ChannelsLast(whole(s.N, s.C, s.H, s.W)), whole(s.O, s.C, 3, 3)
	dy := tensor.ChannelsLast(whole(s.N, s.O, s.OutH(), s.OutW()))
	y, dx, dw := dy.Clone(), x.Clone(), weight.Clone()
	conv.ForwardTo(y, x, weight, s)
	conv.GradInputTo(dx, dy, weight, s)
	conv.GradWeightTo(dw, x, dy, s)

	// A kernel of 3×3 is nine of 1×1, of images that are shifted: none of them is Winograd's.
	wantY, wantDX, wantDW := dy.Clone(), x.Clone(), weight.Clone()
	wantY.Fill(0)
	wantDX.Fill(0)
	one := conv.Shape{N: s.N, C: s.C, H: s.OutH(), W: s.OutW(), O: s.O, KH: 1, KW: 1, Stride: 1}
	padded := tensor.ChannelsLast(tensor.New[T](s.N, s.C, s.H+2*s.Padding, s.W+2*s.Padding))
	inner := func(t *tensor.Tensor[T], i, j, h, w int) *tensor.Tensor[T] {
		return t.Slice(2, i, i+h).Slice(3, j, j+w)
	}
	tensor.CopyTo(inner(padded, s.Padding, s.Padding, s.H, s.W), x)
	dPadded := padded.Clone()
	dPadded.Fill(0)
	for u := range 3 {
		for v := range 3 {
			tap := tensor.Contiguous(inner(weight, u, v, 1, 1))
			window := tensor.ChannelsLast(inner(padded, u, v, s.OutH(), s.OutW()))
			conv.ForwardPassTo(wantY, window, tap, one, conv.Pass[T]{Accumulate: true})
			conv.GradInputTo(window, dy, tap, one)
			sum := inner(dPadded, u, v, s.OutH(), s.OutW())
			tensor.AddTo(sum, sum, window)
			tensor.CopyTo(window, inner(padded, u, v, s.OutH(), s.OutW()))
			conv.GradWeightTo(tap, window, dy, one)
			tensor.CopyTo(inner(wantDW, u, v, 1, 1), tap)
		}
	}
	tensor.CopyTo(wantDX, inner(dPadded, s.Padding, s.Padding, s.H, s.W))
	for _, c := range []struct {
		what      string
		want, got *tensor.Tensor[T]
	}{{"forward", wantY, y}, {"gradient of the input", wantDX, dx}, {"gradient of the weight", wantDW, dw}} {
		require.True(t, slices.Equal(c.want.Data(), c.got.Data()), "%s %+v", c.what, s)
	}
}

// TestWinogradNaN: a NaN or an infinity reaches the outputs whose windows hold it, and no
// others, though an infinity may come as a NaN.
func TestWinogradNaN(t *testing.T) {
	s := conv.Shape{N: 1, C: 32, H: 8, W: 6, O: 32, KH: 3, KW: 3, Stride: 1, Padding: 1}
	rng := tensortest.Random(3)
	x, weight := tensor.ChannelsLast(tensortest.Draw[float64](rng, s.N, s.C, s.H, s.W)), tensortest.Draw[float64](rng, s.O, s.C, 3, 3)
	y := tensor.ChannelsLast(tensor.New[float64](s.N, s.O, s.H, s.W))
	tensortest.EachIndex([]int{s.H, s.W}, func(at []int) {
		old := x.At(0, 5, at[0], at[1])
		for _, v := range []float64{math.NaN(), math.Inf(1)} {
			x.Set(v, 0, 5, at[0], at[1])
			conv.ForwardTo(y, x, weight, s)
			tensortest.EachIndex(y.Shape(), func(i []int) {
				near := max(i[2]-at[0], at[0]-i[2], i[3]-at[1], at[1]-i[3]) <= 1
				v := y.At(i...)
				require.Equal(t, near, math.IsNaN(v) || math.IsInf(v, 0), "%v at %v", i, at)
			})
		}
		x.Set(old, 0, 5, at[0], at[1])
	})
}

// TestWinogradBatch: the bits of an image do not depend on the others.
func TestWinogradBatch(t *testing.T) {
	for _, s := range winogradShapes {
		if s.N < 2 {
			continue
		}
		rng := tensortest.Random(5)
		x, weight := tensor.ChannelsLast(tensortest.Draw[float32](rng, s.N, s.C, s.H, s.W)), tensortest.Draw[float32](rng, s.O, s.C, 3, 3)
		y := tensor.ChannelsLast(tensor.New[float32](s.N, s.O, s.OutH(), s.OutW()))
		conv.ForwardTo(y, x, weight, s)
		alone := s
		alone.N = 1
		last := tensor.ChannelsLast(tensor.New[float32](1, s.O, s.OutH(), s.OutW()))
		conv.ForwardTo(last, tensor.ChannelsLast(x.Slice(0, s.N-1, s.N)), weight, alone)
		require.Equal(t, last.Data(), tensor.ChannelsLast(y.Slice(0, s.N-1, s.N)).Data(), "%+v", s)
	}
}

// The matrices of Winograd's algorithm.
var (
	winogradB = [][]float64{{1, 0, 0, 0}, {0, 1, -1, 1}, {-1, 1, 1, 0}, {0, 0, 0, -1}}
	winogradG = [][]float64{{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}
	winogradA = [][]float64{{1, 0}, {1, 1}, {1, -1}, {0, -1}}
)

// sizes returns |Mᵀ|·x·|M|.
func sizes(m [][]float64, x func(i, j int) float64) [][]float64 {
	n := len(m[0])
	out := make([][]float64, n)
	for a := range out {
		out[a] = make([]float64, n)
		for b := range n {
			for i := range m {
				for j := range m {
					out[a][b] += math.Abs(m[i][a]) * math.Abs(x(i, j)) * math.Abs(m[j][b])
				}
			}
		}
	}
	return out
}

func transposed(m [][]float64) [][]float64 {
	out := make([][]float64, len(m[0]))
	for i := range m {
		for j, v := range m[i] {
			out[j] = append(out[j], v)
		}
	}
	return out
}

// TestWinogradRounding holds the error to what docs/tolerances.md derives: of an output that
// sums n products of tiles, (n + 10)·u of
//
//	|Aᵀ|·[ Σ (|G|·|g|·|Gᵀ|) ⊙ (|Bᵀ|·|d|·|B|) ]·|A|
//
// and likewise of the gradients: transforming d rounds twice, g and the sums four times each.
func TestWinogradRounding(t *testing.T) {
	testWinogradRounding[float32](t)
	testWinogradRounding[float64](t)
}

func testWinogradRounding[T tensor.Float](t *testing.T) {
	s := conv.Shape{N: 2, C: 32, H: 4, W: 6, O: 48, KH: 3, KW: 3, Stride: 1, Padding: 1}
	rng := tensortest.Random(7)
	x, weight := tensor.ChannelsLast(tensortest.Draw[T](rng, s.N, s.C, s.H, s.W)), tensortest.Draw[T](rng, s.O, s.C, 3, 3)
	dy := tensor.ChannelsLast(tensortest.Draw[T](rng, s.N, s.O, s.OutH(), s.OutW()))
	y, dx, dw := dy.Clone(), x.Clone(), weight.Clone()
	conv.ForwardTo(y, x, weight, s)
	conv.GradInputTo(dx, dy, weight, s)
	conv.GradWeightTo(dw, x, dy, s)

	zero := func(like *tensor.Tensor[T]) *tensor.Tensor[float64] { return tensor.New[float64](like.Shape()...) }
	wantY, wantDX, wantDW := zero(y), zero(dx), zero(dw)
	eachTap(s, func(yi, xi, wi []int) {
		add := func(sum *tensor.Tensor[float64], i []int, a, b T) { sum.Set(sum.At(i...)+float64(a)*float64(b), i...) }
		add(wantY, yi, x.At(xi...), weight.At(wi...))
		add(wantDX, xi, dy.At(yi...), weight.At(wi...))
		add(wantDW, wi, dy.At(yi...), x.At(xi...))
	})
	// at reads an image with its margin of zeros.
	at := func(x *tensor.Tensor[T], n, c, h, w int) float64 {
		if h < 0 || w < 0 || h >= x.Dim(2) || w >= x.Dim(3) {
			return 0
		}
		return float64(x.At(n, c, h, w))
	}
	sizeY, sizeDX, sizeDW := zero(y), zero(dx), zero(dw)
	add := func(sum *tensor.Tensor[float64], v float64, i ...int) { sum.Set(sum.At(i...)+v, i...) }
	tensortest.EachIndex([]int{s.O, s.C}, func(i []int) {
		o, c := i[0], i[1]
		w := sizes(transposed(winogradG), func(u, v int) float64 { return float64(weight.At(o, c, u, v)) })
		turned := sizes(transposed(winogradG), func(u, v int) float64 { return float64(weight.At(o, c, 2-u, 2-v)) })
		var m [4][4]float64
		tensortest.EachIndex([]int{s.N, s.H / 2, s.W / 2}, func(i []int) {
			n, h, l := i[0], 2*i[1], 2*i[2]
			d := sizes(winogradB, func(i, j int) float64 { return at(x, n, c, h+i-1, l+j-1) })
			e := sizes(winogradB, func(i, j int) float64 { return at(dy, n, o, h+i-1, l+j-1) })
			g := sizes(transposed(winogradA), func(i, j int) float64 { return at(dy, n, o, h+i, l+j) })
			forward := sizes(winogradA, func(i, j int) float64 { return w[i][j] * d[i][j] })
			backward := sizes(winogradA, func(i, j int) float64 { return turned[i][j] * e[i][j] })
			for i := range 2 {
				for j := range 2 {
					add(sizeY, forward[i][j], n, o, h+i, l+j)
					add(sizeDX, backward[i][j], n, c, h+i, l+j)
				}
			}
			for i := range 4 {
				for j := range 4 {
					m[i][j] += d[i][j] * g[i][j]
				}
			}
		})
		for u, row := range sizes(winogradG, func(i, j int) float64 { return m[i][j] }) {
			for v, size := range row {
				add(sizeDW, size, o, c, u, v)
			}
		}
	})
	tensortest.RequireSums(t, y, wantY, sizeY, s.C+9, "forward")
	tensortest.RequireSums(t, dx, wantDX, sizeDX, s.O+9, "gradient of the input")
	tensortest.RequireSums(t, dw, wantDW, sizeDW, s.N*s.H*s.W/4+9, "gradient of the weight")
}
