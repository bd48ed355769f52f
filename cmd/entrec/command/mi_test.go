package command

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// npyFile writes a matrix of float64 as NumPy does.
func npyFile(t *testing.T, dir, name string, n, d int, at func(i, j int) float64) string {
	t.Helper()
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d), }", n, d)
	header += strings.Repeat(" ", (64-(10+len(header)+1)%64)%64) + "\n"
	content := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	content = append(content, header...)
	for i := range n {
		for j := range d {
			content = binary.LittleEndian.AppendUint64(content, math.Float64bits(at(i, j)))
		}
	}
	file := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(file, content, 0o644))
	return file
}

// TestMI: a task and files are estimated, as JSON with the fields that are promised.
func TestMI(t *testing.T) {
	t.Parallel()
	fields := []string{"critic", "d", "d_y", "estimator", "gaussian", "k", "kind", "pairs", "seed", "standard_error", "steps", "task", "truth", "value", "warning"}
	r := object(t, succeeds(t, "mi", "--task", "vmf-16-20", "--estimator", "infonce", "--critic", "vmf", "--k", "16", "--json"))
	require.ElementsMatch(t, fields, keys(r))
	require.InDelta(t, 4.989, r["truth"], 1e-3)
	require.Less(t, r["value"], math.Log(16))
	require.Contains(t, r["warning"], "near 2.77")
	require.Equal(t, "lower bound", r["kind"])

	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	x := npyFile(t, dir, "x.npy", 400, 2, func(int, int) float64 { return rng.NormFloat64() })
	again := rand.New(rand.NewPCG(1, 2))
	y := npyFile(t, dir, "y.npy", 400, 2, func(int, int) float64 { return again.NormFloat64() + rng.NormFloat64() })
	truth := math.Log(2) // of correlations 1/√2 in two coordinates
	r = object(t, succeeds(t, "mi", "--x", x, "--y", y, "--estimator", "ksg", "--json"))
	require.ElementsMatch(t, fields, keys(r))
	require.Nil(t, r["task"])
	require.Nil(t, r["truth"])
	require.Nil(t, r["critic"])
	require.InDelta(t, truth, r["value"], 0.15)
	require.InDelta(t, truth, r["gaussian"], 0.15)
	require.Positive(t, r["standard_error"])
	r = object(t, succeeds(t, "mi", "--x", x, "--y", y, "--estimator", "club", "--steps", "20", "--json"))
	require.Equal(t, "estimate", r["kind"])
	out := succeeds(t, "mi", "--x", x, "--y", y, "--steps", "20")
	require.Contains(t, out, "infonce with the critic separable of your pairs")
	require.Contains(t, out, "of a Gaussian with the same covariance")
	require.Contains(t, succeeds(t, "mi", "--list"), "steps-10")
	require.Contains(t, succeeds(t, "mi", "--task", "vmf-3-10", "--estimator", "tuba", "--critic", "vmf", "--kappa", "5", "--steps", "2", "--k", "8"), "the truth")

	index := filepath.Join(dir, "index.csv")
	text := ",a\n"
	for i := range 400 {
		text += fmt.Sprintf("%d,%v\n", i, rng.NormFloat64())
	}
	require.NoError(t, os.WriteFile(index, []byte(text), 0o644))
	ran := entrec(t, "mi", "--x", x, "--y", index, "--estimator", "cca", "--json")
	require.Equal(t, exitDone, ran.code, ran.stderr)
	require.Equal(t, 1., object(t, ran.stdout)["d_y"])
	require.Contains(t, ran.stderr, index+": column 1 has no name and counts the rows: it is left out\n")
}

