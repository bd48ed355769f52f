package naive

import "math"

// AdjustHue turns the hue of x (n, 3, h, w), values in [0, 1], by factor of a full
// turn, as torchvision.transforms.functional.adjust_hue does: to hue, saturation and
// value, the hue plus factor modulo 1, and back.
func AdjustHue(x [][][][]float64, factor float64) [][][][]float64 {
	y := newLike(x)
	eachPixel(x, func(n, i, j int) {
		h, s, v := hsv(pixel(x[n], i, j))
		setPixel(y[n], i, j, rgb(turned(h, factor), s, v))
	})
	return y
}

// AdjustHueGrad carries ct back through the two conversions; the turn has slope 1.
func AdjustHueGrad(x [][][][]float64, factor float64, ct [][][][]float64) [][][][]float64 {
	g := newLike(x)
	eachPixel(x, func(n, i, j int) {
		p := pixel(x[n], i, j)
		h, s, v := hsv(p)
		gh, gs, gv := rgbGrad(turned(h, factor), s, v, pixel(ct[n], i, j))
		setPixel(g[n], i, j, hsvGrad(p, gh, gs, gv))
	})
	return g
}

// turned returns (h + factor) modulo 1.
func turned(h, factor float64) float64 { return (h + factor) - math.Floor(h+factor) }

// hsv returns, with max and min over the channels and c = max − min, the value max, the
// saturation c/max and the hue, a sixth of
//
//	(g−b)/c where r is max, else 2 + (b−r)/c where g is, else 4 + (r−g)/c
//
// modulo 1. Of gray all but the value are 0.
func hsv(p [3]float64) (h, s, v float64) {
	top, bottom := extremes(p)
	v = p[top]
	c := v - p[bottom]
	if c == 0 {
		return 0, 0, v
	}
	next, after := p[(top+1)%3], p[(top+2)%3]
	h = ((float64(2*top) + (v-after)/c) - (v-next)/c) / 6
	h++
	return h - math.Floor(h), c / v, v
}

// hsvGrad returns the gradient of hsv with respect to r, g, b. Where several channels are
// the largest or the smallest, the first of them is.
func hsvGrad(p [3]float64, gh, gs, gv float64) (g [3]float64) {
	top, bottom := extremes(p)
	v := p[top]
	c := v - p[bottom]
	if c == 0 {
		g[top] = gv
		return g
	}
	next, after := (top+1)%3, (top+2)%3
	slope := gh / 6 / c
	g[next] += slope
	g[after] -= slope
	gc := gs/v - float64(slope*((p[next]-p[after])/c))
	g[top] += gv - float64(gs*c)/float64(v*v) + gc
	g[bottom] -= gc
	return g
}

// extremes returns which channel is the largest and which the smallest, the first of
// several.
func extremes(p [3]float64) (top, bottom int) {
	for c := 1; c < 3; c++ {
		if p[c] > p[top] {
			top = c
		}
		if p[c] < p[bottom] {
			bottom = c
		}
	}
	return top, bottom
}

// rgb returns the color of a hue, saturation and value: with f the hue's part of its
// sixth of the circle, v, p = v·(1−s), q = v·(1−s·f) and t = v·(1−s·(1−f)), the last
// three clamped, stand in each channel in turn.
func rgb(h, s, v float64) (out [3]float64) {
	sixth, f := sextant(h)
	values := [4]float64{v, clamp(v * (1 - s)), clamp(v * (1 - float64(s*f))), clamp(v * (1 - float64(s*(1-f))))}
	for c, which := range sextants[sixth] {
		out[c] = values[which]
	}
	return out
}

// rgbGrad returns the gradient of rgb with respect to h, s and v.
func rgbGrad(h, s, v float64, ct [3]float64) (gh, gs, gv float64) {
	sixth, f := sextant(h)
	for c, which := range sextants[sixth] {
		if which == 0 {
			gv += ct[c]
			continue
		}
		// The channel is v·(1 − s·share), with the slope of share in f.
		share := [4]float64{0, 1, f, 1 - f}[which]
		slope := [4]float64{0, 0, 1, -1}[which]
		rest := 1 - float64(s*share)
		g := passed(v*rest, ct[c])
		gv += float64(g * rest)
		gs -= float64(g * float64(v*share))
		gh -= float64(float64(g*float64(v*s)) * float64(6*slope))
	}
	return gh, gs, gv
}

// sextants says which of v, p, q and t the channels hold in each sixth of the circle.
var sextants = [6][3]int{{0, 3, 1}, {2, 0, 1}, {1, 0, 3}, {1, 2, 0}, {3, 1, 0}, {0, 1, 2}}

// sextant returns the sixth of the circle that h lies in, and where in it.
func sextant(h float64) (sixth int, f float64) {
	whole := math.Floor(h * 6)
	return int(whole) % 6, float64(h*6) - whole
}

func pixel(image [][][]float64, i, j int) [3]float64 {
	return [3]float64{image[0][i][j], image[1][i][j], image[2][i][j]}
}

func setPixel(image [][][]float64, i, j int, p [3]float64) {
	for c, v := range p {
		image[c][i][j] = v
	}
}

func eachPixel(x [][][][]float64, f func(n, i, j int)) {
	for n := range x {
		for i := range x[n][0] {
			for j := range x[n][0][i] {
				f(n, i, j)
			}
		}
	}
}
