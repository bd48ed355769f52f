package naive

import (
	"math"

	"entrec/reference/portable"
)

// ReLU returns max(x, 0).
func ReLU(x []float64) []float64 {
	return mapped(x, func(v float64) float64 {
		if v <= 0 {
			return 0
		}
		return v
	})
}

// ReLUGrad returns ct where x > 0 and 0 elsewhere, also at 0.
func ReLUGrad(x, ct []float64) []float64 {
	gx := make([]float64, len(x))
	for i := range x {
		if !(x[i] <= 0) {
			gx[i] = ct[i]
		}
	}
	return gx
}

// GELU returns x·Φ(x), with Φ the normal distribution's function,
// Φ(x) = ½·erfc(−x/√2) (Hendrycks and Gimpel, 2016).
func GELU(x []float64) []float64 {
	return mapped(x, func(v float64) float64 { return v * normalCDF(v) })
}

// GELUGrad returns ct·(Φ(x) + x·φ(x)), with φ the normal density.
func GELUGrad(x, ct []float64) []float64 {
	gx := make([]float64, len(x))
	for i, v := range x {
		density := portable.Exp(float64(-0.5*v)*v) / math.Sqrt(2*math.Pi)
		gx[i] = ct[i] * (normalCDF(v) + float64(v*density))
	}
	return gx
}

func normalCDF(x float64) float64 { return float64(portable.Erfc(-x/math.Sqrt2) / 2) }

// GELUTanh returns GELU's approximation ½·x·(1 + tanh u), u = √(2/π)·(x + 0.044715·x³),
// which is x·sigmoid(2u).
func GELUTanh(x []float64) []float64 {
	return mapped(x, func(v float64) float64 { return v * sigmoid(float64(2*geluArgument(v))) })
}

// GELUTanhGrad returns ct·(s + x·s·(1−s)·2u'), s = sigmoid(2u),
// u' = √(2/π)·(1 + 0.134145·x²).
func GELUTanhGrad(x, ct []float64) []float64 {
	gx := make([]float64, len(x))
	for i, v := range x {
		u := geluArgument(v)
		slope := math.Sqrt(2/math.Pi) * (1 + float64(float64(3*0.044715)*float64(v*v)))
		u = float64(2 * u)
		s, rest := sigmoid(u), sigmoid(-u)
		gx[i] = ct[i] * (s + float64(float64(v*s)*float64(float64(rest*2)*slope)))
	}
	return gx
}

func geluArgument(x float64) float64 {
	return float64(math.Sqrt(2/math.Pi) * (x + float64(0.044715*float64(x*float64(x*x)))))
}

// sigmoid returns 1/(1 + e^{−x}).
func sigmoid(x float64) float64 { return 1 / (1 + portable.Exp(-x)) }

func mapped(x []float64, f func(float64) float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f(v)
	}
	return y
}
