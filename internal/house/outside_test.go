package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOutside: a module outside the repository that finds entrec by a replace directive
// builds and runs. One that imports the golden format alone needs no module but that of
// the file format.
func TestOutside(t *testing.T) {
	module := modulePath(t)
	for _, test := range []struct {
		name, program, prints string
		modules               []string // that its go.sum may name; nil for any
	}{
		{"library", `package main

import (
	"fmt"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/tensor"
)

func main() {
	tape := autograd.NewTape[float32]()
	x := tape.Leaf(tensor.FromSlice([]float32{1, 2, 3}, 3))
	tape.Backward(autograd.Sum(autograd.Pow(x, 2)))
	row, err := mvssl.Find("simclr")
	fmt.Print(x.Grad.Data(), row.Branches, err)
}
`, "[2 4 6] identical <nil>", nil},
		{"golden", `package main

import (
	"fmt"

	"entrec/reference/golden"
)

func main() { fmt.Print(golden.Format) }
`, "entrec-golden/1", []string{"github.com/nlpodyssey/safetensors", "golang.org/x/sys"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root, err := filepath.Abs(filepath.Join("..", ".."))
			require.NoError(t, err)
			dir := t.TempDir()
			for name, content := range map[string]string{
				"go.mod":  "module outside\n\ngo 1.26\n\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + root + "\n",
				"main.go": test.program,
			} {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
			}
			// All modules are in the cache, from which this test was built.
			cmd := exec.Command("go", "run", ".")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Equal(t, test.prints, string(out))
			sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
			require.NoError(t, err)
			for line := range strings.Lines(string(sums)) {
				module, _, _ := strings.Cut(line, " ")
				if test.modules != nil {
					require.Contains(t, test.modules, module)
				}
			}
		})
	}
}

// modulePath returns this module's path, which a fork changes.
func modulePath(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}
