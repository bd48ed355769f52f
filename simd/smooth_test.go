package simd

import (
	"fmt"
	"math"
	"testing"
)

// TestSmoothSpecials: what the functions are at the ends of their domains, at every
// level and in every lane.
func TestSmoothSpecials(t *testing.T) {
	inf, nan, negZero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for name, table := range map[string][][2]float64{
		"Exp":          {{0, 1}, {negZero, 1}, {inf, inf}, {-inf, 0}, {nan, nan}, {1000, inf}, {-1000, 0}, {1e30, inf}, {-1e30, 0}},
		"Log":          {{0, -inf}, {negZero, -inf}, {1, 0}, {-1, nan}, {-1e-40, nan}, {inf, inf}, {-inf, nan}, {nan, nan}},
		"Tanh":         {{0, 0}, {negZero, negZero}, {inf, 1}, {-inf, -1}, {nan, nan}, {100, 1}, {-100, -1}},
		"Sigmoid":      {{0, 0.5}, {negZero, 0.5}, {inf, 1}, {-inf, 0}, {nan, nan}, {1e30, 1}, {-1e30, 0}},
		"GELU":         {{0, 0}, {negZero, negZero}, {inf, inf}, {-inf, negZero}, {nan, nan}, {100, 100}, {-100, negZero}},
		"GELUTanh":     {{0, 0}, {negZero, negZero}, {inf, inf}, {-inf, negZero}, {nan, nan}, {100, 100}, {-100, negZero}},
		"GELUGrad":     {{0, 0.5}, {negZero, 0.5}, {inf, 1}, {-inf, negZero}, {nan, nan}, {100, 1}, {-100, negZero}},
		"GELUTanhGrad": {{0, 0.5}, {negZero, 0.5}, {inf, 1}, {-inf, negZero}, {nan, nan}, {100, 1}, {-100, negZero}},
	} {
		for _, f := range smooths {
			if f.name != name {
				continue
			}
			atEachLevel(t, func(t *testing.T) {
				for _, pair := range table {
					for n := 1; n < 40; n++ {
						special(t, fmt.Sprintf("%s f32(%g)", name, pair[0]), f.f32, float32(pair[0]), float32(pair[1]), n)
						special(t, fmt.Sprintf("%s f64(%g)", name, pair[0]), f.f64, pair[0], pair[1], n)
					}
				}
			})
		}
	}
}

// special fails unless all n elements of f(x, x, …) are want.
func special[T Float](t *testing.T, name string, f func(dst, x []T), x, want T, n int) {
	xs, ys := make([]T, n), make([]T, n)
	for i := range xs {
		xs[i] = x
	}
	f(ys, xs)
	for i, y := range ys {
		if !same(y, want) {
			t.Fatalf("%s: %g at %d of %d, expected %g", name, y, i, n, want)
		}
	}
}

// TestExpThresholds: the last arguments before +Inf and 0, and subnormal results,
// which are rounded once.
func TestExpThresholds(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		x := []float64{709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, -740, -708.5}
		y := make([]float64, len(x))
		Exp(y, x)
		want := []float64{1.797693134862273e308, math.Inf(1), 5e-324, 0, 4.2e-322, 2.0061323053313058e-308}
		for i := range x {
			if !(y[i] == want[i] || math.Abs(y[i]-want[i]) <= 1e-8*want[i]) {
				t.Errorf("e^%v is %g, expected %g", x[i], y[i], want[i])
			}
		}
		single := []float32{88.72283, 88.72284, -103.97207, -103.97209, -100, -87.5}
		narrow := make([]float32, len(single))
		Exp(narrow, single)
		for i, v := range single {
			wide := math.Exp(float64(v))
			if d := math.Abs(float64(narrow[i]) - wide); d > ulp[float32](wide) && !(wide > math.MaxFloat32 && math.IsInf(float64(narrow[i]), 1)) {
				t.Errorf("e^%v is %g, expected %g", v, narrow[i], wide)
			}
		}
	})
}
