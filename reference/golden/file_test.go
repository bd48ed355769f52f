package golden

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/tensor/safetensors"
)

func sampleCase() *Case {
	return &Case{
		Name:  "f",
		Op:    "sum",
		Attrs: Attrs{"wrt": []any{"x"}, "scale": 0.5, "how": "<b>"},
		In:    map[string]*Array{"x": FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3), "s": Scalar(-0.25)},
		CT:    map[string]*Array{"y": Scalar(2)},
		Out:   map[string]*Array{"y": Scalar(10.1)},
		Grad:  map[string]*Array{"x": FromSlice([]float64{1, 1, 1, 1, 1, math.NaN()}, 2, 3)},
	}
}

func TestCaseRoundTrip(t *testing.T) {
	c := sampleCase()
	content, err := c.Marshal()
	require.NoError(t, err)
	back, err := ParseCase("f.safetensors", content)
	require.NoError(t, err)
	require.True(t, math.IsNaN(back.Grad["x"].Data[5]))
	back.Grad["x"].Data[5], c.Grad["x"].Data[5] = 0, 0
	require.Equal(t, c, back)

	content, err = c.MarshalQuestion()
	require.NoError(t, err)
	q, err := ParseQuestion("f.safetensors", content)
	require.NoError(t, err)
	require.Equal(t, &Case{Name: "f", Op: c.Op, Attrs: c.Attrs, In: c.In, CT: c.CT}, q)
}

func TestAnswerRoundTrip(t *testing.T) {
	a := &Answer{Out: map[string]*Array{"y": Scalar(0.1)}, Grad: map[string]*Array{"x": FromSlice([]float64{1, 0.5}, 2)}}
	for _, p := range []Precision{Double, Single} {
		content, err := a.Marshal(&Case{Op: "sum"}, p)
		require.NoError(t, err)
		back, err := ParseAnswer("f", content)
		require.NoError(t, err)
		if p == Single {
			require.Equal(t, float64(float32(0.1)), back.Out["y"].Data[0])
			back.Out["y"].Data[0] = 0.1
		}
		require.Equal(t, a, back)
	}
}

// TestDigestIsOfTheContent: another order of metadata and of tensors, another
// layout, the same digest.
func TestDigestIsOfTheContent(t *testing.T) {
	content, err := sampleCase().Marshal()
	require.NoError(t, err)
	digest, err := Digest("f", content)
	require.NoError(t, err)
	f, err := safetensors.Parse("f", content)
	require.NoError(t, err)
	again, err := safetensors.Marshal(map[string]string{"other": "metadata"}, f.Tensors)
	require.NoError(t, err)
	other, err := Digest("g", again)
	require.NoError(t, err)
	require.Equal(t, digest, other)

	f.Tensors[0].Shape = []int{1}
	again, err = safetensors.Marshal(nil, f.Tensors)
	require.NoError(t, err)
	other, err = Digest("g", again)
	require.NoError(t, err)
	require.NotEqual(t, digest, other)
}

func TestParseRefuses(t *testing.T) {
	meta := func(format, op, attrs string) map[string]string {
		return map[string]string{"format": format, "op": op, "attrs": attrs}
	}
	good := meta(Format, "sum", "{}")
	x := safetensors.FromFloats("in/x", []int{1}, []float64{1})
	for name, tc := range map[string]struct {
		meta    map[string]string
		tensor  safetensors.Tensor
		message string
	}{
		"no metadata": {nil, x, `f: metadata "format": found nothing, expected "entrec-golden/1"`},
		"version":     {meta("entrec-golden/2", "sum", "{}"), x, `f: metadata "format": found "entrec-golden/2", expected "entrec-golden/1"`},
		"no op":       {meta(Format, "", "{}"), x, `f: metadata "op": found "", expected the name of an operation`},
		"no attrs":    {map[string]string{"format": Format, "op": "sum"}, x, `f: metadata "attrs": found nothing, expected a JSON object`},
		"attrs":       {meta(Format, "sum", "[1]"), x, `f: metadata "attrs": found "[1]", expected a JSON object`},
		"null attrs":  {meta(Format, "sum", "null"), x, `f: metadata "attrs": found "null", expected a JSON object`},
		"prefix":      {good, safetensors.FromFloats("input/x", []int{1}, []float64{1}), `f: header: found tensor "input/x", expected in/NAME`},
		"no prefix":   {good, safetensors.FromFloats("x", []int{1}, []float64{1}), `f: header: found tensor "x", expected in/NAME`},
		"no name":     {good, safetensors.FromFloats("in/", []int{1}, []float64{1}), `f: header: found tensor "in/", expected in/NAME`},
		"dtype":       {good, safetensors.FromFloats("in/x", []int{1}, []float32{1}), `f: tensor "in/x": found dtype F32, expected F64`},
		"whole":       {good, safetensors.FromInt("in/x", 1), `f: tensor "in/x": found dtype I64, expected F64`},
	} {
		t.Run(name, func(t *testing.T) {
			content, err := safetensors.Marshal(tc.meta, []safetensors.Tensor{tc.tensor})
			require.NoError(t, err)
			for _, parse := range []func(string, []byte) (*Case, error){ParseQuestion, ParseCase} {
				_, err = parse("f", content)
				require.ErrorContains(t, err, tc.message)
				require.NotContains(t, err.Error(), "\n")
			}
		})
	}
	t.Run("inexact", func(t *testing.T) {
		content, err := safetensors.Marshal(good, []safetensors.Tensor{safetensors.FromFloats("in/x", []int{1, 2}, []float64{1, 0.1})})
		require.NoError(t, err)
		_, err = ParseQuestion("f", content)
		require.NoError(t, err)
		_, err = ParseCase("f", content)
		require.EqualError(t, err, `f: tensor "in/x" at [0 1]: found 0.1, expected numbers that are exact in float32`)
	})
	t.Run("answer", func(t *testing.T) {
		content, err := safetensors.Marshal(nil, []safetensors.Tensor{x})
		require.NoError(t, err)
		_, err = ParseAnswer("f", content)
		require.EqualError(t, err, `f: header: found tensor "in/x", expected out/ and grad/ tensors only`)
		content, err = safetensors.Marshal(nil, []safetensors.Tensor{safetensors.FromInt("out/x", 3)})
		require.NoError(t, err)
		_, err = ParseAnswer("f", content)
		require.EqualError(t, err, `f: tensor "out/x": found dtype I64, expected F32 or F64`)
	})
}

// FuzzParseCase: no content makes the readers panic, and what they accept is
// written and read again.
func FuzzParseCase(f *testing.F) {
	content, err := sampleCase().Marshal()
	require.NoError(f, err)
	f.Add(content)
	f.Add(content[:len(content)-1])
	if entries, _ := filepath.Glob("../testdata/golden/v1/matmul*.safetensors"); len(entries) > 0 {
		content, err := os.ReadFile(entries[0])
		require.NoError(f, err)
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		_, _ = ParseAnswer("f", content)
		c, err := ParseCase("f", content)
		if err != nil {
			return
		}
		again, err := c.Marshal()
		require.NoError(t, err)
		_, err = ParseCase("f", again)
		require.NoError(t, err)
	})
}
