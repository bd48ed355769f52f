package command

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
)

var committed = filepath.Join("..", "..", "..", "reference", "testdata", "golden", "v1")

func TestGoldenCheckBuiltIn(t *testing.T) {
	dir := t.TempDir()
	report, junit := filepath.Join(dir, "r.json"), filepath.Join(dir, "r.xml")
	code, stdout, stderr := runGolden("check", committed, "--backend", "f64", "--profile", "f64", "--json", report, "--junit", junit)
	require.Equal(t, 0, code, stdout+stderr)
	require.Contains(t, stdout, "op ")
	require.Contains(t, stdout, " passed, 0 failed, 0 lacking of ")
	content, err := os.ReadFile(report)
	require.NoError(t, err)
	var r struct {
		Passed, Failed, Lacking, Expected int
		Backend, Profile                  string
		Ops                               []struct{ Op, Verdict string }
	}
	require.NoError(t, json.Unmarshal(content, &r))
	require.Equal(t, r.Expected, r.Passed)
	require.GreaterOrEqual(t, r.Passed, 300)
	require.Equal(t, []string{"f64", "f64"}, []string{r.Backend, r.Profile})
	require.NotEmpty(t, r.Ops)
	content, err = os.ReadFile(junit)
	require.NoError(t, err)
	require.Contains(t, string(content), "<testsuites ")

	code, stdout, _ = runGolden("check", committed, "--backend", "f32", "--ops", "softmax,matmul")
	require.Equal(t, 0, code)
	require.Contains(t, stdout, "softmax")
	require.NotContains(t, stdout, "relu")
	// float32 is not float64.
	code, _, stderr = runGolden("check", committed, "--backend", "f32", "--ops", "softmax", "--profile", "f64")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "cases failed")
}

func TestGoldenCheckIsAskedWrongly(t *testing.T) {
	for _, args := range [][]string{
		{committed},
		{committed, "--exec", "a", "--backend", "f64"},
		{committed, "--backend", "abacus"},
		{committed, "--backend", "f64", "--profile", "f8"},
		{committed, "--exec", "a", "--mode", "stream"},
		{committed, "--exec", "a", "--jobs", "0"},
		{committed, "--exec", "a", "--timeout", "-1s"},
		{committed, "--exec", "a 'b"},
		{committed, "--exec", "no-such-program"},
		{committed, "--backend", "f64", "--ops", "knitting"},
		{committed, "--backend", "f64", "--case", "relu-knitted"},
		{committed, "--backend", "f64", "--shard", "3/2"},
		{committed, "--backend", "f64", "--shard", "0/2"},
		{committed, "--backend", "f64", "--shard", "half"},
		{committed, "--backend", "f64", "--keep", t.TempDir()},
		{committed, "--backend", "f64", "--repeat", "0"},
		{committed, "--backend", "f64", "--size", "large"},
		{"--backend", "f64", "--size", "huge"},
		{"--backend", "f64", "--size", "large", "--ops", "relu"},
		{committed, "--exec", "a", "--keep", "."},
		{committed, committed, "--backend", "f64"},
		{},
	} {
		code, _, stderr := runGolden(append([]string{"check"}, args...)...)
		require.Equal(t, exitUsage, code, "%v: %s", args, stderr)
	}
	for _, args := range [][]string{
		{t.TempDir(), "--backend", "f64"},
		{committed, "--backend", "f64", "--failed", "no such report"},
		{committed, "--backend", "f64", "--baseline", "no such report"},
		{committed, "--backend", "f64", "--xfail", "no such file"},
	} {
		code, _, stderr := runGolden(append([]string{"check"}, args...)...)
		require.Equal(t, exitFailed, code, "%v: %s", args, stderr)
	}
}

// TestGoldenCheckParts: of this version's suite what fails is checked again, by itself.
func TestGoldenCheckParts(t *testing.T) {
	first := filepath.Join(t.TempDir(), "r.json")
	code, stdout, stderr := runGolden("check", "--backend", "f32", "--profile", "f64", "--ops", "so*max,relu", "--json", first)
	require.Equal(t, exitFailed, code, stderr)
	require.Contains(t, stdout, "relu ")
	code, stdout, _ = runGolden("check", "--backend", "f32", "--profile", "f64", "--failed", first, "--case", "softmax-*", "--shard", "1/2", "--fail-fast")
	require.Equal(t, exitFailed, code)
	require.NotContains(t, stdout, "relu")
	require.Contains(t, stdout, "0 passed, 1 failed")
	code, stdout, stderr = runGolden("check", "--backend", "f32", "--forward", "--ops", "softmax", "--json", first)
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stdout, "outputs alone were asked for")
	code, _, stderr = runGolden("check", "--backend", "f64", "--failed", first)
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "found no failed case")
	_, _, stderr = runGolden("check", "--backend", "f64", "--ops", "knitting")
	require.Contains(t, stderr, "expected one of adamw_step, adjust_brightness")
}

