package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/tensor/safetensors"
)

// runGolden runs entrec golden with the given arguments.
func runGolden(args ...string) (code int, stdout, stderr string) {
	return goldenUntil(context.Background(), args...)
}

func goldenUntil(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	root := newRoot(nil, &out)
	root.SetErr(&errs)
	root.SetArgs(append([]string{"golden"}, args...))
	err := root.ExecuteContext(ctx)
	if err != nil {
		errs.WriteString(oneLine(err) + "\n")
	}
	return exitCode(err), out.String(), errs.String()
}

// product is the question [1 2; 3 4] · [1; 1], whose answer is [3; 7].
func product() *golden.Case {
	return &golden.Case{
		Op:    "matmul",
		Attrs: golden.Attrs{"wrt": []any{"b"}},
		In: map[string]*golden.Array{
			"a": golden.FromSlice([]float64{1, 2, 3, 4}, 2, 2),
			"b": golden.FromSlice([]float64{1, 1}, 2, 1),
		},
		CT: map[string]*golden.Array{"c": golden.FromSlice([]float64{1, -1}, 2, 1)},
	}
}

func write(t *testing.T, path string, c *golden.Case) {
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
		code, stdout, stderr := runGolden("answer", "--backend", backend, question, answer)
		require.Equal(t, []any{0, "", ""}, []any{code, stdout, stderr})
		f, err := safetensors.Read(answer)
		require.NoError(t, err)
		require.Equal(t, dtype, f.Tensors[0].DType)
		content, err := os.ReadFile(answer)
		require.NoError(t, err)
		got, err := golden.ParseAnswer(answer, content)
		require.NoError(t, err)
		require.Equal(t, &golden.Answer{
			Out:  map[string]*golden.Array{"c": golden.FromSlice([]float64{3, 7}, 2, 1)},
			Grad: map[string]*golden.Array{"b": golden.FromSlice([]float64{-2, -2}, 2, 1)},
		}, got)
	}
}

// TestGoldenAnswerRefuses: exit code, one line, no answer, not even one from
// before.
func TestGoldenAnswerRefuses(t *testing.T) {
	bad := product()
	bad.In["b"] = golden.NewArray(3, 1)
	unsupported := product()
	unsupported.Op = "knitting"
	for name, tc := range map[string]struct {
		c       *golden.Case
		code    int
		message string
	}{
		"shapes":      {bad, 1, "matmul"},
		"unsupported": {unsupported, 3, "knitting: operation is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			question, answer := filepath.Join(dir, "q.safetensors"), filepath.Join(dir, "a.safetensors")
			write(t, question, tc.c)
			require.NoError(t, os.WriteFile(answer, nil, 0o644))
			code, stdout, stderr := runGolden("answer", question, answer)
			require.Equal(t, tc.code, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, tc.message)
			require.Equal(t, 1, bytes.Count([]byte(stderr), []byte("\n")))
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, left, 1)
		})
	}
	code, _, stderr := runGolden("answer", filepath.Join(t.TempDir(), "nothing"), "a")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "no such file")
	code, _, _ = runGolden("answer", "--backend", "abacus", "q", "a")
	require.Equal(t, exitUsage, code)
}

func TestGoldenAnswerFolder(t *testing.T) {
	dir := t.TempDir()
	questions, answers := filepath.Join(dir, "q"), filepath.Join(dir, "a")
	bad, unsupported := product(), product()
	bad.In["b"] = golden.NewArray(3, 1)
	unsupported.Op = "knitting"
	write(t, filepath.Join(questions, "one.safetensors"), product())
	write(t, filepath.Join(questions, "deep", "two.safetensors"), product())
	write(t, filepath.Join(questions, "bad.safetensors"), bad)
	write(t, filepath.Join(questions, "unsupported.safetensors"), unsupported)
	require.NoError(t, os.WriteFile(filepath.Join(questions, "manifest.json"), []byte("{}"), 0o644))
	code, _, stderr := runGolden("answer", questions, answers)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stderr, "bad.safetensors")
	require.Contains(t, stderr, "unsupported.safetensors")
	require.Equal(t, []string{"deep/two.safetensors", "one.safetensors"}, filesIn(t, answers))

	// A malformed file is an error, the others are answered all the same.
	require.NoError(t, os.RemoveAll(answers))
	require.NoError(t, os.WriteFile(filepath.Join(questions, "cut.safetensors"), []byte("12345"), 0o644))
	code, _, stderr = runGolden("answer", questions, answers)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "cut.safetensors: byte 0: found 5 bytes, expected a header length of 8 bytes")
	require.Equal(t, []string{"deep/two.safetensors", "one.safetensors"}, filesIn(t, answers))

	code, _, stderr = runGolden("answer", t.TempDir(), answers)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "found no file")
}

