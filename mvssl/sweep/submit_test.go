package sweep_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/sweep"
)

// submitted returns what submits the runs of a sweep file.
func submitted(t *testing.T, to sweep.Scheduler, text string, load ...string) string {
	p := plan(t, text)
	j := sweep.Job{Command: "entrec", File: filepath.Join(t.TempDir(), "sweep.json"), Out: "/out", Load: load, Image: "example.org/entrec", Jobs: 4}
	require.NoError(t, os.WriteFile(j.File, []byte(text), 0o644))
	for _, r := range p.Runs {
		j.Indices = append(j.Indices, r.Index)
	}
	var b bytes.Buffer
	require.NoError(t, p.Submit(&b, to, j))
	return b.String()
}

// TestSubmitFlags: all schedulers get the flags about the data, quoted.
func TestSubmitFlags(t *testing.T) {
	moved := strings.Replace(claim, `"data":"made-up"`, `"data":"/here/data"`, 1)
	for _, c := range []struct {
		to   sweep.Scheduler
		text string
		load []string
		want string
	}{
		{sweep.Slurm, claim, nil, "--out /out\n"},
		{sweep.Slurm, claim, []string{"--data", "/my data", "--data-url", "http://a/?b&c=$d", "--skip-bad", "--memory", "7"}, "--out /out --data '/my data' --data-url 'http://a/?b&c=$d' --skip-bad --memory 7\n"},
		{sweep.Parallel, claim, nil, "--threads 2 ::: 0 1 2 "},
		{sweep.Parallel, claim, []string{"--data-url", "http://a/?b&c=$d", "--skip-bad"}, "--threads 2 --data-url 'http://a/?b&c=$d' --skip-bad ::: 0 1 2 "},
		{sweep.Parallel, claim, []string{"--data", "/my data"}, "exec parallel --quote --jobs "},
		{sweep.Kubernetes, claim, nil, `--threads, "2"]`},
		{sweep.Kubernetes, claim, []string{"--data", "cifar10", "--memory", "7"}, `--threads, "2", "--data", "cifar10", "--memory", "7"]`},
		{sweep.Kubernetes, claim, []string{"--data-url", `http://a/"$(HOME), b`, "--skip-bad"}, `--threads, "2", "--data-url", "http://a/\"$$(HOME), b", "--skip-bad"]`},
		{sweep.Kubernetes, moved, nil, `--threads, "2", "--data", "/data"]`},
		{sweep.Kubernetes, moved, []string{"--data", "/here/data", "--skip-bad"}, `--threads, "2", "--data", "/data", "--skip-bad"]`},
	} {
		require.Contains(t, submitted(t, c.to, c.text, c.load...), c.want)
	}
}

// TestSubmitMemory: a size is one of powers of 1024 to all schedulers.
func TestSubmitMemory(t *testing.T) {
	for size, want := range map[string]string{"2000000K": "2000000Ki", "1500M": "1500Mi", "2G": "2Gi", "1T": "1Ti"} {
		text := strings.Replace(claim, "1500M", size, 1)
		require.Contains(t, submitted(t, sweep.Slurm, text), " --mem="+size+"\n")
		require.Equal(t, 2, strings.Count(submitted(t, sweep.Kubernetes, text), `{cpu: "2", memory: `+want+"}\n"))
	}
}

// TestSubmitWords: an image and a folder stand in what is submitted as they were given.
func TestSubmitWords(t *testing.T) {
	p := plan(t, claim)
	printed := func(to sweep.Scheduler, image, out string) string {
		j := sweep.Job{Command: "entrec", File: filepath.Join(t.TempDir(), "sweep.json"), Out: out, Image: image, Jobs: 4}
		require.NoError(t, os.WriteFile(j.File, []byte(claim), 0o644))
		var b bytes.Buffer
		require.NoError(t, p.Submit(&b, to, j))
		return b.String()
	}
	for image, want := range map[string]string{
		"example.org/entrec":      `"example.org/entrec"`,
		"reg.io/x: y # z":         `"reg.io/x: y # z"`,
		"123":                     `"123"`,
		"example.org/x$y\n\"args": `"example.org/x$y\n\"args"`,
	} {
		require.Contains(t, printed(sweep.Kubernetes, image, "/out"), "\n        image: "+want+"\n        args: [")
	}
	for out, want := range map[string][2]string{
		"/out":        {"/out/logs/%A_%a.log", "/out"},
		"/100%/of %A": {"'/100%%/of %%A'/logs/%A_%a.log", "'/100%/of %A'"},
		"/%j":         {"/%%j/logs/%A_%a.log", "/%j"},
	} {
		script := printed(sweep.Slurm, "", out)
		require.Contains(t, script, "\n#SBATCH --output="+want[0]+"\n")
		require.Contains(t, script, " --out "+want[1]+"\n")
	}
}

