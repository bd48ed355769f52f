package engine

import (
	"slices"

	"entrec/autograd"
	"entrec/mvssl/view"
	"entrec/tensor"
)

// images returns the operations on images.
func images[T tensor.Float]() map[string]op[T] {
	type variable = *autograd.Var[T]
	return map[string]op[T]{
		"adjust_brightness": colour(func(q *question[T]) func(image []T) {
			factor := q.float("factor", notNegative)
			return func(image []T) { view.AdjustBrightness(image, factor) }
		}),
		"adjust_contrast": colour(func(q *question[T]) func(image []T) {
			factor := q.float("factor", notNegative)
			return func(image []T) { view.AdjustContrast(image, 3, factor) }
		}),
		"adjust_saturation": colour(func(q *question[T]) func(image []T) {
			factor := q.float("factor", notNegative)
			return func(image []T) { view.AdjustSaturation(image, 3, factor) }
		}),
		"adjust_hue": colour(func(q *question[T]) func(image []T) {
			factor := q.float("factor", halfTurn)
			return func(image []T) { view.AdjustHue(image, 3, factor) }
		}),
		"rgb_to_grayscale": colour(func(q *question[T]) func(image []T) {
			return func(image []T) { view.Grayscale(image, 3) }
		}),
		"solarize": {in: "x", out: "y", constants: "x", answer: one(func(q *question[T]) variable {
			y := slices.Clone(q.in("x").Value.Data())
			view.Solarize(y, q.float("threshold", finite))
			return q.tape.Constant(tensor.FromSlice(y, q.in("x").Shape()...))
		})},
		"gaussian_blur": {in: "x", out: "y", constants: "x", answer: one(gaussianBlur[T])},
		"resized_crop":  {in: "x", out: "y", constants: "x", answer: one(resizedCrop[T])},
	}
}

// colour is an operation on images (n,3,h,w) that works in place on one image.
func colour[T tensor.Float](f func(q *question[T]) func(image []T)) op[T] {
	return op[T]{in: "x", out: "y", constants: "x", answer: one(func(q *question[T]) *autograd.Var[T] {
		shape := q.in("x", 4).Shape()
		if shape[1] != 3 {
			q.refuse("input \"x\": shape %v, expected three channels", shape)
		}
		change := f(q)
		y := slices.Clone(q.in("x").Value.Data())
		for image := range slices.Chunk(y, 3*shape[2]*shape[3]) {
			change(image)
		}
		return q.tape.Constant(tensor.FromSlice(y, shape...))
	})}
}

func gaussianBlur[T tensor.Float](q *question[T]) *autograd.Var[T] {
	x := q.in("x", 4)
	n, c, h, w := x.Value.Dim(0), x.Value.Dim(1), x.Value.Dim(2), x.Value.Dim(3)
	kernel, sigma := q.int("kernel", 1), q.float("sigma", positive)
	if kernel%2 == 0 || kernel/2 >= min(h, w) {
		q.refuse("attribute \"kernel\": found %d, expected an odd number of at most %d", kernel, 2*min(h, w)-1)
	}
	y := tensor.New[T](x.Shape()...)
	view.GaussianBlur(y.Data(), x.Value.Data(), make([]T, y.Len()), n*c, h, w, kernel, sigma)
	return q.tape.Constant(y)
}

func resizedCrop[T tensor.Float](q *question[T]) *autograd.Var[T] {
	x := q.in("x", 4)
	n, c, h, w := x.Value.Dim(0), x.Value.Dim(1), x.Value.Dim(2), x.Value.Dim(3)
	r := view.Rect{Top: q.int("top", 0), Left: q.int("left", 0), Height: q.int("height", 1), Width: q.int("width", 1)}
	size := q.int("size", 1)
	if r.Top+r.Height > h || r.Left+r.Width > w || size*size > maxPixels {
		q.refuse("rectangle %+v of an image of %d×%d to size %d", r, h, w, size)
	}
	y := tensor.New[T](n, c, size, size)
	view.ResizedCrop(y.Data(), x.Value.Data(), n*c, h, w, r, size, q.bool("antialias"))
	return q.tape.Constant(y)
}
