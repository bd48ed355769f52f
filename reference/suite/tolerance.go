package suite

import (
	_ "embed"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"entrec/reference/golden"
)

// spreadsTable holds what `go run ./reference/suite/measure` measured.
//
//go:embed spreads.tsv
var spreadsTable string

// Spread is how far evaluations of a tensor lie from the expected one, as the
// largest absolute difference, by profile.
type Spread map[golden.Profile]float64

// profile says how a spread makes a tolerance.
type profile struct {
	name   golden.Profile
	margin float64 // tolerance over spread
	floor  float64 // spread, relative to the largest element, that is granted at least
	// ofSingle is how much of float32's spread is granted at least.
	ofSingle float64
	tiny     float64 // half the distance of the format's smallest numbers: spread that is granted at least
	largest  float64 // the format's largest number
}

// profiles are those whose tolerances are measured. The floor is what the last rounding may
// leave in the format that answers come in, and in float32 a unit in the last place: a result that
// is right but for that, and a decimal constant that was rounded on the way, are always allowed.
var profiles = []profile{
	{golden.F32, 8, 0x1p-23, 1, 0, math.MaxFloat32},
	{golden.TF32, 8, 0x1p-23, 1, 0, math.MaxFloat32},
	{golden.BF16, 8, 0x1p-8, 1 << 16, 0, math.MaxFloat32},
	{golden.F16, 8, 0x1p-11, 1 << 13, 0x1p-25, 65504},
}

// kernels are operations of which one kernel makes the output, in float32 until it is stored: of
// the narrow formats nothing else is rounded but the inputs.
var kernels = []string{"relu", "gelu", "softmax", "log_softmax", "max_pool2d", "avg_pool2d", "global_avg_pool2d"}

// weighted are operations that may be made of products with numbers of their own, which tf32
// rounds too: kernels of images, and distances by products.
var weighted = []string{"gaussian_blur", "resized_crop", "koleo", "uniformity"}

// of returns the profile as it is for a tensor of an operation. In tf32 all is float32's but
// products, of whose factors the spread is measured; where those are not the inputs, or are
// multiplied again and again, the floor is a unit in the last place of tf32.
func (p profile) of(op, tensor string) profile {
	traced := strings.HasPrefix(op, "train/") || slices.Contains(weighted, op)
	switch {
	case p.name == golden.TF32 && traced:
		p.floor = 0x1p-10
	case p.name != golden.F32 && strings.HasPrefix(tensor, "out/") && slices.Contains(kernels, op):
		p.ofSingle = 1
	}
	return p
}

// rounds reports whether tf32 rounds anything of an operation.
func rounds(op string) bool {
	return strings.HasPrefix(op, "train/") || slices.Contains(weighted, op) || slices.Contains(products, op)
}

// margins returns the profiles' margins, for the manifest.
func margins() map[golden.Profile]float64 {
	m := map[golden.Profile]float64{}
	for _, p := range profiles {
		m[p.name] = p.margin
	}
	return m
}

// widest returns the profile's spread, which is at least what float32 shows, and
// where everything is rounded to the profile's format, that in units of it: rounding
// errors grow with the unit.
func (p profile) widest(op string, s Spread) float64 {
	if p.name == golden.TF32 && !rounds(op) {
		return s[golden.F32]
	}
	return max(s[p.name], float64(p.ofSingle*s[golden.F32]))
}

// vanishing is how small a tensor is beside its natural unit when it is taken for
// what is left of numbers that cancel.
const vanishing = 0x1p-20

// naturalUnit returns the size that a tensor has where nothing cancels: 1 for an
// output, and for the gradient of an input Σ max|ct|·max|out| / max|in|, but at most
// Σ max|ct|.
func naturalUnit(c *golden.Case, tensor string) float64 {
	name, gradient := strings.CutPrefix(tensor, "grad/")
	if !gradient {
		return 1
	}
	in, sum := largestOf(c.In[name]), 0.0
	for _, output := range slices.Sorted(maps.Keys(c.CT)) {
		ct := largestOf(c.CT[output])
		if out := largestOf(c.Out[output]); out < in {
			ct *= out / in
		}
		sum += ct
	}
	return sum
}

// tolerance returns margin·max(spread, floor·unit), where unit is max|expected|, or
// the natural unit where that vanishes beside it; rounded up to two
// digits: as Rtol where it is small beside the tensor, and otherwise, where the
// tensor is what rounding leaves of larger numbers that cancel, as Atol. Where it
// is more than half of the largest element there is nothing to compare, unless the
// expected tensor is 0.
func (p profile) tolerance(spread, largest, unit float64) (t golden.Tolerance, comparable bool) {
	limit := float64(p.margin * max(spread, float64(p.floor*unit), p.tiny))
	switch {
	case largest > 0 && limit <= 0.1*largest:
		return golden.Tolerance{Rtol: roundUp(limit / largest)}, true
	case p.name == golden.F32 || largest == 0 || limit <= largest/2:
		return golden.Tolerance{Atol: roundUp(limit)}, true
	}
	return golden.Tolerance{}, false
}

