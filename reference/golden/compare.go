package golden

import (
	"fmt"
	"math"
	"slices"
)

// Tolerance is how far a tensor may be from what is expected: every element
// within
//
//	|answer − expected| ≤ Atol + Rtol·max|expected|
//
// where the maximum is over the finite elements.
type Tolerance struct {
	Atol float64 `json:"atol"`
	Rtol float64 `json:"rtol"`
	// Elements, if not nil, is what each element may be off by its own size.
	Elements *Elements `json:"-"`
	// Flushed is the size below which 0 is right as well.
	Flushed float64 `json:"-"`
}

// Limit returns Atol + Rtol·max|expected|.
func (t Tolerance) Limit(expected *Array) float64 { return t.Atol + t.Rtol*expected.maxAbs() }

// maxAbs returns the largest absolute value of the finite elements, 0 where there
// are none.
func (a *Array) maxAbs() float64 {
	largest := 0.0
	for _, v := range a.Data {
		if abs := math.Abs(v); abs > largest && !math.IsInf(v, 0) {
			largest = abs
		}
	}
	return largest
}

// Flaw says what is wrong with a tensor of an answer.
type Flaw string

// The flaws.
const (
	NoFlaw        Flaw = ""
	Mismatch      Flaw = "mismatch"       // numbers beyond their tolerance
	WrongShape    Flaw = "wrong shape"    // of the tensor
	NotANumber    Flaw = "not a number"   // where a number is expected
	MissingTensor Flaw = "missing tensor" // from the answer
	ExtraTensor   Flaw = "extra tensor"   // that was not asked for
)

// Deviation says how a tensor of an answer differs from what is expected.
type Deviation struct {
	Tensor string  // with its prefix, as "out/y"
	Flaw   Flaw    // NoFlaw where it passes
	Detail string  // one line, where there is a flaw
	Index  []int   // of the worst element
	Found  float64 // there
	Wanted float64 // what is expected there
	Error  float64 // |answer − expected| there
	Limit  float64 // the largest error that passes there
	// Uncompared says that nothing of the tensor was compared: it has no tolerance, or no
	// element.
	Uncompared bool
}

// Units returns the error in units of its limit: 1 just passes.
func (d Deviation) Units() float64 {
	if d.Error == 0 {
		return 0
	}
	return d.Error / d.Limit
}

// Compare compares an answer with a case: first all outputs and then all gradients, in
// the order of their names. A tensor without a tolerance must be there in its shape, but its
// elements are not compared, which its deviation says.
func Compare(c *Case, a *Answer, tolerances map[string]Tolerance) []Deviation {
	var found []Deviation
	for _, kind := range []struct {
		prefix    string
		got, want map[string]*Array
	}{{prefixOut, a.Out, c.Out}, {prefixGrad, a.Grad, c.Grad}} {
		for _, name := range sortedNames(kind.want) {
			full, want := kind.prefix+name, kind.want[name]
			got := kind.got[name]
			tolerance, compared := tolerances[full]
			switch {
			case got == nil:
				found = append(found, Deviation{Tensor: full, Flaw: MissingTensor, Detail: fmt.Sprintf("%s is missing", full)})
			case compared && len(want.Data) > 0 || !slices.Equal(got.Shape, want.Shape):
				found = append(found, CompareArray(full, got, want, tolerance))
			default:
				found = append(found, Deviation{Tensor: full, Uncompared: true})
			}
		}
		for _, name := range sortedNames(kind.got) {
			if kind.want[name] == nil {
				full := kind.prefix + name
				found = append(found, Deviation{Tensor: full, Flaw: ExtraTensor, Detail: fmt.Sprintf("%s was not asked for", full)})
			}
		}
	}
	return found
}

// CompareArray compares a tensor with what is expected: first shapes, then each
// element. NaN equals NaN alone, and an infinity equals that of the same sign alone. The worst
// element is the one that is off by the most of what it may be.
func CompareArray(tensor string, got, want *Array, tolerance Tolerance) Deviation {
	limit := tolerance.Limit(want)
	d := Deviation{Tensor: tensor, Limit: limit}
	if !slices.Equal(got.Shape, want.Shape) {
		d.Flaw, d.Detail = WrongShape, fmt.Sprintf("%s: found shape %v, expected %v", tensor, got.Shape, want.Shape)
		return d
	}
	at, most := -1, Deviation{}
	for i, e := range want.Data {
		a := got.Data[i]
		off := math.Abs(a - e)
		switch {
		case a == e || a != a && e != e || a == 0 && math.Abs(e) < tolerance.Flushed:
			off = 0
		case a != a || e != e || math.IsInf(e, 0):
			off = math.Inf(1)
		}
		here := Deviation{Error: off, Limit: tolerance.Allowed(e, limit)}
		if at < 0 || here.Units() > most.Units() || here.Units() == most.Units() && off > most.Error {
			at, most = i, here
		}
	}
	if at < 0 {
		return d
	}
	d.Index, d.Error, d.Limit, d.Found, d.Wanted = want.index(at), most.Error, most.Limit, got.Data[at], want.Data[at]
	if !(d.Error <= d.Limit) {
		a, e := got.Data[at], want.Data[at]
		d.Flaw = Mismatch
		if a != a {
			d.Flaw = NotANumber
		}
		d.Detail = fmt.Sprintf("%s at %v: found %.9g, expected %.9g, off by %.3g where %.3g is allowed", tensor, d.Index, a, e, d.Error, d.Limit)
	}
	return d
}
