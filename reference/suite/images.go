package suite

import "fmt"

// images are the operations that make views. Pixels are multiples of 1/256 in
// [0, 1], so that some are equal and some lie on the borders of what is clipped.
func (s *sheet) images() {
	picture := func(op, name string, shape []int, attrs ...any) *draft {
		c := s.begin(op, name, attrs...).wrt(y(), "x")
		x := c.whole("x", 0, 256, shape...)
		for i := range x.Data {
			x.Data[i] /= 256
		}
		return c
	}
	// corners holds the eight corners of the cube of colors, a gray and a pure hue.
	corners := func(op, name string, attrs ...any) {
		c := s.begin(op, name, attrs...).wrt(y(), "x")
		c.values("x", []int{1, 3, 2, 5},
			0, 0, 0, 0, 1, 1, 1, 1, 0.5, 0.25,
			0, 0, 1, 1, 0, 0, 1, 1, 0.5, 0.75,
			0, 1, 0, 1, 0, 1, 0, 1, 0.5, 0.125)
	}
	small, wide := []int{2, 3, 4, 5}, []int{1, 3, 7, 6}
	for _, op := range []string{"adjust_brightness", "adjust_contrast", "adjust_saturation"} {
		for _, factor := range []float64{0.25, 0.8, 1.75} {
			picture(op, fmt.Sprintf("factor%g", factor), small, "factor", factor)
		}
		picture(op, "factor1", wide, "factor", 1)
		corners(op, "corners", "factor", 0.7)
	}
	picture("adjust_contrast", "factor0", small, "factor", 0)
	picture("adjust_saturation", "factor0", small, "factor", 0)
	for _, factor := range []float64{-0.45, -0.2, 0.05, 0.4} {
		picture("adjust_hue", fmt.Sprintf("factor%g", factor), small, "factor", factor)
	}
	picture("adjust_hue", "factor0", wide, "factor", 0)
	// Half a turn puts hues on the borders of sextants, where there is no gradient.
	for _, factor := range []float64{-0.5, 0.5} {
		c := picture("adjust_hue", fmt.Sprintf("factor%g", factor), small, "factor", factor)
		c.differentiate = nil
		delete(c.Attrs, "wrt")
	}
	corners("adjust_hue", "corners", "factor", 0.1)

	picture("rgb_to_grayscale", "2x3x4x5", small)
	picture("rgb_to_grayscale", "one-pixel", []int{3, 3, 1, 1})
	corners("rgb_to_grayscale", "corners")

	for _, g := range []struct {
		name   string
		shape  []int
		kernel int
		sigma  float64
	}{
		{"3", []int{2, 3, 5, 4}, 3, 1},
		{"5", []int{1, 3, 7, 6}, 5, 0.5},
		{"9", []int{1, 1, 12, 9}, 9, 2},
		{"one", []int{2, 2, 3, 3}, 1, 1},
		{"sharp", []int{1, 2, 6, 6}, 3, 0.1},
		{"kernel-over-half", []int{1, 2, 5, 6}, 7, 1.5},
	} {
		picture("gaussian_blur", g.name, g.shape, "kernel", g.kernel, "sigma", g.sigma)
	}

	picture("solarize", "half", small, "threshold", 0.5)
	picture("solarize", "quarter", wide, "threshold", 0.25)
	picture("solarize", "all", []int{1, 3, 3, 3}, "threshold", 0)
	picture("solarize", "white", []int{1, 3, 3, 3}, "threshold", 1)
	picture("solarize", "grey", []int{2, 1, 4, 4}, "threshold", 0.625)

	for _, g := range []struct {
		name                           string
		h, w, top, left, height, width int
		size                           int
	}{
		{"down", 12, 14, 1, 2, 10, 11, 4},
		{"down-odd", 17, 13, 0, 0, 17, 13, 5},
		{"up", 6, 7, 1, 1, 4, 3, 9},
		{"same", 6, 6, 0, 0, 6, 6, 6},
		{"shift", 8, 8, 2, 3, 5, 5, 5},
		{"stretched", 10, 12, 3, 0, 2, 12, 6},
		{"one-pixel", 5, 5, 2, 3, 1, 1, 3},
		{"to-one", 9, 8, 0, 1, 9, 7, 1},
	} {
		for _, antialias := range []bool{false, true} {
			name := g.name
			if antialias {
				name += "-antialias"
			}
			picture("resized_crop", name, []int{1, 2, g.h, g.w}, "top", g.top, "left", g.left, "height", g.height,
				"width", g.width, "size", g.size, "antialias", antialias)
		}
	}
}
