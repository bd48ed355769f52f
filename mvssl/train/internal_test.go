package train

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/nn"
	"entrec/tensor"
)

// checkpointConfig returns a configuration.
func checkpointConfig(t testing.TB) Config {
	c, err := ResolveFor(&Request{}, BenchSource())
	require.NoError(t, err)
	return c
}

// FuzzReadCheckpoint checks that no file makes readCheckpoint panic, and that its
// errors are one line that names the file.
func FuzzReadCheckpoint(f *testing.F) {
	cfg := checkpointConfig(f)
	st := []nn.Named[float32]{
		{Name: "weight", Var: autograd.Param(tensor.FromSlice([]float32{1, 2, 3, 4, 5, 6}, 2, 3))},
		{Name: "bn.num_batches_tracked", Var: autograd.Param(tensor.Scalar[float32](7))},
	}
	path := filepath.Join(f.TempDir(), "checkpoint.safetensors")
	require.NoError(f, writeCheckpoint(path, &cfg, progress{Step: 3, Images: 60, Numerics: 1}, st))
	whole, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(whole)
	f.Add(whole[:20])
	f.Add([]byte(strings.Replace(string(whole), "F32", "F64", 1)))
	f.Add([]byte(strings.Replace(string(whole), "[2,3]", "[3,2]", 1)))
	f.Add([]byte(strings.Replace(string(whole), `\"step\":3`, `\"step\":-`, 1)))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
		require.NoError(t, os.WriteFile(path, content, 0o644))
		if _, err := readCheckpoint(path, &cfg, st); err != nil {
			require.Contains(t, err.Error(), path)
		}
	})
}

// TestReadCheckpoint holds a checkpoint's metadata.
func TestReadCheckpoint(t *testing.T) {
	cfg := checkpointConfig(t)
	st := []nn.Named[float64]{{Name: "weight", Var: autograd.Param(tensor.FromSlice([]float64{1, 2}, 2))}}
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	loss := 0.25
	want := progress{Step: 3, Images: 60, Numerics: 1, Prepared: 1, LossFirst: &loss, EpochLoss: 1.5, TrainSeconds: 2, WallSeconds: 3}
	require.NoError(t, writeCheckpoint(path, &cfg, want, st))
	st[0].Value.Fill(0)
	got, err := readCheckpoint(path, &cfg, st)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, []float64{1, 2}, st[0].Value.Data())

	require.NoError(t, nn.WriteState(path, map[string]string{"format": "other"}, st))
	_, err = readCheckpoint(path, &cfg, st)
	require.EqualError(t, err, path+`: metadata format: found "other", expected "entrec-checkpoint/1"`)
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
	views, err := newViewSet[float64]([]mvssl.View{{Count: 2, Config: v}, {Count: 3, Config: small}}, 1, 4, 4)
	require.NoError(t, err)
	require.Equal(t, []viewGroup{{0, 2, 1, 4, 4}, {2, 5, 1, 2, 2}}, views.groups)
	order := []int{3, 1, 3, 0, 9, 9, 9, 2, 4}
	require.Equal(t, []int{0, 0, 1, 0, 0, 1, 2, 0, 0}, occurrences(order))

	load := func(seed uint64, epoch, from int) (batches [][]float64) {
		l := newLoader(d, views, seed, 3)
		l.start(order, epoch, from, 3)
		for pass := from; pass < 3; pass++ {
			b := l.next()
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
	views, err := newViewSet[float32]([]mvssl.View{{Count: 2, Config: view.SimCLR(1, 4)}}, 1, 4, 4)
	require.NoError(t, err)
	l := newLoader(d, views, 0, 2)
	order := rand.Perm(64)
	for epoch := range 20 {
		l.start(order, epoch, 0, 32)
		for range epoch {
			l.release(l.next())
		}
		l.end()
		require.Len(t, l.free, cap(l.free), "no batch is lost")
	}
}

// TestMetricsLog opens files that end in the middle of a line, or in lines about
// steps after the checkpoint.
func TestMetricsLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	const one, two, three = `{"kind":"step","step":1}` + "\n", `{"kind":"epoch","step":2}` + "\n", `{"kind":"step","step":3}` + "\n"
	for _, test := range []struct {
		old  string
		step int
		kept string
	}{
		{"", -1, ""},
		{one + two + three, -1, ""},
		{one + two + three, 0, ""},
		{one + two + three, 1, one},
		{one + two + three, 2, one + two},
		{one + two + three, 9, one + two + three},
		{one + two + three[:9], 9, one + two},
		{one + two, 1, one},
		{one + "rubbish\n" + three, 9, one},
	} {
		require.NoError(t, os.WriteFile(path, []byte(test.old), 0o644))
		log, err := openMetrics(path, test.step, test.step)
		require.NoError(t, err)
		require.NoError(t, log.write(StepMetrics{Kind: "step", Step: 4}))
		require.NoError(t, log.close())
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		rest, ok := strings.CutPrefix(string(text), test.kept)
		require.True(t, ok, "%q", text)
		require.True(t, strings.HasPrefix(rest, `{"kind":"step","step":4,`), "%q", rest)
		require.Equal(t, 1, strings.Count(rest, "\n"))
	}
}

// A run whose SIMD level this processor does not have is refused, unless any will do.
func TestLevelOfAnotherProcessor(t *testing.T) {
	cfg, dir := checkpointConfig(t), t.TempDir()
	path := filepath.Join(dir, CheckpointFile)
	require.NoError(t, writeCheckpoint[float32](path, &cfg, progress{Images: 60, Numerics: 1, SIMDLevels: []string{"avx2", "sve"}}, nil))
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
