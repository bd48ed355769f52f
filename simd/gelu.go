package simd

import "math"

//go:generate sh -c "cd _asm && go run ./vec -family gelu -out ../gelu_amd64.s -stubs ../gelu_stub_amd64.go -pkg simd"

// GELU stores x·Φ(x) = ½·x·(1 + erf(x/√2)) in dst (Hendrycks and Gimpel, 2016). At
// −Inf it is −0, the limit, where PyTorch has NaN. APPROX(5): 4.5 for float32 and 4.0
// for float64 measured; subnormal results may be off by 40 times the smallest number.
func GELU[T Float](dst, x []T) {
	sameLength("GELU", len(dst), len(x))
	gelu(dst, x)
}

func geluPlain[T Float](dst, x []T) {
	for i, v := range x {
		a := min(math.Abs(float64(v)), normalEnd)
		_, tail := normal(a)
		u := a * tail
		if v < 0 {
			dst[i] = T(-u)
		} else {
			dst[i] = T(float64(v) - u)
		}
	}
}

// GELUGrad stores g·(Φ(x) + x·φ(x)) in dst, for the normal distribution's density φ
// and distribution function Φ: the gradient of GELU's argument from that of its
// result. APPROX(5) in units of the larger of the two summands, and subnormal results
// as [GELU]: 3.7 for float32 and 3.5 for float64 measured.
func GELUGrad[T Float](dst, x, g []T) {
	sameLength("GELUGrad", len(dst), len(x), len(g))
	geluGrad(dst, x, g)
}

func geluGradPlain[T Float](dst, x, g []T) {
	for i, v := range x {
		a := min(math.Abs(float64(v)), normalEnd)
		e, tail := normal(a)
		t := a*e/math.Sqrt(2*math.Pi) - tail
		if v < 0 {
			dst[i] = T(float64(g[i]) * -t)
		} else {
			dst[i] = T(float64(g[i]) * (1 + t))
		}
	}
}

// normalEnd is a number from which on Φ(−a) is 0.
const normalEnd = 39

// normal returns e^(−a²/2) and Φ(−a) = ½·erfc(a/√2), for a ≥ 0.
func normal(a float64) (e, tail float64) {
	// Both are steep: an absolute error of a square becomes a relative error of them. So
	// the rounding errors of a² and (a/√2)² are corrected for.
	z := a / math.Sqrt2
	square, half := float64(a*a), float64(z*z)
	low := math.FMA(a, a, -square) / 2
	lost := (half - square/2) + (math.FMA(z, z, -half) - low)
	return exp1(-square/2) * (1 - low), 0.5 * math.Erfc(z) * (1 + lost)
}

// GELUTanh stores ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) in dst, which PyTorch
// calls approximate="tanh". At −Inf it is −0, where PyTorch has NaN. APPROX(5), and
// subnormal results as [GELU]: 3.1 for float32 and 2.9 for float64 measured.
func GELUTanh[T Float](dst, x []T) {
	sameLength("GELUTanh", len(dst), len(x))
	geluTanh(dst, x)
}

// ½·(1 + tanh(v/2)) is 1/(1 + e^−v).
func geluTanhPlain[T Float](dst, x []T) {
	for i, v := range x {
		a := min(math.Abs(float64(v)), logisticEnd)
		e, _ := logisticTail(a)
		if v < 0 {
			dst[i] = T(-a * e / (1 + e))
		} else {
			dst[i] = T(float64(v) / (1 + e))
		}
	}
}

// GELUTanhGrad stores g times the derivative of GELUTanh at x in dst. APPROX(6) in
// units of the larger of its two summands: 5.3 for float32 and 4.2 for float64
// measured; subnormal results may be off by 3,000 times the smallest number.
func GELUTanhGrad[T Float](dst, x, g []T) {
	sameLength("GELUTanhGrad", len(dst), len(x), len(g))
	geluTanhGrad(dst, x, g)
}

// With σ = 1/(1 + e^−v), the derivative of x·σ is σ + x·σ·(1 − σ)·dv/dx.
func geluTanhGradPlain[T Float](dst, x, g []T) {
	for i, v := range x {
		a := min(math.Abs(float64(v)), logisticEnd)
		e, slope := logisticTail(a)
		b := a * slope / (1 + e)
		d := 1 + float64(e*b)
		if v < 0 {
			d = e * (1 - b)
		}
		dst[i] = T(float64(g[i]) * (d / (1 + e)))
	}
}

// 2·√(2/π), 0.044715 times that, what float64 leaves out of them, and a number from
// which on e^−v is 0.
const (
	linear      = 1.59576912160573071175978423973752747390343452465973863066370
	cubic       = 0.044715 * linear
	linearLow   = linear - 0x1.9884533d43651p+0
	cubicLow    = cubic - 0x1.2444f2a4d8b4bp-4
	logisticEnd = 24
)

// logisticTail returns, for a ≥ 0 and v = linear·a + cubic·a³, e^−v and dv/da.
func logisticTail(a float64) (e, slope float64) {
	square := float64(a * a)
	cubed := float64(cubic * square)
	w := linear + cubed
	v := float64(a * w)
	// The error of v, since its absolute error becomes a relative error of e: the
	// roundings of the constants, of a², of cubed, of w (Knuth's two-sum) and of v.
	part := w - linear
	lost := math.FMA(square, cubicLow, linearLow) + math.FMA(cubic, square, -cubed) +
		cubic*math.FMA(a, a, -square) + (linear - (w - part)) + (cubed - part)
	lost = math.FMA(a, w, -v) + a*lost
	return exp1(-v) * (1 - lost), linear + 3*cubed
}
