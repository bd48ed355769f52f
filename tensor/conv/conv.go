// Package conv convolves images, and pools them: the values, and the gradients with
// respect to input and weight.
//
// Images are tensors (n, c, h, w) in channels-last memory order, which
// [tensor.ChannelsLast] makes. A convolution is not stored as im2col's matrix of
// patches: the matrix product reads each patch where it lies in a padded image, a few
// images at a time, in cache. Kernels of 3×3 with stride 1 and 32 channels or more go
// by Winograd's algorithm.
//
// Functions ending in To write into their first argument. Shapes and memory orders that
// do not fit panic with a [*tensor.ShapeError]. The bits of a result do not depend on
// [tensor.SetThreads].
package conv

import (
	"slices"

	"entrec/internal/memory"
	"entrec/internal/message"
	"entrec/internal/parallel"
	"entrec/simd"
	"entrec/tensor"
)

// Shape describes a two-dimensional convolution (cross-correlation, as in
// PyTorch) with zero padding.
//
// A task copies a few images with their padding into cache and makes their outputs
// there: by Winograd's algorithm where the shape allows it, else directly.
type Shape struct {
	N, C, H, W      int // input
	O, KH, KW       int // output channels, kernel
	Stride, Padding int
}

// OutH returns the height of the output.
func (s Shape) OutH() int { return (s.H+2*s.Padding-s.KH)/s.Stride + 1 }

// OutW returns the width of the output.
func (s Shape) OutW() int { return (s.W+2*s.Padding-s.KW)/s.Stride + 1 }

// NewShape works out the shape of a convolution of x (n,c,h,w) with weight
// (o,c,kh,kw). It panics with a *tensor.ShapeError where they do not fit.
func NewShape(x, weight []int, stride, padding int) Shape {
	const op = "conv.NewShape"
	if len(x) != 4 || len(weight) != 4 || x[1] != weight[1] {
		tensor.Refuse(op, "x (n,c,h,w) and weight (o,c,kh,kw) are needed", x, weight)
	}
	if stride < 1 || padding < 0 {
		tensor.Refuse(op, message.Sprintf("stride %d must be at least 1, padding %d at least 0", stride, padding), x, weight)
	}
	s := Shape{N: x[0], C: x[1], H: x[2], W: x[3], O: weight[0], KH: weight[2], KW: weight[3], Stride: stride, Padding: padding}
	if s.KH < 1 || s.KW < 1 || s.H+2*padding < s.KH || s.W+2*padding < s.KW {
		tensor.Refuse(op, message.Sprintf("the kernel is larger than the input padded by %d", padding), x, weight)
	}
	return s
}

// misfit says why x, weight and y are not the input, the weight and the output of s,
// in the memory orders of [ForwardTo]; it is empty where they are.
func misfit[T tensor.Float](s Shape, x, weight, y *tensor.Tensor[T]) string {
	switch {
	case !slices.Equal(x.Shape(), []int{s.N, s.C, s.H, s.W}), !slices.Equal(weight.Shape(), []int{s.O, s.C, s.KH, s.KW}),
		!slices.Equal(y.Shape(), []int{s.N, s.O, s.OutH(), s.OutW()}):
		return message.Sprintf("the shapes of input (%d,%d,%d,%d), weight (%d,%d,%d,%d) and output (%d,%d,%d,%d) are needed",
			s.N, s.C, s.H, s.W, s.O, s.C, s.KH, s.KW, s.N, s.O, s.OutH(), s.OutW())
	case !x.IsChannelsLast() || !y.IsChannelsLast():
		return "input and output must be channels-last"
	case !weight.IsContiguous():
		return "the weight must be row-major"
	}
	return ""
}

// Pass says what a convolution does with its input and its result while they are in
// cache. The zero value does nothing.
type Pass[T tensor.Float] struct {
	// Load stores in dst what is convolved in place of src, whole pixels of the input in
	// channels-last order; nil copies.
	Load func(dst, src []T)
	// Done is called when the elements [lo, hi) of the result, in memory order, are
	// finished. They are block number block, of whole pixels; there are
	// [Shape.OutBlocks] or [Shape.InBlocks] of them, which depend on the shape alone.
	// Calls are concurrent.
	Done func(block, lo, hi int)
	// Accumulate adds to the result.
	Accumulate bool
}

// OutBlocks returns how many blocks a pass over the output has.
func (s Shape) OutBlocks() int { return blocks(s.N, s.OutH()*s.OutW()) }

// OutBlockPixels returns how many pixels such a block has, but for the last.
func (s Shape) OutBlockPixels() int { return group(s.N, s.OutH()*s.OutW()) * s.OutH() * s.OutW() }

// InBlocks returns how many blocks a pass over the input has.
func (s Shape) InBlocks() int { return blocks(s.N, s.H*s.W) }

