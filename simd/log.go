package simd

import "math"

//go:generate sh -c "cd _asm && go run ./vec -family log -out ../log_amd64.s -stubs ../log_stub_amd64.go -pkg simd"

// Log stores the natural logarithm of x in dst: −Inf at 0, NaN below. APPROX(1.5):
// 0.9 for float32 and 0.8 for float64 measured.
func Log[T Float](dst, x []T) {
	sameLength("Log", len(dst), len(x))
	log(dst, x)
}

func logPlain[T Float](dst, x []T) {
	for i, v := range x {
		dst[i] = T(log1(float64(v)))
	}
}

// log1 returns log x. It is not math.Log: Go 1.26's, for amd64, takes subnormal
// numbers for normal ones.
func log1(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}
