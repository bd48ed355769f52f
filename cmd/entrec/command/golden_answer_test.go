package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference"
	"entrec/tensor/safetensors"
)

// golden runs entrec golden with the given arguments.
func golden(args ...string) (code int, stdout, stderr string) {
	return goldenUntil(context.Background(), args...)
}

func goldenUntil(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	root := newRoot()
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(append([]string{"golden"}, args...))
	err := root.ExecuteContext(ctx)
	if err != nil {
		errs.WriteString(oneLine(err) + "\n")
	}
	return exitCode(err), out.String(), errs.String()
}

// product is the question [1 2; 3 4] · [1; 1], whose answer is [3; 7].
func product() *reference.Case {
	return &reference.Case{
		Op:    "matmul",
		Attrs: reference.Attrs{"wrt": []any{"b"}},
		In: map[string]*reference.Array{
			"a": reference.FromSlice([]float64{1, 2, 3, 4}, 2, 2),
			"b": reference.FromSlice([]float64{1, 1}, 2, 1),
		},
		CT: map[string]*reference.Array{"c": reference.FromSlice([]float64{1, -1}, 2, 1)},
	}
}

func write(t *testing.T, path string, c *reference.Case) {
	t.Helper()
	content, err := c.MarshalQuestion()
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, content, 0o644))
}

func TestGoldenAnswerFile(t *testing.T) {
	dir := t.TempDir()
	question, answer := filepath.Join(dir, "q.safetensors"), filepath.Join(dir, "a.safetensors")
	write(t, question, product())
	for backend, dtype := range map[string]string{"f64": "F64", "f32": "F32"} {
		code, stdout, stderr := golden("answer", "--backend", backend, question, answer)
		require.Equal(t, []any{0, "", ""}, []any{code, stdout, stderr})
		f, err := safetensors.Read(answer)
		require.NoError(t, err)
		require.Equal(t, dtype, f.Tensors[0].DType)
		content, err := os.ReadFile(answer)
		require.NoError(t, err)
		got, err := reference.ParseAnswer(answer, content)
		require.NoError(t, err)
		require.Equal(t, &reference.Answer{
			Out:  map[string]*reference.Array{"c": reference.FromSlice([]float64{3, 7}, 2, 1)},
			Grad: map[string]*reference.Array{"b": reference.FromSlice([]float64{-2, -2}, 2, 1)},
		}, got)
	}
}

// TestGoldenAnswerRefuses: exit code, one line, no answer, not even one from
// before.
func TestGoldenAnswerRefuses(t *testing.T) {
	bad := product()
	bad.In["b"] = reference.NewArray(3, 1)
	lacking := product()
	lacking.Op = "knitting"
	for name, tc := range map[string]struct {
		c       *reference.Case
		code    int
		message string
	}{
		"shapes":  {bad, 1, "matmul"},
		"lacking": {lacking, 3, "knitting: operation is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			question, answer := filepath.Join(dir, "q.safetensors"), filepath.Join(dir, "a.safetensors")
			write(t, question, tc.c)
			require.NoError(t, os.WriteFile(answer, []byte("old"), 0o644))
			code, stdout, stderr := golden("answer", question, answer)
			require.Equal(t, tc.code, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, tc.message)
			require.Equal(t, 1, bytes.Count([]byte(stderr), []byte("\n")))
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, left, 1)
		})
	}
	code, _, stderr := golden("answer", filepath.Join(t.TempDir(), "nothing"), "a")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "no such file")
	code, _, _ = golden("answer", "--backend", "abacus", "q", "a")
	require.Equal(t, exitUsage, code)
}

func TestGoldenAnswerFolder(t *testing.T) {
	dir := t.TempDir()
	questions, answers := filepath.Join(dir, "q"), filepath.Join(dir, "a")
	bad, lacking := product(), product()
	bad.In["b"] = reference.NewArray(3, 1)
	lacking.Op = "knitting"
	write(t, filepath.Join(questions, "one.safetensors"), product())
	write(t, filepath.Join(questions, "deep", "two.safetensors"), product())
	write(t, filepath.Join(questions, "bad.safetensors"), bad)
	write(t, filepath.Join(questions, "lacking.safetensors"), lacking)
	require.NoError(t, os.WriteFile(filepath.Join(questions, "manifest.json"), []byte("{}"), 0o644))
	code, _, stderr := golden("answer", questions, answers)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stderr, "bad.safetensors")
	require.Contains(t, stderr, "lacking.safetensors")
	require.Equal(t, []string{"deep/two.safetensors", "one.safetensors"}, files(t, answers))

	// A malformed file is an error, the others are answered all the same.
	require.NoError(t, os.RemoveAll(answers))
	require.NoError(t, os.WriteFile(filepath.Join(questions, "cut.safetensors"), []byte("12345"), 0o644))
	code, _, stderr = golden("answer", questions, answers)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "cut.safetensors: byte 0: found 5 bytes, expected a header length of 8 bytes")
	require.Equal(t, []string{"deep/two.safetensors", "one.safetensors"}, files(t, answers))

	code, _, stderr = golden("answer", t.TempDir(), answers)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "found no file")
}

// files returns the files under a folder, in order.
func files(t *testing.T, dir string) []string {
	t.Helper()
	names := []string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	}))
	return names
}
