package special

import (
	"math"
)

// √π and ½·log 2π.
const (
	sqrtPi     = 1.77245385090551602729816748334114518279754945612238712821380779
	halfLog2Pi = 0.91893853320467274178032973640561763986139747363778341281715154
)

// logGamma returns log Γ(x) for x > 0. Of whole and half numbers up to 100 it is the
// logarithm of the product Γ(x) = (x−1)·(x−2)·…, so that it is 0 at 1 and 2; else
// Stirling's series (DLMF 5.11.1), x raised to at least 15 by Γ(x) = Γ(x+1)/x.
func logGamma(x float64) float64 {
	if 2*x == math.Floor(2*x) && x <= 100 {
		product := 1.0
		for ; x > 1; x-- {
			product *= x - 1
		}
		if x == 0.5 {
			product *= sqrtPi
		}
		return math.Log(product)
	}
	below := 1.0
	for ; x < 15; x++ {
		below *= x
	}
	series := 0.0
	for i := len(stirling) - 1; i >= 0; i-- {
		series = series/(x*x) + stirling[i]
	}
	return (x-0.5)*math.Log(x) - x + halfLog2Pi + series/x - math.Log(below)
}

// stirling holds B_{2k}/(2k·(2k−1)) for k = 1, 2, ….
var stirling = [8]float64{1. / 12, -1. / 360, 1. / 1260, -1. / 1680, 1. / 1188, -691. / 360360, 1. / 156, -3617. / 122400}
