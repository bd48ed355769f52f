package engine

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/naive"
)

// TestNaive holds the engine in float64 against the naive definitions, at the edges
// too: to 1e-10 of the tensor's largest element, what the oracle holds a float64
// backend to. 1e-15 more is allowed, as where a result vanishes the definition
// itself is left with the rounding of its terms, such as 2 − 2·cos of parallel rows.
func TestNaive(t *testing.T) {
	rng := maker{rand.New(rand.NewPCG(1, 2))}
	cases := hardCases()
	for op, c := range specimens() {
		a := maps.Clone(c.Attrs)
		wrt, _ := a["wrt"].([]any)
		delete(a, "wrt")
		cases = append(cases, hardCase{"specimen", c.In, a, wrt, op})
	}
	for _, c := range cases {
		name := c.op + " " + c.name
		large := func(x *golden.Array) bool { return len(x.Data) > 800 }
		if c.op != "conv2d" && slices.ContainsFunc(slices.Collect(maps.Values(c.in)), large) {
			continue // minutes, by the naive definitions
		}
		question := &golden.Case{Op: c.op, Attrs: c.a, In: c.in, CT: map[string]*golden.Array{}}
		want, err := naive.Answer(question)
		require.NoError(t, err, name)
		for _, out := range slices.Sorted(maps.Keys(want.Out)) {
			question.CT[out] = rng.normal(want.Out[out].Shape...)
		}
		question.Attrs = maps.Clone(c.a)
		question.Attrs["wrt"] = c.wrt
		want, err = naive.Answer(question)
		require.NoError(t, err, name)
		got, err := Backend[float64]().Answer(question)
		require.NoError(t, err, name)
		for _, kind := range [][2]map[string]*golden.Array{{got.Out, want.Out}, {got.Grad, want.Grad}} {
			require.Equal(t, slices.Sorted(maps.Keys(kind[1])), slices.Sorted(maps.Keys(kind[0])), name)
			for what, w := range kind[1] {
				require.Equal(t, w.Shape, kind[0][what].Shape, name)
				largest, terms := 0.0, 1.0 // terms: of what cancels in the answer
				if kappa, ok := c.a["kappa"].(float64); ok {
					terms = max(terms, kappa)
				}
				if temperature, ok := c.a["temperature"].(float64); ok {
					terms = max(terms, 2/temperature)
				}
				for _, v := range w.Data {
					largest = max(largest, math.Abs(v))
				}
				for i, v := range w.Data {
					d := math.Abs(kind[0][what].Data[i] - v)
					require.False(t, !(d <= 1e-10*largest+1e-15*terms), "%s: %s element %d is off by %.3g of %.3g", name, what, i, d, largest)
				}
			}
		}
	}
}

// TestNaiveBeyondTheFinite: the engine and the naive definitions have NaN and infinities in the
// same places of outputs, of rows and elements that have some.
func TestNaiveBeyondTheFinite(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	rows := [][]float64{{1, inf, 2}, {inf, inf, 0}, {1, -inf, 2}, {-inf, -inf, -inf}, {inf, -inf, 0}, {nan, 1, 2}, {1, 2, nan}, {nan, inf, -inf}, {-3, 0, 700}}
	x := golden.NewArray(len(rows), 3)
	for i, row := range rows {
		copy(x.Data[3*i:], row)
	}
	for op, attrs := range map[string]golden.Attrs{"relu": {}, "softmax": {}, "log_softmax": {}, "logsumexp": {}} {
		c := &golden.Case{Op: op, Attrs: attrs, In: map[string]*golden.Array{"x": x}}
		want, err := naive.Answer(c)
		require.NoError(t, err)
		got, err := Backend[float64]().Answer(c)
		require.NoError(t, err)
		for i, v := range want.Out["y"].Data {
			found := got.Out["y"].Data[i]
			require.True(t, found == v || found != found && v != v || math.Abs(found-v) <= 1e-10, "%s at %d: naive %v, engine %v", op, i, v, found)
		}
	}
}

// TestNaiveRefusals asks both what to refuse: each of a question's inputs and
// attributes spoiled in turn.
func TestNaiveRefusals(t *testing.T) {
	for op, good := range specimens() {
		for what, bad := range spoiled(good) {
			_, naively := naive.Answer(bad)
			_, err := Backend[float64]().Answer(bad)
			require.Equal(t, naively == nil, err == nil, "%s %s: naive %v, engine %v", op, what, naively, err)
		}
	}
}

// spoiled returns variants of a question, most of which are none.
func spoiled(good *golden.Case) map[string]*golden.Case {
	all := map[string]*golden.Case{}
	add := func(what string, change func(c *golden.Case)) {
		c := *good
		c.Attrs, c.In, c.CT = maps.Clone(good.Attrs), maps.Clone(good.In), maps.Clone(good.CT)
		change(&c)
		all[fmt.Sprint(what, " ", len(all))] = &c
	}
	for name, x := range good.In {
		add("without "+name, func(c *golden.Case) { delete(c.In, name) })
		for axis := range x.Shape {
			shape := slices.Clone(x.Shape)
			shape[axis]++
			add("longer "+name, func(c *golden.Case) { c.In[name] = golden.NewArray(shape...) })
			shape = slices.Clone(x.Shape)
			shape[axis] = 0
			add("empty "+name, func(c *golden.Case) { c.In[name] = golden.NewArray(shape...) })
		}
		add("flat "+name, func(c *golden.Case) { c.In[name] = golden.NewArray(len(x.Data)) })
		add("more axes "+name, func(c *golden.Case) { c.In[name] = golden.NewArray(append([]int{1, 1}, x.Shape...)...) })
		add("scalar "+name, func(c *golden.Case) { c.In[name] = golden.Scalar(1) })
		add("gradient of "+name, func(c *golden.Case) { c.Attrs["wrt"] = []any{name} })
		add("gradient twice of "+name, func(c *golden.Case) { c.Attrs["wrt"] = []any{name, name} })
		add("one row "+name, func(c *golden.Case) {
			for _, other := range slices.Collect(maps.Keys(c.In)) {
				if y := c.In[other]; len(y.Shape) > 1 && y.Shape[0] == x.Shape[0] {
					c.In[other] = golden.NewArray(append([]int{1}, y.Shape[1:]...)...)
				}
			}
			c.CT = nil
			delete(c.Attrs, "wrt")
		})
	}
	for name := range good.Attrs {
		add("without attribute "+name, func(c *golden.Case) { delete(c.Attrs, name) })
		for _, v := range []any{nil, true, "other", 0., 1., -1., 0.5, 1.5, 2., 3., 7., 60., -0.5, []any{}} {
			add(name+" otherwise", func(c *golden.Case) { c.Attrs[name] = v })
		}
	}
	add("a stranger", func(c *golden.Case) { c.Attrs["stranger"] = 1. })
	add("a strange input", func(c *golden.Case) { c.In["stranger"] = golden.Scalar(1) })
	add("no cotangents", func(c *golden.Case) { c.CT = nil })
	for name, ct := range good.CT {
		add("a strange cotangent", func(c *golden.Case) { c.CT["stranger"] = ct })
		add("a long cotangent", func(c *golden.Case) { c.CT[name] = golden.NewArray(append([]int{2}, ct.Shape...)...) })
	}
	return all
}
