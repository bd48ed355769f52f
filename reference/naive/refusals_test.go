package naive

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

// refused demands that a case be refused.
func refused(t *testing.T, q *golden.Case, why string) {
	t.Helper()
	answer, err := Answer(q)
	var refusal *golden.RefusedError
	require.ErrorAs(t, err, &refusal, "%s: %s", q.Name, why)
	require.Equal(t, q.Op, refusal.Op)
	require.Nil(t, answer)
}

// TestSpoilt spoils one thing at a time in a good case of every operation.
func TestSpoilt(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.op] {
			continue
		}
		seen[c.op] = true
		spoil := func(why string, change func(q *golden.Case)) {
			q := c.build()
			change(q)
			refused(t, q, why)
		}
		good := c.build()
		for name, a := range good.In {
			spoil("no input "+name, func(q *golden.Case) { delete(q.In, name) })
			spoil("empty "+name, func(q *golden.Case) { q.In[name] = &golden.Array{Shape: []int{0, 3}} })
			spoil("too few values in "+name, func(q *golden.Case) { q.In[name] = &golden.Array{Shape: a.Shape} })
			spoil("sizes that overflow in "+name, func(q *golden.Case) {
				q.In[name] = &golden.Array{Shape: []int{1 << 32, 1 << 32}, Data: a.Data}
			})
			spoil("negative sizes of "+name, func(q *golden.Case) {
				q.In[name] = &golden.Array{Shape: []int{-1, -len(a.Data)}, Data: a.Data}
			})
			if !slices.Contains([]string{"relu", "gelu", "solarize"}, c.op) {
				spoil("axes of "+name, func(q *golden.Case) {
					q.In[name] = golden.FromSlice(a.Data, append([]int{1, 1, 1}, a.Shape...)...)
				})
			}
		}
		spoil("unknown input", func(q *golden.Case) { q.In["what"] = golden.Scalar(1) })
		spoil("unknown attribute", func(q *golden.Case) { q.Attrs["what"] = 1.0 })
		for name := range good.Attrs {
			if name != "wrt" {
				spoil("no attribute "+name, func(q *golden.Case) { delete(q.Attrs, name) })
			}
			spoil("list for "+name, func(q *golden.Case) { q.Attrs[name] = []any{1.0} })
			spoil("word for "+name, func(q *golden.Case) { q.Attrs[name] = "no such" })
			spoil("null for "+name, func(q *golden.Case) { q.Attrs[name] = nil })
		}
		spoil("unknown wrt", func(q *golden.Case) { q.Attrs["wrt"] = []any{"what"} })
		spoil("wrt twice", func(q *golden.Case) { q.Attrs["wrt"] = append(q.Attrs["wrt"].([]any), q.Attrs["wrt"].([]any)[0]) })
		spoil("no cotangent", func(q *golden.Case) { q.CT = nil })
		spoil("unknown cotangent", func(q *golden.Case) { q.CT["what"] = golden.Scalar(1) })
		for name, ct := range good.CT {
			spoil("shape of cotangent "+name, func(q *golden.Case) {
				q.CT[name] = golden.FromSlice(ct.Data, append([]int{1}, ct.Shape...)...)
			})
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(ops)), slices.Collect(maps.Keys(seen)))
}

func zeros(shape ...int) *golden.Array { return golden.NewArray(shape...) }

