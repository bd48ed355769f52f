package naive

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

func TestOperations(t *testing.T) {
	all := Operations()
	require.Len(t, all, len(ops))
	text, err := json.Marshal(all["er_entropy_sphere"])
	require.NoError(t, err)
	require.JSONEq(t, `{"inputs": {"z": {"shapes": ["k,d"]}}, "attributes": {"kappa": {"kind": "number", "above": 0},
		"normalizer": {"kind": "choice", "of": ["exact", "official"]}, "reduction": {"kind": "choice", "of": ["average", "expectation"]},
		"self": {"kind": "choice", "of": ["include", "exclude"], "default": "include"}}}`, string(text))
	text, err = json.Marshal(all["batch_norm"])
	require.NoError(t, err)
	require.JSONEq(t, `{"inputs": {"x": {"shapes": ["n,c", "n,c,h,w"]}, "weight": {"shapes": ["c"], "optional": true}, "bias": {"shapes": ["c"], "optional": true}},
		"attributes": {"eps": {"kind": "number", "least": 0}}}`, string(text))
	require.True(t, all["moco"].Inputs["queue"].Constant)
	require.Equal(t, "whole", all["conv2d"].Attributes["stride"].Kind)
}

func TestValidate(t *testing.T) {
	c := &golden.Case{Op: "relu", In: map[string]*golden.Array{"x": golden.NewArray(2)}}
	require.NoError(t, Validate(c))
	c.In["x"] = golden.NewArray(0)
	var refused *golden.RefusedError
	require.ErrorAs(t, Validate(c), &refused)
	require.ErrorIs(t, Validate(&golden.Case{Op: "knit"}), golden.ErrUnsupported)
	require.ErrorAs(t, Validate(&golden.Case{Op: "train/byol"}), &refused)
}
