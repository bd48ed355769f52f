package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/reference/check"
	"entrec/reference/engine"
	"entrec/reference/golden"
	"entrec/reference/naive"
	"entrec/reference/report"
	"entrec/reference/suite"
	"entrec/simd"
)

func TestEngine64(t *testing.T) {
	Test(t, engine.Backend[float64](), golden.F64)
}

// TestEngine32 at every level of instructions that the processor has.
func TestEngine32(t *testing.T) {
	for _, level := range simd.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer simd.Force(level)()
			Test(t, engine.Backend[float32](), golden.F32)
		})
	}
}

// TestOptions: of a backend of float32 held to float64, a part is asked, and what fails is
// skipped or expected.
func TestOptions(t *testing.T) {
	var all *report.Report
	Test(t, engine.Backend[float32](), golden.F64, Ops("relu", "matmul"), Skip("slow", "matmul-*"), Expect("float32", "relu-*"), Forward(),
		Report(func(r *report.Report) { all = r }))
	require.NotZero(t, all.Passed+all.Excused)
	require.Zero(t, all.Failed)
	for _, res := range all.Results {
		require.False(t, strings.HasPrefix(res.Case, "matmul-"), res.Case)
	}
	require.NotZero(t, all.Tensors.NotAsked)
}

func TestNaive(t *testing.T) {
	Test(t, golden.BackendFunc(naive.Answer), golden.F64)
}

// TestNarrowProfiles: float32 is more than they ask for.
func TestNarrowProfiles(t *testing.T) {
	Test(t, engine.Backend[float32](), golden.TF32)
	Test(t, engine.Backend[float32](), golden.BF16)
}

// foreignBackend is a backend in Python.
func foreignBackend(t *testing.T, name string, args []string, modules ...string) golden.Backend {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: starts an interpreter")
	}
	python := foreign.Python(t, modules...)
	program := filepath.Join("..", "backends", name, "backend.py")
	return Exec(check.Command{Args: append([]string{python, program}, args...), Folder: true, Jobs: 1, Timeout: 5 * time.Minute})
}

func TestTorch64(t *testing.T) {
	Test(t, foreignBackend(t, "torch", nil, "torch", "torchvision", "numpy"), golden.F64)
}

func TestTorch32(t *testing.T) {
	Test(t, foreignBackend(t, "torch", []string{"--dtype", "float32"}, "torch", "torchvision", "numpy"), golden.F32)
}

func TestNumPy(t *testing.T) {
	Test(t, foreignBackend(t, "numpy", nil, "numpy"), golden.F64)
}

func TestNumPy32(t *testing.T) {
	Test(t, foreignBackend(t, "numpy", []string{"--dtype", "float32"}, "numpy"), golden.F32)
}

// TestNamesAreUnique: each case is a subtest of its own.
func TestNamesAreUnique(t *testing.T) {
	s, err := suite.Open()
	require.NoError(t, err)
	seen := map[string]string{}
	for _, e := range s.Cases {
		name := e.Op + "/" + caseName(e)
		require.Empty(t, seen[name], e.Name())
		seen[name] = e.Name()
	}
}

// TestFileMode: a command without folders, a call a question. This test's binary is
// the command.
func TestFileMode(t *testing.T) {
	t.Setenv(beEngine, "1")
	backend := Exec(check.Command{Args: []string{os.Args[0]}})
	s, err := suite.Open()
	require.NoError(t, err)
	for i, e := range s.Cases {
		if e.Op == "matmul" || e.Op == "relu" {
			r, _ := (&options{Options: check.Options{Profile: golden.F64}}).result(t, backend, s, i)
			want := report.Pass
			if e.Op == "relu" {
				want = report.Unsupported
			}
			require.Equal(t, want, r.Verdict, "%s: %s", e.Name(), r.Why)
		}
	}
}

// beEngine names the variable that makes this test's binary a backend with a
// single operation, matmul.
const beEngine = "ENTREC_TEST_ENGINE"

func TestMain(m *testing.M) {
	if os.Getenv(beEngine) == "" {
		os.Exit(m.Run())
	}
	question, answer := os.Args[len(os.Args)-2], os.Args[len(os.Args)-1]
	content, err := os.ReadFile(question)
	if err != nil {
		os.Exit(1)
	}
	c, err := golden.ParseQuestion(question, content)
	if err != nil {
		os.Exit(1)
	}
	if c.Op != "matmul" {
		os.Exit(3)
	}
	a, err := naive.Answer(c)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if content, err = a.Marshal(c, golden.Double); err == nil {
		err = os.WriteFile(answer, content, 0o644)
	}
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}
