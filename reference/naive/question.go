package naive

import (
	"slices"
	"strings"

	"entrec/reference/golden"
)

// op is an operation of the golden format.
type op struct {
	in    string // the inputs and their shapes, as parseInputs reads them
	attrs []attr
	// check refuses what cannot be seen from an input or attribute alone; it may be nil.
	check func(q *question) error
	// answer sets the outputs and, where they are asked for, the gradients.
	answer func(q *question)
}

// question is a case whose inputs and attributes have been checked.
type question struct {
	op     string
	in     map[string]*golden.Array
	cts    map[string]*golden.Array
	dims   map[string]int // sizes by the letters of the table
	number map[string]float64
	choice map[string]string
	flag   map[string]bool
	wrt    []string
	out    map[string]*golden.Array
	grads  map[string]*golden.Array
	err    error // the first that came up
}

// Answer returns the outputs and gradients that a golden case asks for. The error is a
// *[golden.RefusedError] where the operation does not allow the case's inputs,
// attributes or cotangents. It wraps [golden.ErrUnsupported] where there is no such
// operation.
func Answer(c *golden.Case) (*golden.Answer, error) {
	if strings.HasPrefix(c.Op, "train/") {
		return train(c)
	}
	row, ok := ops[c.Op]
	if !ok {
		return nil, golden.ErrUnsupported
	}
	return row.ask(c)
}