// roundUp rounds up to two significant digits.
func roundUp(v float64) float64 {
	text := strconv.FormatFloat(v, 'e', 1, 64) // 4.7e-07
	rounded, err := strconv.ParseFloat(text, 64)
	if err != nil || rounded >= v {
		return rounded
	}
	next := 10*int(text[0]-'0') + int(text[2]-'0') + 1
	rounded, _ = strconv.ParseFloat(fmt.Sprintf("%d.%d%s", next/10, next%10, text[3:]), 64)
	return rounded
}

// Spreads returns the measured spreads by case and tensor.
func Spreads() (map[string]map[string]Spread, error) {
	all := map[string]map[string]Spread{}
	for number, line := range strings.Split(spreadsTable, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 2+len(profiles) {
			return nil, fmt.Errorf("spreads.tsv:%d: found %d fields, expected %d", number+1, len(fields), 2+len(profiles))
		}
		s := Spread{}
		for i, p := range profiles {
			v, err := strconv.ParseFloat(fields[2+i], 64)
			if err != nil || !(v >= 0) {
				return nil, fmt.Errorf("spreads.tsv:%d: found %q, expected a number of at least 0", number+1, fields[2+i])
			}
			s[p.name] = v
		}
		if all[fields[0]] == nil {
			all[fields[0]] = map[string]Spread{}
		}
		all[fields[0]][fields[1]] = s
	}
	return all, nil
}

// The reasons why a profile does not compare a tensor.
const (
	tooNoisy = "its tolerance would be more than half of its largest element"
	beyond   = "it is beyond the format's largest number, or its inputs are"
	zerosDo  = "of what else the profile compares of the case, zeros would pass"
)

// tolerances returns a case's tolerances by profile and tensor, and the tensors that a
// profile leaves out, with the reasons. It errors where a tensor has no measured spread, or
// where an answer of zeros would pass.
func tolerances(c *golden.Case, spreads map[string]Spread) (all map[golden.Profile]map[string]golden.Tolerance, excluded map[golden.Profile]map[string]string, err error) {
	all, excluded = map[golden.Profile]map[string]golden.Tolerance{}, map[golden.Profile]map[string]string{}
	for _, p := range profiles {
		all[p.name] = map[string]golden.Tolerance{}
	}
	exclude := func(p golden.Profile, tensor, reason string) {
		if excluded[p] == nil {
			excluded[p] = map[string]string{}
		}
		excluded[p][tensor] = reason
	}
	for _, tensor := range c.Tensors() {
		spread, measured := spreads[tensor]
		if !measured {
			return nil, nil, fmt.Errorf("%s: %s: no spread was measured", c.Name, tensor)
		}
		largest := largestOf(c.Tensor(tensor))
		if math.IsNaN(largest) || math.IsInf(largest, 0) {
			return nil, nil, fmt.Errorf("%s: %s: found %v, expected finite numbers", c.Name, tensor, largest)
		}
		unit := largest
		if natural := naturalUnit(c, tensor); largest < vanishing*natural {
			unit = natural
		}
		for _, p := range profiles {
			p := p.of(c.Op, tensor)
			spread := p.widest(c.Op, spread)
			if largest > p.largest || largestInput(c) > p.largest {
				exclude(p.name, tensor, beyond)
			} else if t, comparable := p.tolerance(spread, largest, unit); comparable {
				all[p.name][tensor] = t
			} else {
				exclude(p.name, tensor, tooNoisy)
			}
		}
	}
	for _, p := range profiles {
		if zerosPass(c, all[p.name]) {
			if p.name == golden.F32 {
				return nil, nil, fmt.Errorf("%s: an answer of zeros would pass", c.Name)
			}
			for tensor := range all[p.name] {
				exclude(p.name, tensor, zerosDo)
			}
			delete(all, p.name)
		}
	}
	return all, excluded, nil
}

// largestOf returns max |a|; NaN where there is one.
func largestOf(a *golden.Array) float64 {
	largest := 0.0
	for _, v := range a.Data {
		largest = max(largest, math.Abs(v))
	}
	return largest
}

// largestInput returns the largest absolute value among a case's inputs and cotangents.
func largestInput(c *golden.Case) (largest float64) {
	for _, tensors := range []map[string]*golden.Array{c.In, c.CT} {
		for _, x := range tensors {
			largest = max(largest, largestOf(x))
		}
	}
	return largest
}

// zerosPass reports whether an answer of zeros would pass.
func zerosPass(c *golden.Case, tolerances map[string]golden.Tolerance) bool {
	zeros := &golden.Answer{Out: zerosLike(c.Out), Grad: zerosLike(c.Grad)}
	for _, d := range golden.Compare(c, zeros, tolerances) {
		if d.Flaw != "" {
			return false
		}
	}
	return true
}

func zerosLike(arrays map[string]*golden.Array) map[string]*golden.Array {
	zeros := map[string]*golden.Array{}
	for name, a := range arrays {
		zeros[name] = golden.NewArray(a.Shape...)
	}
	return zeros
}
