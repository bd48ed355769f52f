package golden

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// doubled is the case y = 2·x of two elements, whose gradient is 2·ct.
func doubled(name string, x1, x2 float64) *Case {
	return &Case{
		Name: name, Op: "double", Attrs: Attrs{"wrt": []any{"x"}},
		In:   map[string]*Array{"x": FromSlice([]float64{x1, x2}, 2)},
		CT:   map[string]*Array{"y": FromSlice([]float64{3, -1}, 2)},
		Out:  map[string]*Array{"y": FromSlice([]float64{2 * x1, 2 * x2}, 2)},
		Grad: map[string]*Array{"x": FromSlice([]float64{6, -2}, 2)},
	}
}

// small is a suite of five cases, one of them of another operation and one to be
// refused.
func small(t *testing.T) suiteFiles {
	t.Helper()
	other := doubled("other", 1, 2)
	other.Op = "treble"
	bad := &Case{Name: "reject/double", Op: "double", Attrs: Attrs{}, In: map[string]*Array{"x": Scalar(1)}}
	return suiteOf(t, doubled("one", 1, 2), doubled("deep/two", 3, -4), doubled("three", 0.5, 8), other, bad)
}

func suiteOf(t testing.TB, cases ...*Case) suiteFiles {
	t.Helper()
	files := suiteFiles{}
	m := &Manifest{Format: Format, Count: len(cases), Gaps: map[Profile][]string{BF16: {"one"}}}
	for _, c := range cases {
		content, err := c.Marshal()
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		digest, err := Digest(c.Name, content)
		require.NoError(t, err)
		e := Entry{
			File: c.Name + Extension, SHA256: hex.EncodeToString(sum[:]), Digest: digest, Op: c.Op, Attrs: c.Attrs, Reject: len(c.Out) == 0,
			Tolerances: map[Profile]map[string]Tolerance{F32: {"out/y": {Rtol: 1e-6}, "grad/x": {Atol: 1e-6}}},
		}
		files[e.File] = content
		m.Cases = append(m.Cases, e)
	}
	text, err := m.Marshal()
	require.NoError(t, err)
	files[ManifestFile] = text
	return files
}

// suiteFiles are the files of a suite by name.
type suiteFiles map[string][]byte

func (f suiteFiles) open() (*Suite, error) {
	return ReadSuite("suite", func(name string) ([]byte, error) {
		content, there := f[name]
		if !there {
			return nil, fmt.Errorf("open %s: no such file", name)
		}
		return content, nil
	})
}