// sound checks a question of the operation.
func (row op) sound(c *golden.Case) (*question, error) {
	if err := golden.CheckBounds(c.Op, c.Attrs, golden.Shapes(c.In)); err != nil {
		return nil, err
	}
	q := &question{op: c.Op, in: c.In, cts: c.CT,
		dims: map[string]int{}, number: map[string]float64{}, choice: map[string]string{}, flag: map[string]bool{},
		out: map[string]*golden.Array{}, grads: map[string]*golden.Array{}}
	inputs := parseInputs(row.in)
	if err := q.takeInputs(inputs); err != nil {
		return nil, err
	}
	if err := q.takeAttrs(c.Attrs, row.attrs); err != nil {
		return nil, err
	}
	if err := q.takeWrt(c.Attrs, inputs); err != nil {
		return nil, err
	}
	if row.check != nil {
		if err := row.check(q); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// ask answers a question of the operation.
func (row op) ask(c *golden.Case) (*golden.Answer, error) {
	q, err := row.sound(c)
	if err != nil {
		return nil, err
	}
	row.answer(q)
	if q.err == nil {
		q.err = q.checkCotangents()
	}
	if q.err != nil {
		return nil, q.err
	}
	return &golden.Answer{Out: q.out, Grad: q.grads}, nil
}

func (q *question) refuse(format string, args ...any) error {
	return golden.Refuse(q.op, format, args...)
}

// takeWrt reads which gradients are asked for.
func (q *question) takeWrt(attrs golden.Attrs, inputs []input) error {
	names, err := attrs.Wrt()
	if err != nil {
		return q.refuse("%v", err)
	}
	for i, name := range names {
		at := slices.IndexFunc(inputs, func(in input) bool { return in.name == name })
		switch {
		case at < 0 || q.in[name] == nil:
			return q.refuse("attribute \"wrt\": there is no input %q", name)
		case inputs[at].constant:
			return q.refuse("attribute \"wrt\": %q is a constant", name)
		case slices.Contains(names[:i], name):
			return q.refuse("attribute \"wrt\": %q stands twice", name)
		}
	}
	if len(names) > 0 && len(q.cts) == 0 {
		return q.refuse("gradients are asked for, but there is no cotangent")
	}
	q.wrt = names
	return nil
}

// checkCotangents refuses a cotangent of no output or of another shape than its
// output.
func (q *question) checkCotangents() error {
	for _, name := range sortedKeys(q.cts) {
		out, ok := q.out[name]
		if !ok {
			return q.refuse("cotangent %q: there is no such output", name)
		}
		if ct := q.cts[name]; !matches(ct, out.Shape) {
			return q.refuse("cotangent %q: found shape %v, expected the output's, %v", name, ct.Shape, out.Shape)
		}
	}
	return nil
}

func sortedKeys(m map[string]*golden.Array) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// wants says whether gradients are asked for.
func (q *question) wants() bool { return len(q.wrt) > 0 }

// rows returns an input of rank 2.
func (q *question) rows(name string) [][]float64 { return rowsOf(q.in[name]) }

// blocks returns an input of rank 3.
func (q *question) blocks(name string) [][][]float64 {
	a := q.in[name]
	return blocksOf(a, a.Shape[0], a.Shape[1])
}

// images returns an input of rank 4.
func (q *question) images(name string) [][][][]float64 { return imagesOf(q.in[name]) }

// vector returns an input's values as they lie; nil where it is absent.
func (q *question) vector(name string) []float64 {
	if a := q.in[name]; a != nil {
		return a.Data
	}
	return nil
}

func (q *question) int(name string) int { return int(q.number[name]) }

// set stores an output given as nested slices.
func (q *question) set(name string, v any) { q.setShaped(name, shapeOf(v), v) }

// setLike stores an output of an input's shape.
func (q *question) setLike(name, input string, v any) { q.setShaped(name, q.in[input].Shape, v) }

func (q *question) setShaped(name string, shape []int, v any) {
	q.out[name] = golden.FromSlice(slices.Clone(flatten(v)), shape...)
}

// ct returns the cotangent of an output that has been set, zeros where the case has
// none.
func (q *question) ct(name string) *golden.Array {
	shape := q.out[name].Shape
	ct := q.cts[name]
	if ct != nil && matches(ct, shape) {
		return ct
	}
	return golden.NewArray(shape...) // a wrong shape is refused by checkCotangents
}

func matches(a *golden.Array, shape []int) bool { return slices.Equal(a.Shape, shape) && whole(a) }

func (q *question) ctRows(name string) [][]float64       { return rowsOf(q.ct(name)) }
func (q *question) ctImages(name string) [][][][]float64 { return imagesOf(q.ct(name)) }
func (q *question) ctVector(name string) []float64       { return q.ct(name).Data }
func (q *question) ctScalar(name string) float64         { return q.ct(name).Data[0] }

// grad stores the gradient of an input if it is asked for.
func (q *question) grad(name string, v any) {
	if slices.Contains(q.wrt, name) {
		q.grads[name] = golden.FromSlice(slices.Clone(flatten(v)), q.in[name].Shape...)
	}
}

// input describes an input of an operation.
type input struct {
	name     string
	shapes   [][]string // the shapes that it may have, in letters; "*" is any shape
	optional bool
	constant bool // by definition: it has no gradient
}

// parseInputs reads "x(n,c|n,c,h,w) bias(c)? queue(m,d)!": names with shapes, | between
// alternatives, ? after what may be absent, ! after a constant. A letter is one
// size throughout.
func parseInputs(text string) []input {
	var list []input
	for _, field := range strings.Fields(text) {
		var in input
		field, in.optional = strings.CutSuffix(field, "?")
		field, in.constant = strings.CutSuffix(field, "!")
		name, shapes, _ := strings.Cut(strings.TrimSuffix(field, ")"), "(")
		in.name = name
		for s := range strings.SplitSeq(shapes, "|") {
			in.shapes = append(in.shapes, strings.Split(s, ","))
		}
		list = append(list, in)
	}
	return list
}

// takeInputs checks the inputs' names and shapes and remembers the sizes.
func (q *question) takeInputs(inputs []input) error {
	known := map[string]bool{}
	var any []int // the shape that "*" stands for
	for _, in := range inputs {
		known[in.name] = true
		a := q.in[in.name]
		if a == nil {
			if in.optional {
				continue
			}
			return q.refuse("input %q is missing", in.name)
		}
		if !whole(a) {
			return q.refuse("input %q: found %d values for shape %v, expected sizes of at least 1 and their product",
				in.name, len(a.Data), a.Shape)
		}
		if in.shapes[0][0] == "*" {
			if any != nil && !slices.Equal(any, a.Shape) {
				return q.refuse("input %q: found shape %v, expected %v", in.name, a.Shape, any)
			}
			any = a.Shape
			continue
		}
		if err := q.takeShape(in, a.Shape); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(q.in) {
		if !known[name] {
			return q.refuse("there is no input %q", name)
		}
	}
	return nil
}

// whole says whether an array's sizes are at least 1 and it holds as many values.
func whole(a *golden.Array) bool {
	n := 1
	for _, d := range a.Shape {
		if d < 1 || d > len(a.Data)/n {
			return false
		}
		n *= d
	}
	return n == len(a.Data)
}

func (q *question) takeShape(in input, shape []int) error {
	at := slices.IndexFunc(in.shapes, func(letters []string) bool { return len(letters) == len(shape) })
	if at < 0 {
		return q.refuse("input %q: found shape %v, expected (%s)", in.name, shape, strings.Join(in.shapes[0], ","))
	}
	for i, letter := range in.shapes[at] {
		size := shape[i]
		want, bound := q.dims[letter]
		if letter == "3" {
			want, bound = 3, true
		}
		if bound && size != want {
			return q.refuse("input %q: found shape %v, expected (%s) with %s = %d",
				in.name, shape, strings.Join(in.shapes[at], ","), letter, want)
		}
		q.dims[letter] = size
	}
	return nil
}
