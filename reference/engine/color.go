package engine

import (
	"math"

	"entrec/tensor"
)

// The functions of this file add to dst the gradient of ⟨g, y⟩ with respect to an
// image x (3,h,w). A clamp to [0, 1] lets the gradient pass at its bounds; the first
// of equal channels is their maximum and minimum.

// grayWeights are those of package view.
var grayWeights = [3]float64{0.2989, 0.587, 0.114}

// grayAt returns the gray value of pixel i.
func grayAt[T tensor.Float](x []T, i int) float64 {
	n := len(x) / 3
	return grayWeights[0]*float64(x[i]) + grayWeights[1]*float64(x[n+i]) + grayWeights[2]*float64(x[2*n+i])
}

// addGrayGrad is for y = scale·gray in all channels.
func addGrayGrad[T tensor.Float](dst, g []T, scale float64) {
	n := len(g) / 3
	for i := range n {
		total := float64(g[i]) + float64(g[n+i]) + float64(g[2*n+i])
		for c, w := range grayWeights {
			dst[c*n+i] += T(scale * w * total)
		}
	}
}

// blendGrad is for y = clamp(factor·x + (1−factor)·other), other(i) being a constant
// at pixel i. It returns what of g passes the clamp.
func blendGrad[T tensor.Float](dst, x, g []T, factor float64, other func(i int) float64) []T {
	n := len(x) / 3
	passed := make([]T, len(g))
	for i, v := range x {
		if y := factor*float64(v) + (1-factor)*other(i%n); y >= 0 && y <= 1 {
			passed[i] = g[i]
			dst[i] += T(factor * float64(g[i]))
		}
	}
	return passed
}

// saturationGrad is for the blend with the pixel's gray value.
func saturationGrad[T tensor.Float](dst, x, g []T, factor float64) {
	passed := blendGrad(dst, x, g, factor, func(i int) float64 { return grayAt(x, i) })
	addGrayGrad(dst, passed, 1-factor)
}

// contrastGrad is for the blend with the mean of the gray values.
func contrastGrad[T tensor.Float](dst, x, g []T, factor float64) {
	n, mean, total := len(x)/3, 0.0, 0.0
	for i := range n {
		mean += grayAt(x, i) / float64(n)
	}
	for _, v := range blendGrad(dst, x, g, factor, func(int) float64 { return mean }) {
		total += float64(v)
	}
	for i := range dst {
		dst[i] += T((1 - factor) * total * grayWeights[i/n] / float64(n))
	}
}

// hueGrad is for a turn of the hue. With v and m the largest and smallest channel,
// c = v − m, and a and b the channels after the largest (in the order red, green,
// blue, red), six times the hue is (a − b)/c plus a whole number: so with
// f = (a − b)/c + e its part beyond a whole number after the turn, the four values
// of the HSV model are linear in the channels where their order does not change:
//
//	v,  p = m,  q = v − c·f = v − (a−b) − e·c,  t = v − c·(1−f) = m + (a−b) + e·c
//
// A gray pixel (c = 0) has PyTorch's saturation c/1 and hue 0.
func hueGrad[T tensor.Float](dst, x, g []T, factor float64) {
	n := len(x) / 3
	for i := range n {
		rgb := [3]float64{float64(x[i]), float64(x[n+i]), float64(x[2*n+i])}
		top, low := 0, 0
		for c, v := range rgb {
			if v > rgb[top] {
				top = c
			}
			if v < rgb[low] {
				low = c
			}
		}
		v := rgb[top]
		spread := v - rgb[low]
		first, second := (top+1)%3, (top+2)%3
		slope, scale := 0.0, v // of a − b; of c, which a gray pixel's v multiplies
		ratio := 0.0
		if spread > 0 {
			slope, scale, ratio = 1, 1, (rgb[first]-rgb[second])/spread
		}
		hue := (2*float64(top) + ratio) / 6
		if spread == 0 {
			hue = 0
		}
		turned := hue + 1 + factor
		turned = 6 * (turned - math.Floor(turned))
		sector := math.Floor(turned)
		f := turned - sector
		e := f - ratio
		// Which of v, q, p, t each channel is, by sector.
		const isV, isQ, isP, isT = 0, 1, 2, 3
		roles := [6][3]int{{isV, isT, isP}, {isQ, isV, isP}, {isP, isV, isT}, {isP, isQ, isV}, {isT, isP, isV}, {isV, isP, isQ}}
		for c, role := range roles[int(sector)%6] {
			out := float64(g[c*n+i])
			add := func(channel int, factor float64) { dst[channel*n+i] += T(out * factor) }
			switch role {
			case isV:
				add(top, 1)
			case isP:
				add(top, 1-scale)
				add(low, scale)
			case isQ:
				add(top, 1-e*scale)
				add(low, e*scale)
				add(first, -slope)
				add(second, slope)
			case isT:
				add(top, 1-(1-e)*scale)
				add(low, (1-e)*scale)
				add(first, slope)
				add(second, -slope)
			}
		}
	}
}
