package view

import (
	"math"
	"math/rand/v2"
)

// params are the random choices of one view.
type params struct {
	crop   Rect
	flip   bool
	jitter bool
	order  [4]int     // of brightness, contrast, saturation, hue
	factor [4]float64 // in that numbering
	gray   bool
	sigma  float64 // of the blur; 0 for none
	invert bool
}

// draw makes the choices for an image of h×w, in torchvision's way.
func (c *Config) draw(rng *rand.Rand, h, w int) params {
	p := params{crop: c.Crop.draw(rng, h, w)}
	p.flip = c.Flip > 0 && rng.Float64() < c.Flip
	if j := c.Jitter; j.Probability > 0 && rng.Float64() < j.Probability {
		p.jitter = true
		p.order = [4]int{0, 1, 2, 3}
		rng.Shuffle(4, func(a, b int) { p.order[a], p.order[b] = p.order[b], p.order[a] })
		for i, x := range [3]float64{j.Brightness, j.Contrast, j.Saturation} {
			p.factor[i] = between(rng, math.Max(0, 1-x), 1+x)
		}
		p.factor[3] = between(rng, -j.Hue, j.Hue)
	}
	p.gray = c.Grayscale > 0 && rng.Float64() < c.Grayscale
	if b := c.Blur; b.Probability > 0 && rng.Float64() < b.Probability {
		p.sigma = between(rng, b.SigmaMin, b.SigmaMax)
	}
	p.invert = c.Solarize.Probability > 0 && rng.Float64() < c.Solarize.Probability
	return p
}

func between(rng *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }

// draw returns RandomResizedCrop's rectangle: ten attempts at an area uniform in
// the scale's range and a ratio log-uniform in its range, then the largest
// central rectangle of an allowed ratio (RandomResizedCrop.get_params).
func (c CropConfig) draw(rng *rand.Rand, h, w int) Rect {
	if c.ScaleMax == 0 {
		return Rect{0, 0, h, w}
	}
	for range 10 {
		area := float64(h*w) * between(rng, c.ScaleMin, c.ScaleMax)
		ratio := math.Exp(between(rng, math.Log(c.RatioMin), math.Log(c.RatioMax)))
		cw, ch := int(math.RoundToEven(math.Sqrt(area*ratio))), int(math.RoundToEven(math.Sqrt(area/ratio)))
		if 0 < cw && cw <= w && 0 < ch && ch <= h {
			return Rect{rng.IntN(h - ch + 1), rng.IntN(w - cw + 1), ch, cw}
		}
	}
	cw, ch := w, h
	if ratio := float64(w) / float64(h); ratio < c.RatioMin {
		ch = min(h, int(math.RoundToEven(float64(w)/c.RatioMin)))
	} else if ratio > c.RatioMax {
		cw = min(w, int(math.RoundToEven(float64(h)*c.RatioMax)))
	}
	return Rect{(h - ch) / 2, (w - cw) / 2, max(ch, 1), max(cw, 1)}
}