// TestGoldenAnswerLeavesQuestions: an answer never takes a question's place, however the
// two paths are written.
func TestGoldenAnswerLeavesQuestions(t *testing.T) {
	dir := t.TempDir()
	questions := filepath.Join(dir, "q")
	one := filepath.Join(questions, "one.safetensors")
	write(t, one, product())
	write(t, filepath.Join(questions, "deep", "two.safetensors"), product())
	link, hard, answers := filepath.Join(dir, "link"), filepath.Join(dir, "hard"), filepath.Join(dir, "answers")
	require.NoError(t, os.Symlink(questions, link))
	require.NoError(t, os.Link(one, hard))
	require.NoError(t, os.Mkdir(answers, 0o755))
	require.NoError(t, os.Symlink(questions, filepath.Join(answers, "deep")))
	before := filesIn(t, dir)
	content, err := os.ReadFile(one)
	require.NoError(t, err)
	for _, paths := range [][2]string{
		{one, one}, {one, filepath.Join(link, "one.safetensors")}, {one, hard},
		{questions, questions}, {questions, link}, {link, questions},
		{questions, filepath.Join(questions, "answers", "of")}, {questions, filepath.Join(link, "answers")},
		{questions, filepath.Join(questions, "deep")}, {questions, dir}, {filepath.Join(questions, "deep"), questions},
		{questions, answers},
	} {
		code, stdout, stderr := runGolden("answer", paths[0], paths[1])
		require.Equal(t, exitUsage, code, "%v: %s", paths, stderr)
		require.Empty(t, stdout)
		require.Equal(t, 1, bytes.Count([]byte(stderr), []byte("\n")), stderr)
		require.Equal(t, before, filesIn(t, dir))
		after, err := os.ReadFile(one)
		require.NoError(t, err)
		require.Equal(t, content, after)
	}
}

// TestGoldenAnswerInterrupted: a canceled command writes nothing more.
func TestGoldenAnswerInterrupted(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "q", "one.safetensors"), product())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, question := range []string{"q", "q/one.safetensors"} {
		code, _, _ := goldenUntil(ctx, "answer", filepath.Join(dir, question), filepath.Join(dir, "a"))
		require.Equal(t, exitInterrupted, code)
		require.NoFileExists(t, filepath.Join(dir, "a"))
	}
}

// filesIn returns the files under a folder, in order.
func filesIn(t *testing.T, dir string) []string {
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

// TestGoldenAnswerSpares: what is at an answer's path and is none is left as it is,
// whatever becomes of the question; a report takes no file of the backend's place.
func TestGoldenAnswerSpares(t *testing.T) {
	dir := t.TempDir()
	mine, bad := filepath.Join(dir, "mine.txt"), filepath.Join(dir, "bad.safetensors")
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o644))
	require.NoError(t, os.WriteFile(bad, []byte("junk"), 0o644))
	for _, args := range [][]string{
		{"answer", bad, mine}, {"check", "../../../reference/testdata/golden/v1", "--exec", mine + " x", "--json", mine},
		{"check", "../../../reference/testdata/golden/v1", "--exec", "true " + mine, "--junit", mine},
	} {
		code, _, stderr := runGolden(args...)
		require.Equal(t, exitUsage, code, stderr)
		require.Contains(t, stderr, mine)
		content, err := os.ReadFile(mine)
		require.NoError(t, err)
		require.Equal(t, "mine", string(content))
	}
}
