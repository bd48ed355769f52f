package suite

import (
	"math"
	"slices"

	"entrec/reference/golden"
)

// smallMutations are errors in elements that are small beside the largest, and in the
// functions that make them.
var smallMutations = slices.Concat(
	[]mutation{{"gelu", "x·σ(1.702·x) in its place (QuickGELU)", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, x := range c.In["x"].Data {
			s := 1 / (1 + math.Exp(-1.702*x))
			a.Out["y"].Data[i] = x * s
			a.Grad["x"].Data[i] = c.CT["y"].Data[i] * s * (1 + 1.702*x*(1-s))
		}
		return a
	}}},
	ofOps("subnormal numbers flushed to 0", flushed(0x1p-126), "softmax", "logsumexp", "relu", "max_pool2d", "avg_pool2d", "ema_update", "adamw_step"),
	ofOps("what is below 1e-7 flushed to 0", flushed(1e-7), "softmax", "logsumexp", "gelu", "dino", "relu", "ema_update", "adamw_step"),
	ofOps("a fast exponential, linear between powers of 2", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, row := range rowsOf(c.In["x"]) {
			largest, sum := slices.Max(row), 0.0
			for _, v := range row {
				sum += fastExp(v - largest)
			}
			for j, v := range row {
				p := fastExp(v-largest) / sum
				if c.Op == "softmax" {
					a.Out["y"].Data[i*len(row)+j] = p
				} else if grad := a.Grad["x"]; grad != nil {
					grad.Data[i*len(row)+j] = p * c.CT["y"].Data[i]
				}
			}
			if c.Op == "logsumexp" {
				a.Out["y"].Data[i] = largest + math.Log(sum)
			}
		}
		return a
	}, "softmax", "logsumexp"),
)

// ofOps is an error of several operations.
func ofOps(name string, spoil func(c *golden.Case) *golden.Answer, ops ...string) (all []mutation) {
	for _, op := range ops {
		all = append(all, mutation{op, name, spoil})
	}
	return all
}

// flushed has 0 for what is smaller than limit in the right answer.
func flushed(limit float64) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		a := right(c)
		for _, tensors := range []arrays{a.Out, a.Grad} {
			for _, x := range tensors {
				for i, v := range x.Data {
					if math.Abs(v) < limit {
						x.Data[i] = 0
					}
				}
			}
		}
		return a
	}
}

// fastExp is Schraudolph's: e^x = 2^k·2^f as 2^k·(1 + f), up to 6 % too large.
func fastExp(x float64) float64 {
	k := math.Floor(x / math.Ln2)
	return math.Ldexp(1+(x/math.Ln2-k), int(k))
}
