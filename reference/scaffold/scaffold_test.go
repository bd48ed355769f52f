package scaffold

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/check"
	"entrec/reference/golden"
	"entrec/reference/report"
	"entrec/reference/suite"
)

// written writes a backend and returns its command, by which it is run from anywhere. A test
// skips where the language is not at hand.
func written(t *testing.T, name string, change func(source string) string) []string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, Write(dir, name))
	args := strings.Fields(Command(name))
	file, compiler := args[len(args)-1], []string{args[0]}
	switch name {
	case "go":
		file, compiler = "main.go", []string{"go", "build", "-o", "backend", "."}
	case "rust":
		file, compiler = "backend.rs", []string{"rustc", "--edition", "2021", "-o", "backend", "backend.rs"}
	case "c++":
		file, compiler = "backend.cpp", []string{"c++", "-std=c++17", "-o", "backend", "backend.cpp"}
	}
	if _, err := exec.LookPath(compiler[0]); err != nil {
		t.Skipf("SKIPPED: no program named %s", compiler[0])
	}
	source := filepath.Join(dir, file)
	content, err := os.ReadFile(source)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(source, []byte(change(string(content))), 0o644))
	if len(compiler) > 1 {
		build := exec.Command(compiler[0], compiler[1:]...)
		build.Dir = dir
		out, err := build.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	args[len(args)-1] = filepath.Join(dir, args[len(args)-1])
	return args
}

// TestBackends: what is written answers its operation in all modes, lacks the others, and
// refuses what it should.
func TestBackends(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: starts interpreters")
	}
	s, err := suite.Open()
	require.NoError(t, err)
	for _, name := range Languages() {
		t.Run(name, func(t *testing.T) {
			args := written(t, name, func(source string) string { return source })
			for mode, command := range map[string]check.Command{
				"folder": {Args: args, Folder: true}, "file": {Args: args}, "server": {Args: args, Server: true},
			} {
				ops := []string{"relu", "global_avg_pool2d"}
				if mode == "folder" {
					ops = nil
				}
				r, err := check.Run(t.Context(), s, command, check.Options{Profile: golden.F32, Select: check.Selection{Ops: ops}})
				require.NoError(t, err)
				require.NoError(t, r.Err(), mode)
				for _, op := range r.Ops {
					if op.Op == "relu" {
						require.Equal(t, report.Pass, op.Verdict, mode)
					} else {
						require.Equal(t, report.Unsupported, op.Verdict, "%s: %s", mode, op.Op)
					}
				}
			}
		})
	}
}

// byOthers are questions that data alone do not tell from sound ones.
var byOthers = map[string]bool{
	"reject/logdet-indefinite": true, "reject/logdet-singular": true, "reject/corinfomax-singular": true, "reject/cpc-places": true, "reject/cpc-place-negative": true,
	"reject/cpc-place-between": true, "reject/vmf_log_normalizer-kappa-zero": true, "reject/matmul-cotangent-shape": true,
}

// TestValidators: with an answer to everything, the validator that was written refuses what is
// to be seen from shapes, attributes and their ranges.
func TestValidators(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: starts interpreters")
	}
	s, err := suite.Open()
	require.NoError(t, err)
	any := map[string][2]string{
		"python":     {"if op not in OPS:", "if op.startswith('train/'):"},
		"javascript": {"if (!Object.hasOwn(backend.ops, op))", "if (op.startsWith('train/'))"},
		"rust":       {"let Some(f) = operation(&q.op) else {", "let Some(f) = Some(()).filter(|_| !q.op.starts_with(\"train/\")) else {"},
		"c++":        {"if (f == operations().end())", "if (q.op.rfind(\"train/\", 0) == 0)"},
		"go":         {"if !ok {\n\t\treturn nil, lacks", "if !ok && strings.HasPrefix(op, \"train/\") {\n\t\treturn nil, lacks"},
	}
	call := map[string][2]string{
		"python":     {"tensors = OPS[op](ins, cts, attrs)", "tensors = {'out/y': Tensor([1], [0.0])}; cts = {}"},
		"javascript": {"const tensors = await backend.ops[op](ins, cts, others, wrt);", "const tensors = { 'out/y': { shape: [1], data: [0] } }; for (const n in cts) delete cts[n];"},
		"rust":       {"let mut tensors = f(&q.ins, &q.cts, &q.attrs);", "f; q.cts.clear(); let mut tensors = Tensors::from([(\"out/y\".to_string(), Tensor { shape: vec![1], data: vec![0.0] })]);"},
		"c++":        {"Tensors tensors = f->second(q.ins, q.cts, q.attrs);", "Tensors tensors{{\"out/y\", {{1}, {0.0}}}}; q.cts.clear();"},
		"go":         {"all := f(ins, cts, attrs)", "_ = f\n\tall := tensors{\"out/y\": {[]int{1}, []float64{0}}}\n\tclear(cts)"},
	}
	for _, name := range Languages() {
		t.Run(name, func(t *testing.T) {
			args := written(t, name, func(source string) string {
				for _, change := range [][2]string{any[name], call[name]} {
					require.Contains(t, source, change[0])
					source = strings.Replace(source, change[0], change[1], 1)
				}
				return source
			})
			r, err := check.Run(t.Context(), s, check.Command{Args: args, Server: true}, check.Options{Profile: golden.F32})
			require.NoError(t, err)
			refused := 0
			for _, res := range r.Results {
				switch {
				case !res.Reject:
					require.NotEqual(t, report.Refused, res.Verdict, "%s: %s", res.Case, res.Why)
				case res.Verdict == report.Pass:
					refused++
				default:
					require.True(t, byOthers[res.Case] || strings.Contains(res.Case, "one-") || strings.Contains(res.Case, "kernel-") ||
						strings.Contains(res.Case, "padding-over") || strings.Contains(res.Case, "width") || strings.Contains(res.Case, "no-pair") ||
						strings.Contains(res.Case, "self-alone") || strings.Contains(res.Case, "outside"), "%s: %s", res.Case, res.Verdict)
				}
			}
			require.Greater(t, refused, 75)
		})
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644))
	require.ErrorIs(t, Write(dir, "python"), ErrNotEmpty)
	require.ErrorContains(t, Write(filepath.Join(dir, "new"), "cobol"), `found "cobol", expected one of c++, go, javascript, python, rust`)
	require.NoDirExists(t, filepath.Join(dir, "new"))
}
