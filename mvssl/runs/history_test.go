package runs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseMetrics(t *testing.T) {
	h := &History{}
	require.NoError(t, h.parseMetrics("m", []byte(`{"kind":"epoch","step":0,"epoch":0,"loss":null,"entropy":-1.5}
{"kind":"step","step":1,"epoch":0.5,"loss":2,"terms":{"a":1}}
{"kind":"epoch","step":2,"epoch":1,"loss":1.5,"knn_top1_quick":0.25}
{"kind":"step","st`)))
	require.Len(t, h.Steps, 1)
	require.Equal(t, map[string]float64{"a": 1}, h.Steps[0].Terms)
	require.Len(t, h.Epochs, 2)
	require.Nil(t, h.Epochs[0].Loss)
	require.Equal(t, -1.5, h.Epochs[0].Entropy)
	require.Equal(t, 1.5, *h.Epochs[1].Loss)

	for text, words := range map[string]string{
		"{\n":                                "m: line 1: ",
		"{\"kind\":\"step\"}\nnull\n":        `m: line 2: field "kind": found ""`,
		"{\"kind\":\"epoch\",\"step\":{}}\n": "m: line 1: ",
		"\n":                                 "m: line 1: ",
	} {
		err := (&History{}).parseMetrics("m", []byte(text))
		require.ErrorContains(t, err, words)
		require.NotContains(t, err.Error(), "\n")
	}
}

func FuzzParseMetrics(f *testing.F) {
	f.Add([]byte("{\"kind\":\"step\",\"terms\":{\"a\":1}}\n{\"kind\":\"epoch\",\"loss\":1e999}\n"))
	f.Add([]byte("\n\n{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h := &History{}
		if err := h.parseMetrics("file", text); err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "file: line "), err)
		}
		require.LessOrEqual(t, len(h.Steps)+len(h.Epochs), strings.Count(string(text), "\n"))
	})
}
