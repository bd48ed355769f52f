package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkBudget measures what the README promises of two cores with AVX2, each once and
// as a learner meets it: the command built from an empty cache, and the default run.
// Either is to take at most a minute of the wall.
//
//	go test ./internal/bench -run '^$' -bench Budget -benchtime 1x
func BenchmarkBudget(b *testing.B) {
	entrec := filepath.Join(b.TempDir(), "entrec")
	run := func(env []string, name string, args ...string) {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), append(env, "GOMAXPROCS=2")...)
		out, err := cmd.CombinedOutput()
		require.NoError(b, err, "%s", out)
	}
	build := func(b *testing.B) {
		run([]string{"GOCACHE=" + b.TempDir(), "CGO_ENABLED=0"}, "go", "build", "-p", "2", "-o", entrec, "entrec/cmd/entrec")
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			build(b)
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/op")
	})
	b.Run("train", func(b *testing.B) {
		if _, err := os.Stat(entrec); err != nil {
			build(b)
		}
		for b.Loop() {
			run(nil, entrec, "train", "--simd", "avx2", "--threads", "2", "--out", filepath.Join(b.TempDir(), "run"))
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/op")
	})
}