// TestMIRefuses: what is asked wrongly ends with 2, pairs that are no good with 1.
func TestMIRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(int, int) float64 { return rng.NormFloat64() }
	good := npyFile(t, dir, "good.npy", 40, 2, noise)
	shorter := npyFile(t, dir, "shorter.npy", 39, 2, noise)
	one := npyFile(t, dir, "one.npy", 1, 2, noise)
	none := npyFile(t, dir, "none.npy", 40, 0, noise)
	flat := npyFile(t, dir, "flat.npy", 40, 2, func(i, j int) float64 { return float64(i * (1 - j)) })
	labels := npyFile(t, dir, "labels.npy", 40, 2, func(i, j int) float64 { return float64(i / 2 % 2 * (1 - 2*j)) })
	wide := npyFile(t, dir, "wide.npy", 40, 6, noise)
	columns := npyFile(t, dir, "columns.npy", 40, 1, func(i, _ int) float64 { return float64(i % 8) })
	lines := npyFile(t, dir, "lines.npy", 40, 1, func(i, _ int) float64 { return float64(i / 8) })
	shuffled := filepath.Join(dir, "shuffled.csv")
	require.NoError(t, os.WriteFile(shuffled, []byte(",a\n1,0.5\n0,0.25\n"), 0o644))
	nan := npyFile(t, dir, "nan.npy", 40, 2, func(i, j int) float64 {
		if i == 3 && j == 1 {
			return math.NaN()
		}
		return noise(i, j)
	})
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{2, nil, "found no pairs, expected --task NAME, or --x FILE and --y FILE"},
		{2, []string{"--x", good}, "found no pairs"},
		{2, []string{"--task", "steps-2", "--x", good}, "found --task and --x or --y"},
		{2, []string{"--task", "step-2"}, "did you mean steps-2"},
		{2, []string{"--task", "steps-2", "--estimator", "infonc"}, "did you mean infonce?"},
		{2, []string{"--task", "steps-2", "--critic", "normal"}, `critic: found "normal", expected one of infonce: separable, bilinear, concat, vmf`},
		{2, []string{"--task", "steps-2", "--k", "0"}, "--k: found 0, expected at least 2"},
		{2, []string{"--task", "steps-2", "--k", "128", "--critic", "concat"}, "expected at most 64"},
		{2, []string{"--task", "classes-8-0", "--estimator", "er-kde"}, "y is discrete"},
		{2, []string{"--task", "classes-8-0", "--estimator", "ksg"}, "ksg: found 4096 of 4096 pairs with at least 5 others equal to them"},
		{2, []string{"--x", labels, "--y", labels, "--estimator", "ksg"}, "ksg: found 40 of 40 pairs with at least 5 others equal to them"},
		{2, []string{"--x", good, "--y", labels, "--estimator", "er-nearest"}, "er-nearest: y is discrete, expected a y that has a density"},
		{2, []string{"--x", good, "--y", good, "--k", "41", "--estimator", "ksg"}, "k: found 41, expected 2 to 40: there are 40 pairs"},
		{2, []string{"--x", good, "--y", good, "--k", "6"}, "k: found 6, expected 2 to 5: there are 40 pairs"},
		{2, []string{"--x", good, "--y", good, "--estimator", "er-known"}, "the entropy of y is not known"},
		{2, []string{"--x", good, "--y", good, "--lr", "-1"}, "learning rate: found -1"},
		{2, []string{"--x", good, "--y", good, "--lr", "low"}, `--lr: found "low", expected a number; usage: `},
		{2, []string{"--x", good, "--y", good, "--seed", "-1"}, `--seed: found "-1", expected a whole number, not negative; usage: `},
		{2, []string{"--x", good, "--y", good, "--k", "5", "--estimator", "cca"}, "k: found 5, expected at least 6: cca of 2 and 2 numbers"},
		{1, []string{"--x", good, "--y", shorter}, "found 40 rows in"},
		{1, []string{"--x", one, "--y", one}, "found 1 rows, expected at least 16"},
		{1, []string{"--x", none, "--y", good}, "expected at least one row and one column"},
		{1, []string{"--x", good, "--y", flat}, "column 2 is 0 in every row"},
		{1, []string{"--x", nan, "--y", good}, "found NaN in row 4, column 2"},
		{1, []string{"--x", filepath.Join(dir, "no.npy"), "--y", good}, "--x: found nothing at " + dir + "/no.npy, expected a file of numbers"},
		{1, []string{"--x", good, "--y", filepath.Join(dir, "no.csv")}, "--y: found nothing at " + dir + "/no.csv, expected a file of numbers"},
		{1, []string{"--x", good, "--y", shuffled}, shuffled + ": found no name of column 1 in the header, expected one; an index is left out of a file by index=False"},
		{2, []string{"--x", good, "--y", wide, "--estimator", "er-logdet"}, "k: found 5, expected at least 7: er-logdet of 6 numbers of y needs more pairs in a batch"},
		{2, []string{"--x", columns, "--y", lines, "--estimator", "ksg"}, " % of 40 pairs with more than 5 others as near as their nearest 5"},
		{2, []string{"--task", "steps-2", "--x-key", "a"}, "--x-key: found no --x, expected the file whose array or column it names"},
		{2, []string{"--task", "steps-2", "--y-key", "a"}, "--y-key: found no --y, expected the file whose array or column it names"},
		{2, []string{"--task", "steps-2", "--kappa", "3"}, "--kappa: found infonce with the critic separable, expected the critic vmf, whose concentration it is"},
		{2, []string{"--task", "steps-2", "--estimator", "cca", "--kappa", "3"}, "--kappa: found cca, expected the critic vmf"},
		{2, []string{"--x", good, "--y", good, "--estimator", "ksg", "--steps", "5"}, "--steps: found ksg, which trains nothing, expected an estimator with a critic that is trained"},
		{2, []string{"--x", good, "--y", good, "--estimator", "cca", "--lr", "0.1"}, "--lr: found cca, which trains nothing"},
		{2, []string{"--x", good, "--y", good, "--estimator", "cca", "--quick"}, "--quick: found cca, which trains nothing"},
		{2, []string{"--x", good, "--y", good, "--critic", "vmf", "--steps", "5"}, "--steps: found infonce with the critic vmf, which trains nothing"},
		{2, []string{"--list", "--task", "steps-2"}, "--list: found --task beside it, expected --json or nothing"},
		{2, []string{"--list", "--kappa", "2"}, "--list: found --kappa beside it"},
		{1, []string{"--x", dir + "/x.txt", "--y", good}, `ends in ".txt", expected .csv, .npy, .npz, .safetensors`},
	} {
		require.Contains(t, refuses(t, c.code, append([]string{"mi"}, c.args...)...), c.want, "%v", c.args)
	}
}

