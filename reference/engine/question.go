package engine

import (
	"encoding"
	"math"
	"slices"
	"strings"

	"entrec/autograd"
	"entrec/reference/golden"
	"entrec/tensor"
)

// question is a case on its way through the engine. Its methods panic with a
// *[golden.RefusedError] where the case does not hold what they are asked for.
type question[T tensor.Float] struct {
	c    *golden.Case
	tape *autograd.Tape[T]
	vars map[string]*autograd.Var[T]
	wrt  []string
	used []string // attributes that have been read
}

// newQuestion checks the names of c's inputs and puts them on a tape.
func newQuestion[T tensor.Float](o op[T], c *golden.Case) *question[T] {
	q := &question[T]{c: c, tape: autograd.NewTape[T](), vars: map[string]*autograd.Var[T]{}}
	var err error
	if q.wrt, err = c.Attrs.Wrt(); err != nil {
		q.refuse("%v", err)
	}
	for name, x := range c.In {
		q.vars[name] = q.put(name, x)
	}
	o.checkNames(q)
	q.checkBounds()
	for i, name := range q.wrt {
		if q.vars[name] == nil || slices.Contains(strings.Fields(o.constants), name) {
			q.refuse("attribute \"wrt\": %q has no gradient", name)
		}
		if slices.Contains(q.wrt[:i], name) {
			q.refuse("attribute \"wrt\": %q stands twice", name)
		}
	}
	return q
}

// checkNames refuses inputs that the operation does not know, and a missing one.
func (o op[T]) checkNames(q *question[T]) {
	known := map[string]bool{}
	for _, name := range strings.Fields(o.in) {
		name, optional := strings.CutSuffix(name, "?")
		known[name] = true
		if q.vars[name] == nil && !optional {
			q.refuse("input %q is missing", name)
		}
	}
	for name := range q.vars {
		if !known[name] {
			q.refuse("input %q is unknown", name)
		}
	}
}

// checkBounds refuses attributes that ask for too much of the inputs.
func (q *question[T]) checkBounds() {
	shapes := map[string][]int{}
	for name, v := range q.vars {
		shapes[name] = v.Shape()
	}
	if err := golden.CheckBounds(q.c.Op, q.c.Attrs, shapes); err != nil {
		panic(err)
	}
}

// put places an input on the tape, rounded to T.
func (q *question[T]) put(name string, x *golden.Array) *autograd.Var[T] {
	t := tensor.Convert[T](q.tensor64("input", name, x))
	if slices.Contains(q.wrt, name) {
		return q.tape.Leaf(t)
	}
	return q.tape.Constant(t)
}

// tensor64 checks an array's shape and makes a tensor of it. Empty arrays are
// refused: no operation of the table is defined on them.
func (q *question[T]) tensor64(kind, name string, x *golden.Array) *tensor.Tensor[float64] {
	n := 1
	for _, d := range x.Shape {
		if d < 1 || n > len(x.Data)/d {
			q.refuse("%s %q: shape %v for %d values", kind, name, x.Shape, len(x.Data))
		}
		n *= d
	}
	if n != len(x.Data) {
		q.refuse("%s %q: shape %v for %d values", kind, name, x.Shape, len(x.Data))
	}
	return tensor.FromSlice(x.Data, x.Shape...)
}

// cotangents returns the outputs that the case differentiates and their
// cotangents.
func (q *question[T]) cotangents(names []string, outs []*autograd.Var[T]) (of []*autograd.Var[T], cts []*tensor.Tensor[T]) {
	for i, name := range names {
		ct := q.c.CT[name]
		if ct == nil {
			continue
		}
		if !slices.Equal(ct.Shape, outs[i].Shape()) {
			q.refuse("cotangent of %q: shape %v, expected %v", name, ct.Shape, outs[i].Shape())
		}
		of = append(of, outs[i])
		cts = append(cts, tensor.Convert[T](q.tensor64("cotangent", name, ct)))
	}
	if len(of) != len(q.c.CT) {
		q.refuse("found cotangents of something else than the outputs %v", names)
	}
	if len(of) == 0 && len(q.wrt) > 0 {
		q.refuse("gradients need a cotangent of one of the outputs %v", names)
	}
	return of, cts
}

