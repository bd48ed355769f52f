package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/bench"
)

// saying returns a program that answers the same in every turn.
func saying(t *testing.T, name string, a answer) program {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: no sh")
	}
	text, err := json.Marshal(a)
	require.NoError(t, err)
	return program{name: name, command: []string{shell, "-c", "cat <<'END'\n" + string(text) + "\nEND\n"}}
}

// TestTurn takes a turn of each program in Go in each benchmark, and asks for
// what does not exist.
func TestTurn(t *testing.T) {
	s, err := parse([]string{"--seconds", "0", "--steps", "1", "--threads", "1", "--step", "w1b2"}, nil)
	require.NoError(t, err)
	for _, b := range benchmarks(s) {
		task := b.task
		switch task.Benchmark {
		case "gemm":
			task.Cases = []item{{Name: "case", Type: "f32", M: 32, N: 32, K: 32}}
		case "objectives":
			for i := range task.Cases {
				task.Cases[i].K = 16
			}
		case "embed":
			task.Cases = []item{{Name: "case", Width: 1, N: 3, File: filepath.Join(t.TempDir(), "encoder.onnx")}}
		}
		for _, name := range append([]string{"entrec"}, b.peers...) {
			if name != "entrec" && name != "vek" && name != "gonum" {
				continue
			}
			question, err := json.Marshal(task)
			require.NoError(t, err)
			var out bytes.Buffer
			require.NoError(t, answerTurn(name, string(question), &out))
			var a answer
			require.NoError(t, json.Unmarshal(out.Bytes(), &a))
			for _, c := range task.Cases {
				require.Greater(t, a.Values[c.Name], 0., "%s: %s", name, c.Name)
			}
			if task.Benchmark == "gemm" {
				require.Equal(t, product32, a.Checks["case"], name)
			}
		}
	}
	require.Error(t, answerTurn("entrec", "{", &bytes.Buffer{}))
	require.ErrorContains(t, answerTurn("entrec", `{"benchmark":"chess","threads":1,"cases":[{"name":"x"}]}`, &bytes.Buffer{}), `no benchmark "chess"`)
	require.ErrorContains(t, answerTurn("vek", `{"benchmark":"gemm","threads":1,"cases":[{"name":"x","type":"f64"}]}`, &bytes.Buffer{}), "no product of type f64")
}

// TestMedianTime measures what is far shorter than a tick of the clock.
func TestMedianTime(t *testing.T) {
	for _, threads := range []int{1, 2} {
		require.Positive(t, task{Threads: threads}.medianTime(func() {}), "%d threads", threads)
	}
}

// product32 is the check of the 32×32×32 product, from three loops in Python.
const product32 = -5095.0

// TestMeasure: peers that are missing or fail are left out and named, medians and ratios
// come out right, a peer with poor kernels is told in its rows, and one that disagrees
// ends it.
func TestMeasure(t *testing.T) {
	t.Setenv("OPENBLAS_CORETYPE", "")
	s, err := parse([]string{"--only", "gemm,objectives", "--threads", "1", "--rounds", "2"}, nil)
	require.NoError(t, err)
	say := func(name string, value, check float64, core string) program {
		a := answer{Version: "1.2", Values: map[string]float64{}, Checks: map[string]float64{}, PeakRSS: 3e6, Core: core}
		for _, b := range benchmarks(s) {
			for _, c := range b.Cases {
				a.Values[c.Name], a.Checks[c.Name] = value, check
			}
		}
		return saying(t, name, a)
	}
	all := map[string]program{
		"entrec": say("entrec", 6, 1, ""), "openblas": say("openblas", 4, 1, "Prescott"), "torch": say("torch", 9, 1, "SkylakeX"),
		"vek":   {name: "vek", missing: "not here"},
		"gonum": {name: "gonum", command: []string{"sh", "-c", "echo broken >&2; exit 3"}},
	}
	var shouted, table bytes.Buffer
	have := features{avx2: true, avx512: true}
	r, err := measure(s, all, have, &shouted)
	require.NoError(t, err)
	require.Contains(t, shouted.String(), "*** MISSING: vek: not here ***")
	require.Contains(t, shouted.String(), "*** MISSING: gonum: gonum: exit status 3: broken ***")
	require.Len(t, r.Missing, 2)
	for _, x := range r.Results {
		want := map[string]float64{"entrec": 1, "openblas": 1.5, "torch": 1.5}[x.Program]
		require.Equal(t, want, x.TimesAsFast, "%+v", x)
		require.Len(t, x.Values, 2)
	}
	require.NoError(t, r.write(&table, false))
	require.Contains(t, table.String(), "MISSING: vek: not here")
	require.Contains(t, table.String(), "openblas: 1.2")
	require.Contains(t, table.String(), "openblas: OpenBLAS's core type: Prescott, chosen by OpenBLAS")
	for line := range strings.Lines(table.String()) {
		// This OpenBLAS takes no other type than Prescott.
		require.Equal(t, strings.Contains(line, " openblas "), strings.Contains(line, "1.50 UNFAIR: the peer runs SSE kernels for Prescott"), line)
	}
	require.NoError(t, r.write(&table, true))

	all["openblas"] = say("openblas", 4, 2, "SkylakeX")
	_, err = measure(s, all, have, &shouted)
	require.ErrorContains(t, err, "openblas and entrec disagree on f32 512×512×512: 2 and 1")
}

func TestParseRefuses(t *testing.T) {
	for _, args := range [][]string{
		{"--only", "chess"}, {"--rounds", "0"}, {"--seconds", "-1"}, {"--seconds", "NaN"}, {"--step", "w16"}, {"--step", "w16b256f16"}, {"--step", "w0b256"}, {"--step", "w16b0"}, {"more"}, {"--nonsense"}, {"--only", "step,growth"}, {"--only", ""},
	} {
		_, err := parse(args, &bytes.Buffer{})
		require.Error(t, err, "%v", args)
	}
	s, err := parse([]string{"--step", "w16b256,w4b8f64"}, nil)
	require.NoError(t, err)
	require.Equal(t, []bench.Step{{Width: 16, Batch: 256}, {Width: 4, Batch: 8, Double: true}}, s.step)
}