// TestMIBench: what a folder holds is not asked again, and other settings are refused.
func TestMIBench(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "bench")
	args := []string{"mi", "bench", "--out", dir, "--only", "steps", "--steps", "8", "--seeds", "2"}
	first := succeeds(t, append(args, "--estimators", "nwj")...)
	require.Contains(t, first, "| nwj separable | ")
	record, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	require.NoError(t, err)
	table := object(t, succeeds(t, append(args, "--estimators", "nwj,er-known", "--json")...))
	rows := table["rows"].([]any)
	require.Len(t, rows, 10)
	require.Equal(t, 2., rows[0].(map[string]any)["seeds"])
	grown, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	require.NoError(t, err)
	require.Contains(t, string(grown), strings.TrimSuffix(string(record), "\n ]\n}\n"))
	for _, name := range []string{"table.md", "table.csv", "table.json"} {
		require.FileExists(t, filepath.Join(dir, name))
	}
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{2, []string{"--out", dir, "--only", "steps", "--steps", "9"}, "bench.json: found steps nwj separable, seed 0 with 8 steps and k = 64, expected 9 and 64"},
		{2, nil, "--out: found nothing, expected a folder"},
		{2, []string{"--out", dir, "--only", "stairs"}, `--only: found "stairs", expected some of steps, cubed, kinds`},
		{2, []string{"--out", dir, "--estimators", "nwk"}, "did you mean nwj?"},
		{2, []string{"--out", dir, "--only", ""}, "--only: found nothing, expected some of steps, cubed, kinds"},
		{2, []string{"--out", dir, "--estimators", ""}, "--estimators: found nothing, expected some of infonce, nwj"},
		{2, []string{"--out", filepath.Join(dir, "table.md")}, "--out: found the file " + filepath.Join(dir, "table.md") + ", expected a folder"},
		{2, []string{"--out", dir, "--seeds", "0"}, "--seeds: found 0, expected 1 to 100"},
	} {
		require.Contains(t, refuses(t, c.code, append([]string{"mi", "bench"}, c.args...)...), c.want)
	}
	for _, name := range []string{"table.md", "table.csv", "table.json"} {
		own := t.TempDir()
		mine := filepath.Join(own, name)
		require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o644))
		require.Contains(t, refuses(t, 2, "mi", "bench", "--out", own, "--only", "steps", "--steps", "8", "--estimators", "cca"), mine+" is there already")
		content, err := os.ReadFile(mine)
		require.NoError(t, err)
		require.Equal(t, "mine", string(content))
		require.NoFileExists(t, filepath.Join(own, "bench.json"))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bench.json"), []byte(`{"items":[{"par":1}]}`), 0o644))
	require.Contains(t, refuses(t, 1, args...), "bench.json: ")
}
