package engine

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/naive"
	"entrec/reference/suite"
)

// backends are those of this project, whose answers have one set of bounds.
var backends = map[string]golden.Backend{
	"f64": Backend[float64](), "f32": Backend[float32](), "naive": golden.BackendFunc(naive.Answer),
}

// refusedBy puts a question to each backend and returns how many refuse it. Those that answer
// must do so within the bounds. A question that takes minutes or gigabytes shows by itself.
func refusedBy(t *testing.T, c *golden.Case) (refused int) {
	t.Helper()
	for name, b := range backends {
		a, err := golden.Ask(b, c)
		if err != nil {
			require.ErrorAs(t, err, new(*golden.RefusedError), "%s: %s %v", name, c.Op, c.Attrs)
			refused++
			continue
		}
		for _, x := range a.Out {
			require.LessOrEqual(t, len(x.Data), golden.MaxElements, "%s: %s %v", name, c.Op, c.Attrs)
		}
	}
	return refused
}

// TestAbsurdAttributes gives every attribute of every operation absurd values, one and all
// at a time.
func TestAbsurdAttributes(t *testing.T) {
	absurd := []any{1e9, 1e300, math.MaxFloat64, 5e-324, -1.0, 0.0, 0.5, math.NaN(), math.Inf(1), math.Inf(-1), 0x1p63, 0x1p31, 1e5, "x", nil, []any{1e9}, true}
	for _, good := range specimens() {
		for _, v := range absurd {
			all := *good
			all.Attrs = maps.Clone(good.Attrs)
			for name := range good.Attrs {
				if name == "wrt" {
					continue
				}
				all.Attrs[name] = v
				one := *good
				one.Attrs = maps.Clone(good.Attrs)
				one.Attrs[name] = v
				refusedBy(t, &one)
			}
			refusedBy(t, &all)
		}
	}
}

// TestBounds: each bound refuses what lies above it, whatever a tiny input claims.
func TestBounds(t *testing.T) {
	zeros := func(shape ...int) *golden.Array { return golden.NewArray(shape...) }
	x := func(shape ...int) map[string]*golden.Array { return map[string]*golden.Array{"x": zeros(shape...)} }
	scores := func(shape ...int) map[string]*golden.Array {
		return map[string]*golden.Array{"scores": zeros(shape...)}
	}
	pooling := func(kernel, stride, padding float64) golden.Attrs {
		return golden.Attrs{"kernel": kernel, "stride": stride, "padding": padding}
	}
	convolution := func(stride, padding float64) golden.Attrs { return golden.Attrs{"stride": stride, "padding": padding} }
	crop := func(size float64) golden.Attrs {
		return golden.Attrs{"top": 0.0, "left": 0.0, "height": 1.0, "width": 1.0, "size": size, "antialias": true}
	}
	sinkhorn := golden.Attrs{"epsilon": 0.05, "iterations": 1000.0}
	pixel := map[string]*golden.Array{"x": zeros(1, 1, 1, 1), "weight": zeros(1, 1, 64, 64)}
	channels := map[string]*golden.Array{"x": zeros(1, 1, 1, 1), "weight": zeros(64, 1, 1, 1)}
	sigreg := func(knots float64, n, d, slices int) *golden.Case {
		return &golden.Case{Op: "sigreg", Attrs: golden.Attrs{"knots": knots},
			In: map[string]*golden.Array{"z": zeros(n, d), "slices": zeros(d, slices)}}
	}
	for _, c := range []*golden.Case{
		sigreg(1001, 1, 1, 1),
		sigreg(1000, 2, 1, 8400),
		sigreg(2, 1025, 1024, 1024),
		{Op: "mmcr", In: map[string]*golden.Array{"z": zeros(1, 1025, 1024)}},
		{Op: "koleo", Attrs: golden.Attrs{"eps": 1e-8}, In: map[string]*golden.Array{"z": zeros(8193, 1)}},
		{Op: "max_pool2d", Attrs: pooling(1e9, 1, 5e8), In: x(1, 1, 4, 6)},
		{Op: "avg_pool2d", Attrs: pooling(1e9, 2, 5e8), In: x(1, 1, 4, 6)},
		{Op: "avg_pool2d", Attrs: pooling(1e4, 1e9, 5e3), In: x(1, 1, 4, 6)},
		{Op: "avg_pool2d", Attrs: pooling(2000, 1, 1000), In: x(1, 1, 20, 20)},
		{Op: "conv2d", Attrs: convolution(1, 1e9), In: pixel},
		{Op: "conv2d", Attrs: convolution(1, 1000), In: pixel},
		{Op: "conv2d", Attrs: convolution(1e9, 1e4), In: pixel},
		{Op: "conv2d", Attrs: convolution(1, 300), In: channels},
		{Op: "gaussian_blur", Attrs: golden.Attrs{"kernel": 399.0, "sigma": 1.0}, In: x(1, 1, 200, 200)},
		{Op: "resized_crop", Attrs: crop(5e3), In: x(1, 1, 4, 6)},
		{Op: "resized_crop", Attrs: crop(2e3), In: x(1, 1, 200, 200)},
		{Op: "sinkhorn", Attrs: golden.Attrs{"epsilon": 0.05, "iterations": 1001.0}, In: scores(2, 2)},
		{Op: "sinkhorn", Attrs: sinkhorn, In: scores(150, 150)},
	} {
		require.Equal(t, len(backends), refusedBy(t, c), "%s %v", c.Op, c.Attrs)
	}
	require.Zero(t, refusedBy(t, sigreg(1000, 2, 1, 2)))
	require.Zero(t, refusedBy(t, &golden.Case{Op: "sinkhorn", Attrs: sinkhorn, In: scores(2, 2)}))
	require.Zero(t, refusedBy(t, &golden.Case{Op: "resized_crop", Attrs: crop(1e3), In: x(1, 1, 4, 6)}))
}

