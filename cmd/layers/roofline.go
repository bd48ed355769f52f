package main

import (
	"unsafe"

	"entrec/internal/bench"
	"entrec/simd"
	"entrec/tensor"
)

// roofline is what a core could do, and what it does layer by layer in a training step.
type roofline struct {
	Machine    bench.Machine `json:"machine"`
	Case       string        `json:"case"`
	GFLOPS     float64       `json:"gflop_per_s"` // of the widest tile, in the first-level cache
	GBPerS     float64       `json:"gb_per_s"`    // of sums of long vectors: two read, one written
	Layers     []*layer      `json:"layers"`      // the convolutions
	Operations []*operation  `json:"operations"`  // the rest

	Convolutions cost    `json:"convolutions"`
	Rest         cost    `json:"rest"`
	All          cost    `json:"all"`
	Step         float64 `json:"step_us"` // a whole one per image, median on the wall
	Memory       memory  `json:"memory"`
}

// memory is that of a step, in bytes.
type memory struct {
	// Activations are held at the end of the forward pass: the layers' outputs, but for
	// those that are made again.
	Activations int `json:"activations_bytes"`
	// State is parameters, gradients and momentum, and the images.
	State   int   `json:"state_bytes"`
	PeakRSS int64 `json:"peak_rss_bytes"` // of a process that made some steps
}

// measureStep measures the layers of a step on one thread, each by itself for all the
// images of the step, and the whole step in a process of its own.
func measureStep[T tensor.Float](step bench.Step, s settings, ask asker) (*roofline, error) {
	defer tensor.SetThreads(tensor.Threads())
	tensor.SetThreads(1)
	cfg, err := step.Config()
	if err != nil {
		return nil, err
	}
	images := 2 * step.Batch
	r := &roofline{Machine: bench.ThisMachine(), Case: step.String(), Layers: layersOf(step.Width, images)}
	if r.Operations, err = operationsOf(cfg, newProbe[T](images, s.seconds)); err != nil {
		return nil, err
	}
	whole, err := ask(question{Step: &step, Repeats: s.repeats})
	if err != nil {
		return nil, err
	}
	r.Step = 1e6 / (2 * whole.ImagesPerSecond)
	r.Memory = predict[T](r.Layers, r.Operations, images)
	r.Memory.PeakRSS = whole.PeakRSS

	r.GFLOPS, r.GBPerS = peak[T](s.seconds), bandwidth[T](s.seconds)
	timeLayers[T](r.Layers, s.seconds)
	for _, l := range r.Layers {
		l.measure(r, valueSize[T]())
		r.Convolutions.add(l.Times, l.all())
	}
	for _, o := range r.Operations {
		forward, backward := o.time()
		o.Forward.Took, o.Backward.Took = 1e6*forward/float64(images), 1e6*backward/float64(images)
		for _, pass := range []*cost{&o.Forward, &o.Backward} {
			pass.Roof = r.least(pass.MFLOP, pass.KB)
			r.Rest.add(o.Times, *pass)
		}
	}
	r.All.add(1, r.Convolutions)
	r.All.add(1, r.Rest)
	return r, nil
}

// least returns the microseconds that a pass takes at the roof.
func (r *roofline) least(mflop, kb float64) float64 { return max(1e3*mflop/r.GFLOPS, kb/r.GBPerS) }

// predict returns the memory of a step with so many images.
func predict[T tensor.Float](layers []*layer, operations []*operation, images int) memory {
	held, params := 0, 0
	for _, l := range layers {
		held += l.Times * l.outputs()
		params += l.Times * l.params()
	}
	for _, o := range operations {
		held += o.Times * o.holds
		params += o.Times * o.params
	}
	size, first := valueSize[T](), layers[0].shape
	return memory{Activations: size * images * held, State: size * (3*params + images*first.C*first.H*first.W)}
}

// valueSize returns the bytes of a value.
func valueSize[T tensor.Float]() int { return int(unsafe.Sizeof(T(0))) }

// peak returns the GFLOP/s of a tile whose factors lie in the first-level cache.
func peak[T tensor.Float](seconds float64) float64 {
	mr, nr := simd.MR[T](), simd.NR[T]()
	const length, panels = 128, 4
	p := simd.ColumnTiles[T]{A: make([]T, panels*mr*length), Panel: mr * length, Segs: []int{0}, Length: length, Stride: mr,
		B: make([]T, length*nr), LDB: nr, C: make([]T, panels*mr*nr), LDC: nr, Rows: panels * mr, Cols: nr}
	return 2 * float64(panels*mr*nr*length) / 1e9 / bench.QuickTime(func() { simd.TileColumns(&p) }, seconds)
}

// bandwidth returns the GB/s of adding vectors of 64 MiB.
func bandwidth[T tensor.Float](seconds float64) float64 {
	n := 64 << 20 / valueSize[T]()
	x, y, z := make([]T, n), make([]T, n), make([]T, n)
	for i := range x { // untouched memory is a single page of zeros
		x[i], y[i] = 1, 1
	}
	return 3 * 64 << 20 / 1e9 / bench.QuickTime(func() { simd.Add(z, x, y) }, seconds)
}
