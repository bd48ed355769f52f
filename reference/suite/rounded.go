package suite

import (
	"fmt"
	"math"
	"slices"

	"entrec/reference/golden"
)

// significant are the significant bits of the numbers that the narrow profiles
// compute with.
var significant = map[golden.Profile]int{golden.TF32: 11, golden.BF16: 8}

// Rounded returns c with inputs and cotangents as a backend of a narrow profile
// sees them: in draw 0 rounded to nearest, in the others those that need rounding
// moved at random by up to half a unit in the last place, which is what rounding of
// intermediate results does too.
func Rounded(c *golden.Case, profile golden.Profile, draw int) *golden.Case {
	bits := significant[profile]
	return moved(c, fmt.Sprintf("rounded %s %d", profile, draw), func(s *source, v float64) float64 {
		nearest := roundBits(v, bits)
		if draw == 0 || nearest == v {
			return nearest
		}
		return jittered(s, v, bits)
	})
}

// Jittered returns c with all inputs and cotangents moved at random by up to half a unit in the
// last place of float32, as rounding on the way does.
func Jittered(c *golden.Case, draw int) *golden.Case {
	return moved(c, fmt.Sprintf("jittered %d", draw), func(s *source, v float64) float64 { return jittered(s, v, 24) })
}

// jittered moves v by up to half a unit in the last of its bits; 0 stays.
func jittered(s *source, v float64, bits int) float64 {
	if v == 0 {
		return v
	}
	_, exponent := math.Frexp(v)
	return v + math.Ldexp(2*s.uniform()-1, exponent-bits-1)
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

// roundBits rounds to nearest, ties to even, in a format of that many significant
// bits.
func roundBits(v float64, bits int) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	fraction, exponent := math.Frexp(v)
	return math.Ldexp(math.RoundToEven(math.Ldexp(fraction, bits)), exponent-bits)
}
