package autograd

import (
	"errors"
	"math"
	"math/rand/v2"

	"entrec/internal/message"
	"entrec/tensor"
)

// GradCheckResult is how far the gradients of [GradCheck] were from finite
// differences.
type GradCheckResult struct {
	// MaxAbs is the largest |analytic − numeric|, MaxRel the largest such error
	// divided by its scale, over the elements that count.
	MaxAbs, MaxRel float64
	// Elements counts the elements compared, Kinks those left out because the
	// function has a kink there.
	Elements, Kinks int
	// Worst describes the element with MaxRel: input, index, both derivatives.
	Worst string
}

// GradCheck compares the gradients of f with central differences in float64. f
// builds outputs from leaves on the tape it is given and must be deterministic;
// it is called some 4·n times for n input elements. Inputs may have any memory order and
// gaps, but no two elements may share memory. The outputs are contracted with fixed
// random cotangents, since with ones softmax and batch norm would be constant.
//
// It returns an error that names the worst element if |analytic − numeric| exceeds
// tol·scale, where scale is the largest of both derivatives' sizes, a hundredth of
// the largest derivative of the same input, and a thousandth of the objective's
// own size (the norm of its terms), below which differences are rounding noise.
// So a small gradient among large ones is held to an absolute error, and an input
// all of whose gradients are small to a relative one.
//
// Differences with steps h and h/2 are combined to an error of O(h⁴) (Richardson), and
// taken again with smaller steps where they disagree with the gradient. Where they still
// disagree, and the difference between left and right derivative does not shrink with
// the step, the element lies on a kink (ReLU at 0, a tie of a maximum). There is no
// derivative there: the element is counted and left out. It is an error if more than
// half of the elements are. The values of StopGradient are held fixed.
func GradCheck(f func(tp *Tape[float64], in []*Var[float64]) []*Var[float64], tol float64, inputs ...*tensor.Tensor[float64]) (GradCheckResult, error) {
	var res GradCheckResult
	c := newGradCheck(f, inputs)
	for i, x := range inputs {
		if x.Len() == 0 {
			continue
		}
		gradient := tensor.New[float64](x.Shape()...)
		if g := c.leaves[i].Grad; g != nil {
			tensor.CopyTo(gradient, g)
		}
		floor := c.size / 1000
		for _, v := range gradient.Data() {
			floor = max(floor, math.Abs(v)/100)
		}
		for j, analytic := range gradient.Data() {
			e := c.element(x, j, analytic, floor, tol)
			if e.kink {
				res.Kinks++
				continue
			}
			res.Elements++
			res.MaxAbs = max(res.MaxAbs, math.Abs(e.numeric-analytic))
			if rel := e.error(analytic, floor); rel > res.MaxRel || rel != rel {
				res.MaxRel = rel
				res.Worst = message.Sprintf("input %d element %d at %v: gradient %v, finite differences %v",
					i, j, x.At(place(x, j)...), analytic, e.numeric)
			}
		}
	}
	switch {
	case !(res.MaxRel <= tol):
		return res, errors.New(message.Sprintf("autograd.GradCheck: relative error %v exceeds %v: %s", res.MaxRel, tol, res.Worst))
	case res.Kinks > res.Elements:
		return res, errors.New(message.Sprintf("autograd.GradCheck: %d of %d elements lie on kinks: too little was checked", res.Kinks, res.Kinks+res.Elements))
	}
	return res, nil
}

// gradCheck is a function under test: its objective Σ ⟨cotangents, outputs⟩, as a
// function of the inputs, and the gradients in leaves.
type gradCheck struct {
	f          func(tp *Tape[float64], in []*Var[float64]) []*Var[float64]
	inputs     []*tensor.Tensor[float64]
	stops      stopValues[float64]
	leaves     []*Var[float64]
	cotangents []*tensor.Tensor[float64]
	size       float64 // the norm of the objective's terms
}

func newGradCheck(f func(tp *Tape[float64], in []*Var[float64]) []*Var[float64], inputs []*tensor.Tensor[float64]) *gradCheck {
	c := &gradCheck{f: f, inputs: inputs}
	tp, leaves, outs := c.run()
	c.leaves = leaves
	rng := rand.New(rand.NewPCG(1, 2))
	squares := 0.0
	for _, o := range outs {
		ct := tensor.New[float64](o.Shape()...)
		values := tensor.Contiguous(o.Value).Data()
		for j := range ct.Data() {
			ct.Data()[j] = rng.NormFloat64()
			term := ct.Data()[j] * values[j]
			squares += term * term
		}
		c.cotangents = append(c.cotangents, ct)
	}
	c.size = math.Sqrt(squares)
	tp.BackwardFrom(outs, c.cotangents)
	return c
}

func (c *gradCheck) run() (*Tape[float64], []*Var[float64], []*Var[float64]) {
	tp := NewTape[float64]()
	c.stops.next = 0
	tp.stops = &c.stops
	leaves := make([]*Var[float64], len(c.inputs))
	for i, x := range c.inputs {
		leaves[i] = tp.Leaf(x)
	}
	return tp, leaves, c.f(tp, leaves)
}

func (c *gradCheck) objective() float64 {
	_, _, outs := c.run()
	sum := 0.0
	for i, o := range outs {
		ct := c.cotangents[i].Data()
		for j, v := range tensor.Contiguous(o.Value).Data() {
			sum += ct[j] * v
		}
	}
	return sum
}

// derivative is what finite differences say of one element.
type derivative struct {
	numeric float64
	kink    bool
}

// error returns the distance from the gradient in units of its scale.
func (d derivative) error(analytic, floor float64) float64 {
	if d.numeric == analytic {
		return 0
	}
	return math.Abs(d.numeric-analytic) / max(floor, math.Abs(d.numeric), math.Abs(analytic))
}

// element differentiates by the j-th element of x, in row-major order, with steps
// that shrink as long as the result disagrees with the gradient.
func (c *gradCheck) element(x *tensor.Tensor[float64], j int, analytic, floor, tol float64) derivative {
	index := place(x, j)
	at := x.At(index...)
	defer x.Set(at, index...)
	objective := func(v float64) float64 {
		x.Set(v, index...)
		return c.objective()
	}
	var d derivative
	best := math.Inf(1)
	for _, step := range []float64{1e-3, 1e-4, 1e-5} {
		h := step * max(1, math.Abs(at))
		up, down := objective(at+h), objective(at-h)
		upHalf, downHalf := objective(at+h/2), objective(at-h/2)
		numeric := (4*(upHalf-downHalf)/h - (up-down)/(2*h)) / 3
		if e := (derivative{numeric: numeric}).error(analytic, floor); !(e >= best) {
			best, d.numeric = e, numeric
		}
		if best <= tol {
			return derivative{numeric: d.numeric}
		}
		// The right derivative minus the left one is h·f″ where f is smooth, and the
		// height of the kink where it is not. A kink explains an error of half its height.
		center := objective(at)
		jump := (up - 2*center + down) / h
		jumpHalf := (upHalf - 2*center + downHalf) / (h / 2)
		noise := 1e-6 * max(floor, math.Abs(numeric))
		d.kink = math.Abs(jump-2*jumpHalf) > max(math.Abs(numeric-analytic)/2, noise)
	}
	return d
}

// place returns the index of the j-th element of x in row-major order.
func place[T Float](x *tensor.Tensor[T], j int) []int {
	index := make([]int, x.Rank())
	for a := x.Rank() - 1; a >= 0; a-- {
		index[a] = j % x.Dim(a)
		j /= x.Dim(a)
	}
	return index
}
