package page

import (
	"encoding/json"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// How fast a run was comes from a file of its own; what is damaged of it is told, and a run
// without it has none.
func TestThroughput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	madeUp(t, dir, "made-up", 3)
	r := Read(dir, "run")
	r.At(math.Inf(-1), math.Inf(1), 4000)
	require.Nil(t, r.Series.Throughput)
	const lines = `{"kind":"step","step":1,"epoch":0.1,"time":1764430000.5,"images_per_second":100}
{"kind":"step","step":10,"epoch":1,"time":1764430001,"images_per_second":250.5}
`
	path := filepath.Join(dir, "throughput.jsonl")
	write(t, path, lines)
	require.True(t, r.Look())
	require.Empty(t, r.Notes)
	r.At(math.Inf(-1), math.Inf(1), 4000)
	text, err := json.Marshal(r.Series.Throughput)
	require.NoError(t, err)
	require.JSONEq(t, `{"step":[1,10],"epoch":[0.1,1],"images_per_second":[100,250.5]}`, string(text))
	require.False(t, r.Look())
	write(t, path, lines+"rubbish\n")
	r.Look()
	require.Len(t, r.Notes, 1)
	require.Contains(t, r.Notes[0], "throughput.jsonl: line 3 is damaged")
	r.Unload()
	require.Zero(t, r.Bytes())
}
