// Command measure measures how far evaluations of the golden suite in float32 lie
// from the expected values, and writes it to standard output as the suite's
// spreads.tsv:
//
//	go run ./reference/suite/measure > spreads.tsv && mv spreads.tsv reference/suite/
//
// A tensor's spread in float32 is the largest absolute difference over
//
//   - the float32 engine in plain Go, with AVX2 and with AVX-512;
//   - float32 operations composed into the formulas, none fused, in the same three ways,
//     and for log-determinants in two orders;
//   - all with the axes of each sum permuted, those of log-determinants in sixteen ways.
//
// For tf32, bfloat16 and float16 it is that over the float64 engine on inputs and cotangents
// rounded to the format, and moved by up to half a unit in its last place, three times. In tf32
// it is over the composition with products in tf32 too. It is infinite where what is rounded is
// refused, or beyond the format's range.
//
// With -elements it writes elements.tsv, how far single elements lie from the expected ones. With
// -keep the lines of cases that stand are those of the table that is compiled in.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"

	"entrec/reference/engine"
	"entrec/reference/golden"
	"entrec/reference/suite"
	"entrec/simd"
)

var (
	keep       = flag.Bool("keep", false, "measure new cases alone")
	anew       = flag.String("anew", "", "with -keep, profiles that are measured of all cases")
	ofElements = flag.Bool("elements", false, "measure single elements")
)

func main() {
	flag.Parse()
	run := measure
	if *ofElements {
		run = measureElements
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

var (
	single = engine.Backend[float32]()
	double = engine.Backend[float64]()
	plain  = composed(formulas[float32](), 0)
	factor = composed(otherOrders[float32](), 0)
	coarse = composed(formulas[float32](), 11) // products in tf32
)

// draws is how many permutations are asked where one does not show what an order does: a
// matrix near a singular one is eliminated in another order in each.
var draws = map[string]int{"logdet": 16, "corinfomax": 16}

// undefined are the cases in which a composition divides 0 by 0, where the gradient
// of ‖x‖ at 0 is needed, which is 0 by convention.
var undefined = []string{"normalize-zero-row", "alignment-equal-row", "alignment-equal-row-alpha1", "alignment-equal-row-alpha-half"}

func measure() error {
	cases, rejects, err := suite.Cases()
	if err != nil {
		return err
	}
	known, err := suite.Spreads()
	if err != nil {
		return err
	}
	fmt.Printf("# Written by reference/suite/measure (%s, levels %v).\n", runtime.GOARCH, simd.Levels())
	fmt.Println("# case, tensor, and the largest difference from the expected tensor in f32, tf32, bf16 and f16")
	for _, c := range cases {
		if rejects[c.Name] {
			continue
		}
		spreads := known[c.Name]
		wanted := func(p golden.Profile) bool { return slices.Contains(strings.Split(*anew, ","), string(p)) }
		if !*keep || spreads == nil {
			spreads, wanted = map[string]suite.Spread{}, func(golden.Profile) bool { return true }
			for _, tensor := range c.Tensors() {
				spreads[tensor] = suite.Spread{}
			}
		}
		if err := measureCase(c, spreads, wanted); err != nil {
			return err
		}
		for _, tensor := range c.Tensors() {
			s := spreads[tensor]
			fmt.Printf("%s\t%s\t%.2e\t%.2e\t%.2e\t%.2e\n", c.Name, tensor, s[golden.F32], s[golden.TF32], s[golden.BF16], s[golden.F16])
		}
	}
	return nil
}

// measureCase measures the profiles that are wanted.
func measureCase(c *golden.Case, spreads map[string]suite.Spread, wanted func(p golden.Profile) bool) error {
	for _, p := range golden.Profiles {
		for _, s := range spreads {
			if wanted(p) {
				s[p] = 0
			}
		}
	}
	levels := simd.Levels()
	if !wanted(golden.F32) {
		levels = nil
	}
	for _, level := range levels {
		restore := simd.Force(level)
		for _, q := range append(permuted(c), c) {
			if err := widen(spreads, golden.F32, single, q, q); err != nil {
				return err
			}
			for _, b := range []golden.Backend{plain, factor} {
				if err := widen(spreads, golden.F32, b, q, q); err != nil && !errors.Is(err, golden.ErrUnsupported) && !slices.Contains(undefined, c.Name) {
					return err
				}
			}
		}
		restore()
	}
	if wanted(golden.TF32) {
		if err := widen(spreads, golden.TF32, coarse, c, c); err != nil && !errors.Is(err, golden.ErrUnsupported) && !slices.Contains(undefined, c.Name) {
			return err
		}
	}
	for _, profile := range []golden.Profile{golden.TF32, golden.BF16, golden.F16} {
		if !wanted(profile) {
			continue
		}
		if suite.Beyond(c, profile) {
			unbounded(spreads, profile)
			continue
		}
		for draw := range 4 {
			if err := widen(spreads, profile, double, suite.Rounded(c, profile, draw), c); err != nil && !unlimited(spreads, profile, err) {
				return err
			}
		}
	}
	return nil
}

// unlimited makes a profile's spreads infinite where its rounded question is refused, as
// one of a matrix that is nearly singular may be, and reports whether that is so.
func unlimited(spreads map[string]suite.Spread, profile golden.Profile, err error) bool {
	var refused *golden.RefusedError
	if !errors.As(err, &refused) {
		return false
	}
	unbounded(spreads, profile)
	return true
}

func unbounded(spreads map[string]suite.Spread, profile golden.Profile) {
	for _, s := range spreads {
		s[profile] = math.Inf(1)
	}
}

// permuted returns c in all its permutations.
func permuted(c *golden.Case) (all []*golden.Case) {
	for draw := range max(1, draws[c.Op]) {
		all = append(all, suite.Permuted(c, draw)...)
	}
	return all
}

// widen asks a question and enters how far the answer is from what c expects.
func widen(spreads map[string]suite.Spread, profile golden.Profile, backend golden.Backend, question, c *golden.Case) error {
	a, err := backend.Answer(question)
	if err != nil {
		return fmt.Errorf("%s: %w", question.Name, err)
	}
	for _, d := range golden.Compare(c, a, everything(c)) {
		if d.Flaw == golden.MissingTensor && (strings.HasPrefix(d.Tensor, "out/") || len(a.Grad) == 0) {
			continue // a composition has one output, and its gradients
		}
		if d.Flaw != golden.NoFlaw && d.Flaw != golden.Mismatch || math.IsInf(d.Error, 0) {
			return fmt.Errorf("%s, %s: %s", question.Name, profile, d.Detail)
		}
		spreads[d.Tensor][profile] = max(spreads[d.Tensor][profile], d.Error)
	}
	return nil
}

// everything compares all tensors; what it allows is not looked at.
func everything(c *golden.Case) map[string]golden.Tolerance {
	all := map[string]golden.Tolerance{}
	for _, tensor := range c.Tensors() {
		all[tensor] = golden.Tolerance{}
	}
	return all
}
