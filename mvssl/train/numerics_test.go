package train_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/simd"
)

// TestNumerics holds the bits of training, at level avx2: each method and each encoder,
// from the configuration in testdata/numerics, gives the parameters whose digest is
// recorded. Whoever changes bits on purpose raises train.Numerics and records the
// new digests, which this test prints.
func TestNumerics(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "numerics.json"))
	require.NoError(t, err)
	var recorded struct {
		Numerics int               `json:"numerics"`
		Digests  map[string]string `json:"params_sha256"`
	}
	require.NoError(t, json.Unmarshal(text, &recorded))
	require.Equal(t, recorded.Numerics, train.Numerics)
	files, err := filepath.Glob(filepath.Join("testdata", "numerics", "*.json"))
	require.NoError(t, err)
	covered := map[string]bool{}
	full, err := data.Load(context.Background(), "fashion-mini", data.Options{})
	require.NoError(t, err)
	full.Test, err = full.Test.Subset(4, 0)
	require.NoError(t, err)
	if slices.Contains(simd.Levels(), simd.AVX2) {
		defer simd.Force(simd.AVX2)()
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			r, err := train.ReadRequest(file)
			require.NoError(t, err)
			r.Set("report.evaluate", "off")
			images := full
			if r.Data() == "made-up" {
				images = runtest.ColorSplit()
			}
			cfg, split, err := train.Resolve(r, images)
			require.NoError(t, err)
			covered[cfg.Model.Encoder.Name] = true
			if simd.Current() != simd.AVX2 {
				t.Skip("digests are those of level avx2, which this processor has not")
			}
			if fuses(1+0x1p-30, 1-0x1p-30, -1) {
				t.Skip("digests are those of a compiler that does not fuse multiply and add, as GOAMD64=v3 does")
			}
			s, err := train.Run(context.Background(), cfg, split, train.Options{Out: t.TempDir()})
			require.NoError(t, err)
			require.Equal(t, recorded.Digests[name], s.ParamsSHA256)
		})
	}
	require.Len(t, files, len(recorded.Digests))
	for _, name := range nn.EncoderNames() {
		require.True(t, covered[name], "no recorded configuration of encoder %s", name)
	}
}

// fuses reports whether the compiler rounds x·y + z once, for numbers that tell.
//
//go:noinline
func fuses(x, y, z float64) bool { return x*y+z != float64(x*y)+z }
