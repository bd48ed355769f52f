package suite

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"entrec/reference/golden"
)

// elementsTable holds what `go run ./reference/suite/measure -elements` measured.
//
//go:embed elements.tsv
var elementsTable string

// Elementwise are the operations of whose tensors each element is looked at by its own size:
// those of exp and log, activations, pools and updates.
var Elementwise = []string{"softmax", "log_softmax", "logsumexp", "dino", "sinkhorn", "relu", "gelu", "max_pool2d", "avg_pool2d", "global_avg_pool2d",
	"ema_update", "sgd_step", "adamw_step", "lars_step"}

// ElementSpread is how far single elements of a tensor lie from the expected ones among
// evaluations in a profile's format: those that are what remains of larger numbers that cancel
// by the largest difference, and the others by the largest ratio of it to the element.
type ElementSpread struct{ Absolute, Relative float64 }

// cancelled is the ratio from which on an element is what remains of larger numbers.
var cancelled = map[golden.Profile]float64{golden.F32: 0x1p-13, golden.BF16: 0x1p-4, golden.F16: 0x1p-4}

// Widen enters the difference of an element.
func (s *ElementSpread) Widen(p golden.Profile, found, expected float64) {
	off := math.Abs(found - expected)
	if ratio := off / math.Abs(expected); off > 0 && !(ratio <= cancelled[p]) {
		s.Absolute = max(s.Absolute, off)
	} else if off > 0 {
		s.Relative = max(s.Relative, ratio)
	}
}

// ElementProfiles are the profiles whose elements are measured. Of tf32 they are float32's: no
// operation among [Elementwise] is of products.
var ElementProfiles = []golden.Profile{golden.F32, golden.BF16, golden.F16}

// last is what the last rounding of a format leaves of an element at most, and least the
// distance of its smallest numbers.
var last, least = map[golden.Profile]float64{golden.F32: 0x1p-23, golden.BF16: 0x1p-8, golden.F16: 0x1p-11}, map[golden.Profile]float64{golden.F32: 0x1p-149, golden.BF16: 0x1p-133, golden.F16: 0x1p-24}

// ElementSpreads returns the measured spreads of elements by case, tensor and profile.
func ElementSpreads() (map[string]map[string]map[golden.Profile]ElementSpread, error) {
	all := map[string]map[string]map[golden.Profile]ElementSpread{}
	for number, line := range strings.Split(elementsTable, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 2+2*len(ElementProfiles) {
			return nil, fmt.Errorf("elements.tsv:%d: found %d fields, expected %d", number+1, len(fields), 2+2*len(ElementProfiles))
		}
		var numbers []float64
		for _, text := range fields[2:] {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || !(v >= 0) {
				return nil, fmt.Errorf("elements.tsv:%d: found %q, expected a number of at least 0", number+1, text)
			}
			numbers = append(numbers, v)
		}
		if all[fields[0]] == nil {
			all[fields[0]] = map[string]map[golden.Profile]ElementSpread{}
		}
		spreads := map[golden.Profile]ElementSpread{}
		for i, p := range ElementProfiles {
			spreads[p] = ElementSpread{numbers[2*i], numbers[2*i+1]}
		}
		all[fields[0]][fields[1]] = spreads
	}
	return all, nil
}

// elements returns a case's elementwise measures by profile and tensor, of those tensors of
// which they say more than the tolerance does.
func elements(c *golden.Case, tolerances map[golden.Profile]map[string]golden.Tolerance, spreads map[string]map[golden.Profile]ElementSpread) (map[golden.Profile]map[string]golden.Elements, error) {
	if !slices.Contains(Elementwise, c.Op) {
		return nil, nil
	}
	all := map[golden.Profile]map[string]golden.Elements{}
	for _, p := range profiles {
		for tensor, t := range tolerances[p.name] {
			spread, measured := spreads[tensor]
			if !measured {
				return nil, fmt.Errorf("%s: %s: no spread of its elements was measured", c.Name, tensor)
			}
			if e, sharp := p.elements(spread, c.Tensor(tensor), t); sharp {
				if all[p.name] == nil {
					all[p.name] = map[string]golden.Elements{}
				}
				all[p.name][tensor] = e
			}
		}
	}
	return all, nil
}

// elements returns margin·max(spread, floor) of both kinds, rounded up to two digits, and
// whether that is less than a tenth of what the tolerance allows for some element.
func (p profile) elements(spreads map[golden.Profile]ElementSpread, x *golden.Array, t golden.Tolerance) (e golden.Elements, sharp bool) {
	of := p.name
	if of == golden.TF32 {
		of = golden.F32
	}
	s, single := spreads[of], spreads[golden.F32]
	e.Absolute = roundUp(p.margin * max(s.Absolute, single.Absolute, least[of]))
	e.Relative = roundUp(p.margin * max(s.Relative, single.Relative, last[of]))
	limit := t.Limit(x)
	return e, slices.ContainsFunc(x.Data, func(v float64) bool { return v != 0 && e.Absolute+e.Relative*math.Abs(v) < limit/10 })
}
