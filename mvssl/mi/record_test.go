package mi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadRecord: an item that no bench writes is told on one line.
func TestReadRecord(t *testing.T) {
	const good = `{"part":"steps","estimator":"nwj","critic":"separable","seed":0,"k":64,"steps":8,"cells":[{"task":"steps-2","truth":2,"mean":1}]}`
	path := filepath.Join(t.TempDir(), "bench.json")
	read := func(item string) error {
		require.NoError(t, os.WriteFile(path, []byte(`{"items":[`+good+","+item+"]}"), 0o644))
		_, err := ReadRecord(path)
		return err
	}
	require.NoError(t, read(good))
	require.NoError(t, read(strings.NewReplacer("nwj", "cca", "separable", "").Replace(good)))
	for _, c := range []struct{ old, bad, want string }{
		{good, `{"part":"steps"}`, `unknown estimator "", expected infonce, nwj`},
		{"nwj", "nwk", `unknown estimator "nwk", expected infonce, nwj`},
		{`"steps",`, `"stairs",`, `found the part "stairs", expected one of steps, cubed, kinds`},
		{"separable", "normal", `found the critic "normal" of nwj, expected one of separable, bilinear, concat, vmf`},
		{"separable", "", `found the critic "" of nwj, expected one of separable`},
		{"nwj", "ksg", `found the critic "separable" of ksg, expected none`},
		{"64", "1", "found k = 1, expected at least 2"},
		{`[{"task":"steps-2","truth":2,"mean":1}]`, "[]", "found no cells, expected one of each task"},
		{`[{"task":"steps-2","truth":2,"mean":1}]`, "null", "found no cells, expected one of each task"},
	} {
		err := read(strings.Replace(good, c.old, c.bad, 1))
		require.ErrorContains(t, err, path+": item 2: "+c.want)
		require.NotContains(t, err.Error(), "\n")
	}
}
