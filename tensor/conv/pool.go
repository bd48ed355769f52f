package conv

import (
	"slices"

	"entrec/internal/message"
	"entrec/internal/parallel"
	"entrec/tensor"
)

// PoolShape describes pooling over kernel×kernel windows.
type PoolShape struct {
	N, C, H, W              int
	Kernel, Stride, Padding int
}

// NewPoolShape works out the pooling of x (n,c,h,w). It panics with a
// *ShapeError where the window does not fit, or where the padding exceeds half
// the kernel, as in PyTorch.
func NewPoolShape(x []int, kernel, stride, padding int) PoolShape {
	const op = "conv.NewPoolShape"
	if len(x) != 4 {
		tensor.Refuse(op, "x (n,c,h,w) is needed", x)
	}
	if kernel < 1 || stride < 1 || padding < 0 || 2*padding > kernel {
		tensor.Refuse(op, message.Sprintf("kernel %d and stride %d must be at least 1, padding %d at most half the kernel", kernel, stride, padding), x)
	}
	s := PoolShape{N: x[0], C: x[1], H: x[2], W: x[3], Kernel: kernel, Stride: stride, Padding: padding}
	if s.H+2*padding < kernel || s.W+2*padding < kernel {
		tensor.Refuse(op, message.Sprintf("the kernel %d is larger than the input padded by %d", kernel, padding), x)
	}
	return s
}

// OutH returns the height of the output.
func (s PoolShape) OutH() int { return (s.H+2*s.Padding-s.Kernel)/s.Stride + 1 }

// OutW returns the width of the output.
func (s PoolShape) OutW() int { return (s.W+2*s.Padding-s.Kernel)/s.Stride + 1 }

// checkPool panics unless the inputs and outputs of a pooling have its shapes and are
// channels-last.
func checkPool[T tensor.Float](op string, s PoolShape, inputs, outputs []*tensor.Tensor[T]) {
	check := func(shape []int, xs []*tensor.Tensor[T]) {
		for _, x := range xs {
			if !slices.Equal(x.Shape(), shape) || !x.IsChannelsLast() {
				tensor.Refuse(op, message.Sprintf("a channels-last tensor of shape %v is needed", shape), x.Shape())
			}
		}
	}
	check([]int{s.N, s.C, s.H, s.W}, inputs)
	check([]int{s.N, s.C, s.OutH(), s.OutW()}, outputs)
}

// windows calls f for each output pixel of image n with its place and the rows
// and columns of the input that its window covers (padding cut off).
func (s PoolShape) windows(n int, f func(out, h0, h1, w0, w1 int)) {
	oh, ow := s.OutH(), s.OutW()
	for i := range oh {
		h := i*s.Stride - s.Padding
		for j := range ow {
			w := j*s.Stride - s.Padding
			f((n*oh+i)*ow+j, max(h, 0), min(h+s.Kernel, s.H), max(w, 0), min(w+s.Kernel, s.W))
		}
	}
}

// MaxPoolTo stores in y the maximum over each window of x; padding counts as −∞,
// and a NaN wins, as in PyTorch. x and y must be channels-last,
// or it panics with a *tensor.ShapeError.
func MaxPoolTo[T tensor.Float](y, x *tensor.Tensor[T], s PoolShape) {
	checkPool("conv.MaxPoolTo", s, []*tensor.Tensor[T]{x}, []*tensor.Tensor[T]{y})
	xd, yd := x.Data(), y.Data()
	parallel.For(s.N, func(n int) {
		s.windows(n, func(out, h0, h1, w0, w1 int) {
			for c := range s.C {
				best := xd[((n*s.H+h0)*s.W+w0)*s.C+c]
				for h := h0; h < h1; h++ {
					for w := w0; w < w1; w++ {
						best = max(best, xd[((n*s.H+h)*s.W+w)*s.C+c])
					}
				}
				yd[out*s.C+c] = best
			}
		})
	})
}

// MaxPoolGradTo stores in dx the gradient of Σ dy·y for the x and y of
// [MaxPoolTo]: each dy goes to the first element of its window, in row-major
// order, that is the maximum (the first NaN where that is NaN), as in PyTorch. All
// must be channels-last, or it panics with a *tensor.ShapeError.
func MaxPoolGradTo[T tensor.Float](dx, dy, x, y *tensor.Tensor[T], s PoolShape) {
	checkPool("conv.MaxPoolGradTo", s, []*tensor.Tensor[T]{dx, x}, []*tensor.Tensor[T]{dy, y})
	dxd, dyd, xd, yd := dx.Data(), dy.Data(), x.Data(), y.Data()
	clear(dxd)
	parallel.For(s.N, func(n int) {
		s.windows(n, func(out, h0, h1, w0, w1 int) {
			for c := range s.C {
				best := yd[out*s.C+c]
			search:
				for h := h0; h < h1; h++ {
					for w := w0; w < w1; w++ {
						at := ((n*s.H+h)*s.W+w)*s.C + c
						if v := xd[at]; v == best || (v != v && best != best) {
							dxd[at] += dyd[out*s.C+c]
							break search
						}
					}
				}
			}
		})
	})
}

// AvgPoolTo stores in y the sum over each window of x divided by kernel²:
// padding counts as zeros in the mean (PyTorch's count_include_pad). x and y must
// be channels-last, or it panics with a *tensor.ShapeError.
func AvgPoolTo[T tensor.Float](y, x *tensor.Tensor[T], s PoolShape) {
	checkPool("conv.AvgPoolTo", s, []*tensor.Tensor[T]{x}, []*tensor.Tensor[T]{y})
	xd, yd := x.Data(), y.Data()
	scale := 1 / T(s.Kernel*s.Kernel)
	parallel.For(s.N, func(n int) {
		s.windows(n, func(out, h0, h1, w0, w1 int) {
			for c := range s.C {
				sum := T(0)
				for h := h0; h < h1; h++ {
					for w := w0; w < w1; w++ {
						sum += xd[((n*s.H+h)*s.W+w)*s.C+c]
					}
				}
				yd[out*s.C+c] = sum * scale
			}
		})
	})
}

// AvgPoolGradTo stores in dx the gradient of Σ dy·y: each dy, divided by
// kernel², goes to every pixel of its window. dx and dy must be channels-last,
// or it panics with a *tensor.ShapeError.
func AvgPoolGradTo[T tensor.Float](dx, dy *tensor.Tensor[T], s PoolShape) {
	checkPool("conv.AvgPoolGradTo", s, []*tensor.Tensor[T]{dx}, []*tensor.Tensor[T]{dy})
	dxd, dyd := dx.Data(), dy.Data()
	clear(dxd)
	scale := 1 / T(s.Kernel*s.Kernel)
	parallel.For(s.N, func(n int) {
		s.windows(n, func(out, h0, h1, w0, w1 int) {
			for c := range s.C {
				g := dyd[out*s.C+c] * scale
				for h := h0; h < h1; h++ {
					for w := w0; w < w1; w++ {
						dxd[((n*s.H+h)*s.W+w)*s.C+c] += g
					}
				}
			}
		})
	})
}
