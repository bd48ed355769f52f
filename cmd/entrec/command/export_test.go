package command

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
)

func TestExportRefuses(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	run := filepath.Join(dir, "run")
	succeeds(t, tinyRun(data, run, "--steps", "1", "--no-eval")...)
	for _, c := range []struct {
		out   string
		flags []string
		words string
	}{
		{"e.bin", nil, `e.bin", expected a file whose name ends in .safetensors, .onnx, .pt`},
		{"e", nil, `expected a file whose name ends in .safetensors, .onnx, .pt`},
		{"e.pth", []string{"--format", "torch"}, `expected a file whose name ends in`},
		{"e.onnx", []string{"--format", "torch"}, `e.onnx, which ends as onnx, expected .pt or format onnx`},
		{"e.pt", []string{"--format", "safetensors"}, `e.pt, which ends as torch, expected .safetensors or format torch`},
		{"e.onnx", []string{"--format", "tf"}, `--format: found "tf", expected one of safetensors, onnx, torch`},
		{"e.pt", []string{"--normalize"}, "--normalize: found format torch, which holds no graph, expected onnx"},
	} {
		out := filepath.Join(dir, c.out)
		require.Contains(t, refuses(t, exitUsage, append([]string{"export", run, "--out", out}, c.flags...)...), c.words)
		require.NoFileExists(t, out)
	}
	for _, name := range []string{"e.onnx", "e.pt", "E.ONNX"} {
		put(t, dir, name, []byte("theirs"))
		require.Contains(t, refuses(t, exitUsage, "export", run, "--out", filepath.Join(dir, name)), "was not written by this command")
		require.Equal(t, "theirs", readFile(t, dir, name))
		require.NoError(t, os.Remove(filepath.Join(dir, name)))
		for range 2 { // one's own are replaced
			succeeds(t, "export", run, "--out", filepath.Join(dir, name))
		}
	}
	require.Equal(t, readFile(t, dir, "e.onnx"), readFile(t, dir, "E.ONNX"))
	succeeds(t, "export", run, "--out", filepath.Join(dir, "named"), "--format", "torch")
	_, err := zip.OpenReader(filepath.Join(dir, "named"))
	require.NoError(t, err)
}

// TestExportPage: what docs/export.md shows does what it says, where the language is at
// hand.
func TestExportPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "export.md"))
	require.NoError(t, err)
	blocks := map[string]string{}
	for _, b := range regexp.MustCompile("(?s)```([^\n]+)\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks[b[1]] = b[2]
	}
	data, dir := tiny(t), t.TempDir()
	run := filepath.Join(dir, "run")
	succeeds(t, tinyRun(data, run, "--steps", "2", "--no-eval")...)
	lines := map[string]string{}
	for _, line := range regexp.MustCompile("(?m)^    entrec (export .*)$").FindAllStringSubmatch(string(page), -1) {
		args := strings.Fields(line[1])
		require.Equal(t, "runs/mine", args[1])
		file := args[3]
		args[1], args[3] = run, filepath.Join(dir, file)
		var stdout, stderr bytes.Buffer
		root := newRoot(args, &stdout)
		root.SetArgs(args)
		root.SetErr(&stderr)
		require.NoError(t, root.Execute())
		lines[file] = stderr.String()
	}
	require.Len(t, lines, 3)
	require.Empty(t, lines["encoder.onnx"])
	t.Run("Python", func(t *testing.T) {
		_, printed, _ := strings.Cut(lines["encoder.pt"], "In Python:\n")
		var shape []int
		foreign.Run(t, []string{"torch", "torchvision"}, "import os\nos.chdir(x)\n"+printed+blocks["python"]+"\ny = list(features.shape)", dir, &shape)
		require.Equal(t, []int{8, 16}, shape)
	})
	t.Run("Python, safetensors", func(t *testing.T) {
		_, printed, _ := strings.Cut(lines["encoder.safetensors"], "In Python:\n")
		var count int
		foreign.Run(t, []string{"torch", "torchvision", "safetensors"}, "import os\nos.chdir(x)\n"+printed+"\ny = len(m.state_dict())", dir, &count)
		require.Positive(t, count)
	})
	t.Run("Python, ONNX Runtime", func(t *testing.T) {
		var shape []int
		foreign.Run(t, []string{"numpy", "onnxruntime"}, "import os\nos.chdir(x)\n"+blocks["python onnxruntime"]+"\ny = list(features.shape)", dir, &shape)
		require.Equal(t, []int{8, 16}, shape)
	})
	t.Run("JavaScript", func(t *testing.T) {
		var count int
		foreign.Node(t, []string{"onnxruntime-node"}, `const ort = require("onnxruntime-node"); process.chdir(x);`+blocks["js"]+`
return (await featuresOf(session, { width: 8, height: 8, data: new Uint8ClampedArray(4 * 64).fill(128) }, 1)).length`, dir, &count)
		require.Equal(t, 16, count)
	})
	t.Run("Go", func(t *testing.T) {
		program, exe := filepath.Join(dir, "main.go"), filepath.Join(dir, "program.exe")
		require.NoError(t, os.WriteFile(program, []byte(blocks["go"]), 0o644))
		out, err := exec.Command("go", "build", "-o", exe, program).CombinedOutput()
		require.NoError(t, err, string(out))
		cmd := exec.Command(exe)
		cmd.Dir = dir
		out, err = cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		require.Equal(t, "[8 16]\n", string(out))
	})
}
