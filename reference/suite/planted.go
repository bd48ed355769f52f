package suite

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"entrec/reference/golden"
)

// planted are the errors that the suite catches, by what they are errors of. They are the
// dictionary too by which an answer is explained.
func planted() []mutation {
	return slices.Concat(layerMutations, lossMutations, entropyMutations, estimatorMutations, traceMutations, commonMutations, smallMutations, formatMutations)
}

// anywhere are errors that may be of any operation.
var anywhere = []mutation{
	{"", "cotangent ignored, ones in its place", ignoringCotangents},
	{"", "inputs rounded to bfloat16", rounded(golden.BF16)},
	{"", "inputs rounded to tf32, or to float16", rounded(golden.TF32)},
	{"", "the first two inputs exchanged", func(c *golden.Case) *golden.Answer {
		names := slices.Sorted(maps.Keys(c.In))
		return swappedInputs(c, names[0], names[1])
	}},
}

// ignoringCotangents answers c with ones in the place of all cotangents.
func ignoringCotangents(c *golden.Case) *golden.Answer {
	q := *c
	q.CT = arrays{}
	for name, ct := range c.CT {
		q.CT[name] = each(func(float64) float64 { return 1 })(ct)
	}
	return right(&q)
}

// rounded answers c with its inputs rounded to nearest in a profile's format. What comes of
// inputs beyond its range is no number.
func rounded(p golden.Profile) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		q := Rounded(c, p, 0)
		q.CT = c.CT
		if math.IsInf(largestInput(q), 1) {
			a := right(c)
			for _, tensors := range []arrays{a.Out, a.Grad} {
				for _, x := range tensors {
					notNumbers(x.Data)
				}
			}
			return a
		}
		return right(q)
	}
}

// mostExplained is how many elements the inputs of a case may have that errors are made of: the
// definitions are slow.
const mostExplained = 1 << 16

// LooksLike names the planted error that a wrong answer to c shows, "" where there is none, or
// where the case is large: of those that can be made of it, the one that gives the most of its
// wrong tensors within their tolerances, and the fewest that the answer has right.
func LooksLike(c *golden.Case, a *golden.Answer, tolerances map[string]golden.Tolerance) string {
	elements := 0
	for _, x := range c.In {
		elements += len(x.Data)
	}
	if elements > mostExplained {
		return ""
	}
	wrong := 0
	for _, d := range golden.Compare(c, a, tolerances) {
		if d.Flaw == golden.Mismatch || d.Flaw == golden.NotANumber {
			wrong++
		}
	}
	best, most, whole := "", 0, false
	for _, m := range slices.Concat(planted(), anywhere) {
		if m.op != "" && m.op != c.Op {
			continue
		}
		explained, against := m.explains(c, a, tolerances)
		if score := 2*explained - against; explained > 0 && score > most {
			best, most, whole = m.name, score, explained == wrong && against == 0
		}
	}
	switch {
	case best == "":
		return ""
	case whole:
		return best
	}
	return fmt.Sprintf("%s (not in all tensors)", best)
}

// explains counts the tensors of an answer that are wrong as the planted error would have them,
// and those that it would have otherwise. There is none where the error cannot be made of c.
func (m mutation) explains(c *golden.Case, a *golden.Answer, tolerances map[string]golden.Tolerance) (explained, against int) {
	defer func() {
		if recover() != nil { // the error is of another kind of case
			explained, against = 0, 0
		}
	}()
	q := *c
	spoiled := m.spoil(&q)
	for _, name := range c.Tensors() {
		tolerance, compared := tolerances[name]
		want, got, error := c.Tensor(name), tensorOf(a, name), tensorOf(spoiled, name)
		if !compared || got == nil || error == nil {
			continue
		}
		if golden.CompareArray(name, error, want, tolerance).Flaw == golden.NoFlaw {
			continue // the error does not show in it
		}
		if golden.CompareArray(name, got, error, tolerance).Flaw == golden.NoFlaw {
			explained++
		} else {
			against++
		}
	}
	return explained, against
}

// tensorOf returns an answer's tensor by its full name.
func tensorOf(a *golden.Answer, name string) *golden.Array {
	return (&golden.Case{Out: a.Out, Grad: a.Grad}).Tensor(name)
}
