package main

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/suite"
)

// TestOrdersOfElimination: near a singular matrix the errors of two orders of elimination
// differ by a factor of fifty. Float32 evaluations in other orders than those that were
// measured have at most half of what is allowed.
func TestOrdersOfElimination(t *testing.T) {
	s, err := suite.Open()
	require.NoError(t, err)
	for i, e := range s.Cases {
		if !slices.Contains([]string{
			"logdet-duplicates", "logdet-nearly-singular", "logdet-steep",
			"corinfomax-duplicates", "corinfomax-nearly-singular", "corinfomax-rank-deficient",
		}, e.Name()) {
			continue
		}
		for draw := range 64 {
			for _, q := range suite.Permuted(s.Loaded[i], draws[e.Op]+draw) {
				for _, b := range []golden.Backend{single, plain, factor} {
					a, err := b.Answer(q)
					require.NoError(t, err, q.Name)
					for _, d := range golden.Compare(q, a, e.TolerancesFor(golden.F32)) {
						if d.Flaw != golden.MissingTensor { // a composition has one output
							require.LessOrEqual(t, d.Units(), 0.5, "%s %s", q.Name, d.Tensor)
						}
					}
				}
			}
		}
	}
}

// TestLogDetBound: no tolerance of logdet is wider than 8 units in the last place and what
// an elimination in float32 can be off. It solves, for u = 2⁻²⁴, some S + E with
// |E| ≤ (d+1)·u·|L|·|Lᵀ| (Higham, 2002, theorem 10.3), which moves log det by at most
// Σ |S⁻¹|⊙|E| and S⁻¹ by |S⁻¹|·|E|·|S⁻¹|; solving for S⁻¹ adds three times that at most,
// and the sum of the pivots' logarithms d·u of their sizes.
func TestLogDetBound(t *testing.T) {
	s, err := suite.Open()
	require.NoError(t, err)
	for i, e := range s.Cases {
		if e.Reject || e.Op != "logdet" {
			continue
		}
		c := s.Loaded[i]
		d := c.In["x"].Shape[0]
		at := func(x []float64, i, j int) float64 { return (x[i*d+j] + x[j*d+i]) / 2 }
		ct := c.CT["y"].Data[0]
		size := func(i, j int) float64 { return math.Abs(c.Grad["x"].Data[i*d+j] / ct) }
		l := make([]float64, d*d)
		for i := range d {
			for j := range i + 1 {
				rest := at(c.In["x"].Data, i, j)
				for k := range j {
					rest -= l[i*d+k] * l[j*d+k]
				}
				if i == j {
					l[i*d+i] = math.Sqrt(rest)
				} else {
					l[i*d+j] = rest / l[j*d+j]
				}
			}
		}
		off := func(i, j int) (e float64) {
			for k := range min(i, j) + 1 {
				e += float64(d+1) * 0x1p-24 * math.Abs(l[i*d+k]*l[j*d+k])
			}
			return e
		}
		value, gradient := 0.0, 0.0
		for i := range d {
			value += float64(d) * 0x1p-24 * math.Abs(2*math.Log(l[i*d+i]))
			for j := range d {
				value += size(i, j) * off(i, j)
				moved := 0.0
				for k := range d {
					for m := range d {
						moved += size(i, k) * off(k, m) * size(m, j)
					}
				}
				gradient = max(gradient, math.Abs(ct)*moved)
			}
		}
		for tensor, allowed := range e.TolerancesFor(golden.F32) {
			bound := value
			if strings.HasPrefix(tensor, "grad/") {
				bound = 4 * gradient
			}
			x := c.Tensor(tensor)
			largest := 0.0
			for _, v := range x.Data {
				largest = max(largest, math.Abs(v))
			}
			t.Logf("%s %s: %.2g of %.2g is allowed, the bound is %.2g", e.Name(), tensor, allowed.Limit(x), largest, bound)
			require.LessOrEqual(t, allowed.Limit(x), bound+1.1*8*0x1p-23*max(1, largest), "%s %s", e.Name(), tensor) // rounded up by a tenth at most
		}
	}
}
