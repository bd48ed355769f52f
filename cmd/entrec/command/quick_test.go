package command

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestQuick: a run of seconds says what it was set to, goes on as it began, and is looked
// at as any other; of the supervised baseline, whose projections are features, too.
func TestQuick(t *testing.T) {
	t.Parallel()
	data, dir := tiny(t), t.TempDir()
	run := filepath.Join(dir, "run")
	args := []string{"train", "--data", data, "--method", "supervised", "--quick", "--out", run, "--json"}
	const said = "--quick: width 4, epochs 2; to see it run, not for results\n"
	r := entrec(t, args...)
	require.Equal(t, exitDone, r.code, r.stderr)
	require.Contains(t, r.stderr, said)
	o := object(t, r.stdout)
	require.Equal(t, []any{"supervised", 4.0, 2.0}, []any{o["method"], o["width"], o["epochs"]})
	require.Regexp(t, `"quick": \[\s*"model.encoder.width",\s*"epochs"\s*\]`, readFile(t, run, "config.json"))
	again := entrec(t, append(args, "--resume")...)
	require.Equal(t, o["params_sha256"], digest(t, again.stdout))
	require.NotContains(t, again.stderr, said)

	few := object(t, succeeds(t, "eval", run, "--labels", "8", "--json"))
	require.Equal(t, 8.0, few["labels"])
	require.NotNil(t, few["mi_er_w"])
	require.Contains(t, succeeds(t, "embed", run, "--what", "projections", "--out", filepath.Join(dir, "z.npy")), "32")
	succeeds(t, "export", run, "--projector", "--out", filepath.Join(dir, "e.onnx"))
	require.Contains(t, succeeds(t, "compare", run, "--out", ""), "supervised")

	r = entrec(t, "mi", "--task", "vmf-16-20", "--k", "16", "--quick", "--json")
	require.Contains(t, r.stderr, "--quick: steps 200; to see it run, not for results\n")
	require.Equal(t, 200.0, object(t, r.stdout)["steps"])
}
