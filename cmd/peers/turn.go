package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/viterin/vek/vek32"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/mvssl/train"
	"entrec/mvssl/view"
	"entrec/simd"
	"entrec/tensor"
)

// task is what a contestant is asked to do in a turn, in a process of its own.
type task struct {
	Comparison string  `json:"comparison"`
	Threads    int     `json:"threads"`
	Seconds    float64 `json:"seconds"` // about how long each case is measured
	Steps      int     `json:"steps"`   // or how many steps, after two to warm up
	Cases      []item  `json:"cases"`
}

// item is a case; which fields mean something depends on the comparison.
type item struct {
	Name  string `json:"name"`
	Type  string `json:"type,omitempty"` // f32 or f64
	M     int    `json:"m,omitempty"`
	N     int    `json:"n,omitempty"`
	K     int    `json:"k,omitempty"`
	D     int    `json:"d,omitempty"`
	Width int    `json:"width,omitempty"`
	Batch int    `json:"batch,omitempty"`
	Loss  string `json:"loss,omitempty"`
}

// answer is what a contestant found: a value a case, and numbers on which all
// contestants must agree.
type answer struct {
	Version string             `json:"version"`
	Values  map[string]float64 `json:"values"`
	Checks  map[string]float64 `json:"checks"`
	PeakRSS int64              `json:"peak_rss_bytes"`
}

