package naive

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"entrec/reference/golden"
)

// source draws a case's inputs, all exact in float32.
type source struct{ *rand.Rand }

// normal returns standard normal values of the given shape.
func (s source) normal(shape ...int) *golden.Array {
	return s.filled(func() float64 { return s.NormFloat64() }, shape...)
}

// distinct returns the multiples 0.1, 0.2, … in random order.
func (s source) distinct(shape ...int) *golden.Array {
	a := golden.NewArray(shape...)
	for i, n := range s.Perm(len(a.Data)) {
		a.Data[i] = float64(float32(float64(n+1) / 10))
	}
	return a
}

// uniform returns values of [low, high).
func (s source) uniform(low, high float64, shape ...int) *golden.Array {
	return s.filled(func() float64 { return low + (high-low)*s.Float64() }, shape...)
}

func (s source) filled(f func() float64, shape ...int) *golden.Array {
	a := golden.NewArray(shape...)
	for i := range a.Data {
		a.Data[i] = float64(float32(f()))
	}
	return a
}

// unit returns rows on the sphere, as near as float32 comes.
func (s source) unit(k, d int) *golden.Array {
	a := s.normal(k, d)
	for _, row := range rowsOf(a) {
		for i, v := range Normalize([][]float64{row}, 0)[0] {
			row[i] = float64(float32(v))
		}
	}
	return a
}

// definite returns a symmetric positive definite matrix.
func (s source) definite(d int) *golden.Array {
	b := rowsOf(s.normal(d, 2*d))
	a := golden.NewArray(d, d)
	for i, row := range matMulT(b, b) {
		for j, v := range row {
			a.Data[i*d+j] = float64(float32(v))
		}
	}
	return a
}

// probabilities returns rows that sum to 1, as near as float32 comes.
func (s source) probabilities(k, c int) *golden.Array {
	a := s.normal(k, c)
	for _, row := range rowsOf(a) {
		for i, v := range softmax(row) {
			row[i] = float64(float32(v))
		}
	}
	return a
}

type arrays = map[string]*golden.Array

// testCase is a case of the tests. smooth says that the function is differentiable
// around the inputs, so that differences show its gradient; what is not smooth is
// compared with PyTorch alone.
type testCase struct {
	name   string
	op     string
	attrs  golden.Attrs
	in     func(s source) arrays
	smooth bool
}

// build returns the case with random cotangents, and gradients asked for with
// respect to all inputs that are not constants by definition.
func (c testCase) build() *golden.Case {
	h := fnv.New64a()
	fmt.Fprint(h, c.op, c.name)
	s := source{rand.New(rand.NewPCG(h.Sum64(), 1))}
	attrs := golden.Attrs{}
	for k, v := range c.attrs {
		attrs[k] = v
	}
	q := &golden.Case{Name: c.op + "/" + c.name, Op: c.op, Attrs: attrs, In: c.in(s), CT: arrays{}}
	plain, err := Answer(q)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", q.Name, err))
	}
	for _, name := range sortedKeys(plain.Out) {
		q.CT[name] = s.normal(plain.Out[name].Shape...)
	}
	wrt := []any{}
	for _, in := range parseInputs(ops[c.op].in) {
		if !in.constant && q.In[in.name] != nil {
			wrt = append(wrt, in.name)
		}
	}
	attrs["wrt"] = wrt
	return q
}

func array(shape []int, values ...float64) *golden.Array {
	return golden.FromSlice(values, shape...)
}

// difference returns the largest difference in units of the largest expected value
// plus floor; NaN agrees with NaN and infinities with their like.
func difference(got, want *golden.Array, floor float64) float64 {
	scale, worst := floor, 0.0
	for _, v := range want.Data {
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			scale = max(scale, math.Abs(v)+floor)
		}
	}
	for i, w := range want.Data {
		g := got.Data[i]
		if g == w || math.IsNaN(g) && math.IsNaN(w) {
			continue
		}
		worst = max(worst, math.Abs(g-w)/scale)
	}
	return worst
}
