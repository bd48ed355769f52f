package mi

import (
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/mvssl/objective"
	"entrec/tensor"
)

// The images are smooth: normal pixels, side·side of them, with the correlation
// smoothness^(rows + columns apart).
const side, smoothness = 8, 0.9

// Image returns images and what a camera sees of them: their first rows, with normal noise of
// variance 1 in each pixel, of one or more independent images beside each other. pooled cameras
// see means of two columns. They are the checks of Song and Ermon (2020) with a truth: I grows
// with the rows, falls where data are processed, and doubles with two images. With Σ the
// covariance of the pixels that are seen, before the noise, and σ² the variance of what is
// left of it,
//
//	I = images·½·log det(1 + Σ/σ²)
func Image(rows, images int, pooled bool) Task {
	width, noise := side, 1.0
	name, doc := fmt.Sprintf("rows-%d", rows), fmt.Sprintf("smooth images of %d×%d pixels, and %d rows of them with noise", side, side, rows)
	if pooled {
		width, noise = side/2, 0.5
		name, doc = name+"-pooled", doc+", means of two columns"
	}
	if images > 1 {
		name, doc = fmt.Sprintf("%s-twice", name), doc+", of two images beside each other"
	}
	d := rows * width * images
	mi := float64(images) / 2 * logDetAbove(rows, width, noise)
	return Task{
		Name: name, Doc: doc, X: side * side * images, Y: d, MI: mi,
		Entropy: known(mi + objective.EntropyOfNormal(d) + float64(d)/2*math.Log(noise)),
		Sample: each(func(rng *rand.Rand) (x, y []float64) {
			for range images {
				image := smooth(rng)
				x = append(x, image...)
				y = append(y, seen(rng, image, rows, pooled)...)
			}
			return x, y
		}),
	}
}

// logDetAbove is log det(1 + Σ/σ²) of what is seen, rows·width numbers.
func logDetAbove(rows, width int, noise float64) float64 {
	n, each := rows*width, side/width
	m := tensor.New[float64](n, n)
	for i := range n {
		for j := range n {
			sum := 0.0 // over the pixels that the two are means of
			for a := range each {
				for b := range each {
					apart := math.Abs(float64(i/width-j/width)) + math.Abs(float64(i%width*each+a-j%width*each-b))
					sum += math.Pow(smoothness, apart)
				}
			}
			v := sum / float64(each*each) / noise
			if i == j {
				v++
			}
			m.Set(v, i, j)
		}
	}
	factor, _ := tensor.NewCholesky(m) // which is definite: the noise makes it so
	return factor.LogDet()
}

// smooth draws an image, as an autoregression along rows of one along columns.
func smooth(rng *rand.Rand) []float64 {
	fresh := math.Sqrt(1 - smoothness*smoothness)
	x := make([]float64, side*side)
	for i := range x {
		x[i] = rng.NormFloat64()
		if i%side > 0 {
			x[i] = smoothness*x[i-1] + fresh*x[i]
		}
	}
	for i := side; i < len(x); i++ {
		x[i] = smoothness*x[i-side] + fresh*x[i]
	}
	return x
}

// seen is what a camera sees of an image.
func seen(rng *rand.Rand, image []float64, rows int, pooled bool) (y []float64) {
	for _, v := range image[:rows*side] {
		y = append(y, v+rng.NormFloat64())
	}
	if !pooled {
		return y
	}
	for i := range len(y) / 2 {
		y[i] = (y[2*i] + y[2*i+1]) / 2
	}
	return y[:len(y)/2]
}

func images() []Task {
	return []Task{Image(2, 1, false), Image(4, 1, false), Image(8, 1, false), Image(4, 1, true), Image(4, 2, false)}
}