// TestGoldenReports: all kinds of reports, with what has changed and what is expected to fail.
func TestGoldenReports(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"check", "--backend", "f32", "--ops", "softmax", "--case", "*-3x5"}
	code, _, stderr := runGolden(append(args, "--json", at("old.json"))...)
	require.Equal(t, exitDone, code, stderr)
	require.NoError(t, os.WriteFile(at("xfail"), []byte("softmax-3x5  float32 is not float64\n"), 0o644))
	code, stdout, stderr := runGolden(append(args, "--profile", "f64", "--xfail", at("xfail"), "--json", at("r.json"), "--html", at("r.html"), "--markdown", at("r.md"), "--junit", at("r.xml"))...)
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stdout, "as expected (float32 is not float64)")
	for _, name := range []string{"r.html", "r.md", "r.xml"} {
		content, err := os.ReadFile(at(name))
		require.NoError(t, err)
		require.Contains(t, string(content), "softmax-3x5", name)
	}
	r, err := readReport(at("r.json"))
	require.NoError(t, err)
	require.Len(t, r.Suite, 64)
	require.Equal(t, map[string][]int{"x": {3, 5}}, r.Results[0].Shapes)
	code, stdout, stderr = runGolden(append(args, "--profile", "f64", "--baseline", at("old.json"))...)
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, `found a report of profile "f32", expected one of f64`)
	require.Empty(t, stdout, "it is told before anything is asked")
	require.NoError(t, os.WriteFile(at("empty.json"), []byte("{}"), 0o644))
	_, _, stderr = runGolden(append(args, "--baseline", at("empty.json"))...)
	require.Contains(t, stderr, `found a report of profile "", expected one of f32`)
	code, stdout, stderr = runGolden(append(args, "--html", at("no/r.html"))...)
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "--html "+at("no/r.html")+": found no folder "+at("no")+", expected one that is there")
	require.Empty(t, stdout)
	for flag, file := range map[string]string{"--xfail": at("xfail"), "--failed": at("r.json")} {
		code, _, stderr = runGolden(append(args, "--profile", "f64", flag, file, "--json", file)...)
		require.Equal(t, exitUsage, code, flag)
		require.Contains(t, stderr, "is read by this command, expected another file")
	}
	code, stdout, _ = runGolden(append(args, "--profile", "f64", "--baseline", at("r.json"), "--repeat", "2")...)
	require.Equal(t, exitFailed, code)
	require.NotContains(t, stdout, "fixed")
}

func TestGoldenInit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mine")
	code, stdout, stderr := runGolden("init", "--lang", "javascript", dir)
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stdout, "node backend.js")
	require.Equal(t, []string{".github/workflows/golden.yml", "backend.js", "ops.json", "xfail.txt"}, filesIn(t, dir))
	code, _, stderr = runGolden("init", dir)
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, dir+": found a folder with 4 files, expected a new one")
	code, _, _ = runGolden("init", "--lang", "cobol", filepath.Join(dir, "new"))
	require.Equal(t, exitUsage, code)
}