// TestRefused lists what the format's definitions cannot be asked.
func TestRefused(t *testing.T) {
	pair := arrays{"z1": zeros(3, 2), "z2": zeros(3, 2)}
	single := arrays{"z1": zeros(1, 2), "z2": zeros(1, 2)}
	image := arrays{"x": zeros(1, 3, 4, 5)}
	vectors := func(names ...string) arrays {
		all := arrays{}
		for _, name := range names {
			all[name] = zeros(3)
		}
		return all
	}
	for i, c := range []struct {
		op    string
		attrs attrs
		in    arrays
	}{
		{"matmul", nil, arrays{"a": zeros(2, 3), "b": zeros(2, 3)}},
		{"logdet", nil, arrays{"x": zeros(2, 3)}},
		{"corinfomax", attrs{"decay": 0.5, "eps": 0.0, "weight": 1.0}, arrays{"z1": zeros(3, 2), "z2": zeros(3, 2), "r1": zeros(2, 2), "r2": zeros(2, 2)}},
		{"corinfomax", attrs{"decay": 1.0, "eps": 1.0, "weight": 1.0}, arrays{"z1": zeros(3, 2), "z2": zeros(3, 2), "r1": zeros(2, 2), "r2": zeros(2, 2)}},
		{"corinfomax", attrs{"decay": 0.5, "eps": 1.0, "weight": 1.0}, arrays{"z1": zeros(3, 2), "z2": zeros(3, 2), "r1": zeros(3, 3), "r2": zeros(3, 3)}},
		{"logdet", nil, arrays{"x": zeros(1, 1)}},
		{"logdet", nil, arrays{"x": array([]int{2, 2}, 1, 2, 2, 1)}},
		{"logdet", nil, arrays{"x": array([]int{2, 2}, 0.1, 0.3, 0.3, 0.9)}},
		{"logdet", nil, arrays{"x": array([]int{1, 1}, math.NaN())}},
		{"logdet", nil, arrays{"x": array([]int{1, 1}, math.Inf(1))}},
		{"matmul", nil, arrays{"a": zeros(3), "b": zeros(3, 1)}},
		{"linear", nil, arrays{"x": zeros(2, 3), "weight": zeros(4, 2)}},
		{"linear", nil, arrays{"x": zeros(2, 3), "weight": zeros(4, 3), "bias": zeros(3)}},
		{"conv2d", attrs{"stride": 0.0, "padding": 0.0}, arrays{"x": zeros(1, 1, 3, 3), "weight": zeros(1, 1, 2, 2)}},
		{"conv2d", attrs{"stride": 1.0, "padding": -1.0}, arrays{"x": zeros(1, 1, 3, 3), "weight": zeros(1, 1, 2, 2)}},
		{"conv2d", attrs{"stride": 1.5, "padding": 0.0}, arrays{"x": zeros(1, 1, 3, 3), "weight": zeros(1, 1, 2, 2)}},
		{"conv2d", attrs{"stride": 1.0, "padding": 0.0}, arrays{"x": zeros(1, 1, 3, 3), "weight": zeros(1, 1, 4, 2)}},
		{"conv2d", attrs{"stride": 1.0, "padding": 0.0}, arrays{"x": zeros(1, 2, 3, 3), "weight": zeros(1, 1, 2, 2)}},
		{"conv2d", attrs{"stride": 1.0, "padding": 0.0}, arrays{"x": zeros(1, 1, 3, 3), "weight": zeros(2, 1, 2, 2), "bias": zeros(1)}},
		{"conv2d", attrs{"stride": 1.0, "padding": float64(1 << 30)}, arrays{"x": zeros(1, 1, 3, 3), "weight": zeros(1, 1, 2, 2)}},
		{"batch_norm", attrs{"eps": 1e-5}, arrays{"x": zeros(1, 3)}},
		{"batch_norm", attrs{"eps": 1e-5}, arrays{"x": zeros(1, 3, 1, 1)}},
		{"batch_norm", attrs{"eps": -1.0}, arrays{"x": zeros(2, 3)}},
		{"batch_norm", attrs{"eps": 1e-5}, arrays{"x": zeros(2, 3, 4)}},
		{"batch_norm", attrs{"eps": 1e-5}, arrays{"x": zeros(2, 3), "weight": zeros(2)}},
		{"layer_norm", attrs{"eps": 1e-5}, arrays{"x": zeros(2, 3), "bias": zeros(2)}},
		{"gelu", attrs{"approximate": "erf"}, arrays{"x": zeros(2)}},
		{"normalize", attrs{"eps": -1.0}, arrays{"x": zeros(2, 3)}},
		{"max_pool2d", attrs{"kernel": 3.0, "stride": 1.0, "padding": 2.0}, image},
		{"max_pool2d", attrs{"kernel": 0.0, "stride": 1.0, "padding": 0.0}, image},
		{"max_pool2d", attrs{"kernel": 2.0, "stride": 0.0, "padding": 0.0}, image},
		{"max_pool2d", attrs{"kernel": 5.0, "stride": 1.0, "padding": 0.0}, image},
		{"avg_pool2d", attrs{"kernel": 3.0, "stride": 1.0, "padding": 2.0}, image},
		{"attention", nil, arrays{"q": zeros(1, 1, 2, 3), "k": zeros(1, 1, 2, 3), "v": zeros(1, 1, 2, 4)}},
		{"info_nce", attrs{"temperature": 0.0}, pair},
		{"info_nce", attrs{"temperature": -0.1}, pair},
		{"info_nce", attrs{"temperature": 0.1}, arrays{"z1": zeros(3, 2), "z2": zeros(2, 2)}},
		{"nt_xent", attrs{"temperature": 0.0}, pair},
		{"moco", attrs{"temperature": 0.0}, arrays{"query": zeros(2, 3), "key": zeros(2, 3), "queue": zeros(4, 3)}},
		{"moco", attrs{"temperature": 0.1}, arrays{"query": zeros(2, 3), "key": zeros(2, 3), "queue": zeros(4, 2)}},
		{"er_entropy_sphere", density(0, "average", "exact"), arrays{"z": zeros(2, 3)}},
		{"er_entropy_sphere", density(1, "mean", "exact"), arrays{"z": zeros(2, 3)}},
		{"er_entropy_sphere", density(1, "average", "exact"), arrays{"z": zeros(2, 1)}},
		{"er_entropy_sphere", leaveOneOut(density(1, "average", "exact")), arrays{"z": zeros(1, 3)}},
		{"er_entropy_sphere", attrs{"kappa": 1.0, "reduction": "average", "normalizer": "exact", "self": "maybe"}, arrays{"z": zeros(2, 3)}},
		{"er_reconstruction_sphere", attrs{"kappa": 1.0, "normalizer": "other"}, pair},
		{"er_entropy_discrete", attrs{"reduction": "average", "eps": -1.0}, arrays{"p": zeros(2, 3)}},
		{"er_reconstruction_discrete", attrs{"eps": 1e-7}, arrays{"p1": zeros(2, 3), "p2": zeros(2, 4)}},
		{"vmf_log_normalizer", attrs{"d": 1.0}, arrays{"kappa": array([]int{1}, 1)}},
		{"vmf_log_normalizer", attrs{"d": 2.5}, arrays{"kappa": array([]int{1}, 1)}},
		{"vmf_log_normalizer", attrs{"d": 3.0}, arrays{"kappa": zeros(1)}},
		{"byol", nil, arrays{"prediction": zeros(2, 3), "target": zeros(3, 3)}},
		{"dino", sharpening(0.1, 0.1, 0.9), arrays{"student": zeros(1, 2, 3), "teacher": zeros(1, 2, 3), "center": zeros(3)}},
		{"dino", sharpening(0.1, 0.1, 1.1), arrays{"student": zeros(2, 2, 3), "teacher": zeros(1, 2, 3), "center": zeros(3)}},
		{"dino", sharpening(0, 0.1, 0.9), arrays{"student": zeros(2, 2, 3), "teacher": zeros(1, 2, 3), "center": zeros(3)}},
		{"dino", sharpening(0.1, 0.1, 0.9), arrays{"student": zeros(2, 2, 3), "teacher": zeros(1, 2, 3), "center": zeros(2)}},
		{"sinkhorn", sinkhornAttrs(0, 3), arrays{"scores": zeros(2, 3)}},
		{"sinkhorn", sinkhornAttrs(0.1, -1), arrays{"scores": zeros(2, 3)}},
		{"swapped_prediction", swapAttrs(0.1, 0, 3), arrays{"scores1": zeros(2, 3), "scores2": zeros(2, 3)}},
		{"swapped_prediction", swapAttrs(0, 0.1, 3), arrays{"scores1": zeros(2, 3), "scores2": zeros(2, 3)}},
		{"alignment", attrs{"alpha": 0.0}, pair},
		{"uniformity", attrs{"t": 2.0}, arrays{"z": zeros(1, 3)}},
		{"uniformity", attrs{"t": 0.0}, arrays{"z": zeros(2, 3)}},
		{"barlow_twins", attrs{"lambda": 0.1, "eps": 1e-5}, single},
		{"vicreg", vicregAttrs(1, 1, 1, 1e-4), single},
		{"vicreg", vicregAttrs(1, 1, 1, -1), pair},
		{"ema_update", attrs{"momentum": 1.5}, vectors("target", "online")},
		{"ema_update", attrs{"momentum": 0.5}, arrays{"target": zeros(2), "online": zeros(3)}},
		{"sgd_step", sgd(0.1, 0, 0, true), vectors("param", "grad", "buffer")},
		{"sgd_step", sgd(-0.1, 0, 0, false), vectors("param", "grad", "buffer")},
		{"adamw_step", adamw(0, 0.1, 0.9, 0.99, 1e-8, 0), vectors("param", "grad", "m", "v")},
		{"adamw_step", adamw(1, 0.1, 1, 0.99, 1e-8, 0), vectors("param", "grad", "m", "v")},
		{"adamw_step", adamw(1, 0.1, 0.9, -0.1, 1e-8, 0), vectors("param", "grad", "m", "v")},
		{"lars_step", lars(0.1, 0.9, 0, -1, 1e-8), vectors("param", "grad", "buffer")},
		{"adjust_brightness", by(-1), image},
		{"adjust_contrast", by(-1), image},
		{"adjust_saturation", by(-1), image},
		{"adjust_hue", by(0.6), image},
		{"adjust_hue", by(0.1), arrays{"x": zeros(1, 1, 2, 2)}},
		{"rgb_to_grayscale", nil, arrays{"x": zeros(1, 4, 2, 2)}},
		{"solarize", attrs{"threshold": 1.5}, image},
		{"gaussian_blur", attrs{"kernel": 2.0, "sigma": 1.0}, image},
		{"gaussian_blur", attrs{"kernel": 9.0, "sigma": 1.0}, image},
		{"gaussian_blur", attrs{"kernel": 3.0, "sigma": 0.0}, image},
		{"resized_crop", cropped(0, 0, 5, 5, 2, false), image},
		{"resized_crop", cropped(0, 1, 4, 5, 2, false), image},
		{"resized_crop", cropped(-1, 0, 2, 2, 2, false), image},
		{"resized_crop", cropped(0, 0, 0, 2, 2, false), image},
		{"resized_crop", cropped(0, 0, 2, 2, 0, true), image},
		{"resized_crop", attrs{"top": 0.0, "left": 0.0, "height": 2.0, "width": 2.0, "size": 2.0, "antialias": 1.0}, image},
	} {
		refused(t, &golden.Case{Op: c.op, Attrs: c.attrs, In: c.in, Name: fmt.Sprint(c.op, " ", i)}, fmt.Sprint(c.attrs))
	}
}

// TestConstants demands that no gradient can be asked of what is a constant by
// definition, nor of an input that is not there.
func TestConstants(t *testing.T) {
	for op, name := range map[string]string{"moco": "queue", "byol": "target", "dino": "center", "linear": "bias"} {
		c := cases[slices.IndexFunc(cases, func(c testCase) bool { return c.op == op })]
		q := c.build()
		if op == "linear" {
			delete(q.In, name)
		}
		q.Attrs["wrt"] = []any{name}
		refused(t, q, name)
	}
}

func TestUnsupported(t *testing.T) {
	_, err := Answer(&golden.Case{Op: "fft"})
	require.ErrorIs(t, err, golden.ErrUnsupported)
	require.False(t, errors.As(err, new(*golden.RefusedError)))
}
