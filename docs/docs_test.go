package docs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOperation(t *testing.T) {
	inputs, attrs, definition, ok := Operation("conv2d")
	require.True(t, ok)
	require.Equal(t, []string{"x (n,c,h,w), weight (o,c,kh,kw), bias (o)?", "stride, padding"}, []string{inputs, attrs})
	require.Contains(t, definition, "cross-correlation")
	for _, op := range []string{"relu", "gelu", "max_pool2d", "avg_pool2d", "nt_xent", "solarize", "train/byol"} {
		_, _, definition, ok := Operation(op)
		require.True(t, ok && definition != "", op)
	}
	_, _, _, ok = Operation("knitting")
	require.False(t, ok)
}
