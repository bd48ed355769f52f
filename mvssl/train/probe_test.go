package train_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl/train"
)

// Each method trains the same encoder beside an online probe as without, to the bit.
func TestOnlineProbe(t *testing.T) {
	s := split()
	for _, method := range methods() {
		t.Run(method, func(t *testing.T) {
			with := config(t, method, s, "steps", "3", "probe", "online")
			if method == "toy" {
				_, err := train.Run(context.Background(), with, s, train.Options{Out: t.TempDir()})
				require.EqualError(t, err, "method toy does not show the features that it trains, which --probe online needs")
				return
			}
			got, want := finished(t, with, s), whole(t, config(t, method, s, "steps", "3"), s)
			require.NotNil(t, got.summary.ProbeOnline)
			require.Nil(t, want.summary.ProbeOnline)
			require.Equal(t, want.summary.ParamsSHA256, got.summary.ParamsSHA256)
			maps.DeleteFunc(got.tensors, func(name, _ string) bool { return strings.HasPrefix(name, "probe.") })
			require.Equal(t, want.tensors, got.tensors)
			none := `"probe_online":null`
			require.Equal(t, 1, strings.Count(got.metrics, none), "before the first step")
			require.Equal(t, 2, strings.Count(want.metrics, none))
		})
	}
}
