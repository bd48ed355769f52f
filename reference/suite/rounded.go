package suite

import (
	"fmt"
	"math"
	"slices"

	"entrec/reference/golden"
)

// format is a format of floating-point numbers.
type format struct {
	bits    int     // that are significant
	least   int     // exponent of the smallest normal number
	largest float64 // finite number
}

// formats are those of the profiles that round what they are given.
var formats = map[golden.Profile]format{
	golden.TF32: {11, -126, math.MaxFloat32},
	golden.BF16: {8, -126, math.MaxFloat32},
	golden.F16:  {11, -14, 65504},
}

// unit returns the exponent of the last place of numbers of v's size.
func (f format) unit(v float64) int {
	_, exponent := math.Frexp(v)
	return max(exponent, f.least+1) - f.bits
}

// round rounds to nearest, ties to even; what is beyond the largest number is infinite.
func (f format) round(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	unit := f.unit(v)
	if v = math.Ldexp(math.RoundToEven(math.Ldexp(v, -unit)), unit); math.Abs(v) > f.largest {
		return math.Copysign(math.Inf(1), v)
	}
	return v
}

// Rounded returns c with inputs and cotangents as a backend of a narrow profile
// sees them: in draw 0 rounded to nearest, in the others those that need rounding
// moved at random by up to half a unit in the last place, which is what rounding of
// intermediate results does too.
func Rounded(c *golden.Case, profile golden.Profile, draw int) *golden.Case {
	f := formats[profile]
	return moved(c, fmt.Sprintf("rounded %s %d", profile, draw), func(s *source, v float64) float64 {
		nearest := f.round(v)
		if draw == 0 || nearest == v || math.IsInf(nearest, 0) {
			return nearest
		}
		return jittered(s, v, f)
	})
}

// Beyond reports whether an input or cotangent of c is beyond a profile's largest number.
func Beyond(c *golden.Case, profile golden.Profile) bool {
	return largestInput(c) > formats[profile].largest
}

// Jittered returns c with all inputs and cotangents moved at random by up to half a unit in the
// last place of float32, as rounding on the way does.
func Jittered(c *golden.Case, draw int) *golden.Case {
	return moved(c, fmt.Sprintf("jittered %d", draw), func(s *source, v float64) float64 { return jittered(s, v, format{bits: 24, least: -126}) })
}

// jittered moves v by up to half a unit in the last place, but not beyond 0.
func jittered(s *source, v float64, f format) float64 {
	if v == 0 {
		return v
	}
	if to := v + math.Ldexp(2*s.uniform()-1, f.unit(v)-1); to*v > 0 {
		return to
	}
	return 0 // nearer to it than to the smallest number
}

// moved returns c with f of its inputs' and cotangents' elements, with a source of random
// numbers for each tensor.
func moved(c *golden.Case, how string, f func(s *source, v float64) float64) *golden.Case {
	r := *c
	r.In, r.CT = map[string]*golden.Array{}, map[string]*golden.Array{}
	for _, kind := range []struct{ from, to map[string]*golden.Array }{{c.In, r.In}, {c.CT, r.CT}} {
		for name, a := range kind.from {
			s := newSource(fmt.Sprintf("%s %s %s", c.Name, how, name))
			b := golden.FromSlice(slices.Clone(a.Data), a.Shape...)
			for i, v := range a.Data {
				b.Data[i] = f(s, v)
			}
			kind.to[name] = b
		}
	}
	return &r
}
