package runs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseMetrics(t *testing.T) {
	h := &History{}
	h.parseMetrics("m", []byte(`{"kind":"epoch","step":0,"epoch":0,"loss":null,"entropy":-1.5}
{"kind":"step","step":1,"epoch":0.5,"loss":2,"terms":{"a":1}}
{"kind":"epoch","step":2,"epoch":1,"loss":1.5,"knn_top1_quick":0.25}
{"kind":"step","st`))
	require.Empty(t, h.Warning)
	require.Len(t, h.Steps, 1)
	require.Equal(t, map[string]float64{"a": 1}, h.Steps[0].Terms)
	require.Len(t, h.Epochs, 2)
	require.Nil(t, h.Epochs[0].Loss)
	require.Equal(t, -1.5, h.Epochs[0].Entropy)
	require.Equal(t, 1.5, *h.Epochs[1].Loss)

	// Damage costs the line that it is in.
	const good = "{\"kind\":\"step\",\"step\":3}\n"
	for line, words := range map[string]string{
		"{":                                     "m: line 2 is damaged, and passed over: at byte ",
		"null":                                  `m: line 2 is damaged, and passed over: field "kind": found ""`,
		`{"kind":"epoch","step":{}}`:            "m: line 2 is damaged",
		"":                                      "m: line 2 is damaged",
		"\x00\x00\x00":                          "m: line 2 is damaged",
		`{"kind":"epoch","entropy":"x"}`:        "m: line 2 is damaged",
		`{"kind":"step","Loss":1}`:              `found key "Loss", expected "loss"`,
		`{"kind":"step","terms":{"a":1,"a":2}}`: `found key "a" twice in terms`,
		"1\n2\n3":                               "; so are 2 lines after it",
	} {
		h := &History{}
		h.parseMetrics("m", []byte(good+line+"\n"+good))
		require.Contains(t, h.Warning, words, line)
		require.NotContains(t, h.Warning, "\n")
		require.Len(t, h.Steps, 2)
		require.Empty(t, h.Epochs)
	}
}

// FuzzParseMetrics: whatever a file holds, its sound lines are found, and a warning stands
// for the others.
func FuzzParseMetrics(f *testing.F) {
	for _, text := range []string{
		"{\"kind\":\"step\",\"terms\":{\"a\":1}}\n{\"kind\":\"epoch\",\"loss\":1e999}\n", "\n\n{}\n", "\x00\n",
		"{\"kind\":\"epoch\",\"epoch\":1}\n{\"kind\":\"epoch\",\"epoch\":1}\n{\"kind\":\"st", "{\"kind\":\"step\",\"step\":1,\"loss\":1e308}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h := &History{}
		h.parseMetrics("file", text)
		require.NotContains(t, h.Warning, "\n")
		lines := strings.Count(string(text), "\n")
		require.LessOrEqual(t, len(h.Steps)+len(h.Epochs), lines)
		require.True(t, h.Warning == "" || strings.HasPrefix(h.Warning, "file: line "))
	})
}
