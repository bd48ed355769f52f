package golden

import (
	"fmt"
	"math"
	"slices"
)

// Elements says how far each element of a tensor may be from what is expected by its own size,
// so that elements that are small beside the largest are looked at too: within
//
//	|answer − expected| ≤ Absolute + Relative·|expected|
//
// and within the tensor's [Tolerance] as well.
type Elements struct {
	Absolute float64 `json:"absolute"`
	Relative float64 `json:"relative"`
}

// leastNormal are the smallest normal numbers of the profiles' formats. Below them numbers are
// subnormal, which a backend that flushes to zero takes for 0.
var leastNormal = map[Profile]float64{F32: 0x1p-126, TF32: 0x1p-126, BF16: 0x1p-126, F16: 0x1p-14, F64: 0x1p-1022}

// FlushedToZero returns tolerances by which 0 is right where a profile's subnormal number is
// expected.
func FlushedToZero(tolerances map[string]Tolerance, p Profile) map[string]Tolerance {
	flushed := map[string]Tolerance{}
	for name, t := range tolerances {
		t.Flushed = leastNormal[p]
		flushed[name] = t
	}
	return flushed
}

// Allowed returns what an element may be off of which expected is expected, where limit is the
// tensor's [Tolerance.Limit].
func (t Tolerance) Allowed(expected, limit float64) float64 {
	if t.Elements != nil {
		limit = min(limit, t.Elements.Absolute+t.Elements.Relative*math.Abs(expected))
	}
	return limit
}

// elementsFor returns the elementwise measures of a case in a profile. In F64 they are
// float32's, 2²⁶ times as narrow, but no narrower by size than 10⁻¹⁰.
func (e Entry) elementsFor(p Profile) map[string]Elements {
	if p != F64 {
		return e.Elements[p]
	}
	all := map[string]Elements{}
	for tensor, single := range e.Elements[F32] {
		all[tensor] = Elements{single.Absolute / (1 << 26), max(single.Relative/(1<<26), 1e-10)}
	}
	return all
}

// checkElements checks that elementwise measures are numbers of at least 0, of tensors that
// the profile compares.
func (e Entry) checkElements() error {
	for _, p := range sortedNames(e.Elements) {
		if p == F64 || !slices.Contains(Profiles, p) {
			return fmt.Errorf("elements: found profile %q, expected %s", p, measured())
		}
		for _, tensor := range sortedNames(e.Elements[p]) {
			_, compared := e.Tolerances[p][tensor]
			switch x := e.Elements[p][tensor]; {
			case !compared:
				return fmt.Errorf("elements: found %q of profile %s, expected a tensor with a tolerance", tensor, p)
			case !(x.Absolute >= 0) || !(x.Relative >= 0):
				return fmt.Errorf("elements: found %v of %s in %s, expected numbers of at least 0", x, tensor, p)
			}
		}
	}
	return nil
}
