// Package large makes a golden suite of a GPU's sizes, when a check asks for it.
package large

import (
	"context"
	"fmt"
	"math"
	"slices"

	"entrec/reference/engine"
	"entrec/reference/golden"
	"entrec/reference/suite"
)

// Name is what a suite's generator is called that is made here.
const Name = "entrec golden check --size large"

// Suite answers the large questions by the float64 engine, and measures what tolerances a
// profile gives from the float32 engine, or from the float64 engine on rounded inputs. It has
// tolerances for float32 and that profile alone. Only operations that want accepts are made.
func Suite(ctx context.Context, p golden.Profile, want func(op string) bool) (*golden.Suite, error) {
	s := &golden.Suite{Manifest: golden.Manifest{Format: golden.Format, Generator: Name, GeneratorVersion: suite.Version}}
	for _, c := range suite.Large() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !want(c.Op) {
			continue
		}
		e, err := answer(c, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		s.Cases, s.Loaded = append(s.Cases, e), append(s.Loaded, c)
	}
	s.Count = len(s.Cases)
	return s, nil
}

// answer enters what a case expects and returns its entry.
func answer(c *golden.Case, p golden.Profile) (golden.Entry, error) {
	e := golden.Entry{File: c.Name + golden.Extension, Op: c.Op, Attrs: c.Attrs, Oracle: "f64"}
	right, err := golden.Ask(engine.Backend[float64](), c)
	if err != nil {
		return e, err
	}
	c.Out, c.Grad = right.Out, right.Grad
	spreads := map[string]suite.Spread{}
	for _, tensor := range c.Tensors() {
		spreads[tensor] = suite.Spread{}
	}
	if err := widen(spreads, golden.F32, engine.Backend[float32](), c, c); err != nil {
		return e, err
	}
	if p != golden.F32 && p != golden.F64 {
		for draw := range 2 {
			if err := widen(spreads, p, engine.Backend[float64](), suite.Rounded(c, p, draw), c); err != nil {
				return e, err
			}
		}
	}
	if e.Tolerances, e.Excluded, err = suite.Tolerances(c, spreads); err != nil {
		return e, err
	}
	for _, other := range golden.Profiles {
		if other != golden.F32 && other != p { // it was not measured
			delete(e.Tolerances, other)
			delete(e.Excluded, other)
		}
	}
	return e, nil
}

// widen asks a question and enters how far the answer is from what c expects.
func widen(spreads map[string]suite.Spread, p golden.Profile, backend golden.Backend, question, c *golden.Case) error {
	q := *question
	q.Out, q.Grad = nil, nil
	a, err := golden.Ask(backend, &q)
	if err != nil {
		return err
	}
	for _, tensor := range c.Tensors() {
		found, expected := (&golden.Case{Out: a.Out, Grad: a.Grad}).Tensor(tensor), c.Tensor(tensor)
		if found == nil || !slices.Equal(found.Shape, expected.Shape) {
			return fmt.Errorf("%s: found another shape, expected %v", tensor, expected.Shape)
		}
		for i, v := range expected.Data {
			spreads[tensor][p] = max(spreads[tensor][p], math.Abs(found.Data[i]-v))
		}
	}
	return nil
}
