package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/tensor"
)

// BenchResult is the speed of a training step on made-up images.
type BenchResult struct {
	ImagesPerSecond float64 `json:"images_per_second"` // source images, each of several views
	MSPerStep       float64 `json:"ms_per_step"`       // median
	PeakRSSBytes    int64   `json:"peak_rss_bytes"`
	AllocsPerStep   float64 `json:"allocs_per_step"`
	BytesPerStep    float64 `json:"bytes_per_step"`
	Loss            float64 `json:"loss"` // of the last step
}

// benchWarmup is how many steps run before the clock does, maxBenchSteps how many
// are timed at most, and benchImages how many images there are supposed to be.
const (
	benchWarmup   = 2
	maxBenchSteps = 1 << 20
	benchImages   = 50000
	benchClasses  = 10
)

// BenchSource describes made-up images of 3×32×32, as many and of as many classes as
// CIFAR-10 has.
func BenchSource() Source {
	return Source{
		Name: "made-up images", Images: benchImages, Channels: 3, Height: 32, Width: 32, Classes: benchClasses,
		MeanStd: func() (mean, std []float64, err error) { return make([]float64, 3), []float64{1, 1, 1}, nil },
	}
}

// Bench measures steps of the configuration's method and encoder, which begins with the
// weights that the configuration names: forward, objective, backward and update, on one batch
// of random normal images, without augmentation. The time is the median over steps, of which two more are made
// before. Between two steps it looks whether ctx is done, whose cause is then the error.
func Bench(ctx context.Context, cfg Config, steps int) (BenchResult, error) {
	if steps < 1 || steps > maxBenchSteps {
		return BenchResult{}, fmt.Errorf("bench: steps %d must be at least 1 and at most %d", steps, maxBenchSteps)
	}
	if cfg.Precision == F64 {
		return bench[float64](ctx, cfg, steps)
	}
	return bench[float32](ctx, cfg, steps)
}

func bench[T tensor.Float](ctx context.Context, cfg Config, steps int) (BenchResult, error) {
	weights, err := initial(cfg, Options{})
	if err != nil {
		return BenchResult{}, err
	}
	networks, stepper, err := build[T](cfg, weights)
	if err != nil {
		return BenchResult{}, err
	}
	e := cfg.Model.Encoder
	views, err := newViewSet[T](cfg.Views, cfg.Model.WholeViews(cfg.Views), e.Channels)
	if err != nil {
		return BenchResult{}, err
	}
	images, labels := views.allocate(cfg.Batch), make([]int, cfg.Batch)
	for i := range images.samples {
		images.samples[i], labels[i] = i, i%benchClasses
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, benchStream))
	for _, g := range images.groups {
		for i := range g.Data() {
			g.Data()[i] = T(rng.NormFloat64())
		}
	}
	tape := autograd.NewTape[T]()
	var res BenchResult
	var times []float64
	var before, after runtime.MemStats
	for s := range benchWarmup + steps {
		if ctx.Err() != nil {
			return res, context.Cause(ctx)
		}
		if s == benchWarmup {
			runtime.ReadMemStats(&before)
		}
		began := time.Now()
		p := mvssl.Progress{Step: s, Steps: benchWarmup + steps, StepsPerEpoch: benchWarmup + steps}
		for range cfg.Recipe.Accumulate {
			batch := images.batch(tape, p)
			if cfg.supervised() {
				batch = batch.WithLabels(labels)
			}
			r := networks.Method.Loss(batch)
			res.Loss = float64(r.Loss.Value.Item())
			stepper.Backward(tape, r)
			tape.Reset()
		}
		stepper.Update(p)
		if s >= benchWarmup {
			times = append(times, time.Since(began).Seconds())
		}
	}
	runtime.ReadMemStats(&after)
	slices.Sort(times)
	median := max(1e-9, (times[(len(times)-1)/2]+times[len(times)/2])/2) // a clock may be coarse
	res.ImagesPerSecond = float64(cfg.Batch*cfg.Recipe.Accumulate) / median
	res.MSPerStep = 1000 * median
	res.PeakRSSBytes = PeakRSS()
	res.AllocsPerStep = float64(after.Mallocs-before.Mallocs) / float64(steps)
	res.BytesPerStep = float64(after.TotalAlloc-before.TotalAlloc) / float64(steps)
	return res, nil
}
