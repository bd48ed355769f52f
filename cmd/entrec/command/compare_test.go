package command

import (
	"encoding/csv"
	"os"
	"path/filepath"
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
	require.Contains(t, refuses(t, exitUsage, "compare", runs[0], "--csv", "--json"), "csv")
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