// TestBoundsOfInputs: what the shapes alone ask for is refused by its bound, one row or
// column above it.
func TestBoundsOfInputs(t *testing.T) {
	const n = 8193 // of which there are more than 2²⁶ pairs
	const rows, columns, places = "pairs of rows", "pairs of columns", "pairs of an image and a place"
	for _, test := range []struct {
		ops, what string
		inputs    map[string][]int
	}{
		{"info_nce nt_xent dcl dhel", rows, map[string][]int{"z1": {n/2 + 1, 1}, "z2": {n/2 + 1, 1}}},
		{"er_entropy_sphere uniformity koleo", rows, map[string][]int{"z": {n, 1}}},
		{"moco", rows, map[string][]int{"query": {n, 1}, "key": {n, 1}, "queue": {n, 1}}},
		{"cpc", rows, map[string][]int{"prediction": {n, 1}, "target": {n, 1}, "positive": {n}}},
		{"attention", "pairs of tokens", map[string][]int{"q": {1, 1, n, 1}, "k": {1, 1, n, 1}, "v": {1, 1, n, 1}}},
		{"dim_jsd dim_nce dim_dv", places, map[string][]int{"global": {n, 1}, "local": {n, 1, 1}}},
		{"amdim", places, map[string][]int{"r1": {n, 1}, "r5": {n, 1, 1}}},
		{"mi_interpolated", "triples of rows", map[string][]int{"scores": {407, 407}, "log_baseline": {407}}},
		{"barlow_twins vicreg", columns, map[string][]int{"z1": {2, n}, "z2": {2, n}}},
		{"tico", columns, map[string][]int{"z1": {2, n}, "z2": {2, n}, "c": {1, 1}}},
		{"logdet", "products", map[string][]int{"x": {1025, 1025}}},
		{"corinfomax", "products", map[string][]int{"z1": {2, 1025}, "z2": {2, 1025}, "r1": {1025, 1025}, "r2": {1, 1}}},
		{"matmul", "elements", map[string][]int{"a": {4097, 1}, "b": {1, 4097}}},
		{"matmul", "products", map[string][]int{"a": {1024, 1025}, "b": {1025, 1024}}},
		{"linear", "elements", map[string][]int{"x": {4097, 1}, "weight": {4097, 1}}},
		{"linear", "products", map[string][]int{"x": {1024, 1025}, "weight": {1024, 1025}}},
	} {
		for op := range strings.FieldsSeq(test.ops) {
			c := &golden.Case{Op: op, In: map[string]*golden.Array{}, Attrs: maps.Clone(specimens()[op].Attrs)}
			delete(c.Attrs, "wrt")
			for name, shape := range test.inputs {
				c.In[name] = golden.NewArray(shape...)
			}
			for name, b := range backends {
				_, err := golden.Ask(b, c)
				require.ErrorContains(t, err, " "+test.what+", expected at most", "%s: %s", name, op)
			}
		}
	}
}

// TestTracesAreBounded: the operations of a trace have the same bounds.
func TestTracesAreBounded(t *testing.T) {
	s, err := suite.Open()
	require.NoError(t, err)
	at := slices.IndexFunc(s.Loaded, func(c *golden.Case) bool { return c.Name == "train/swav" })
	changed := 0
	var endless func(v any) any // v with the iterations of all objects in it
	endless = func(v any) any {
		switch v := v.(type) {
		case []any:
			list := slices.Clone(v)
			for i := range list {
				list[i] = endless(list[i])
			}
			return list
		case map[string]any:
			object := maps.Clone(v)
			for name := range object {
				if object[name] = endless(object[name]); name == "iterations" {
					object[name] = 1e9
					changed++
				}
			}
			return object
		}
		return v
	}
	c := *s.Loaded[at]
	c.Attrs = endless(map[string]any(c.Attrs)).(map[string]any)
	require.NotZero(t, changed)
	for name, b := range backends {
		_, err := golden.Ask(b, &c)
		require.ErrorAs(t, err, new(*golden.RefusedError), name)
		require.ErrorContains(t, err, "asks for 1e+09 iterations, expected at most 1000", name)
	}
}
