package simd

import "math"

//go:generate sh -c "cd _asm && go run ./vec -family exp -out ../exp_amd64.s -stubs ../exp_stub_amd64.go -pkg simd"

// Exp stores e^x in dst: 0 at −Inf; subnormal results are rounded, not flushed to 0.
// APPROX(1.5): 0.95 for float32 and 1.1 for float64 measured.
func Exp[T Float](dst, x []T) {
	sameLength("Exp", len(dst), len(x))
	exp(dst, x, 0)
}

func expPlain[T Float](dst, x []T, shift T) {
	for i, v := range x {
		dst[i] = T(exp1(float64(v - shift)))
	}
}

// log 2 in two parts; the first ends in zeros, so that its product with an exponent
// is exact.
const (
	log2High = 0x1.62e42feep-1
	log2Low  = 0x1.a39ef35793c76p-33
)

// exp1 returns e^x: for x = n·log 2 + r, |r| ≤ ½·log 2, the power series in r, times
// 2^n. It is not math.Exp: Go 1.26's, for amd64, overflows from x = 709.44 on
// instead of 709.78, and its bits depend on the processor.
func exp1(x float64) float64 {
	// Beyond these it is +Inf and 0 all the same. NaN stays.
	if x > 710 {
		x = 710
	} else if x < -746 {
		x = -746
	}
	n := math.RoundToEven(x * math.Log2E)
	r := x - float64(n*log2High) - float64(n*log2Low)
	p := float64(r*(1./6227020800)) + 1./479001600 // the inverses of 13! and 12!
	p = float64(p*r) + 1./39916800
	p = float64(p*r) + 1./3628800
	p = float64(p*r) + 1./362880
	p = float64(p*r) + 1./40320
	p = float64(p*r) + 1./5040
	p = float64(p*r) + 1./720
	p = float64(p*r) + 1./120
	p = float64(p*r) + 1./24
	p = float64(p*r) + 1./6
	p = float64(p*r) + 1./2
	p = float64(p*r) + 1
	p = float64(p*r) + 1
	whole := int(n)
	half := whole / 2
	return p * pow2(half) * pow2(whole-half)
}

// pow2 returns 2^n, if that is a normal number.
func pow2(n int) float64 { return math.Float64frombits(uint64(1023+n) << 52) }

// Sigmoid stores 1/(1 + e^−x) in dst. APPROX(3): 2.4 and 2.0 measured.
func Sigmoid[T Float](dst, x []T) {
	sameLength("Sigmoid", len(dst), len(x))
	sigmoid(dst, x)
}

// With e = e^−|x| it is 1/(1+e) for x ≥ 0 and e/(1+e) below: never ∞/∞.
func sigmoidPlain[T Float](dst, x []T) {
	for i, v := range x {
		e := exp1(-math.Abs(float64(v)))
		if v < 0 {
			dst[i] = T(e / (1 + e))
		} else {
			dst[i] = T(1 / (1 + e))
		}
	}
}