// group returns how many images a block has, which is what one task convolves: several
// where images have few pixels, so that the matrix product of a task has enough rows. It
// depends on the shape alone.
func group(n, pixels int) int { return max(1, min(n, 256/max(pixels, 1))) }

func blocks(n, pixels int) int { g := group(n, pixels); return (n + g - 1) / g }

// ForwardTo stores in y (n,o,oh,ow) the convolution
//
//	y[n,o,i,j] = Σ_{c,u,v} x[n,c,i·stride+u−padding,j·stride+v−padding] · weight[o,c,u,v]
//
// A NaN or an infinity in x reaches the outputs whose windows hold it; Winograd's
// algorithm turns infinities into NaNs. x and y must be channels-last, weight row-major.
// It panics with a *tensor.ShapeError where they are not, or do not have the shapes of s.
func ForwardTo[T tensor.Float](y, x, weight *tensor.Tensor[T], s Shape) {
	ForwardPassTo(y, x, weight, s, Pass[T]{})
}

// ForwardPassTo is [ForwardTo] with what pass adds.
func ForwardPassTo[T tensor.Float](y, x, weight *tensor.Tensor[T], s Shape, pass Pass[T]) {
	if reason := misfit(s, x, weight, y); reason != "" {
		tensor.Refuse("conv.ForwardTo", reason, y.Shape(), x.Shape(), weight.Shape())
	}
	in := s.padded()
	right := memory.Scratch[T]().Get(s.KH * s.KW * s.C * s.O)
	gatherWeight(right, weight.Data(), s)
	pixels := s.OutH() * s.OutW()
	images := group(s.N, pixels)
	var c convolution[T]
	if s.isWinograd() {
		c = newWinograd(in, s.O, right)
	} else {
		c = newDirect(in, s, images, right)
	}
	memory.Scratch[T]().Put(right)
	defer c.release()
	convolve(c, y.Data(), x.Data(), in, s.N, images, pixels*s.O, pass)
}

// GradInputTo stores in dx (n,c,h,w) the gradient of Σ dy·y with respect to
// the input of [ForwardTo]:
//
//	dx[n,c,h,w] = Σ_{o,u,v} dy[n,o,(h+padding−u)/stride,(w+padding−v)/stride] · weight[o,c,u,v]
//
// over the u, v for which the divisions leave no remainder. dx and dy must be
// channels-last, weight row-major, as for ForwardTo.
func GradInputTo[T tensor.Float](dx, dy, weight *tensor.Tensor[T], s Shape) {
	GradInputPassTo(dx, dy, weight, s, Pass[T]{})
}

// GradInputPassTo is [GradInputTo] with what pass adds.
func GradInputPassTo[T tensor.Float](dx, dy, weight *tensor.Tensor[T], s Shape, pass Pass[T]) {
	if reason := misfit(s, dx, weight, dy); reason != "" {
		tensor.Refuse("conv.GradInputTo", reason, dx.Shape(), dy.Shape(), weight.Shape())
	}
	images := group(s.N, s.H*s.W)
	var in paddedShape
	var c convolution[T]
	if s.isWinograd() {
		// A convolution with the kernel rotated by 180 degrees.
		margin := s.KH - 1 - s.Padding
		in = paddedShape{h: s.OutH(), w: s.OutW(), c: s.O, top: margin, left: margin, bottom: margin, right: margin}
		right := memory.Scratch[T]().Get(s.KH * s.KW * s.O * s.C)
		gatherRotated(right, weight.Data(), s, 0, 0)
		c = newWinograd(in, s.C, right)
		memory.Scratch[T]().Put(right)
	} else {
		in, c = newDirectGrad(weight.Data(), s, images, simd.Update(pass.Accumulate))
	}
	defer c.release()
	convolve(c, dx.Data(), dy.Data(), in, s.N, images, s.H*s.W*s.C, pass)
}

// convolution makes outputs of padded images.
type convolution[T tensor.Float] interface {
	// multiply stores the outputs of n images in out, or adds them.
	multiply(images, out []T, n int, update simd.Update)
	release()
}

// convolve stores the outputs of n images in out, size elements for each image, in blocks
// of the given number of images.
func convolve[T tensor.Float](c convolution[T], out, src []T, in paddedShape, n, images, size int, pass Pass[T]) {
	pixels := in.h * in.w * in.c
	parallel.For((n+images-1)/images, func(i int) {
		count := min(images, n-i*images)
		padded := pad(in, src[i*images*pixels:], count, 0, pass.Load)
		defer padded.release()
		lo := i * images * size
		hi := lo + count*size
		c.multiply(padded.data, out[lo:hi], count, simd.Update(pass.Accumulate))
		if pass.Done != nil {
			pass.Done(i, lo, hi)
		}
	})
}
