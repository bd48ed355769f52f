package suite

import (
	"maps"
	"math"

	"entrec/reference/golden"
)

// estimatorMutations are errors in the estimators of mutual information: those whose
// gradient is another expression's have each other's, too.
var estimatorMutations = []mutation{
	{"mi_js", "gradient of its value, nwj's", gradientOf("mi_nwj")},
	{"mi_js", "value of what it is trained by", estimateBy(jensenShannon())},
	{"mi_js", "shifted by log 4", out("estimate", each(func(v float64) float64 { return v + 2*math.Ln2 }))},
	{"mi_smile", "gradient of its value", func(c *golden.Case) *golden.Answer {
		a, tau := right(c), c.Attrs["tau"].(float64)
		clip := func(v float64) float64 { return min(max(v, -tau), tau) }
		product := sumOver(c, false, func(v float64) float64 { return math.Exp(clip(v)) })
		k := c.In["scores"].Shape[0]
		for i, v := range c.In["scores"].Data {
			slope := 1 / float64(k)
			if i/k != i%k {
				slope = 0
				if clip(v) == v {
					slope = -math.Exp(v) / product
				}
			}
			a.Grad["scores"].Data[i] = c.CT["estimate"].Data[0] * slope
		}
		return a
	}},
	{"mi_smile", "value of what it is trained by", estimateBy(jensenShannon())},
	{"mi_smile", "joint scores clipped too", func(c *golden.Case) *golden.Answer {
		a, tau := right(c), c.Attrs["tau"].(float64)
		clipped := sumOver(c, true, func(v float64) float64 { return min(max(v, -tau), tau) - v })
		a.Out["estimate"].Data[0] += clipped / float64(c.In["scores"].Shape[0])
		return a
	}},
	{"mi_smile", "nothing clipped", asked("tau", 1e6)},
	{"mi_mine", "gradient of its value, dv's", gradientOf("mi_dv")},
	{"mi_mine", "value of what it is trained by", func(c *golden.Case) *golden.Answer {
		a := right(c)
		k := float64(c.In["scores"].Shape[0])
		running := math.Exp(a.Out["log_running"].Data[0])
		a.Out["estimate"].Data[0] = sumOver(c, true, func(v float64) float64 { return v })/k -
			sumOver(c, false, math.Exp)/(k*(k-1))/running
		return a
	}},
	{"mi_mine", "half of the rest for the decay", asked("decay", func(d float64) float64 { return (1 - d) / 2 })},
	{"mi_mine", "running mean of before", func(c *golden.Case) *golden.Answer {
		a, before := right(c), c.Attrs["log_running"].(float64)
		k := c.In["scores"].Shape[0]
		for i := range a.Grad["scores"].Data {
			if i/k != i%k {
				a.Grad["scores"].Data[i] *= math.Exp(a.Out["log_running"].Data[0] - before)
			}
		}
		return a
	}},
	{"mi_dv", "joint scores among the others", func(c *golden.Case) *golden.Answer {
		a := right(c)
		k := float64(c.In["scores"].Shape[0])
		a.Out["estimate"].Data[0] = sumOver(c, true, func(v float64) float64 { return v })/k -
			math.Log((sumOver(c, true, math.Exp)+sumOver(c, false, math.Exp))/(k*k))
		return a
	}},
	{"mi_dv", "minus the estimate", out("estimate", times(-1))},
	{"mi_nwj", "without its − 1", given("scores", each(func(v float64) float64 { return v + 1 }))},
	{"mi_nwj", "scores kept below 20", given("scores", each(func(v float64) float64 { return min(v, 20) }))},
	{"mi_nwj", "gradient's sign", grad("scores", times(-1))},
	{"mi_tuba", "baseline by column", given("scores", transposed)},
	{"mi_tuba", "baseline taken for constant", grad("log_baseline", times(0))},
	{"mi_interpolated", "α and its rest exchanged", asked("alpha", func(a float64) float64 { return 1 - a })},
	{"mi_interpolated", "baselines taken for constant", asked("alpha", 0.0)},
	{"mi_infonce", "the other direction", func(c *golden.Case) *golden.Answer {
		a := given("scores", transposed)(c)
		a.Grad["scores"] = transposed(a.Grad["scores"])
		return a
	}},
	{"mi_infonce", "without log k", func(c *golden.Case) *golden.Answer {
		k := float64(c.In["scores"].Shape[0])
		return out("estimate", each(func(v float64) float64 { return v - math.Log(k) }))(c)
	}},
	{"mi_club", "joint scores not among all", func(c *golden.Case) *golden.Answer {
		k := float64(c.In["scores"].Shape[0])
		return out("estimate", times(k/(k-1)))(c)
	}},
	{"mi_club", "factor ½ in the gradient", grad("scores", times(0.5))},
}

// gradientOf answers c with another operation's gradient.
func gradientOf(op string) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		q := *c
		q.Op, q.Attrs = op, golden.Attrs{"wrt": c.Attrs["wrt"]}
		a := right(c)
		a.Grad = maps.Clone(right(&q).Grad)
		return a
	}
}

// estimateBy answers c with the sum of two means for its estimate, of the joint scores and
// of the others.
func estimateBy(joint, product func(v float64) float64) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		a := right(c)
		k := float64(c.In["scores"].Shape[0])
		a.Out["estimate"].Data[0] = sumOver(c, true, joint)/k + sumOver(c, false, product)/(k*(k-1))
		return a
	}
}

// jensenShannon are −log(1 + e^{−v}) and −log(1 + e^v).
func jensenShannon() (joint, product func(v float64) float64) {
	softplus := func(v float64) float64 { return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) }
	return func(v float64) float64 { return -softplus(-v) }, func(v float64) float64 { return -softplus(v) }
}

// sumOver is the sum of f over the scores of the joint distribution, or over the others.
func sumOver(c *golden.Case, joint bool, f func(v float64) float64) (sum float64) {
	k := c.In["scores"].Shape[0]
	for i, v := range c.In["scores"].Data {
		if (i/k == i%k) == joint {
			sum += f(v)
		}
	}
	return sum
}