// TestGoldenShowAndDiff: a case is shown with its definition, and a wrong answer with what it
// looks like.
func TestGoldenShowAndDiff(t *testing.T) {
	code, stdout, stderr := runGolden("show", "nt_xent-17x5")
	require.Equal(t, exitDone, code, stderr)
	for _, words := range []string{"loss of SimCLR", "in/z1 [17 5]", "grad/z2 [17 5], may be off by: f32 ", "tf32 ", "f64 ", "expected by"} {
		require.Contains(t, stdout, words)
	}
	code, stdout, _ = runGolden("show", "reject.matmul-inner")
	require.Equal(t, exitDone, code)
	require.Contains(t, stdout, "that it is refused")
	code, _, stderr = runGolden("show", "nt_xent-knitted")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "nt_xent-17x5")

	s, err := golden.OpenSuite(committed)
	require.NoError(t, err)
	for i, e := range s.Cases {
		if e.Name() != "nt_xent-17x5" {
			continue
		}
		c := s.Loaded[i]
		answer := filepath.Join(t.TempDir(), "a.safetensors")
		content, err := (&golden.Answer{Out: c.Out, Grad: c.Grad}).Marshal(c, golden.Double)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(answer, content, 0o644))
		code, stdout, _ = runGolden("diff", "nt_xent-17x5", answer)
		require.Equal(t, exitDone, code, stdout)
		for j := range c.Grad["z1"].Data {
			c.Grad["z1"].Data[j] *= -1
		}
		content, err = (&golden.Answer{Out: c.Out, Grad: c.Grad}).Marshal(c, golden.Double)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(answer, content, 0o644))
		code, stdout, stderr = runGolden("diff", "nt_xent-17x5", answer)
		require.Equal(t, exitFailed, code)
		require.Contains(t, stdout, "85 of 85 elements are off, negated")
		require.Contains(t, stderr, "1 tensors are wrong")
	}
	code, _, _ = runGolden("diff", "nt_xent-17x5", "no such answer")
	require.Equal(t, exitFailed, code)
}

func TestGoldenCheckInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	code, _, _ := goldenUntil(ctx, "check", committed, "--exec", "sleep")
	require.Equal(t, exitInterrupted, code)
}

func TestGoldenExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "suite")
	code, _, stderr := runGolden("export", dir)
	require.Equal(t, 0, code, stderr)
	require.Equal(t, filesIn(t, committed), filesIn(t, dir))
	code, _, stderr = runGolden("export", dir) // again, over itself
	require.Equal(t, 0, code, stderr)
	for name, content := range map[string]string{"stranger.safetensors": "", "notes.txt": "mine", "manifest.json": `{"generator": "other"}`} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
		code, _, stderr = runGolden("export", dir)
		require.Equal(t, exitUsage, code)
		require.Contains(t, stderr, name+": found a ")
		require.Contains(t, stderr, "expected a folder of the suite's own")
		require.Equal(t, []string{name}, filesIn(t, dir))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir = filepath.Join(t.TempDir(), "none")
	code, _, _ = goldenUntil(ctx, "export", dir)
	require.Equal(t, exitInterrupted, code)
	require.NoDirExists(t, dir)
}

// TestGoldenCheckLeavesTheSuite: a report never replaces a file of the suite, nor the other
// report.
func TestGoldenCheckLeavesTheSuite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "suite")
	require.NoError(t, os.CopyFS(dir, os.DirFS(committed)))
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(filepath.Join(dir, "relu-7.safetensors"), link))
	before, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	for _, args := range [][]string{
		{"--json", filepath.Join(dir, "manifest.json")},
		{"--junit", filepath.Join(dir, ".", "manifest.json")},
		{"--json", filepath.Join(dir, "relu-7.safetensors")},
		{"--junit", link},
		{"--json", filepath.Join(dir, "new"), "--junit", filepath.Join(dir, "new")},
	} {
		code, stdout, stderr := runGolden(append([]string{"check", dir, "--backend", "f64", "--ops", "relu"}, args...)...)
		require.Equal(t, exitUsage, code, stderr)
		require.Empty(t, stdout)
		require.Equal(t, 1, strings.Count(stderr, "\n"))
	}
	after, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Equal(t, filesIn(t, committed), filesIn(t, dir))
}

// TestGoldenCheckUndeclared: a manifest without a profile's tolerances does not check that
// profile.
func TestGoldenCheckUndeclared(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(committed)))
	path := filepath.Join(dir, "manifest.json")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var m golden.Manifest
	require.NoError(t, json.Unmarshal(content, &m))
	m.Gaps = nil
	for i := range m.Cases {
		m.Cases[i].Excluded = nil
		for _, p := range []golden.Profile{golden.BF16, golden.TF32, golden.F16} {
			delete(m.Cases[i].Tolerances, p)
			delete(m.Cases[i].Elements, p)
		}
	}
	content, err = m.Marshal()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, content, 0o644))
	for profile, want := range map[string]int{"f32": 0, "f64": 0, "tf32": 1, "bf16": 1, "f16": 1} {
		code, _, stderr := runGolden("check", dir, "--backend", "f64", "--ops", "relu", "--profile", profile)
		require.Equal(t, want, code, stderr)
		if want == 1 {
			require.Contains(t, stderr, "the suite does not check profile "+profile)
			require.Equal(t, 1, strings.Count(stderr, "\n"))
		}
	}
}
