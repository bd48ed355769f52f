package autograd

import (
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/tensor"
)

// GradCheckResult is how far the gradients of [GradCheck] were from finite
// differences.
type GradCheckResult struct {
	// MaxAbs and MaxRel are the largest error of an element and the largest error
	// relative to max(1, |analytic|, |numeric|), over the elements that count.
	MaxAbs, MaxRel float64
	// Elements counts the elements compared, Kinks those left out because the
	// function is not smooth there.
	Elements, Kinks int
	// Worst describes the element with MaxRel: input, index, both derivatives.
	Worst string
}

// GradCheck compares the gradients of f with central differences in float64. f
// builds outputs from leaves on the tape it is given and must be deterministic;
// it is called some 4·n times for n input elements. The outputs are contracted
// with fixed random cotangents, never ones, under which softmax or batch norm
// would be constant. It returns an error naming the worst element if an error
// relative to max(1, |derivative|) exceeds tol.
//
// The difference is taken with two steps, h and h/2. Where the function is
// smooth, Richardson's combination of the two is exact to O(h⁴); where the two
// differ by much more than that, the element sits on a kink (ReLU at 0, a tie of
// a maximum), where no derivative exists: it is counted and left out. An error if
// more than half the elements are kinks. StopGradient's values are held fixed.
func GradCheck(f func(tp *Tape[float64], in []*Var[float64]) []*Var[float64], tol float64, inputs ...*tensor.Tensor[float64]) (GradCheckResult, error) {
	var res GradCheckResult
	stops := &stopValues[float64]{}
	run := func() (*Tape[float64], []*Var[float64], []*Var[float64]) {
		tp := NewTape[float64]()
		stops.next = 0
		tp.stops = stops
		leaves := make([]*Var[float64], len(inputs))
		for i, x := range inputs {
			leaves[i] = tp.Leaf(x)
		}
		return tp, leaves, f(tp, leaves)
	}
	tp, leaves, outs := run()
	rng := rand.New(rand.NewPCG(1, 2))
	cts := make([]*tensor.Tensor[float64], len(outs))
	for i, o := range outs {
		cts[i] = tensor.New[float64](o.Shape()...)
		for j := range cts[i].Data() {
			cts[i].Data()[j] = rng.NormFloat64()
		}
	}
	tp.BackwardFrom(outs, cts)
	objective := func() float64 {
		_, _, outs := run()
		sum := 0.0
		for i, o := range outs {
			ct := cts[i].Data()
			for j, v := range tensor.Contiguous(o.Value).Data() {
				sum += ct[j] * v
			}
		}
		return sum
	}
	for i, x := range inputs {
		if !x.IsContiguous() {
			tensor.Refuse("autograd.GradCheck", "row-major inputs are needed", x.Shape())
		}
		for j, at := range x.Data() {
			h := 1e-3 * max(1, math.Abs(at))
			diff := func(h float64) float64 {
				x.Data()[j] = at + h
				up := objective()
				x.Data()[j] = at - h
				down := objective()
				x.Data()[j] = at
				return (up - down) / (2 * h)
			}
			wide, narrow := diff(h), diff(h/2)
			numeric := (4*narrow - wide) / 3
			analytic := 0.0
			if leaves[i].Grad != nil {
				analytic = tensor.Contiguous(leaves[i].Grad).Data()[j]
			}
			scale := max(1, math.Abs(numeric), math.Abs(analytic))
			if kink(wide, narrow, diff, h, scale) {
				res.Kinks++
				continue
			}
			res.Elements++
			abs := math.Abs(numeric - analytic)
			res.MaxAbs = max(res.MaxAbs, abs)
			if rel := abs / scale; rel > res.MaxRel || rel != rel {
				res.MaxRel = rel
				res.Worst = fmt.Sprintf("input %d element %d at %v: gradient %v, finite differences %v", i, j, at, analytic, numeric)
			}
		}
	}
	switch {
	case !(res.MaxRel <= tol):
		return res, fmt.Errorf("autograd.GradCheck: relative error %.3g exceeds %.3g: %s", res.MaxRel, tol, res.Worst)
	case res.Kinks > res.Elements:
		return res, fmt.Errorf("autograd.GradCheck: %d of %d elements lie on kinks: nothing was checked", res.Kinks, res.Kinks+res.Elements)
	}
	return res, nil
}

// kink reports whether differences with steps h, h/2 and h/4 fail to converge.
// For a smooth function each halving divides the difference between neighbours
// by four; across a kink it divides it by two at best.
func kink(wide, narrow float64, diff func(h float64) float64, h, scale float64) bool {
	first := math.Abs(wide - narrow)
	if first <= 1e-4*scale {
		return false
	}
	second := math.Abs(narrow - diff(h/4))
	return second > 0.4*first
}
