package suite

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/reference/check"
	"entrec/reference/golden"
)

var update = flag.Bool("update", false, "write outside.json anew")

// fromTorch are the cases that PyTorch answers: what it and torchvision define.
func fromTorch(c *golden.Case) bool {
	for _, prefix := range []string{"adjust_", "gaussian_blur", "resized_crop", "gelu", "adamw_step"} {
		if strings.HasPrefix(c.Op, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"conv2d-3x3-stride2", "batch_norm-2x3x4x5", "layer_norm-5x17", "attention-2x3x5x4", "max_pool2d-3-2-1", "avg_pool2d-3-2-1"}, c.Name)
}

// TestOutsideAnswers asks PyTorch and mpmath again. Their answers must be those that
// are committed, but for their own rounding; with -update they are written.
func TestOutsideAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: starts two interpreters")
	}
	python := foreign.Python(t, "torch", "torchvision", "mpmath", "numpy")
	answers := map[string]outsideAnswer{}
	var torch, bessel []*golden.Case
	for _, d := range drafts() {
		if d.reject {
			continue
		}
		c, err := d.finish()
		require.NoError(t, err)
		switch {
		case fromTorch(c):
			torch = append(torch, c)
		case c.Op == "vmf_log_normalizer" && (*update || !strings.HasSuffix(c.Name, "-large")):
			// Large kappas take mpmath ten seconds.
			bessel = append(bessel, c)
		}
	}
	ask := check.Command{Args: []string{python, filepath.Join("..", "backends", "torch", "backend.py")}, Folder: true, Jobs: 1, Timeout: 5 * time.Minute}
	version, err := exec.Command(python, "-c", "import torch; print('torch', torch.__version__)").Output()
	require.NoError(t, err)
	_, err = ask.Ask(context.Background(), torch, func(i int, r check.Reply) {
		require.NoError(t, r.Err, torch[i].Name)
		answers[torch[i].Name] = outsideAnswer{strings.TrimSpace(string(version)), tensorsOf(r.Answer)}
	})
	require.NoError(t, err)
	for name, tensors := range askMpmath(t, python, bessel) {
		answers[name] = outsideAnswer{"mpmath", tensors}
	}
	if *update {
		text, err := json.Marshal(answers)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile("outside.json", append(text, '\n'), 0o644))
		return
	}
	committed, err := outside()
	require.NoError(t, err)
	for name := range answers {
		require.Contains(t, committed, name)
	}
	for _, c := range append(torch, bessel...) {
		for _, name := range c.Tensors() {
			x := c.Tensor(name)
			// Another version may sum in another order.
			d := golden.CompareArray(name, golden.FromSlice(answers[c.Name].Tensors[name], x.Shape...), x, golden.Tolerance{Atol: 1e-15, Rtol: 1e-12})
			require.Empty(t, d.Detail, c.Name)
		}
	}
}

func tensorsOf(a *golden.Answer) map[string][]float64 {
	tensors := map[string][]float64{}
	for name, x := range a.Out {
		tensors["out/"+name] = x.Data
	}
	for name, x := range a.Grad {
		tensors["grad/"+name] = x.Data
	}
	return tensors
}

func askMpmath(t *testing.T, python string, cases []*golden.Case) map[string]map[string][]float64 {
	t.Helper()
	dir := t.TempDir()
	for _, c := range cases {
		content, err := c.MarshalQuestion()
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, c.Name+golden.Extension), content, 0o644))
	}
	out, err := exec.Command(python, "bessel.py", dir).Output()
	require.NoError(t, err)
	answers := map[string]map[string][]float64{}
	require.NoError(t, json.Unmarshal(out, &answers))
	return answers
}
