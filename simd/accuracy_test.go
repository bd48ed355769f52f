package simd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// smooth is a function whose kernels are APPROX.
type smooth struct {
	name   string
	f32    func(dst, x []float32)
	f64    func(dst, x []float64)
	truth  func(x float64) *big.Float
	lo, hi float64 // where float64's results are neither 0, subnormal nor infinite
	// The bound that the documentation states: that many units in the last place of
	// the result (of its summands, where it is a difference), and that many times the
	// smallest number.
	ulps, least float64
	summands    func(x float64) float64
}

// gradientOf makes a function of x and g one of x, for g = 1.
func gradientOf[T Float](f func(dst, x, g []T)) func(dst, x []T) {
	return func(dst, x []T) {
		g := make([]T, len(x))
		for i := range g {
			g[i] = 1
		}
		f(dst, x, g)
	}
}

var smooths = []smooth{
	{name: "Exp", f32: Exp[float32], f64: Exp[float64], lo: -745, hi: 709.78, ulps: 1.5,
		truth: func(x float64) *big.Float { return bigExp(number(x)) }},
	{name: "Log", f32: Log[float32], f64: Log[float64], lo: 5e-324, hi: math.MaxFloat64, ulps: 1.5, truth: bigLog},
	{name: "Tanh", f32: Tanh[float32], f64: Tanh[float64], lo: -25, hi: 25, ulps: 3,
		truth: func(x float64) *big.Float {
			e := bigExp(number(2 * x))
			return over(plus(e, number(-1)), plus(e, number(1)))
		}},
	{name: "Sigmoid", f32: Sigmoid[float32], f64: Sigmoid[float64], lo: -745, hi: 745, ulps: 3,
		truth: func(x float64) *big.Float { return bigLogistic(number(x)) }},
	{name: "GELU", f32: GELU[float32], f64: GELU[float64], lo: -38.5, hi: 40, ulps: 5, least: 40,
		truth: func(x float64) *big.Float {
			below, _ := bigNormal(x)
			return times(number(x), below)
		}},
	{name: "GELUGrad", f32: gradientOf(GELUGrad[float32]), f64: gradientOf(GELUGrad[float64]), lo: -38.5, hi: 40, ulps: 5, least: 40,
		truth: func(x float64) *big.Float {
			below, density := bigNormal(x)
			return plus(below, density)
		},
		summands: func(x float64) float64 {
			_, below := normal(math.Max(0, -x))
			return below + math.Abs(x)*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		}},
	{name: "GELUTanh", f32: GELUTanh[float32], f64: GELUTanh[float64], lo: -21, hi: 40, ulps: 5, least: 40,
		truth: func(x float64) *big.Float {
			v, _ := bigTanhArgument(x)
			return times(number(x), bigLogistic(v))
		}},
	{name: "GELUTanhGrad", f32: gradientOf(GELUTanhGrad[float32]), f64: gradientOf(GELUTanhGrad[float64]), lo: -21, hi: 40, ulps: 6, least: 3000,
		truth: func(x float64) *big.Float {
			v, slope := bigTanhArgument(x)
			s := bigLogistic(v)
			rest := bigLogistic(minus(v))
			return times(s, plus(number(1), times(times(number(x), rest), slope)))
		},
		summands: func(x float64) float64 {
			v := x * (linear + cubic*x*x)
			s := 1 / (1 + math.Exp(-v))
			return s * (1 + math.Abs(x)*(linear+3*cubic*x*x)/(1+math.Exp(v)))
		}},
}

// off returns by how many units in the last place y is off from truth, what f.least
// allows left out.
func off[T Float](f smooth, x float64, y T, truth *big.Float) float64 {
	d, _ := plus(truth, number(-float64(y))).Float64()
	size, _ := truth.Float64()
	if f.summands != nil {
		size = f.summands(x)
	}
	return max(0, math.Abs(d)-f.least*ulp[T](0)) / ulp[T](math.Abs(size))
}

// TestAccuracy64 holds the float64 functions against numbers of 256 bits.
func TestAccuracy64(t *testing.T) {
	for _, f := range smooths {
		rng := rand.New(rand.NewPCG(7, 8))
		x := make([]float64, 800)
		truth := make([]*big.Float, len(x))
		for i := range x {
			switch i % 4 {
			case 0:
				x[i] = f.lo + rng.Float64()*(f.hi-f.lo)
			case 1:
				x[i] = rng.NormFloat64()
			case 2:
				x[i] = math.Ldexp(rng.NormFloat64(), -rng.IntN(30))
			case 3:
				x[i] = 4 * rng.NormFloat64()
			}
			x[i] = math.Max(f.lo, math.Min(f.hi, x[i]))
			truth[i] = f.truth(x[i])
		}
		for _, l := range Levels() {
			y := make([]float64, len(x))
			restore := Force(l)
			f.f64(y, x)
			restore()
			worst, at := 0.0, 0.0
			for i := range x {
				if u := off(f, x[i], y[i], truth[i]); !(u <= worst) {
					worst, at = u, x[i]
				}
			}
			t.Logf("%s f64 %v: %.3f ulp at %v", f.name, l, worst, at)
			if !(worst <= f.ulps) {
				t.Errorf("%s f64 %v: off by %.3f ulp at %v, the bound is %v", f.name, l, worst, at, f.ulps)
			}
		}
	}
}

// TestAccuracy32 holds the float32 functions against the float64 ones of plain Go.
func TestAccuracy32(t *testing.T) {
	for _, f := range smooths {
		var x []float32
		for bits := uint64(0); bits < 1<<32; bits += 32771 { // in every binade, hundreds
			if v := math.Float32frombits(uint32(bits)); v == v {
				x = append(x, v)
			}
		}
		rng := rand.New(rand.NewPCG(7, 9))
		for range 100000 {
			x = append(x, float32(math.Max(f.lo, math.Min(f.hi, 3*rng.NormFloat64()))))
		}
		wide, truth := make([]float64, len(x)), make([]float64, len(x))
		for i, v := range x {
			wide[i] = float64(v)
		}
		restore := Force(Generic)
		f.f64(truth, wide)
		restore()
		for _, l := range Levels() {
			y := make([]float32, len(x))
			restore := Force(l)
			f.f32(y, x)
			restore()
			worst, at := 0.0, 0.0
			for i := range x {
				if near(y[i], float32(truth[i]), 0) {
					continue
				}
				if u := off(f, wide[i], y[i], number(truth[i])); !(u <= worst) {
					worst, at = u, wide[i]
				}
			}
			t.Logf("%s f32 %v: %.3f ulp at %v", f.name, l, worst, at)
			if !(worst <= f.ulps) {
				t.Errorf("%s f32 %v: off by %.3f ulp at %v, the bound is %v", f.name, l, worst, at, f.ulps)
			}
		}
	}
}