// TestSubmitKubernetesText: the sweep file in a manifest is what it was, however it begins.
func TestSubmitKubernetesText(t *testing.T) {
	for given, want := range map[string]string{
		claim:               claim,
		"\n\n   \t" + claim: "\n\n   \t" + claim,
		strings.ReplaceAll(claim, "\n", "\r\n") + "\r\n":              claim,
		strings.ReplaceAll(claim, "\n", "\r"):                         claim,
		strings.Replace(claim, `"small"`, "\"κ\u00a0\U000e0041\"", 1): strings.Replace(claim, `"small"`, `"κ\u00a0\udb40\udc41"`, 1),
	} {
		_, text, found := strings.Cut(submitted(t, sweep.Kubernetes, given), "\n  sweep.json: |2\n")
		require.True(t, found)
		text, _, found = strings.Cut(text, "\n---\n")
		require.True(t, found)
		var lines []string
		for _, line := range strings.Split(text, "\n") {
			line, indented := strings.CutPrefix(line, "    ")
			require.True(t, indented)
			lines = append(lines, line)
		}
		require.Equal(t, want, strings.Join(lines, "\n"))
		var before, after any
		require.NoError(t, json.Unmarshal([]byte(given), &before))
		require.NoError(t, json.Unmarshal([]byte(strings.Join(lines, "\n")), &after))
		require.Equal(t, before, after)
	}
}

// TestSubmitKubernetesName: names are as long as Kubernetes takes them, with that of the
// last pod.
func TestSubmitKubernetesName(t *testing.T) {
	name := func(of string) string {
		found := regexp.MustCompile(`(?:\n  |configMap: \{)name: ([a-z0-9-]+)`).FindAllStringSubmatch(submitted(t, sweep.Kubernetes, strings.Replace(claim, `"name":"claim"`, fmt.Sprintf(`"name":%q`, of), 1)), -1)
		require.Len(t, found, 3)
		require.Equal(t, found[0][1], found[1][1])
		require.Equal(t, found[0][1], found[2][1])
		return found[0][1]
	}
	require.Equal(t, "sweep-claim-2", name("Claim_2."))
	whole := strings.Repeat("a", 63-len("sweep-")-len("-13"))
	require.Equal(t, "sweep-"+whole, name(whole))
	for _, long := range []string{whole + "b", strings.Repeat("x.", 32), strings.Repeat("y", 64)} {
		require.Regexp(t, `^sweep-[xya-]*[xya]-[0-9a-f]{8}$`, name(long))
		require.LessOrEqual(t, len(name(long)+"-13"), 63)
	}
	require.NotEqual(t, name(strings.Repeat("y", 63)+"1"), name(strings.Repeat("y", 63)+"2"))
}

// TestSubmitLevel: where each machine takes its own level, none is asked for.
func TestSubmitLevel(t *testing.T) {
	require.Contains(t, submitted(t, sweep.Slurm, claim), "SIMD level avx2: add a --constraint")
	for _, level := range []string{"any", ""} {
		require.NotContains(t, submitted(t, sweep.Slurm, strings.Replace(claim, "avx2", level, 1)), "--constraint")
	}
}

func TestPartsOf(t *testing.T) {
	require.Equal(t, []int{0, 2, 3}, sweep.PartsOf([]int{0, 999, 2000, 3001, 3999}))
	require.Empty(t, sweep.PartsOf(nil))
}
