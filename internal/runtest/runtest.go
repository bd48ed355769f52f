// Package runtest makes small runs on made-up images, for tests.
package runtest

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
)

// Images returns n made-up images of 1×8×8 in four classes, which differ in the
// quarter that is bright.
func Images(n int, seed uint64) *data.Dataset { return images(1, n, seed) }

// images returns images of so many channels, in each of which another quarter is bright.
func images(channels, n int, seed uint64) *data.Dataset {
	rng := rand.New(rand.NewPCG(seed, 0))
	d := &data.Dataset{Name: "made-up", Channels: channels, Height: 8, Width: 8, Classes: []string{"a", "b", "c", "d"}}
	for i := range n {
		label := i % 4
		for p := range channels * 64 {
			v, bright := rng.IntN(120), (label+p/64)%4
			if p%64/32 == bright/2 && p%8/4 == bright%2 {
				v += 120
			}
			d.Pixels = append(d.Pixels, byte(v))
		}
		d.Labels = append(d.Labels, label)
	}
	return d
}

// Split returns 60 training and 24 test images.
func Split() *data.Split { return &data.Split{Train: Images(60, 1), Test: Images(24, 2)} }

// ColorSplit is [Split] of images of 3×8×8.
func ColorSplit() *data.Split { return &data.Split{Train: images(3, 60, 1), Test: images(3, 24, 2)} }

// Request asks for a small and quick run of a method, three epochs of seven steps
// with 60 images, and for what else is set: paths and values in turn.
func Request(t testing.TB, method string, sets ...string) *train.Request {
	t.Helper()
	r := &train.Request{}
	encoder, width := "mlp", "8"
	if row, err := mvssl.Find(method); err == nil && row.Encoder != "" {
		encoder, width = row.Encoder, "1"
	}
	require.Zero(t, len(sets)%2, "paths and values in turn")
	for _, set := range [][]string{
		{"data", "made-up", "model.method", method, "model.encoder.name", encoder, "model.encoder.width", width},
		{"model.projector.hidden", "12", "model.projector.out", "6", "batch", "8", "epochs", "3", "knn.k", "5"},
		sets,
	} {
		for i := 0; i < len(set); i += 2 {
			require.NoError(t, r.SetText(set[i], set[i+1]))
		}
	}
	return r
}

// Config is [Request] resolved for a data set.
func Config(t testing.TB, method string, s *data.Split, sets ...string) train.Config {
	t.Helper()
	c, _, err := train.Resolve(Request(t, method, sets...), s)
	require.NoError(t, err)
	return c
}

// Finished makes a run from its beginning to its end in a new folder, and returns the
// folder and the summary.
func Finished(t testing.TB, c train.Config, s *data.Split) (dir string, summary train.Summary) {
	t.Helper()
	dir = t.TempDir()
	summary, err := train.Run(t.Context(), c, s, train.Options{Out: dir})
	require.NoError(t, err)
	return dir, summary
}
