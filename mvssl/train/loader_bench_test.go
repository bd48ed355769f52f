package train

import (
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl/data"
)

// BenchmarkLoader measures by how many times a step of training takes longer for the
// views that are made beside it, of a ResNet-18 with width 16 and batch 128: some steps
// with a loader, as many on the same batch again and again, in turn. It reports the median and the
// quartiles of b.N such pairs: on a machine that others use, too, a single one says
// little. The first steps of each turn, which use what the loader made before, do not count.
func BenchmarkLoader(b *testing.B) {
	const steps, first, batch = 5, 3, 128
	q := &Request{}
	for path, value := range map[string]any{"model.method": "simclr", "model.encoder.width": 16, "batch": batch, "epochs": 1000} {
		q.Set(path, value)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	split := &data.Split{}
	for _, d := range []struct {
		set    **data.Dataset
		images int
	}{{&split.Train, (steps + first) * batch}, {&split.Test, 2}} {
		s := &data.Dataset{Name: "made-up", Channels: 3, Height: 32, Width: 32, Classes: []string{"any"},
			Pixels: make([]byte, d.images*3*32*32), Labels: make([]int, d.images)}
		for i := range s.Pixels {
			s.Pixels[i] = byte(rng.Uint32())
		}
		*d.set = s
	}
	c, _, err := Resolve(q, split)
	require.NoError(b, err)
	t, err := newTrainer[float32](c, split, Options{Out: b.TempDir()})
	require.NoError(b, err)
	defer t.close()
	tape, l := autograd.NewTape[float32](), newLoader(split.Train, t.views, c.Seed, batch)
	again := make(chan *images[float32], 1)
	same := &loader[float32]{free: again, ready: again}
	order := data.Order(split.Train.Len(), c.Seed, 0)
	// turn returns the mean time of a step.
	turn := func(l *loader[float32]) float64 {
		var began time.Time
		for i := range first + steps {
			if i == first {
				began = time.Now()
			}
			_, err := t.makeStep(tape, l)
			require.NoError(b, err)
		}
		return time.Since(began).Seconds() / steps
	}
	epoch := func() float64 {
		l.start(order, 0, 0, first+steps)
		defer l.end()
		return turn(l)
	}
	one := t.views.allocate(batch)
	require.NoError(b, t.views.fill(one, split.Train, c.Seed, 0, make([]int, batch)))
	again <- one
	var ratios []float64
	for b.Loop() {
		loading := epoch()
		ratios = append(ratios, loading/turn(same))
	}
	slices.Sort(ratios)
	for i, name := range []string{"lower", "ratio", "upper"} {
		b.ReportMetric(ratios[(i+1)*len(ratios)/4], name)
	}
}

// BenchmarkWaiting measures for how long of a step training waits for images that do not lie in
// memory: 10,000 JPEGs of 500×375, of which two views of 96 pixels each go through a ResNet-18
// of width 64, 32 images at a time. It reports the median over b.N epochs of some steps, of which the
// first ones, that use what the loader made before, do not count; and by how many times such
// a step takes longer than one on the same batch again and again, which decodes nothing.
func BenchmarkWaiting(b *testing.B) {
	const photographs, steps, first, batch = 10_000, 6, 4, 32
	loaded, err := data.Load(b.Context(), albumOf(b, photographs), data.Options{Memory: 64 << 20})
	require.NoError(b, err)
	require.Nil(b, loaded.Train.Pixels)
	split := &data.Split{Train: loaded.Train, Test: loaded.Train}
	q := &Request{}
	for path, value := range map[string]any{"model.method": "simclr", "model.encoder.width": 64, "batch": batch, "epochs": 1000} {
		q.Set(path, value)
	}
	c, _, err := Resolve(q, split)
	require.NoError(b, err)
	require.Equal(b, 96, c.Size)
	t, err := newTrainer[float32](c, split, Options{Out: b.TempDir()})
	require.NoError(b, err)
	defer t.close()
	tape, l := autograd.NewTape[float32](), newLoader(split.Train, t.views, c.Seed, batch)
	one := &loader[float32]{free: l.free, ready: make(chan *images[float32], 1)}
	again := make(chan *images[float32], 1)
	same := &loader[float32]{free: again, ready: again}
	// epoch returns how long a step waits and how long it takes, in seconds.
	epoch := func(n int) (waits, takes float64) {
		l.start(data.Order(split.Train.Len(), c.Seed, n), n, 0, first+steps)
		defer l.end()
		for i := range first + steps {
			began := time.Now()
			images, err := l.next()
			require.NoError(b, err)
			waited := time.Since(began)
			one.ready <- images
			_, err = t.makeStep(tape, one)
			require.NoError(b, err)
			if i >= first {
				waits, takes = waits+waited.Seconds()/steps, takes+time.Since(began).Seconds()/steps
			}
		}
		return waits, takes
	}
	batchOf := t.views.allocate(batch)
	require.NoError(b, t.views.fill(batchOf, split.Train, c.Seed, 0, make([]int, batch)))
	again <- batchOf
	var waiting, ratios []float64
	for n := 0; b.Loop(); n++ {
		waits, takes := epoch(n)
		began := time.Now()
		for range steps {
			_, err := t.makeStep(tape, same)
			require.NoError(b, err)
		}
		waiting, ratios = append(waiting, waits/takes), append(ratios, takes*steps/time.Since(began).Seconds())
	}
	slices.Sort(waiting)
	slices.Sort(ratios)
	b.ReportMetric(100*waiting[len(waiting)/2], "%waiting")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
}

// albumOf returns a folder of n photographs of 500×375, a hundred of them made up and the
// others links to these.
func albumOf(b *testing.B, n int) string {
	const different = 100
	dir, rng := b.TempDir(), rand.New(rand.NewPCG(1, 2))
	name := func(i int) string { return filepath.Join(dir, fmt.Sprintf("%05d.jpg", i)) }
	for i := range n {
		if i >= different {
			require.NoError(b, os.Link(name(i%different), name(i)))
			continue
		}
		im := image.NewRGBA(image.Rect(0, 0, 500, 375))
		for p := range im.Pix { // smooth, with the noise of a camera
			x, y := float64(p/4%500), float64(p/4/500)
			im.Pix[p] = byte(100 + 60*math.Sin(x/float64(20+i)+float64(p%4)) + 40*math.Cos(y/float64(30+i)) + float64(rng.IntN(20)))
		}
		file, err := os.Create(name(i))
		require.NoError(b, err)
		require.NoError(b, jpeg.Encode(file, im, nil))
		require.NoError(b, file.Close())
	}
	return dir
}
