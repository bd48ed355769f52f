package engine

import (
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// TestSpecimens answers a question of each operation of the table in both
// precisions.
func TestSpecimens(t *testing.T) {
	all := specimens()
	for op := range table[float64]() {
		require.Contains(t, all, op)
	}
	for op, c := range all {
		exact, err := Backend[float64]().Answer(c)
		require.NoError(t, err, op)
		wrt, err := c.Attrs.Wrt()
		require.NoError(t, err)
		require.Len(t, exact.Grad, len(wrt), op)
		for _, name := range wrt {
			require.Equal(t, c.In[name].Shape, exact.Grad[name].Shape, "%s %s", op, name)
		}
		single, err := Backend[float32]().Answer(c)
		require.NoError(t, err, op)
		for _, tensors := range [][2]map[string]*golden.Array{{single.Out, exact.Out}, {single.Grad, exact.Grad}} {
			for name, want := range tensors[1] {
				got := tensors[0][name]
				require.Equal(t, want.Shape, got.Shape, "%s %s", op, name)
				largest := 0.0
				for _, v := range want.Data {
					largest = max(largest, math.Abs(v))
				}
				require.Positive(t, largest, "%s %s", op, name)
				for i, v := range want.Data {
					// The bound to which the oracle holds a float32 backend.
					require.LessOrEqual(t, math.Abs(got.Data[i]-v), 2e-5*largest, "%s %s", op, name)
				}
			}
		}
	}
}

func TestUnsupported(t *testing.T) {
	_, err := Backend[float64]().Answer(&golden.Case{Op: "fourier"})
	require.ErrorIs(t, err, golden.ErrUnsupported)
}

// TestRefusals takes well-formed questions and spoils one thing at a time.
func TestRefusals(t *testing.T) {
	clone := func(c *golden.Case) *golden.Case {
		d := *c
		d.Attrs, d.In, d.CT = maps.Clone(c.Attrs), maps.Clone(c.In), maps.Clone(c.CT)
		return &d
	}
	refuse := func(c *golden.Case, what string, args ...any) {
		t.Helper()
		a, err := Backend[float64]().Answer(c)
		var refused *golden.RefusedError
		require.True(t, errors.As(err, &refused), "%s: %s %v: answered %v, error %v", c.Op, what, args, a, err)
	}
	optional := []string{"bias", "weight", "self", "wrt"}
	for op, good := range specimens() {
		for name, x := range good.In {
			c := clone(good)
			delete(c.In, name)
			if op == "linear" || op == "conv2d" || !slices.Contains(optional, name) {
				if name != "bias" {
					refuse(c, "without input", name)
				}
			}
			c = clone(good)
			c.In[name] = golden.FromSlice(x.Data, append([]int{1, 1, 1}, x.Shape...)...)
			if !slices.Contains([]string{"relu", "gelu", "solarize"}, op) {
				refuse(c, "too many axes", name)
			}
			c.In[name] = &golden.Array{Shape: []int{0}}
			refuse(c, "empty", name)
			c.In[name] = &golden.Array{Shape: x.Shape, Data: x.Data[1:]}
			refuse(c, "a value missing", name)
			c.In[name] = &golden.Array{Shape: []int{-1, -len(x.Data)}, Data: x.Data}
			refuse(c, "negative lengths", name)
			c.In[name] = &golden.Array{Shape: []int{1 << 40, 1 << 40}, Data: nil}
			refuse(c, "lengths that overflow", name)
		}
		for name, v := range good.Attrs {
			c := clone(good)
			delete(c.Attrs, name)
			if !slices.Contains(optional, name) {
				refuse(c, "without attribute", name)
			}
			for _, bad := range []any{nil, "x", []any{1.}, map[string]any{}, -1e9, math.NaN(), math.Inf(1)} {
				if bad == -1e9 && slices.Contains([]string{"threshold", "lambda", "sim", "std", "cov", "weight", "log_running"}, name) {
					continue
				}
				c.Attrs[name] = bad
				refuse(c, "attribute", name, bad)
			}
			if _, number := v.(float64); number {
				c.Attrs[name] = true
				refuse(c, "attribute", name, true)
			}
		}
		c := clone(good)
		c.In["stranger"] = golden.Scalar(1)
		refuse(c, "an unknown input")
		c = clone(good)
		c.Attrs["wrt"] = []any{"stranger"}
		refuse(c, "wrt of nothing known")
		c = clone(good)
		c.Attrs["stranger"] = 1.
		refuse(c, "an unknown attribute")
		if wrt, _ := good.Attrs["wrt"].([]any); len(wrt) > 0 {
			c = clone(good)
			c.Attrs["wrt"] = append(wrt, wrt[0])
			refuse(c, "wrt twice")
		}
		if len(good.CT) == 0 {
			continue
		}
		c = clone(good)
		c.CT = nil
		refuse(c, "no cotangent")
		for name := range good.CT {
			c.CT = map[string]*golden.Array{name: golden.NewArray(1, 2, 1, 1, 1)}
			refuse(c, "a cotangent of another shape")
		}
		c.CT = map[string]*golden.Array{"stranger": golden.Scalar(1)}
		refuse(c, "an unknown cotangent")
	}
}

// TestRefusedValues spoils attributes and shapes in ways of their own.
func TestRefusedValues(t *testing.T) {
	for _, bad := range []struct {
		op, name string
		value    float64
	}{
		{"conv2d", "stride", 0}, {"conv2d", "padding", -1}, {"conv2d", "padding", 1.5}, {"conv2d", "padding", 1 << 30},
		{"batch_norm", "eps", -1e-5}, {"layer_norm", "eps", -1e-5}, {"normalize", "eps", -1},
		{"max_pool2d", "kernel", 0}, {"max_pool2d", "stride", 0}, {"max_pool2d", "padding", 2}, {"avg_pool2d", "kernel", 9}, {"avg_pool2d", "padding", 2},
		{"info_nce", "temperature", 0}, {"nt_xent", "temperature", -0.1}, {"dcl", "temperature", 0}, {"dhel", "temperature", -1}, {"corinfomax", "decay", 1}, {"corinfomax", "eps", -1}, {"er_discrete", "temperature", 0}, {"amdim", "clip", 0}, {"amdim", "weight", -1}, {"koleo", "eps", -1}, {"mi_smile", "tau", 0}, {"mi_mine", "decay", 1}, {"mi_interpolated", "alpha", 1.5}, {"tico", "momentum", 1.5}, {"tico", "rho", -1}, {"sigreg", "knots", 1}, {"sigreg", "knots", 1001}, {"alignment", "alpha", 0}, {"uniformity", "t", 0},
		{"er_entropy_sphere", "kappa", 0}, {"er_reconstruction_sphere", "kappa", -1}, {"vmf_log_normalizer", "d", 1}, {"vmf_log_normalizer", "d", 2.5},
		{"adjust_hue", "factor", 0.51}, {"adjust_contrast", "factor", -0.1},
		{"gaussian_blur", "kernel", 4}, {"gaussian_blur", "kernel", 11}, {"gaussian_blur", "sigma", 0},
		{"solarize", "threshold", 1.1}, {"sgd_step", "momentum", 0}, {"resized_crop", "top", 3}, {"resized_crop", "left", -1}, {"resized_crop", "width", 0}, {"resized_crop", "height", 7}, {"resized_crop", "size", 1 << 20},
	} {
		c := specimens()[bad.op]
		c.Attrs[bad.name] = bad.value
		_, err := Backend[float32]().Answer(c)
		var refused *golden.RefusedError
		require.ErrorAs(t, err, &refused, "%+v", bad)
	}
	z := golden.FromSlice([]float64{1, -1}, 2, 1)
	one := golden.FromSlice([]float64{1, 0}, 1, 2)
	for _, c := range []*golden.Case{
		{Op: "matmul", In: map[string]*golden.Array{"a": z, "b": z}},
		{Op: "batch_norm", In: map[string]*golden.Array{"x": one}, Attrs: golden.Attrs{"eps": 1.}},
		{Op: "er_entropy_sphere", In: map[string]*golden.Array{"z": z}, Attrs: golden.Attrs{"kappa": 1., "reduction": "average", "normalizer": "exact"}},
		{Op: "er_entropy_sphere", In: map[string]*golden.Array{"z": one}, Attrs: golden.Attrs{"kappa": 1., "reduction": "average", "normalizer": "exact", "self": "exclude"}},
		{Op: "cpc", In: map[string]*golden.Array{"prediction": z, "target": z, "positive": golden.FromSlice([]float64{0, 2}, 2)}},
		{Op: "cpc", In: map[string]*golden.Array{"prediction": z, "target": z, "positive": golden.FromSlice([]float64{0, 0.5}, 2)}},
		{Op: "cpc", In: map[string]*golden.Array{"prediction": z, "target": z, "positive": golden.FromSlice([]float64{0}, 1)}},
		{Op: "koleo", In: map[string]*golden.Array{"z": one}, Attrs: golden.Attrs{"eps": 1e-8}},
		{Op: "mi_dv", In: map[string]*golden.Array{"scores": golden.FromSlice([]float64{1}, 1, 1)}},
		{Op: "mi_infonce", In: map[string]*golden.Array{"scores": one}},
		{Op: "mi_tuba", In: map[string]*golden.Array{"scores": golden.NewArray(2, 2), "log_baseline": golden.NewArray(3)}},
		{Op: "sigreg", In: map[string]*golden.Array{"z": one, "slices": one}, Attrs: golden.Attrs{"knots": 17.}},
		{Op: "mmcr", In: map[string]*golden.Array{"z": one}},
		{Op: "tico", In: map[string]*golden.Array{"z1": one, "z2": one, "c": one}, Attrs: golden.Attrs{"momentum": 0.9, "rho": 8.}},
		{Op: "uniformity", In: map[string]*golden.Array{"z": one}, Attrs: golden.Attrs{"t": 2.}},
		{Op: "barlow_twins", In: map[string]*golden.Array{"z1": one, "z2": one}, Attrs: golden.Attrs{"lambda": 1., "eps": 0.1}},
		{Op: "vicreg", In: map[string]*golden.Array{"z1": one, "z2": one}, Attrs: golden.Attrs{"sim": 1., "std": 1., "cov": 1., "eps": 0.1}},
		{Op: "dino", In: map[string]*golden.Array{"student": golden.NewArray(1, 1, 2), "teacher": golden.NewArray(1, 1, 2), "center": golden.NewArray(2)}, Attrs: golden.Attrs{"student_temperature": 1., "teacher_temperature": 1., "center_momentum": 1.}},
		{Op: "info_nce", In: map[string]*golden.Array{"z1": z, "z2": one}, Attrs: golden.Attrs{"temperature": 1.}},
		{Op: "adjust_hue", In: map[string]*golden.Array{"x": golden.NewArray(1, 1, 2, 2)}, Attrs: golden.Attrs{"factor": 0.}},
		{Op: "vmf_log_normalizer", In: map[string]*golden.Array{"kappa": one}, Attrs: golden.Attrs{"d": 4.}},
	} {
		_, err := Backend[float64]().Answer(c)
		var refused *golden.RefusedError
		require.ErrorAs(t, err, &refused, "%s", c.Op)
	}
}
