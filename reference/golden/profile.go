package golden

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Profile is a precision that a backend can be held to.
type Profile string

// The profiles. A backend of profile F64 is held to 10⁻¹⁰ of the largest element; the
// tolerances of the others stand in the manifest.
const (
	F32  Profile = "f32"
	TF32 Profile = "tf32"
	BF16 Profile = "bf16"
	F16  Profile = "f16" // sums are float32's
	F64  Profile = "f64"
)

// Profiles are all profiles.
var Profiles = []Profile{F32, TF32, BF16, F16, F64}

// measured lists the profiles whose tolerances stand in a manifest, in words.
func measured() string {
	var names []string
	for _, p := range Profiles {
		if p != F64 {
			names = append(names, string(p))
		}
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// ParseProfile returns the profile of that name.
func ParseProfile(name string) (Profile, error) {
	if p := Profile(name); slices.Contains(Profiles, p) {
		return p, nil
	}
	return "", fmt.Errorf("profile: found %q, expected one of %v", name, Profiles)
}

// TolerancesFor returns what the tensors of a case may be off in a profile. In F64
// that is 10⁻¹⁰ of the largest element, and where float32 is granted an absolute error,
// float64's share of it. With them are the elementwise measures of the case.
func (e Entry) TolerancesFor(p Profile) map[string]Tolerance {
	all, elements, of := map[string]Tolerance{}, e.elementsFor(p), p
	if p == F64 {
		of = F32
	}
	for tensor, t := range e.Tolerances[of] {
		if p == F64 {
			t = Tolerance{Atol: t.Atol / (1 << 26), Rtol: 1e-10}
		}
		if x, there := elements[tensor]; there {
			t.Elements = &x
		}
		all[tensor] = t
	}
	return all
}

// ExcludedFor returns the tensors of a case that a profile does not compare, with the
// reasons. F64 has no tolerance of its own where F32 has none, so it leaves out what F32
// leaves out.
func (e Entry) ExcludedFor(p Profile) map[string]string {
	if p != F64 {
		return e.Excluded[p]
	}
	all := maps.Clone(e.Excluded[F32])
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, e.Excluded[F64])
	return all
}
