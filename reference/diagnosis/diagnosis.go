package diagnosis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"entrec/reference/golden"
)

// Tensor describes what is wrong with a tensor of an answer to c, named with its prefix: how
// many elements are beyond the tolerance, and one pattern where there is one. It is "" where
// none is.
func Tensor(c *golden.Case, a *golden.Answer, name string, tolerance golden.Tolerance) string {
	t := tensor{c: c, a: a, name: name, want: c.Tensor(name), got: answered(a, name)}
	if t.want == nil || t.got == nil {
		return ""
	}
	t.limit = tolerance.Limit(t.want)
	if !slices.Equal(t.got.Shape, t.want.Shape) {
		return t.reshaped()
	}
	for i := range t.want.Data {
		e := t.want.Data[i]
		flushed := t.got.Data[i] == 0 && math.Abs(e) < tolerance.Flushed
		if !within(t.got.Data[i], e, tolerance.Allowed(e, t.limit)) && !flushed {
			t.off = append(t.off, i)
		}
	}
	if len(t.off) == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %d elements are off", len(t.off), len(t.want.Data))
	if len(t.want.Data) == 1 {
		text = ""
	}
	patterns := []func() string{t.nothing, t.notNumbers, t.exchanged, t.scaled, t.shifted, t.turned, t.placed, t.selected}
	if t.fits(func(i int) float64 { return t.want.Data[i] }, t.limit) {
		text, patterns = text+" by their own size", []func() string{t.selected, t.placed}
	}
	for _, pattern := range patterns {
		if found := pattern(); found != "" {
			return strings.TrimPrefix(text+", "+found, ", ")
		}
	}
	return text
}

// tensor is one that is off.
type tensor struct {
	c         *golden.Case
	a         *golden.Answer
	name      string
	got, want *golden.Array
	limit     float64
	off       []int // the elements that are
}

func answered(a *golden.Answer, name string) *golden.Array {
	kind, rest, _ := strings.Cut(name, "/")
	if kind == "out" {
		return a.Out[rest]
	}
	return a.Grad[rest]
}

// within compares numbers as the golden format does.
func within(got, want, limit float64) bool {
	return got == want || got != got && want != want || math.Abs(got-want) <= limit && !math.IsInf(want, 0)
}

// fits reports whether what was found is f of what is expected, and not what is expected
// itself.
func (t tensor) fits(f func(i int) float64, limit float64) bool {
	for i, v := range t.got.Data {
		if !within(v, f(i), limit) {
			return false
		}
	}
	return true
}

func (t tensor) nothing() string {
	if t.fits(func(int) float64 { return 0 }, 0) {
		return "all are 0"
	}
	return ""
}

func (t tensor) notNumbers() string {
	n, infinite := 0, 0
	for _, i := range t.off {
		switch v := t.got.Data[i]; {
		case v != v:
			n++
		case math.IsInf(v, 0):
			infinite++
		}
	}
	switch {
	case n > 0 && infinite > 0:
		return fmt.Sprintf("%d are NaN and %d infinite", n, infinite)
	case n > 0:
		return fmt.Sprintf("%d are NaN", n)
	case infinite > 0:
		return fmt.Sprintf("%d are infinite", infinite)
	}
	return ""
}

// exchanged finds another expected tensor of the same kind.
func (t tensor) exchanged() string {
	kind, _, _ := strings.Cut(t.name, "/")
	for _, other := range t.c.Tensors() {
		if other == t.name || !strings.HasPrefix(other, kind+"/") {
			continue
		}
		if y := t.c.Tensor(other); slices.Equal(y.Shape, t.want.Shape) && t.fits(func(i int) float64 { return y.Data[i] }, t.limit) {
			return fmt.Sprintf("it is what %s should be", other)
		}
	}
	return ""
}