// turn takes the turn of a contestant in Go: entrec, vek or gonum.
func turn(name string, t task) (answer, error) {
	tensor.SetThreads(t.Threads)
	runtime.GOMAXPROCS(t.Threads)
	a := answer{Version: versionOf(name), Values: map[string]float64{}, Checks: map[string]float64{}}
	for _, c := range t.Cases {
		var err error
		switch {
		case t.Comparison == "gemm" && c.Type == "f64":
			err = gemm(&a, t, c, multiplier[float64](name))
		case t.Comparison == "gemm":
			err = gemm(&a, t, c, multiplier[float32](name))
		case t.Comparison == "step":
			err = step(&a, t, c)
		case t.Comparison == "objectives":
			loss(&a, t, c)
		case t.Comparison == "views":
			err = views(&a, t, c)
		case t.Comparison == "memory":
			a.Values[c.Name] = float64(allocated(objectiveOf(&a, c))) / 1e6
		default:
			err = fmt.Errorf("no comparison %q", t.Comparison)
		}
		if err != nil {
			return a, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	a.PeakRSS = train.PeakRSS()
	return a, nil
}

// medianTime returns the median duration of f after a first call, of at least
// three more: with one thread in processor time, with more on the wall.
func (t task) medianTime(f func()) float64 {
	clock := processorTime
	if t.Threads > 1 {
		clock = func() time.Duration { return time.Since(started) }
	}
	f()
	var times []float64
	for end := time.Now().Add(time.Duration(t.Seconds * float64(time.Second))); len(times) < 3 || time.Now().Before(end); {
		began := clock()
		f()
		times = append(times, (clock() - began).Seconds())
	}
	return median(times)
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// multiplier returns how a contestant multiplies row-major matrices, nil where it
// cannot.
func multiplier[T tensor.Float](name string) func(m, n, k int, c, a, b []T) {
	var f any
	switch name {
	case "entrec":
		f = func(m, n, k int, c, a, b []T) {
			tensor.MatMulTo(tensor.FromSlice(c, m, n), tensor.FromSlice(a, m, k), tensor.FromSlice(b, k, n), tensor.NoTrans, tensor.NoTrans)
		}
	case "vek":
		f = func(_, n, _ int, c, a, b []float32) { vek32.MatMul_Into(c, a, b, n) }
	case "gonum":
		f = func(m, n, k int, c, a, b []float32) {
			gonum.Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, b, n, 0, c, n)
		}
	}
	multiply, _ := f.(func(m, n, k int, c, a, b []T))
	return multiply
}

// gemm measures a product in GFLOP/s. The matrices hold whole numbers so small
// that every sum is exact.
func gemm[T tensor.Float](a *answer, t task, c item, multiply func(m, n, k int, c, a, b []T)) error {
	if multiply == nil {
		return fmt.Errorf("no product of type %s", c.Type)
	}
	x, y, z := make([]T, c.M*c.K), make([]T, c.K*c.N), make([]T, c.M*c.N)
	for i := range x {
		x[i] = T(i*7%17 - 8)
	}
	for i := range y {
		y[i] = T((i*5+3)%13 - 6)
	}
	run := func() { multiply(c.M, c.N, c.K, z, x, y) }
	run()
	for i, v := range z {
		a.Checks[c.Name] += float64(v) * float64(i%13+1)
	}
	a.Values[c.Name] = 2 * float64(c.M) * float64(c.N) * float64(c.K) / t.medianTime(run) / 1e9
	return nil
}

// step measures training steps of SimCLR with a ResNet-18 in source images a
// second, each seen in two views.
func step(a *answer, t task, c item) error {
	cfg, err := stepConfig(c)
	if err != nil {
		return err
	}
	res, err := train.Bench(cfg, t.Steps)
	a.Values[c.Name] = res.ImagesPerSecond
	return err
}

// stepConfig returns the configuration of a case's training step.
func stepConfig(c item) (train.Config, error) {
	cfg, err := train.Defaults("simclr")
	cfg.Model.Encoder.Name, cfg.Model.Encoder.Width = "resnet18", c.Width
	cfg.Model.Encoder.Channels, cfg.Model.Encoder.Height, cfg.Model.Encoder.ImgWidth = 3, 32, 32
	cfg.Batch, cfg.Precision = c.Batch, c.Type
	return cfg, err
}

// loss measures an objective, forward and backward, in milliseconds.
func loss(a *answer, t task, c item) {
	a.Values[c.Name] = 1000 * t.medianTime(objectiveOf(a, c))
}

// objectiveOf returns what runs an objective forward and backward, and notes the loss.
func objectiveOf(a *answer, c item) func() {
	z := make([]*tensor.Tensor[float32], 2)
	for v := range z {
		z[v] = tensor.New[float32](c.K, c.D)
		for i := range c.K {
			row, norm := z[v].Data()[i*c.D:(i+1)*c.D], 0.0
			for j := range row {
				number := uint32(v*c.K*c.D+i*c.D+j) * 2654435761
				row[j] = float32(float64(number/256)/(1<<24) - 0.5)
				norm += float64(row[j]) * float64(row[j])
			}
			simd.Scale(row, row, float32(1/math.Sqrt(norm)))
		}
	}
	tape := autograd.NewTape[float32]()
	return func() {
		x, y := tape.Leaf(z[0]), tape.Leaf(z[1])
		var l *autograd.Var[float32]
		if c.Loss == "ntxent" {
			l = objective.NTXent(x, y, 0.2)
		} else {
			l = objective.ER(x, y, objective.ERConfig{EntropyConfig: objective.EntropyConfig{Kappa: 5}, EntropyWeight: 1}).Loss
		}
		a.Checks[c.Name] = float64(l.Value.Item())
		tape.Backward(l)
		tape.Reset()
	}
}

// views measures SimCLR's views of images of 3×32×32, a second.
func views(a *answer, t task, c item) error {
	const channels, size, n = 3, 32, 1000
	cfg := view.SimCLR(channels, size)
	cfg.Mean, cfg.Std = []float64{0.5, 0.5, 0.5}, []float64{0.25, 0.25, 0.25}
	p, err := view.New[float32](cfg, channels, size, size)
	if err != nil {
		return err
	}
	src, dst := make([]byte, channels*size*size), make([]float32, channels*size*size)
	for i := range src {
		src[i] = byte(i * 37)
	}
	sample := 0
	a.Values[c.Name] = n / t.medianTime(func() {
		for range n {
			p.Apply(dst, src, view.Key{Sample: sample})
			sample++
		}
	})
	return nil
}

// versionOf returns the version of a contestant in Go.
func versionOf(name string) string {
	path := map[string]string{"vek": "github.com/viterin/vek", "gonum": "gonum.org/v1/gonum"}[name]
	if path == "" {
		return fmt.Sprintf("%s, SIMD level %s", runtime.Version(), simd.Current())
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "unknown"
}