func TestOpenSuiteRefuses(t *testing.T) {
	edit := func(old, new string) func(t *testing.T, f suiteFiles) {
		return func(t *testing.T, f suiteFiles) {
			text := string(f[ManifestFile])
			require.Contains(t, text, old)
			f[ManifestFile] = []byte(strings.Replace(text, old, new, 1))
		}
	}
	exclude := func(excluded string) func(t *testing.T, f suiteFiles) {
		return edit(`"tolerances"`, `"excluded": `+excluded+`, "tolerances"`)
	}
	elements := func(of string) func(t *testing.T, f suiteFiles) {
		return edit(`"tolerances"`, `"elements": `+of+`, "tolerances"`)
	}
	for name, tc := range map[string]struct {
		spoil   func(t *testing.T, f suiteFiles)
		message string
	}{
		"no manifest":           {func(_ *testing.T, f suiteFiles) { delete(f, ManifestFile) }, "suite: open manifest.json"},
		"not JSON":              {func(_ *testing.T, f suiteFiles) { f[ManifestFile] = []byte("{") }, "suite/manifest.json: "},
		"version":               {edit("entrec-golden/1", "entrec-golden/7"), `format: found "entrec-golden/7", expected "entrec-golden/1"`},
		"count":                 {edit(`"count": 5`, `"count": 6`), "cases: found 5, expected the count, 6"},
		"twice":                 {edit("three.safetensors", "one.safetensors"), `found "one.safetensors" twice`},
		"no file":               {func(_ *testing.T, f suiteFiles) { delete(f, "three.safetensors") }, "three.safetensors"},
		"outside":               {edit("three.safetensors", "../three.safetensors"), `found file "../three.safetensors", expected a path within the suite`},
		"cut off":               {func(_ *testing.T, f suiteFiles) { f["three.safetensors"] = f["three.safetensors"][:99] }, "suite/three.safetensors: "},
		"changed":               {func(_ *testing.T, f suiteFiles) { f["three.safetensors"] = f["one.safetensors"] }, "suite/three.safetensors: content: found digest "},
		"op":                    {edit(`"op": "double"`, `"op": "halve"`), `suite/one.safetensors: metadata "op": found double, expected halve`},
		"attrs":                 {edit(`"x"`, `"z"`), `suite/one.safetensors: metadata "attrs": found map[wrt:[x]], expected map[wrt:[z]]`},
		"key twice":             {edit(`"count": 5`, `"count": 5, "count": 5`), `suite/manifest.json: found key "count" twice`},
		"key's case":            {edit(`"count"`, `"Count"`), `suite/manifest.json: found key "Count", expected "count"`},
		"attr twice":            {edit(`"attrs": {`, `"attrs": {"wrt": [], `), `found key "wrt" twice in cases[0].attrs`},
		"backslash":             {edit("three.safetensors", `three\\x.safetensors`), "expected a path within the suite"},
		"ending":                {edit("three.safetensors", "three.txt"), `found file "three.txt", expected a name that ends in .safetensors`},
		"same when flat":        {edit("three.safetensors", "deep.two.safetensors"), `found "deep.two.safetensors" twice, expected each file once, also with dots for slashes`},
		"gap's name":            {edit(`"one"`, `"won"`), `gaps: found "won" of profile bf16, expected the name of a case`},
		"gap's profile":         {edit(`"bf16"`, `"bf17"`), `gaps: profile: found "bf17", expected one of`},
		"negative":              {edit(`"rtol": 0.000001`, `"rtol": -1`), "manifest: found f32 tolerance {0 -1} of out/y, expected numbers of at least 0"},
		"f64":                   {edit(`"f32": {`, `"f64": {"out/y": {"atol": 1}}, "f32": {`), `manifest: tolerances: found profile "f64", expected f32, tf32, bf16 or f16`},
		"excluded from nothing": {exclude(`{"bf17": {"out/y": "reason"}}`), `manifest: excluded: profile: found "bf17"`},
		"excluded nothing":      {exclude(`{"bf16": {"out/z": "reason"}}`), `manifest: excluded: found "out/z" of profile bf16, expected one of [out/y grad/x]`},
		"excluded and not":      {exclude(`{"f32": {"out/y": "reason"}}`), "manifest: excluded: found out/y of profile f32, which has a tolerance as well"},
		"excluded of f64":       {exclude(`{"f64": {"out/y": "reason"}}`), "manifest: excluded: found out/y of profile f64, which has a tolerance as well"},
		"excluded silently":     {exclude(`{"bf16": {"out/y": " "}}`), "manifest: excluded: found no reason for out/y of profile bf16, expected one"},
		"excluded twice":        {exclude(`{"bf16": {"out/y": "a", "out/y": "b"}}`), `found key "out/y" twice`},
		"tolerance":             {edit(`"out/y"`, `"out/z"`), "suite/one.safetensors: manifest: found no f32 tolerance of out/y, expected one"},
		"elements of nothing":   {elements(`{"f32": {"out/z": {"absolute": 0, "relative": 1}}}`), `manifest: elements: found "out/z" of profile f32, expected a tensor with a tolerance`},
		"elements of f64":       {elements(`{"f64": {"out/y": {"absolute": 0, "relative": 1}}}`), `manifest: elements: found profile "f64", expected f32, tf32, bf16 or f16`},
		"negative elements":     {elements(`{"f32": {"out/y": {"absolute": -1, "relative": 1}}}`), `manifest: elements: found {-1 1} of out/y in f32, expected numbers of at least 0`},
	} {
		t.Run(name, func(t *testing.T) {
			files := small(t)
			tc.spoil(t, files)
			_, err := files.open()
			require.ErrorContains(t, err, tc.message)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// TestValidFor: float32's tolerances make a suite valid for f32 and f64; other profiles
// need tolerances of their own, or reasons, but in their gaps.
func TestValidFor(t *testing.T) {
	files := small(t)
	s, err := files.open()
	require.NoError(t, err)
	require.NoError(t, s.ValidFor(F32))
	require.NoError(t, s.ValidFor(F64))
	require.EqualError(t, s.ValidFor(BF16), "manifest.json: the suite does not check profile bf16: deep/two: found no bf16 tolerance of out/y, expected one, or a reason to exclude it")
	require.ErrorContains(t, s.ValidFor(TF32), ": one: found no tf32 tolerance of out/y")
	for i := range s.Cases {
		s.Cases[i].Tolerances[BF16] = map[string]Tolerance{"out/y": {}}
		s.Cases[i].Excluded = map[Profile]map[string]string{BF16: {"grad/x": "noise"}}
	}
	require.NoError(t, s.ValidFor(BF16))
	require.Error(t, s.ValidFor(TF32))
	delete(s.Cases[2].Excluded[BF16], "grad/x")
	require.ErrorContains(t, s.ValidFor(BF16), "three: found no bf16 tolerance of grad/x")

	// What f32 leaves out f64 leaves out too.
	text := strings.Replace(string(files[ManifestFile]), `"grad/x": {`, `"grad/z": {`, 1)
	files[ManifestFile] = []byte(strings.Replace(text, `"tolerances"`, `"excluded": {"f32": {"grad/x": "noise"}}, "tolerances"`, 1))
	s, err = files.open()
	require.NoError(t, err)
	require.NoError(t, s.ValidFor(F64))
	require.Equal(t, map[string]string{"grad/x": "noise"}, s.Cases[0].ExcludedFor(F64))
}

// TestReserializedFileIsKnown: other bytes, the same content.
func TestReserializedFileIsKnown(t *testing.T) {
	files := small(t)
	c, err := ParseCase("one", files["one.safetensors"])
	require.NoError(t, err)
	content := files["one.safetensors"]
	again := bytes.Replace(content, []byte(`{"__metadata__"`), []byte(`{ "__metadata__"`), 1)
	require.NotEqual(t, content, again)
	again[0]++ // the header's length
	files["one.safetensors"] = again
	s, err := files.open()
	require.NoError(t, err)
	c.Name = "one"
	require.Equal(t, c, s.Loaded[0])
}
