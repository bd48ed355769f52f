package command

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/simd"
)

// TestSIMD: a run is made at the SIMD level that is asked for, goes on there, and at
// another only if any will do, which is said and recorded.
func TestSIMD(t *testing.T) {
	t.Parallel()
	all := simd.Levels()
	best := all[len(all)-1].String()
	if best == "generic" {
		t.Skip("this processor has no second SIMD level")
	}
	data := tiny(t)
	out := filepath.Join(t.TempDir(), "run")
	said := object(t, succeeds(t, tinyRun(data, out, "--simd", "generic", "--epochs", "1", "--json")...))
	require.Equal(t, "generic", said["simd"])
	require.Equal(t, []any{"generic"}, said["simd_levels"])

	resume := func(more ...string) []string {
		return append([]string{"train", "--out", out, "--resume", "--json"}, more...)
	}
	require.Equal(t, "generic", object(t, succeeds(t, resume("--epochs", "2")...))["simd"])
	message := refuses(t, exitUsage, resume("--epochs", "3", "--simd", best)...)
	require.Contains(t, message, out+" cannot be resumed otherwise than it began: found SIMD level "+best+", expected the run's generic")
	require.Equal(t, []any{"generic"}, object(t, succeeds(t, resume("--epochs", "3", "--simd", "any")...))["simd_levels"])

	require.Contains(t, refuses(t, exitUsage, "train", "--simd", "sse"), `found "sse", expected one of generic, avx2, avx512, neon, any`)
	for _, command := range []string{"train", "bench step"} {
		args := append([]string{"train", "--data", data}, "--out", out+"2", "--simd", "neon")
		if command == "bench step" {
			args = []string{"bench", "step", "--simd", "neon"}
		}
		if _, has := simd.Find("neon"); !has {
			require.Contains(t, refuses(t, exitUsage, args...), "--simd: SIMD level neon is not to be had here: this processor and build have generic, ")
		}
	}
	require.NoDirExists(t, out+"2")
}
