package reference

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
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

// double answers operation double.
func double(c *Case) (*Answer, error) {
	if c.Op != "double" {
		return nil, fmt.Errorf("%s: %w", c.Op, ErrUnsupported)
	}
	x, ct := c.In["x"], c.CT["y"]
	if x == nil || len(x.Data) != 2 {
		return nil, Refuse(c.Op, "x is not a pair")
	}
	return &Answer{
		Out:  map[string]*Array{"y": FromSlice([]float64{2 * x.Data[0], 2 * x.Data[1]}, 2)},
		Grad: map[string]*Array{"x": FromSlice([]float64{2 * ct.Data[0], 2 * ct.Data[1]}, 2)},
	}, nil
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

func suiteOf(t *testing.T, cases ...*Case) suiteFiles {
	t.Helper()
	files := suiteFiles{}
	m := &Manifest{Format: Format, Count: len(cases), Gaps: map[string][]string{"bf16": {"one"}}}
	for _, c := range cases {
		content, err := c.Marshal()
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		digest, err := Digest(c.Name, content)
		require.NoError(t, err)
		e := Entry{
			File: c.Name + Extension, SHA256: hex.EncodeToString(sum[:]), Digest: digest, Op: c.Op, Attrs: c.Attrs, Reject: len(c.Out) == 0,
			Tolerances: map[string]map[string]Tolerance{"f32": {"out/y": {Rtol: 1e-6}, "grad/x": {Atol: 1e-6}}},
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

func open(t *testing.T) *Suite {
	t.Helper()
	s, err := small(t).open()
	require.NoError(t, err)
	return s
}

// verdicts returns a report's verdicts by case.
func verdicts(r *Report) map[string]Verdict {
	all := map[string]Verdict{}
	for _, res := range r.Results {
		all[res.Case] = res.Verdict
	}
	return all
}

func TestCheckInProcess(t *testing.T) {
	var steps []int
	r, err := open(t).Check(context.Background(), InProcess{BackendFunc(double), 2}, CheckOptions{
		Profile: "f32", Progress: func(done, total int) { steps = append(steps, done, total) }})
	require.NoError(t, err)
	require.NoError(t, r.Err())
	require.Equal(t, map[string]Verdict{"one": Pass, "deep/two": Pass, "three": Pass, "other": Lacks, "reject/double": Pass}, verdicts(r))
	require.Equal(t, []int{0, 5, 1, 5, 2, 5, 3, 5, 4, 5, 5, 5}, steps)
}

// TestCheckFails plants a flaw in the answer to case "one", or a refusal in it.
func TestCheckFails(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(a *Answer) (*Answer, error)
		want  Verdict
	}{
		"sign":    {func(a *Answer) (*Answer, error) { a.Grad["x"].Data[1] = 2; return a, nil }, Mismatch},
		"missing": {func(a *Answer) (*Answer, error) { delete(a.Out, "y"); return a, nil }, MissingTensor},
		"refused": {func(*Answer) (*Answer, error) { return nil, Refuse("double", "no") }, Refused},
		"error":   {func(*Answer) (*Answer, error) { return nil, errors.New("no") }, Crash},
		"panic":   {func(*Answer) (*Answer, error) { panic("no") }, Crash},
		"nothing": {func(*Answer) (*Answer, error) { return nil, ErrNoAnswer }, NoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			backend := BackendFunc(func(c *Case) (*Answer, error) {
				a, err := double(c)
				if c.Name == "one" {
					return tc.spoil(a)
				}
				return a, err
			})
			r, err := open(t).Check(context.Background(), InProcess{backend, 1}, CheckOptions{Profile: "f32"})
			require.NoError(t, err)
			require.EqualError(t, r.Err(), "1 of 4 cases failed")
			require.Equal(t, tc.want, verdicts(r)["one"])
			require.Equal(t, tc.want, r.Ops[0].Verdict)
			require.NotEmpty(t, r.Ops[0].Why)
			require.NotContains(t, r.Ops[0].Why, "\n")
		})
	}
}

// TestNothingRunIsAFailure: lacking everything is no pass, nor is answering what
// must be refused, nor forgetting a case.
func TestNothingRunIsAFailure(t *testing.T) {
	s := open(t)
	lacksAll := BackendFunc(func(c *Case) (*Answer, error) { return nil, ErrUnsupported })
	r, err := s.Check(context.Background(), InProcess{lacksAll, 1}, CheckOptions{Profile: "f32"})
	require.NoError(t, err)
	require.EqualError(t, r.Err(), "no case was run")

	r, err = s.Check(context.Background(), forgetful{}, CheckOptions{Profile: "f32"})
	require.NoError(t, err)
	require.EqualError(t, r.Err(), "2 cases were run and 1 declared lacking, expected 5")

	hasty := BackendFunc(func(c *Case) (*Answer, error) {
		if a, err := double(c); err == nil {
			return a, nil
		}
		return &Answer{}, nil
	})
	r, err = s.Check(context.Background(), InProcess{hasty, 1}, CheckOptions{Profile: "f32"})
	require.NoError(t, err)
	require.Error(t, r.Err())
	require.Equal(t, Accepted, verdicts(r)["reject/double"])
}

// forgetful replies to every other case.
type forgetful struct{}

func (forgetful) Ask(ctx context.Context, cases []*Case, reply func(i int, r Reply)) error {
	for i, c := range cases {
		if i%2 == 1 {
			a, err := double(c)
			reply(i, Reply{a, err})
		}
	}
	a, err := double(cases[0])
	reply(0, Reply{a, err})
	return nil
}

func TestProfilesAndOps(t *testing.T) {
	s := open(t)
	ask := InProcess{BackendFunc(func(c *Case) (*Answer, error) {
		a, err := double(c)
		if err == nil {
			a.Out["y"].Data[0] *= 1 + 1e-8
		}
		return a, err
	}), 1}
	r, err := s.Check(context.Background(), ask, CheckOptions{Profile: "f64", Ops: []string{"double"}})
	require.NoError(t, err)
	require.EqualError(t, r.Err(), "3 of 4 cases failed")
	require.Equal(t, 4, r.Expected)

	// What a profile does not compare must still be answered in its shape; what it
	// lists as a gap is not asked.
	r, err = s.Check(context.Background(), ask, CheckOptions{Profile: "bf16", Ops: []string{"double"}})
	require.NoError(t, err)
	require.NoError(t, r.Err())
	require.Equal(t, 3, r.Expected)

	_, err = s.Check(context.Background(), ask, CheckOptions{Profile: "f16"})
	require.EqualError(t, err, `profile: found "f16", expected one of [f32 tf32 bf16 f64]`)
	_, err = s.Check(context.Background(), ask, CheckOptions{Profile: "f32", Ops: []string{"knit"}})
	require.EqualError(t, err, `operation "knit": the suite has no case of it`)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = s.Check(ctx, ask, CheckOptions{Profile: "f32"})
	require.ErrorIs(t, err, context.Canceled)
}

func TestReport(t *testing.T) {
	backend := BackendFunc(func(c *Case) (*Answer, error) {
		a, err := double(c)
		if c.Name == "one" {
			a.Out["y"].Data[1] += 3e-6
		}
		if c.Name == "three" {
			a.Grad["x"] = Scalar(1)
		}
		return a, err
	})
	r, err := open(t).Check(context.Background(), InProcess{backend, 1}, CheckOptions{Profile: "f32"})
	require.NoError(t, err)
	var table bytes.Buffer
	require.NoError(t, r.WriteTable(&table))
	require.Equal(t, `op      cases        worst error  verdict      where
double  4            0.75         wrong shape  one out/y
treble  0 (lacks 1)  -            lacks        -
three: wrong shape: grad/x: found shape [], expected [2]
3 passed, 1 failed, 1 lacking of 5 cases; errors are in units of their f32 tolerance
`, table.String())

	text, err := json.Marshal(r)
	require.NoError(t, err)
	var back map[string]any
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, 3.0, back["passed"])

	var junit bytes.Buffer
	require.NoError(t, r.WriteJUnit(&junit))
	var suites junitSuites
	require.NoError(t, xml.Unmarshal(junit.Bytes(), &suites))
	require.Equal(t, []int{5, 1, 1}, []int{suites.Tests, suites.Failures, suites.Skipped})
	require.Equal(t, "grad/x: found shape [], expected [2]", suites.Suites[0].Cases[2].Failure.Message)
}

func TestOpenSuiteRefuses(t *testing.T) {
	edit := func(old, new string) func(t *testing.T, f suiteFiles) {
		return func(t *testing.T, f suiteFiles) {
			text := string(f[ManifestFile])
			require.Contains(t, text, old)
			f[ManifestFile] = []byte(strings.Replace(text, old, new, 1))
		}
	}
	for name, tc := range map[string]struct {
		spoil   func(t *testing.T, f suiteFiles)
		message string
	}{
		"no manifest": {func(_ *testing.T, f suiteFiles) { delete(f, ManifestFile) }, "suite: open manifest.json"},
		"not JSON":    {func(_ *testing.T, f suiteFiles) { f[ManifestFile] = []byte("{") }, "suite/manifest.json: "},
		"version":     {edit("entrec-golden/1", "entrec-golden/7"), `format: found "entrec-golden/7", expected "entrec-golden/1"`},
		"count":       {edit(`"count": 5`, `"count": 6`), "cases: found 5, expected the count, 6"},
		"twice":       {edit("three.safetensors", "one.safetensors"), `found "one.safetensors" twice`},
		"no file":     {func(_ *testing.T, f suiteFiles) { delete(f, "three.safetensors") }, "three.safetensors"},
		"outside":     {edit("three.safetensors", "../three.safetensors"), `found file "../three.safetensors", expected a path within the suite`},
		"cut off":     {func(_ *testing.T, f suiteFiles) { f["three.safetensors"] = f["three.safetensors"][:99] }, "suite/three.safetensors: "},
		"changed":     {func(_ *testing.T, f suiteFiles) { f["three.safetensors"] = f["one.safetensors"] }, "suite/three.safetensors: content: found digest "},
		"op":          {edit(`"op": "double"`, `"op": "halve"`), `suite/one.safetensors: metadata "op": found double, expected halve`},
		"attrs":       {edit(`"x"`, `"z"`), `suite/one.safetensors: metadata "attrs": found map[wrt:[x]], expected map[wrt:[z]]`},
		"tolerance":   {edit(`"out/y"`, `"out/z"`), "suite/one.safetensors: manifest: found no f32 tolerance of out/y, expected one"},
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

// TestReserializedFileIsKnown: other bytes, the same content.
func TestReserializedFileIsKnown(t *testing.T) {
	files := small(t)
	c, err := ParseCase("one", files["one.safetensors"])
	require.NoError(t, err)
	content := files["one.safetensors"]
	again := bytes.Replace(content, []byte(`{"__metadata__"`), []byte(` {"__metadata__"`), 1)
	require.NotEqual(t, content, again)
	again[0]++ // the header's length
	files["one.safetensors"] = again
	s, err := files.open()
	require.NoError(t, err)
	c.Name = "one"
	require.Equal(t, c, s.Loaded[0])
}
