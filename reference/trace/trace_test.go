package trace

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

func TestParseLayer(t *testing.T) {
	for text, want := range map[string]Layer{
		"linear a.0":    {Kind: Linear, Name: "a.0"},
		"conv2d a 2":    {Kind: Conv2d, Name: "a", Number: 2},
		"conv2d a":      {Kind: Conv2d, Name: "a"},
		"relu":          {Kind: ReLU},
		"divide 0.1":    {Kind: Divide, Number: 0.1},
		"unit_linear p": {Kind: UnitLinear, Name: "p"},
	} {
		got, err := ParseLayer(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "linear", "linear a b", "relu a", "divide", "divide 0", "divide x", "conv2d a -1", "knit a"} {
		_, err := ParseLayer(text)
		require.ErrorContains(t, err, "found layer", text)
	}
}

func TestRef(t *testing.T) {
	for text, want := range map[string]struct {
		first int
		shape []int
	}{
		"z":   {0, []int{6, 2}},
		"z 1": {0, []int{3, 2}},
		"z 2": {6, []int{3, 2}},
		"z *": {0, []int{2, 3, 2}},
	} {
		var r Ref
		require.NoError(t, r.UnmarshalText([]byte(text)))
		require.Equal(t, text, r.String())
		first, shape, err := r.Of([]int{6, 2}, 3)
		require.NoError(t, err)
		require.Equal(t, want.first, first, text)
		require.Equal(t, want.shape, shape, text)
	}
	var r Ref
	require.Error(t, r.UnmarshalText([]byte("z 0")))
	require.Error(t, r.UnmarshalText([]byte("z x")))
	_, _, err := Ref{Name: "z", View: 3}.Of([]int{6, 2}, 3)
	require.ErrorContains(t, err, "expected views of 3 rows")
}

func TestReadRefuses(t *testing.T) {
	attrs := func(step ...any) golden.Attrs {
		return golden.Attrs{"batch": []any{"view1"}, "eps": 1e-5, "stride": 1.0, "padding": 0.0, "step": step}
	}
	type object = map[string]any
	forward := object{"do": "forward", "name": "z", "of": []any{"view1"}, "layers": []any{"linear fc"}}
	for name, tc := range map[string]struct {
		attrs   golden.Attrs
		message string
	}{
		"verb":       {attrs(object{"do": "knit"}), `action 1: there is no action "knit"`},
		"field":      {attrs(object{"do": "loss", "color": "red"}), `unknown field "color"`},
		"name":       {attrs(object{"do": "forward", "name": "z", "of": []any{"view7"}}), `there is no "view7"`},
		"incomplete": {attrs(forward, object{"do": "loss", "op": "byol"}), "action 2: loss: a field is missing"},
		"schedule":   {attrs(forward, object{"do": "gradients", "attrs": object{"lr": []any{1.0}}}), "expected one for each of 2 steps"},
		"unused":     {attrs(object{"do": "gradients"}), `input "fc.weight": no action uses it`},
		"layer":      {attrs(object{"do": "forward", "name": "z", "of": []any{"view1"}, "layers": []any{"linear other"}}), `input "other.weight" is missing`},
	} {
		t.Run(name, func(t *testing.T) {
			c := &golden.Case{Op: "train/some", Attrs: tc.attrs, In: map[string]*golden.Array{
				"view1": golden.NewArray(2, 3, 4), "fc.weight": golden.NewArray(5, 4)}}
			_, err := Read(c)
			var refused *golden.RefusedError
			require.ErrorAs(t, err, &refused)
			require.ErrorContains(t, err, tc.message)
			require.NotContains(t, err.Error(), "\n")
		})
	}
	_, err := Read(&golden.Case{Op: "relu"})
	require.ErrorIs(t, err, golden.ErrUnsupported)
}
