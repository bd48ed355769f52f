package engine

import (
	"slices"

	"entrec/autograd"
	"entrec/mvssl/view"
	"entrec/tensor"
)

// images returns the operations on images. Training takes no gradient through them,
// so their gradients are defined here. At kinks they are PyTorch's.
func images[T tensor.Float]() map[string]op[T] {
	return map[string]op[T]{
		"adjust_brightness": color(func(q *question[T]) change[T] {
			factor := q.float("factor", notNegative)
			return change[T]{
				func(x []T) { view.AdjustBrightness(x, factor) },
				func(dst, x, g []T) { blendGrad(dst, x, g, factor, func(int) float64 { return 0 }) },
			}
		}),
		"adjust_contrast": color(func(q *question[T]) change[T] {
			factor := q.float("factor", notNegative)
			return change[T]{
				func(x []T) { view.AdjustContrast(x, 3, factor) },
				func(dst, x, g []T) { contrastGrad(dst, x, g, factor) },
			}
		}),
		"adjust_saturation": color(func(q *question[T]) change[T] {
			factor := q.float("factor", notNegative)
			return change[T]{
				func(x []T) { view.AdjustSaturation(x, 3, factor) },
				func(dst, x, g []T) { saturationGrad(dst, x, g, factor) },
			}
		}),
		"adjust_hue": color(func(q *question[T]) change[T] {
			factor := q.float("factor", halfTurn)
			return change[T]{
				func(x []T) { view.AdjustHue(x, 3, factor) },
				func(dst, x, g []T) { hueGrad(dst, x, g, factor) },
			}
		}),
		"rgb_to_grayscale": color(func(q *question[T]) change[T] {
			return change[T]{
				func(x []T) { view.Grayscale(x, 3) },
				func(dst, _, g []T) { addGrayGrad(dst, g, 1) },
			}
		}),
		"solarize":      {in: "x", out: "y", answer: one(solarize[T])},
		"gaussian_blur": {in: "x", out: "y", answer: one(gaussianBlur[T])},
		"resized_crop":  {in: "x", out: "y", answer: one(resizedCrop[T])},
	}
}

// change is an operation on one image (3,h,w), in place, and its gradient: it adds
// to dst that of ⟨g, result⟩ with respect to x.
type change[T tensor.Float] struct {
	forward  func(x []T)
	backward func(dst, x, g []T)
}

// color is an operation on the colors of each of the images (n,3,h,w).
func color[T tensor.Float](f func(q *question[T]) change[T]) op[T] {
	return op[T]{in: "x", out: "y", answer: one(func(q *question[T]) *autograd.Var[T] {
		x := q.in("x", 4)
		shape := x.Shape()
		if shape[1] != 3 {
			q.refuse("input \"x\": shape %v, expected three channels", shape)
		}
		c, size := f(q), 3*shape[2]*shape[3]
		y := x.Value.Clone()
		for image := range slices.Chunk(y.Data(), size) {
			c.forward(image)
		}
		return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
			gs, xs, ds := tensor.Contiguous(g).Data(), x.Value.Data(), dst[0].Data()
			clear(ds)
			for at := 0; at < len(ds); at += size {
				c.backward(ds[at:at+size], xs[at:at+size], gs[at:at+size])
			}
		}, x)
	})}
}

func solarize[T tensor.Float](q *question[T]) *autograd.Var[T] {
	x, threshold := q.in("x"), q.float("threshold", atMostOne)
	y := x.Value.Clone()
	view.Solarize(y.Data(), threshold)
	return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		for i, v := range x.Value.Data() {
			dst[0].Data()[i] = g.Data()[i]
			if v >= T(threshold) {
				dst[0].Data()[i] = -g.Data()[i]
			}
		}
	}, x)
}

func gaussianBlur[T tensor.Float](q *question[T]) *autograd.Var[T] {
	x := q.in("x", 4)
	h, w := x.Value.Dim(2), x.Value.Dim(3)
	kernel, sigma := q.int("kernel", 1), q.float("sigma", positive)
	if kernel%2 == 0 || kernel/2 >= min(h, w) {
		q.refuse("attribute \"kernel\": found %d, expected an odd number of at most %d", kernel, 2*min(h, w)-1)
	}
	return resample(x, h, w, func(dst, src []T, planes int) {
		view.GaussianBlur(dst, src, make([]T, len(src)), planes, h, w, kernel, sigma)
	})
}

func resizedCrop[T tensor.Float](q *question[T]) *autograd.Var[T] {
	x := q.in("x", 4)
	h, w := x.Value.Dim(2), x.Value.Dim(3)
	r := view.Rect{Top: q.int("top", 0), Left: q.int("left", 0), Height: q.int("height", 1), Width: q.int("width", 1)}
	size, antialias := q.int("size", 1), q.bool("antialias")
	if r.Top+r.Height > h || r.Left+r.Width > w {
		q.refuse("the rectangle %+v leaves the image of %d×%d", r, h, w)
	}
	return resample(x, size, size, func(dst, src []T, planes int) {
		view.ResizedCrop(dst, src, planes, h, w, r, size, antialias)
	})
}

// resample is an operation on the planes (h,w) of x that makes V·plane·Wᵀ (oh,ow) of
// each, for matrices V and W of which the rows sum to 1. Gradient: Vᵀ·g·W. The
// matrices are found by what becomes of planes with a single row or column of
// ones.
func resample[T tensor.Float](x *autograd.Var[T], oh, ow int, f func(dst, src []T, planes int)) *autograd.Var[T] {
	n, c, h, w := x.Value.Dim(0), x.Value.Dim(1), x.Value.Dim(2), x.Value.Dim(3)
	y := tensor.New[T](n, c, oh, ow)
	f(y.Data(), x.Value.Data(), n*c)
	return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		vt, ut := tensor.New[T](h, oh), tensor.New[T](w, ow) // V and W, transposed
		plane, made := tensor.New[T](h, w), tensor.New[T](oh, ow)
		for i := range h {
			plane.Fill(0)
			plane.Slice(0, i, i+1).Fill(1)
			f(made.Data(), plane.Data(), 1)
			tensor.CopyTo(vt.Slice(0, i, i+1), made.Slice(1, 0, 1).Reshape(1, oh))
		}
		for j := range w {
			plane.Fill(0)
			plane.Slice(1, j, j+1).Fill(1)
			f(made.Data(), plane.Data(), 1)
			tensor.CopyTo(ut.Slice(0, j, j+1), made.Slice(0, 0, 1))
		}
		middle := tensor.New[T](n*c*oh, w)
		tensor.MatMulTo(middle, g.Reshape(n*c*oh, ow), ut, tensor.NoTrans, tensor.Trans)
		for p := range n * c {
			plane := tensor.FromSlice(dst[0].Data()[p*h*w:(p+1)*h*w], h, w)
			tensor.MatMulTo(plane, vt, middle.Slice(0, p*oh, (p+1)*oh), tensor.NoTrans, tensor.NoTrans)
		}
	}, x)
}