// attributes returns the attributes and remembers that name is one of them.
func (q *question[T]) attributes(name string) golden.Attrs {
	q.used = append(q.used, name)
	return q.c.Attrs
}

// finish refuses attributes that nothing has asked for: they would have changed the
// question.
func (q *question[T]) finish() {
	for name := range q.c.Attrs {
		if name != "wrt" && !slices.Contains(q.used, name) {
			q.refuse("attribute %q is unknown", name)
		}
	}
}

func (q *question[T]) refuse(format string, args ...any) {
	panic(golden.Refuse(q.c.Op, format, args...))
}

// in returns an input, which must have one of the given ranks (none: any).
func (q *question[T]) in(name string, ranks ...int) *autograd.Var[T] {
	v := q.vars[name]
	if v != nil && len(ranks) > 0 && !slices.Contains(ranks, v.Value.Rank()) {
		q.refuse("input %q: shape %v, expected %v axes", name, v.Shape(), ranks)
	}
	return v
}

// alike returns inputs, which must have equal shapes of the given rank (negative:
// any).
func (q *question[T]) alike(rank int, names ...string) []*autograd.Var[T] {
	vars := make([]*autograd.Var[T], len(names))
	for i, name := range names {
		vars[i] = q.vars[name]
		if rank >= 0 {
			q.in(name, rank)
		}
		if !slices.Equal(vars[i].Shape(), vars[0].Shape()) {
			q.refuse("inputs %q and %q: shapes %v and %v, expected equal ones", names[0], name, vars[0].Shape(), vars[i].Shape())
		}
	}
	return vars
}

// float returns a number, which must be finite and lie in the given interval.
func (q *question[T]) float(name string, allowed interval) float64 {
	v, err := q.attributes(name).Float(name)
	if err != nil {
		q.refuse("%v", err)
	}
	if !allowed.holds(v) {
		q.refuse("attribute %q: found %v, expected a number %s", name, v, allowed.text)
	}
	return v
}

// int returns a whole number of at least least.
func (q *question[T]) int(name string, least int) int {
	v, err := q.attributes(name).Int(name)
	if err != nil {
		q.refuse("%v", err)
	}
	if v < least {
		q.refuse("attribute %q: found %d, expected at least %d", name, v, least)
	}
	return v
}

// word returns a string, one of the options.
func (q *question[T]) word(name string, options ...string) string {
	v, err := q.attributes(name).Choice(name, options...)
	if err != nil {
		q.refuse("%v", err)
	}
	return v
}

func (q *question[T]) bool(name string) bool {
	v, err := q.attributes(name).Bool(name)
	if err != nil {
		q.refuse("%v", err)
	}
	return v
}

// chooseIfThere is choose for an attribute that may be absent; v stays as it is then.
func (q *question[T]) chooseIfThere(name string, v encoding.TextUnmarshaler) {
	if _, there := q.attributes(name)[name]; there {
		q.choose(name, v)
	}
}

// choose reads an attribute that is one of several words into v.
func (q *question[T]) choose(name string, v encoding.TextUnmarshaler) {
	raw := q.attributes(name)[name]
	text, ok := raw.(string)
	if !ok {
		q.refuse("attribute %q: found %v, expected a word", name, raw)
	}
	if err := v.UnmarshalText([]byte(text)); err != nil {
		q.refuse("attribute %q: %v", name, err)
	}
}

// interval says which numbers an attribute may be.
type interval struct {
	holds func(v float64) bool
	text  string
}

var (
	positive    = interval{func(v float64) bool { return v > 0 && !math.IsInf(v, 1) }, "above 0"}
	notNegative = interval{func(v float64) bool { return v >= 0 && !math.IsInf(v, 1) }, "of at least 0"}
	fraction    = interval{func(v float64) bool { return v >= 0 && v <= 1 }, "from 0 to 1"}
	belowOne    = interval{func(v float64) bool { return v >= 0 && v < 1 }, "from 0 to below 1"}
	atMostOne   = interval{func(v float64) bool { return v <= 1 && !math.IsInf(v, -1) }, "of at most 1"}
	halfTurn    = interval{func(v float64) bool { return v >= -0.5 && v <= 0.5 }, "from -0.5 to 0.5"}
	finite      = interval{func(v float64) bool { return !math.IsInf(v, 0) && v == v }, "that is finite"}
)