// scaled finds one ratio of found to expected.
func (t tensor) scaled() string {
	product, squares := 0.0, 0.0
	for i, e := range t.want.Data {
		if math.IsInf(e, 0) || e != e {
			return ""
		}
		product += t.got.Data[i] * e
		squares += e * e
	}
	ratio := product / squares
	if squares == 0 || !t.fits(func(i int) float64 { return ratio * t.want.Data[i] }, t.limit*max(1, math.Abs(ratio))) {
		return ""
	}
	precision := t.limit / math.Sqrt(squares/float64(len(t.want.Data)))
	by := t.factor(ratio, max(precision, 1e-9))
	found := fmt.Sprintf("found/expected = %.6g", ratio)
	if len(t.want.Data) > 1 {
		found += " everywhere"
	}
	switch {
	case math.Abs(ratio+1) <= precision:
		return "negated"
	case by != "":
		return found + ": off by " + by + "?"
	case len(t.want.Data) > 1:
		return found
	}
	return ""
}

// factor names what of a case a ratio, or its inverse, may be: a size of an input, an attribute.
func (t tensor) factor(ratio, precision float64) string {
	sign, size := "", math.Abs(ratio)
	if ratio < 0 {
		sign = "the sign and "
	}
	is := func(v float64) bool {
		return v > 0 && v != 1 && (math.Abs(size/v-1) <= precision || math.Abs(size*v-1) <= precision)
	}
	for _, name := range slices.Sorted(maps.Keys(t.c.In)) {
		if shape := t.c.In[name].Shape; len(shape) > 0 && is(float64(shape[0])) {
			return fmt.Sprintf("%sthe batch size, or what the first axis of %s is", sign, name)
		}
	}
	if is(float64(len(t.want.Data))) {
		return sign + "the number of elements"
	}
	if is(2) {
		return sign + "a factor 2"
	}
	for _, name := range slices.Sorted(maps.Keys(t.c.Attrs)) {
		v, ok := t.c.Attrs[name].(float64)
		switch {
		case ok && is(v):
			return sign + name
		case ok && is(v*v):
			return sign + name + " squared"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.c.In)) {
		shape := t.c.In[name].Shape
		for axis, n := range shape {
			switch {
			case axis > 0 && is(float64(n)):
				return fmt.Sprintf("%sthe size of axis %d of %s", sign, axis, name)
			case is(float64(n - 1)):
				return fmt.Sprintf("%sthe size of axis %d of %s, less 1", sign, axis, name)
			}
		}
	}
	return ""
}

// shifted finds one difference of found and expected.
func (t tensor) shifted() string {
	if len(t.want.Data) < 2 {
		return ""
	}
	difference := t.got.Data[0] - t.want.Data[0]
	if t.fits(func(i int) float64 { return t.want.Data[i] + difference }, 2*t.limit) {
		return fmt.Sprintf("found − expected = %.6g everywhere", difference)
	}
	return ""
}

// reshaped finds axes that were exchanged, or merely named otherwise.
func (t tensor) reshaped() string {
	if len(t.got.Data) != len(t.want.Data) {
		return ""
	}
	if r := len(t.want.Shape); r >= 2 && len(t.got.Shape) == r && t.fits(t.exchangedAxes(), t.limit) {
		return "transposed"
	}
	if t.fits(func(i int) float64 { return t.want.Data[i] }, t.limit) {
		return "the elements are right"
	}
	return ""
}

// exchangedAxes returns the expected elements with the last two axes exchanged.
func (t tensor) exchangedAxes() func(i int) float64 {
	r := len(t.want.Shape)
	rows, columns := t.want.Shape[r-2], t.want.Shape[r-1]
	return func(i int) float64 {
		block, in := i/(rows*columns), i%(rows*columns)
		return t.want.Data[block*rows*columns+in%rows*columns+in/rows]
	}
}

