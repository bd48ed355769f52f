package page

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func stepLine(step int, loss float64) string {
	text, err := json.Marshal(train.StepMetrics{Kind: "step", Step: step, Epoch: float64(step) / 10, LR: 0.1, WeightDecay: 1e-4, Loss: loss, Terms: map[string]float64{"a": loss, "b_2": 1}, Schedules: map[string]float64{"ema": 0.99, "temperature": 0.1}})
	if err != nil {
		panic(err)
	}
	return string(text) + "\n"
}

// What is appended is read as it comes, a half line not before its end, and a file that
// has become another from its beginning.
func TestMetricsGrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	var m metrics
	news, err := m.update(path)
	require.NoError(t, err)
	require.False(t, news)
	text := stepLine(1, 3) + stepLine(2, 2.5)
	half := stepLine(3, 2)
	for i, part := range []string{text, text, text + half[:20], text + half, text + half + stepLine(4, 1)} {
		write(t, path, part)
		news, err := m.update(path)
		require.NoError(t, err)
		require.Equal(t, i == 0 || i > 2, news, i)
	}
	require.Equal(t, []int32{1, 2, 3, 4}, m.steps.steps)
	require.Equal(t, []float32{3, 2.5, 2, 1}, m.steps.values("terms.a"))
	require.Equal(t, []float32{0.99, 0.99, 0.99, 0.99}, m.steps.values("schedules.ema"))
	// Resumed behind step 2, of the same length as before.
	write(t, path, text+stepLine(3, 7)+stepLine(4, 6)+stepLine(5, 5))
	news, err = m.update(path)
	require.NoError(t, err)
	require.True(t, news)
	require.Equal(t, []float32{3, 2.5, 7, 6, 5}, m.steps.values("loss"))
	write(t, path, "")
	_, err = m.update(path)
	require.NoError(t, err)
	require.Empty(t, m.steps.steps)
	require.NoError(t, os.Remove(path))
	_, err = m.update(path)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(path, 0o755))
	_, err = m.update(path)
	require.Error(t, err)
}

func TestMetricsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	lines := []string{
		`{"kind":"epoch","step":0,"epoch":0,"loss":null,"entropy":-1.5,"spectrum":[3,2,null,1],"new_field":7,"deep":{"x":1}}`,
		`{"kind":"step","step":1,"loss":NaN}`,
		`{"kind":"step","step":1,"loss":null,"terms":{"<script>":1,"b":null},"schedules":{"<script>":0.5}}`,
		`{"kind":"step","step":2,"loss":1e999}`,
		`{"kind":"step","step":2,"loss":1,"loss":2}`,
		`{"kind":"step","step":99999999999,"loss":1}`,
		"\x00\xff", ``, `[]`, `{"kind":"other","step":3}`,
		`{"kind":"epoch","step":3,"epoch":1,"entropy":"x","warning":"collapse: ` + "\\u202e" + `<b>"}`,
	}
	write(t, path, strings.Join(lines, "\n")+"\n")
	var m metrics
	_, err := m.update(path)
	require.NoError(t, err)
	require.Equal(t, 8, m.damaged)
	require.Contains(t, m.damage, "line 2 is damaged, and passed over")
	require.Equal(t, []int32{0, 3}, m.epochs.steps)
	require.Equal(t, []int32{1}, m.steps.steps)
	require.Equal(t, []float32{0.5}, m.steps.values("schedules.<script>"))
	require.Equal(t, []float64{3, 2, 1}, m.spectra[0].Values)
	require.Equal(t, `collapse: \u202e<b>`, m.warnings[0].Text)
	require.Equal(t, float32(7), m.epochs.values("new_field")[0])

	write(t, path, strings.Repeat("x", maxLineBytes+100))
	m = metrics{}
	_, err = m.update(path)
	require.ErrorContains(t, err, "without an end")
}

