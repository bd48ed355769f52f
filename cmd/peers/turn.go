package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/viterin/vek/vek32"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"entrec/internal/bench"
	"entrec/mvssl/train"
	"entrec/mvssl/view"
	"entrec/simd"
	"entrec/tensor"
)

// task is what a program is asked to do in a turn, in a process of its own.
type task struct {
	Benchmark string  `json:"benchmark"`
	Threads   int     `json:"threads"`
	Seconds   float64 `json:"seconds"` // about how long each case is measured
	Steps     int     `json:"steps"`   // or how many steps, after two to warm up
	Cases     []item  `json:"cases"`
}

// item is a case; which fields mean something depends on the benchmark.
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
	File  string `json:"file,omitempty"` // where entrec writes the network for its peers
}

// answer is what a program found: a value a case, numbers on which all programs must
// agree, and the core type of the OpenBLAS that it multiplies with, "" where there is none.
type answer struct {
	Version string             `json:"version"`
	Values  map[string]float64 `json:"values"`
	Checks  map[string]float64 `json:"checks"`
	PeakRSS int64              `json:"peak_rss_bytes"`
	Core    string             `json:"core"`
}

// turn takes the turn of a program in Go: entrec, vek or gonum.
func turn(name string, t task) (answer, error) {
	tensor.SetThreads(t.Threads)
	runtime.GOMAXPROCS(t.Threads)
	a := answer{Version: versionOf(name), Values: map[string]float64{}, Checks: map[string]float64{}}
	for _, c := range t.Cases {
		var err error
		switch {
		case t.Benchmark == "gemm" && c.Type == "f64":
			err = gemm(&a, t, c, multiplier[float64](name))
		case t.Benchmark == "gemm":
			err = gemm(&a, t, c, multiplier[float32](name))
		case t.Benchmark == "step":
			a.Values[c.Name], err = bench.Step{Width: c.Width, Batch: c.Batch, Double: c.Type == "f64"}.ImagesPerSecond(t.Steps)
		case t.Benchmark == "objectives":
			pass := bench.Objective{Name: c.Loss, K: c.K, D: c.D}.Pass()
			a.Values[c.Name] = 1000 * t.medianTime(func() { a.Checks[c.Name] = pass() })
		case t.Benchmark == "views":
			err = views(&a, t, c)
		case t.Benchmark == "embed":
			err = embed(&a, t, c)
		default:
			err = fmt.Errorf("no benchmark %q", t.Benchmark)
		}
		if err != nil {
			return a, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	a.PeakRSS = train.PeakRSS()
	return a, nil
}

// medianTime returns the median duration of f after a first call, of at least three
// measurements of a [bench.Timer]: with one thread in processor time, with more on the wall.
func (t task) medianTime(f func()) float64 {
	clock := bench.ProcessorTime
	if t.Threads > 1 {
		clock = bench.WallTime
	}
	f()
	timer := bench.NewTimer(func(n int) float64 {
		began := clock()
		for range n {
			f()
		}
		return (clock() - began).Seconds()
	})
	var times []float64
	for end := time.Now().Add(time.Duration(t.Seconds * float64(time.Second))); len(times) < 3 || time.Now().Before(end); {
		times = append(times, timer.Call())
	}
	return bench.Median(times)
}

// multiplier returns how a program multiplies row-major matrices, nil where it
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

// views measures SimCLR's views of images of 3×32×32, a second.
func views(a *answer, t task, c item) error {
	const channels, size, n = 3, 32, 1000
	cfg := view.SimCLR(channels, size)
	cfg.Mean, cfg.Std = []float64{0.5, 0.5, 0.5}, []float64{0.25, 0.25, 0.25}
	p, err := view.New[float32](cfg, channels)
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
			p.Apply(dst, src, size, size, view.Key{Sample: sample})
			sample++
		}
	})
	return nil
}

// embed measures images a second through an encoder, which it writes as ONNX for the peers.
func embed(a *answer, t task, c item) error {
	e := bench.Embed{Width: c.Width, Images: c.N}
	if err := e.WriteGraph(c.File); err != nil {
		return err
	}
	pass, err := e.Pass()
	if err != nil {
		return err
	}
	a.Values[c.Name] = float64(c.N) / t.medianTime(func() {
		var failed error
		if a.Checks[c.Name], failed = pass(); failed != nil {
			err = failed
		}
	})
	return err
}

// versionOf returns the version of a program in Go.
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
