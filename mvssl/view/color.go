package view

import "math"

// The operations on color work in place on one image with values in [0, 1], of
// three channels (red, green, blue), one after the other in x, or of one. They
// are those of torchvision.transforms.functional on float tensors
// (functional_tensor.py), whose weights of the gray value do not sum to one.
const (
	grayRed, grayGreen, grayBlue = 0.2989, 0.587, 0.114
)

// rgb returns the three channels of x; ok is false where x has but one.
func rgb[T Float](x []T, channels int) (r, g, b []T, ok bool) {
	if channels != 3 {
		return nil, nil, nil, false
	}
	n := len(x) / 3
	return x[:n], x[n : 2*n], x[2*n : 3*n], true
}

func gray[T Float](r, g, b T) T { return T(grayRed*r) + T(grayGreen*g) + T(grayBlue*b) }

// clamp returns v between 0 and 1, NaN for NaN. Branches, since few values are outside:
// min and max take several instructions each to get zeros and NaN right.
func clamp[T Float](v T) T {
	switch {
	case v <= 0:
		return 0
	case v >= 1:
		return 1
	}
	return v
}

// AdjustBrightness multiplies by factor ≥ 0 and clamps to [0, 1].
func AdjustBrightness[T Float](x []T, factor float64) {
	f := T(factor)
	for i, v := range x {
		x[i] = clamp(f * v)
	}
}

// AdjustContrast blends with the mean of the image's gray values:
// factor·x + (1−factor)·mean, clamped to [0, 1].
func AdjustContrast[T Float](x []T, channels int, factor float64) {
	sum, n := 0.0, len(x)
	if r, g, b, ok := rgb(x, channels); ok {
		n = len(r)
		for i := range r {
			sum += float64(gray(r[i], g[i], b[i]))
		}
	} else {
		for _, v := range x {
			sum += float64(v)
		}
	}
	f, rest := T(factor), T(1-factor)*T(sum/float64(n))
	for i, v := range x {
		x[i] = clamp(T(f*v) + rest)
	}
}

// AdjustSaturation blends each pixel with its gray value:
// factor·x + (1−factor)·gray, clamped to [0, 1]. An image of one channel stays as
// it is.
func AdjustSaturation[T Float](x []T, channels int, factor float64) {
	r, g, b, ok := rgb(x, channels)
	if !ok {
		return
	}
	f, rest := T(factor), T(1-factor)
	for i := range r {
		l := T(rest * gray(r[i], g[i], b[i]))
		r[i], g[i], b[i] = clamp(T(f*r[i])+l), clamp(T(f*g[i])+l), clamp(T(f*b[i])+l)
	}
}

// AdjustHue turns the hue by factor, in [−½, ½] of a full turn, in the HSV model.
// An image of one channel stays as it is.
func AdjustHue[T Float](x []T, channels int, factor float64) {
	r, g, b, ok := rgb(x, channels)
	if !ok {
		return
	}
	sixths := T(6 * factor)
	for i := range r {
		r[i], g[i], b[i] = turnHue(r[i], g[i], b[i], sixths)
	}
}

// turnHue turns a hue by so many sixths of a turn. It is torchvision's _hsv2rgb of
// its _rgb2hsv, in which saturation·value is the distance from the smallest to the
// largest channel.
func turnHue[T Float](r, g, b, sixths T) (T, T, T) {
	hi, lo := max(r, g, b), min(r, g, b)
	spread := hi - lo
	if spread == 0 {
		return r, g, b // gray has no hue
	}
	h := sixths // within ±3, the hue within −1…5
	switch hi {
	case r:
		h += (g - b) / spread
	case g:
		h += 2 + (b-r)/spread
	default:
		h += 4 + (r-g)/spread
	}
	if h < 0 {
		h += 6
	} else if h >= 6 {
		h -= 6
	}
	sector := int(h)
	f := h - T(sector)
	p, q, t := clamp(lo), clamp(hi-T(f*spread)), clamp(hi-T((1-f)*spread))
	switch sector {
	case 1:
		return q, hi, p
	case 2:
		return p, hi, t
	case 3:
		return p, q, hi
	case 4:
		return t, p, hi
	case 5:
		return hi, p, q
	}
	return hi, t, p
}

// Grayscale puts the gray value 0.2989·R + 0.587·G + 0.114·B in all channels. An
// image of one channel stays as it is.
func Grayscale[T Float](x []T, channels int) {
	r, g, b, ok := rgb(x, channels)
	if !ok {
		return
	}
	for i := range r {
		l := gray(r[i], g[i], b[i])
		r[i], g[i], b[i] = l, l, l
	}
}

// Solarize replaces each value of at least threshold by 1 minus it.
func Solarize[T Float](x []T, threshold float64) {
	for i, v := range x {
		if v >= T(threshold) {
			x[i] = 1 - v
		}
	}
}

// GaussianBlur blurs src, c channels of h×w, into dst with a kernel of the given
// odd size and standard deviation sigma in pixels, the image being reflected at
// its borders: torchvision's gaussian_blur. tmp has the image's length. It panics
// unless the kernel is odd, at most 2·min(h, w) − 1, and sigma positive.
func GaussianBlur[T Float](dst, src, tmp []T, c, h, w, kernel int, sigma float64) {
	half := kernel / 2
	if kernel < 1 || kernel%2 == 0 || half >= h || half >= w || !(sigma > 0) {
		panic("view.GaussianBlur: the kernel must be odd and fit the reflected image, sigma positive")
	}
	weights, sum := make([]T, kernel), 0.0
	for i := range weights {
		d := float64(i-half) / sigma
		weights[i] = T(math.Exp(-0.5 * d * d))
		sum += float64(weights[i])
	}
	for i := range weights {
		weights[i] = T(float64(weights[i]) / sum)
	}
	reflect := func(i, n int) int {
		if i < 0 {
			return -i
		}
		if i >= n {
			return 2*(n-1) - i
		}
		return i
	}
	for r := range c * h {
		for x := range w {
			v := T(0)
			for k, wt := range weights {
				v += T(wt * src[r*w+reflect(x+k-half, w)])
			}
			tmp[r*w+x] = v
		}
	}
	for ch := range c {
		for y := range h {
			out := dst[(ch*h+y)*w : (ch*h+y+1)*w]
			clear(out)
			for k, wt := range weights {
				row := ch*h + reflect(y+k-half, h)
				for x, v := range tmp[row*w : (row+1)*w] {
					out[x] += T(wt * v)
				}
			}
		}
	}
}