// turned finds axes that were exchanged or reversed.
func (t tensor) turned() string {
	shape := t.want.Shape
	r := len(shape)
	if r >= 2 && shape[r-1] == shape[r-2] && t.fits(t.exchangedAxes(), t.limit) {
		return "transposed"
	}
	for axis := range r {
		if shape[axis] > 1 && t.fits(func(i int) float64 { return t.want.Data[reversed(shape, i, axis)] }, t.limit) {
			return fmt.Sprintf("reversed along axis %d", axis)
		}
	}
	if r >= 2 && t.fits(func(i int) float64 { return t.want.Data[reversed(shape, reversed(shape, i, r-1), r-2)] }, t.limit) {
		return "reversed along the last two axes"
	}
	return ""
}

// reversed returns where element i lies when an axis is reversed.
func reversed(shape []int, i, axis int) int {
	stride := 1
	for _, n := range shape[axis+1:] {
		stride *= n
	}
	at := i / stride % shape[axis]
	return i + (shape[axis]-1-2*at)*stride
}

// placed finds where all that is off lies.
func (t tensor) placed() string {
	shape := t.want.Shape
	r := len(shape)
	if len(t.off) == len(t.want.Data) {
		return ""
	}
	index := func(i, axis int) int {
		for _, n := range shape[axis+1:] {
			i /= n
		}
		return i % shape[axis]
	}
	all := func(f func(i int) bool) bool {
		return !slices.ContainsFunc(t.off, func(i int) bool { return !f(i) })
	}
	if r >= 2 && shape[r-1] == shape[r-2] && shape[r-1] > 1 {
		onDiagonal := func(i int) bool { return index(i, r-1) == index(i, r-2) }
		switch {
		case all(onDiagonal):
			return "only on the diagonal"
		case len(t.off) == len(t.want.Data)-len(t.want.Data)/shape[r-1] && all(func(i int) bool { return !onDiagonal(i) }):
			return "all but the diagonal"
		}
	}
	for axis, n := range shape {
		first, last := n, -1
		for _, i := range t.off {
			first, last = min(first, index(i, axis)), max(last, index(i, axis))
		}
		switch {
		case n < 2:
		case first == last:
			return fmt.Sprintf("only at index %d of axis %d, which has %d", first, axis, n)
		case first > 0 && last == n-1:
			return fmt.Sprintf("only from index %d on of axis %d, which has %d", first, axis, n)
		}
	}
	border := func(i int) bool {
		for _, axis := range []int{r - 1, r - 2} {
			if at := index(i, axis); at == 0 || at == shape[axis]-1 {
				return true
			}
		}
		return false
	}
	if r >= 3 && shape[r-1] > 2 && shape[r-2] > 2 && all(border) {
		return "only at the border of the last two axes"
	}
	return ""
}

// selected finds what the elements of an input of the same shape are, or what is expected, where
// the tensor is off: of elements of that kind half at least are, and no others.
func (t tensor) selected() string {
	if len(t.off) == len(t.want.Data) {
		return ""
	}
	sources := []string{t.name}
	for _, name := range slices.Sorted(maps.Keys(t.c.In)) {
		if slices.Equal(t.c.In[name].Shape, t.want.Shape) {
			sources = append(sources, "in/"+name)
		}
	}
	for _, name := range sources {
		x := t.c.Tensor(name)
		what := name
		if name == t.name {
			what = "what is expected"
		}
		for _, kind := range []struct {
			text string
			is   func(v float64) bool
		}{
			{"is 0", func(v float64) bool { return v == 0 }},
			{"is below 0", func(v float64) bool { return v < 0 }},
			{"is above 0", func(v float64) bool { return v > 0 }},
			{"is a subnormal number of float32", func(v float64) bool { return v != 0 && math.Abs(v) < 0x1p-126 }},
			{"is below 1e-7", func(v float64) bool { return v != 0 && math.Abs(v) < 1e-7 }},
		} {
			all := 0
			for _, v := range x.Data {
				if kind.is(v) {
					all++
				}
			}
			if all < len(x.Data) && 2*len(t.off) >= all && !slices.ContainsFunc(t.off, func(i int) bool { return !kind.is(x.Data[i]) }) {
				return fmt.Sprintf("only where %s %s", what, kind.text)
			}
		}
	}
	return ""
}