// The quick reader agrees with the slow one, or leaves the line to it.
func TestQuickStep(t *testing.T) {
	for text, quick := range map[string]bool{
		strings.TrimSpace(stepLine(12, 3.25e-7)):                                           true,
		`{"kind":"step","step":3,"loss":-0.5}`:                                             true,
		`{"kind":"step","step":3,"loss":null,"terms":{"a":1,"b":-2}}`:                      true,
		`{"kind":"step","step":3,"loss":1,"schedules":{"ema":1},"later":2}`:                true,
		`{"kind":"step","step":3,"loss":1,"schedules":{"ema":1},"terms":{"a":2}}`:          true,
		`{"kind":"step","step":3,"schedules":{"terms":{"a":2}}}`:                           false,
		`{"kind":"step","step":3,"schedules":{"a":1},"schedules":{"b":2}}`:                 false,
		`{"kind":"step","step":3,"schedules":{"a":1},"terms":{"a":2},"schedules":{"b":2}}`: false,
		`{"kind":"step","step":3,"schedules":{}}`:                                          false,
		`{"kind":"step","step":3,"schedules":1}`:                                           false,
		`{"kind":"step","step":3}`:                                                         false,
		`{"kind":"step","step":3,"terms":{}}`:                                              false,
		`{"kind":"step","step":3,"loss":1,"loss":2}`:                                       false,
		`{"kind":"step","step":3,"loss":1,"step":2}`:                                       false,
		`{"kind":"step","step":-3,"loss":1}`:                                               false,
		`{"kind":"step","step":03,"loss":1}`:                                               false,
		`{"kind":"step","step":3,"loss":Infinity}`:                                         false,
		`{"kind":"step","step":3,"loss":0x1p3}`:                                            false,
		`{"kind":"step","step":3,"loss":1_000}`:                                            false,
		`{"kind":"step","step":3,"loss":1}}`:                                               false,
		`{"kind":"step","step":3,"loss":1,"terms":{"a":1}`:                                 false,
		`{"kind":"step","step":3,"loss":1,"terms":{"a":{"b":1}}}`:                          false,
		`{"kind":"step","step":3,"loss":1,"terms":{"a":1"b":2}}`:                           false,
		`{"kind":"step","step":3,"loss":1,"Loss":2}`:                                       false,
		`{"kind":"step","step":3,"loss":1,}`:                                               false,
		`{"kind":"step","step":3,"loss":"1"}`:                                              false,
		`{"kind":"step","step":3,"loss":[1]}`:                                              false,
		`{"kind":"step","step":3,"loss":1,"terms":{"a":1},"later":2}`:                      true,
		`{"kind":"step","step":3,"loss":1e999,"terms":{"a":1}}`:                            false,
		`{"kind":"step","step":1234567890,"loss":1e9,"terms":{"a":1}}`:                     false,
	} {
		_, _, ok := quickStep([]byte(text))
		require.Equal(t, quick, ok, text)
	}
}

// FuzzQuickStep: what the quick reader takes, the slow one reads the same.
func FuzzQuickStep(f *testing.F) {
	f.Add([]byte(`{"kind":"step","step":3,"epoch":0.1,"loss":-1e-3,"terms":{"a":1},"b":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		step, fields, ok := quickStep(line)
		if !ok || strings.Contains(string(line), "\n") {
			return
		}
		var slow metrics
		require.NoError(t, slow.takeSlowly(line), string(line))
		require.Equal(t, []int32{int32(step)}, slow.steps.steps)
		var quick table
		quick.add(step, fields)
		for _, c := range quick.columns {
			require.Equal(t, fmt.Sprint(c.values), fmt.Sprint(slow.steps.values(c.name)), c.name)
		}
	})
}

func BenchmarkMetrics(b *testing.B) {
	path := filepath.Join(b.TempDir(), "metrics.jsonl")
	var text strings.Builder
	const lines = 100_000
	for i := range lines {
		text.WriteString(stepLine(i+1, float64(i)*1e-3))
	}
	require.NoError(b, os.WriteFile(path, []byte(text.String()), 0o644))
	for b.Loop() {
		var m metrics
		_, err := m.update(path)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/line")
}
