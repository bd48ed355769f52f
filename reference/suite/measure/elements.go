package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"

	"entrec/reference/golden"
	"entrec/reference/suite"
	"entrec/simd"
)

// libraries are float32 compositions whose functions are off by a unit in the last place.
var libraries = []golden.Backend{composed(otherLibraries[float32](1), 0), composed(otherLibraries[float32](-1), 0)}

// kinked are the operations that a small change of an input may carry over a kink.
var kinked = []string{"relu", "max_pool2d"}

// measureElements writes how far single elements lie from the expected ones: in float32 those
// of the evaluations that [measure] has, those with functions of other libraries, and of the float64 engine on inputs that are moved by up
// to half a unit in the last place, but at kinks; in the other formats those on rounded inputs.
func measureElements() error {
	cases, rejects, err := suite.Cases()
	if err != nil {
		return err
	}
	known, err := suite.ElementSpreads()
	if err != nil {
		return err
	}
	fmt.Printf("# Written by reference/suite/measure -elements (%s, levels %v).\n", runtime.GOARCH, simd.Levels())
	fmt.Println("# case, tensor, and for f32, bf16 and f16 the largest difference of an element that is what remains of larger ones, and the largest ratio of it to the element")
	for _, c := range cases {
		if rejects[c.Name] || !slices.Contains(suite.Elementwise, c.Op) {
			continue
		}
		spreads := known[c.Name]
		if !*keep || spreads == nil {
			if spreads, err = elementsOf(c); err != nil {
				return err
			}
		}
		for _, tensor := range c.Tensors() {
			fmt.Printf("%s\t%s", c.Name, tensor)
			for _, p := range suite.ElementProfiles {
				fmt.Printf("\t%.2e\t%.2e", spreads[tensor][p].Absolute, spreads[tensor][p].Relative)
			}
			fmt.Println()
		}
	}
	return nil
}

func elementsOf(c *golden.Case) (map[string]map[golden.Profile]suite.ElementSpread, error) {
	spreads := map[string]map[golden.Profile]suite.ElementSpread{}
	for _, tensor := range c.Tensors() {
		spreads[tensor] = map[golden.Profile]suite.ElementSpread{}
	}
	enter := func(p golden.Profile, backend golden.Backend, question, c *golden.Case) error {
		a, err := backend.Answer(question)
		if errors.Is(err, golden.ErrUnsupported) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", question.Name, err)
		}
		whole := &golden.Case{Out: a.Out, Grad: a.Grad}
		for _, tensor := range c.Tensors() {
			x := whole.Tensor(tensor)
			if x == nil {
				continue // a composition has one output
			}
			s := spreads[tensor][p]
			for i, v := range c.Tensor(tensor).Data {
				s.Widen(p, x.Data[i], v)
			}
			spreads[tensor][p] = s
		}
		return nil
	}
	for _, level := range simd.Levels() {
		restore := simd.Force(level)
		for _, q := range append(permuted(c), c) {
			for _, b := range append([]golden.Backend{single, plain}, libraries...) {
				if err := enter(golden.F32, b, q, q); err != nil {
					return nil, err
				}
			}
		}
		restore()
	}
	for draw := range 4 {
		if !slices.Contains(kinked, c.Op) {
			if err := enter(golden.F32, double, suite.Jittered(c, draw), c); err != nil {
				return nil, err
			}
		}
		for _, p := range suite.ElementProfiles[1:] {
			if suite.Beyond(c, p) {
				continue
			}
			if err := enter(p, double, suite.Rounded(c, p, draw), c); err != nil {
				return nil, err
			}
		}
	}
	return spreads, nil
}
