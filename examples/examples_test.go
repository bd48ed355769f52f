// Package examples_test runs every example.
package examples_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// build builds an example, or another command, and returns the program.
func build(t *testing.T, pkg string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	out, err := exec.Command("go", "build", "-o", program, pkg).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// output returns what a program prints, which must end well.
func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s%s", out, &stderr)
	return string(out)
}

func TestAutograd(t *testing.T) {
	require.Equal(t, `loss 2.011126
gradient [1.156218 0.773332 0.070451 1.702644 1.176806 0.120551]
10 derivatives agree with differences
`, output(t, build(t, "./01-autograd")))
}

func TestSimCLRByHand(t *testing.T) {
	out := output(t, build(t, "./02-simclr-by-hand"))
	var accuracies []float64
	for _, m := range regexp.MustCompile(`kNN ([\d.]+) %`).FindAllStringSubmatch(out, -1) {
		a, err := strconv.ParseFloat(m[1], 64)
		require.NoError(t, err)
		accuracies = append(accuracies, a)
	}
	require.Len(t, accuracies, 3, out)
	require.Greater(t, accuracies[2], accuracies[0]+3, out)
}

func TestOwnMethod(t *testing.T) {
	program := build(t, "./own-method")
	require.Contains(t, output(t, program, "methods"), "mine-er")
	require.Contains(t, output(t, program, "methods", "mine"), "--my-parameter float in (0, 100]")
	require.Contains(t, output(t, program, "methods", "mine-er"), "twin of      mine,")
	require.Contains(t, output(t, program, "train", "--method", "mine", "--help"), "--my-parameter float")
	small := []string{"--encoder", "mlp", "--width", "16", "--subset", "128", "--steps", "3", "--eval-every", "1"}
	for _, args := range [][]string{{"mine", "--my-parameter", "2"}, {"mine-er", "--kappa", "7"}} {
		run := append([]string{"train", "--json", "--out", filepath.Join(t.TempDir(), "run"), "--method"}, append(args, small...)...)
		require.Contains(t, output(t, program, run...), `"method":"`+args[0]+`"`)
	}
	out, err := exec.Command(program, "train", "--method", "mine", "--my-parameter", "0").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "entrec: --my-parameter: found 0, expected a number in (0, 100]")
}

// The backend is asked as any other is, by a folder and file by file.
func TestOwnBackend(t *testing.T) {
	entrec, backend := build(t, "entrec/cmd/entrec"), build(t, "./own-backend-in-go")
	suite := filepath.Join("..", "reference", "testdata", "golden", "v1")
	line := regexp.MustCompile(`(?m)^(\w+) +\d+ .* pass `)
	for _, mode := range []string{"folder", "file"} {
		ops := "relu,softmax,matmul,gelu"
		out := output(t, entrec, "golden", "check", suite, "--exec", backend, "--mode", mode, "--profile", "f64", "--ops", ops)
		require.Len(t, line.FindAllString(out, -1), 3, out)
		require.Contains(t, out, "39 passed, 0 failed", out)
		require.Regexp(t, `(?m)^gelu +0 `, out)
	}
}

// A backend's author needs the golden format alone.
func TestOwnBackendImports(t *testing.T) {
	out := output(t, "go", "list", "-f", `{{join .Imports " "}}`, "./own-backend-in-go")
	require.Equal(t, []string{"entrec/reference/golden"}, regexp.MustCompile(`\S*entrec/\S+`).FindAllString(out, -1))
}
