//go:build unix

package train

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl/data"
)

// BenchmarkLogging measures what a run writes for those who look at it, against what it does
// meanwhile, by processor time and in turn in one process: a step of the configuration that
// train has without flags, and the lines about a step, in metrics.jsonl, throughput.jsonl and
// TensorBoard's event file. It reports the median of b.N pairs: the share of a line in a step,
// which is that of a run with --log-every 1, and a tenth of it, that of a run without.
func BenchmarkLogging(b *testing.B) {
	const steps, lines, batch = 4, 400, 32
	q := &Request{}
	for path, value := range map[string]any{"model.method": "simclr-er", "batch": batch, "epochs": 100000, "report.log": "tensorboard"} {
		q.Set(path, value)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	pictures := func(n int) *data.Dataset {
		d := &data.Dataset{Name: "made-up", Channels: 1, Height: 28, Width: 28, Classes: []string{"any"}, Pixels: make([]byte, n*28*28), Labels: make([]int, n)}
		for i := range d.Pixels {
			d.Pixels[i] = byte(rng.Uint32())
		}
		return d
	}
	split := &data.Split{Train: pictures(2 * batch), Test: pictures(2)}
	c, _, err := Resolve(q, split)
	require.NoError(b, err)
	t, err := newTrainer[float32](c, split, Options{Out: b.TempDir()})
	require.NoError(b, err)
	defer t.close()
	tape, again := autograd.NewTape[float32](), make(chan *images[float32], 1)
	one := t.views.allocate(batch)
	require.NoError(b, t.views.fill(one, split.Train, c.Seed, 0, make([]int, batch)))
	again <- one
	same := &loader[float32]{free: again, ready: again}
	var line StepMetrics
	measure := func(n int, f func() error) float64 {
		before := processorSeconds(b)
		for range n {
			require.NoError(b, f())
		}
		return (processorSeconds(b) - before) / float64(n)
	}
	step := func() (err error) {
		line, err = t.makeStep(tape, same)
		return err
	}
	log := func() error {
		line.Step++
		return t.logStep(line)
	}
	measure(steps, step) // to warm up
	var shares, costs []float64
	for b.Loop() {
		training, writing := measure(steps, step), measure(lines, log)
		shares, costs = append(shares, writing/training), append(costs, writing)
	}
	slices.Sort(shares)
	slices.Sort(costs)
	b.ReportMetric(1e6*costs[len(costs)/2], "µs/line")
	b.ReportMetric(100*shares[len(shares)/2], "%/step")
	b.ReportMetric(10*shares[len(shares)/2], "%/tenth-step")
}

// processorSeconds returns the processor time that the process has used.
func processorSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
