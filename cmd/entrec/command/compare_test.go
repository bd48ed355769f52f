package command

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Runs that have not ended stand beside those that have, runs of several seeds are one, and
// CSV and Markdown have the same figures.
func TestCompareSeeds(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	runs := []string{filepath.Join(dir, "a|0"), filepath.Join(dir, "a1"), filepath.Join(dir, "b")}
	succeeds(t, tinyRun(data, runs[0], "--seed", "0")...)
	succeeds(t, tinyRun(data, runs[1], "--seed", "1")...)
	succeeds(t, tinyRun(data, runs[2], "--seed", "1", "--method", "simclr")...)
	require.NoError(t, os.Remove(filepath.Join(runs[2], "summary.json")))
	compare := func(flags ...string) string {
		return succeeds(t, append(append([]string{"compare", "--out", ""}, flags...), runs...)...)
	}

	text := compare("--seeds")
	require.Contains(t, text, "1  "+runs[0]+" and 1 more seed: simclr-er\n2  "+runs[2]+": simclr, not ended\n")
	require.Contains(t, text, " ± ")
	require.Contains(t, text, "kNN, quick, %")
	for line := range strings.Lines(text) {
		require.True(t, strings.Contains(line, dir) || len([]rune(line)) <= helpWidth+1, line)
	}
	require.NotContains(t, compare(), "±")

	again := filepath.Join(dir, "a0-2") // the same once more is no further seed
	succeeds(t, tinyRun(data, again, "--seed", "0")...)
	answer := entrec(t, "compare", "--out", "", "--seeds", runs[0], again, runs[1])
	require.Zero(t, answer.code)
	require.Equal(t, "warning: "+again+" has the configuration and the seed of "+runs[0]+", and is not counted\n", answer.stderr)
	require.Equal(t, succeeds(t, "compare", "--out", "", "--seeds", runs[0], runs[1]), answer.stdout)

	single := table(t, compare("--csv"))
	require.Len(t, single, 3)
	both := table(t, compare("--csv", "--seeds"))
	require.Len(t, both, 2)
	require.Equal(t, "0 1", both[0]["seeds"])
	require.Equal(t, []string{"true", "false"}, []string{both[0]["ended"], both[1]["ended"]})
	require.Empty(t, both[1]["knn_top1"])
	require.NotEmpty(t, both[1]["mi_er"])
	require.Empty(t, both[1]["mi_er_half"])
	number := func(row map[string]string, key string) float64 {
		v, err := strconv.ParseFloat(row[key], 64)
		require.NoError(t, err)
		return v
	}
	x, y := number(single[0], "mi_er"), number(single[1], "mi_er")
	require.InDelta(t, (x+y)/2, number(both[0], "mi_er"), 1e-12)
	require.InDelta(t, 12.7062047*max(x-y, y-x)/2, number(both[0], "mi_er_half"), 1e-6) // t of one degree of freedom

	markdown := strings.Split(strings.TrimSpace(compare("--markdown", "--seeds")), "\n")
	require.Len(t, markdown, 4)
	require.Contains(t, markdown[2], `a\|0 and 1 more seed | simclr-er |`)
	require.Equal(t, strings.Count(markdown[0], "|"), strings.Count(strings.ReplaceAll(markdown[2], `\|`, ""), "|"))
	for flags, says := range map[string]string{
		"--csv --json":     "--csv: found beside --json, expected one of --json, --csv, --markdown",
		"--markdown --csv": "--markdown: found beside --csv, expected one of --json, --csv, --markdown",
		"--seeds --json":   "--seeds: found beside --json, which has a run each, expected --csv, --markdown or neither",
	} {
		require.Equal(t, "entrec: "+says, refuses(t, exitUsage, append([]string{"compare", runs[0]}, strings.Fields(flags)...)...))
	}
}

// TestFoldersOfRuns: of all that runs/* stands for, compare and report take the runs, tell
// of what is none, and refuse one that is damaged, with the file and the field.
func TestFoldersOfRuns(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	a, notes, file, empty, page := filepath.Join(dir, "a"), filepath.Join(dir, "notes"), filepath.Join(dir, "runs.txt"), filepath.Join(dir, "empty"), filepath.Join(dir, "page.html")
	succeeds(t, tinyRun(data, a)...)
	put(t, notes, "loss.svg", []byte("<svg/>"))
	put(t, dir, "runs.txt", nil)
	require.NoError(t, os.Mkdir(empty, 0o755))
	commands := [][]string{{"compare", "--out", "", "--csv"}, {"report", "--no-pictures", "--json", "--out", page}}
	for _, args := range commands {
		r := entrec(t, append(args, notes, a, file, empty)...)
		require.Equal(t, exitDone, r.code, r.stderr)
		require.Equal(t, notes+": found no run, left out\n"+file+": found no run, left out\n"+empty+": found no run, left out\n", r.stderr)
		require.Equal(t, succeeds(t, append(args, a)...), r.stdout)
		require.Equal(t, "entrec: "+notes+": found no config.json, expected the folder of a run", refuses(t, exitFailed, append(args, notes, file)...))
		none := filepath.Join(dir, "none")
		require.Equal(t, "entrec: "+filepath.Join(none, "config.json")+": found no such file, expected the configuration of a run", refuses(t, exitFailed, append(args, a, none)...))
	}

	damaged := filepath.Join(dir, "damaged")
	require.NoError(t, os.CopyFS(damaged, os.DirFS(a)))
	config, summary := readFile(t, a, "config.json"), readFile(t, a, "summary.json")
	knn := regexp.MustCompile(`"knn_top1": [0-9.e-]+`)
	for _, c := range []struct{ name, text, says string }{
		{"summary.json", knn.ReplaceAllString(summary, `"knn_top1": "good"`), "knn_top1: found a JSON string, expected a number"},
		{"summary.json", knn.ReplaceAllString(summary, `"knn_top1": 17`), "knn_top1: found 17, expected 0 to 1"},
		{"summary.json", strings.Replace(summary, `"steps": `, `"steps": -`, 1), "steps: found -"},
		{"config.json", "{}", "model: found nothing, expected an object"},
		{"config.json", `{"model": {"encoder": {}}}`, "model.encoder.channels: found nothing, expected a whole number"},
	} {
		put(t, damaged, "config.json", []byte(config))
		put(t, damaged, "summary.json", []byte(summary))
		put(t, damaged, c.name, []byte(c.text))
		require.Contains(t, refuses(t, exitFailed, "compare", "--out", "", a, notes, damaged), "entrec: "+filepath.Join(damaged, c.name)+": "+c.says)
		r := entrec(t, "report", "--no-pictures", "--out", page, a, damaged)
		require.Equal(t, exitDone, r.code)
		require.Contains(t, r.stderr, "warning: "+filepath.Join(damaged, c.name)+": "+c.says)
	}
	put(t, damaged, "config.json", []byte(config))
	put(t, damaged, "summary.json", []byte(summary))
	require.NoError(t, os.Remove(filepath.Join(damaged, "metrics.jsonl")))
	for _, args := range commands {
		succeeds(t, append(args, damaged)...)
	}
	require.Contains(t, entrec(t, "compare", "--out", "", damaged).stderr, "warning: stat "+filepath.Join(damaged, "metrics.jsonl")+": ")
	require.NoError(t, os.Remove(filepath.Join(damaged, "config.json"))) // a summary is something of a run
	for _, args := range commands {
		require.Equal(t, "entrec: "+damaged+": found no config.json, expected the folder of a run", refuses(t, exitFailed, append(args, a, damaged)...))
	}
}

// table reads CSV as rows of named cells.
func table(t *testing.T, text string) (rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}
