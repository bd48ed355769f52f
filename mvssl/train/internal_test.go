package train

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
)

// checkpointConfig returns a configuration.
func checkpointConfig(t testing.TB) Config {
	c, err := ResolveFor(&Request{}, BenchSource())
	require.NoError(t, err)
	return c
}

// TestUsualAsBegun: a run that was made longer keeps what the method chose for its first
// length, which is not unusual.
func TestUsualAsBegun(t *testing.T) {
	r := &Request{}
	r.Set("model.method", "byol")
	c, err := ResolveFor(r, BenchSource())
	require.NoError(t, err)
	row, err := mvssl.Find("byol")
	require.NoError(t, err)
	c.Extended = []Extension{{At: c.TotalSteps(), Epochs: c.Epochs}}
	c.Epochs *= 100
	require.Empty(t, c.unusualParameters(row))
	c.Extended = nil
	require.Len(t, c.unusualParameters(row), 1, "the momentum of a short run")
}

// TestLoader checks that what the loader gives is a function of seed, epoch and
// place alone, whatever it began with, and that a sample that stands twice in an
// order is seen in different views.
func TestLoader(t *testing.T) {
	d := &data.Dataset{Channels: 1, Height: 4, Width: 4, Pixels: make([]byte, 10*16), Labels: make([]int, 10)}
	for i := range d.Pixels {
		d.Pixels[i] = byte(i * 7)
	}
	v := view.SimCLR(1, 4)
	small := v
	small.Size = 2
	views, err := newViewSet[float64]([]mvssl.View{{Count: 2, Config: v}, {Count: 3, Config: small}}, 2, 1)
	require.NoError(t, err)
	require.Equal(t, []viewGroup{{0, 2, 1, 4, 4}, {2, 5, 1, 2, 2}}, views.groups)
	order := []int{3, 1, 3, 0, 9, 9, 9, 2, 4}
	require.Equal(t, []int{0, 0, 1, 0, 0, 1, 2, 0, 0}, occurrences(order))

	load := func(seed uint64, epoch, from int) (batches [][]float64) {
		l := newLoader(d, views, seed, 3)
		l.start(order, epoch, from, 3)
		for pass := from; pass < 3; pass++ {
			b, err := l.next()
			require.NoError(t, err)
			require.Equal(t, order[3*pass:3*pass+3], b.samples)
			require.Equal(t, []int{6, 1, 4, 4}, b.groups[0].Shape())
			require.Equal(t, []int{9, 1, 2, 2}, b.groups[1].Shape())
			batches = append(batches, slices.Concat(b.groups[0].Data(), b.groups[1].Data()))
			l.release(b)
		}
		l.end()
		return batches
	}
	all := load(5, 2, 0)
	require.Equal(t, all[1:], load(5, 2, 1))
	require.Equal(t, all[2:], load(5, 2, 2))
	require.NotEqual(t, all, load(6, 2, 0))
	require.NotEqual(t, all, load(5, 3, 0))
	require.NotEqual(t, all[0][:16], all[0][32:48], "sample 3, first and second time")
	for i := range 3 { // views of one image differ
		require.NotEqual(t, all[0][16*i:16*i+16], all[0][48+16*i:48+16*i+16])
	}
}

// TestLoaderEnd ends epochs at every point, and goes on with the same memory.
func TestLoaderEnd(t *testing.T) {
	d := &data.Dataset{Channels: 1, Height: 4, Width: 4, Pixels: make([]byte, 64*16), Labels: make([]int, 64)}
	views, err := newViewSet[float32]([]mvssl.View{{Count: 2, Config: view.SimCLR(1, 4)}}, 2, 1)
	require.NoError(t, err)
	l := newLoader(d, views, 0, 2)
	order := rand.Perm(64)
	for epoch := range 20 {
		l.start(order, epoch, 0, 32)
		for range epoch {
			b, err := l.next()
			require.NoError(t, err)
			l.release(b)
		}
		l.end()
		require.Len(t, l.free, cap(l.free), "no batch is lost")
	}
}

// A run whose SIMD level this processor does not have is refused, unless any will do.
func TestLevelOfAnotherProcessor(t *testing.T) {
	cfg, dir := checkpointConfig(t), t.TempDir()
	path := filepath.Join(dir, CheckpointFile)
	require.NoError(t, writeCheckpoint[float32](dir, &cfg, progress{Images: 60, Numerics: 1, SIMDLevels: []string{"avx2", "sve"}}, nil))
	_, before, err := Level(dir, "")
	require.ErrorIs(t, err, ErrOtherwise)
	require.ErrorContains(t, err, "expected the run's sve")
	require.Equal(t, "sve", before)
	_, _, err = Level(dir, AnyLevel)
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(path, []byte("none"), 0o644))
	_, _, err = Level(dir, "")
	require.ErrorContains(t, err, path)
}
