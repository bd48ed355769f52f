package train

import (
	"math/rand/v2"
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
