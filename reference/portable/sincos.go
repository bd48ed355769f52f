package portable

import "math"

// π/2 in three parts: each is the float64 nearest to what those before it leave.
const (
	quarterTurn1 = 0x1.921fb54442d18p+0
	quarterTurn2 = 0x1.1a62633145c07p-54
	quarterTurn3 = -0x1.f1976b7ed8fbcp-110
)

// maxTurns is the largest |x| that Sincos reduces with all digits.
const maxTurns = 1 << 30

// Sincos returns sin x and cos x, to 2 ulp for |x| ≤ 2³⁰ but near their zeros, where the
// error is some 2⁻⁵³ of what is left of x. Beyond 2³⁰, and of NaN, both are NaN.
func Sincos(x float64) (sin, cos float64) {
	if !(math.Abs(x) <= maxTurns) {
		return math.NaN(), math.NaN()
	}
	quarters := math.Floor(float64(x*(2/math.Pi)) + 0.5)
	r := math.FMA(-quarters, quarterTurn1, x)
	r = math.FMA(-quarters, quarterTurn2, r)
	r = math.FMA(-quarters, quarterTurn3, r)
	// Taylor's series, |r| ≤ π/4: the next terms are below 2⁻⁶⁰.
	square := float64(r * r)
	s, c := 0.0, 0.0
	for n := 17.0; n > 1; n -= 2 {
		s = -float64(float64(square*(1+s)) / (n * (n - 1)))
		c = -float64(float64(square*(1+c)) / ((n - 1) * (n - 2)))
	}
	sin, cos = r+float64(r*s), 1+c
	switch int64(quarters) & 3 {
	case 1:
		return cos, -sin
	case 2:
		return -sin, -cos
	case 3:
		return -cos, sin
	}
	return sin, cos
}
