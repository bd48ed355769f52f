package main

import (
	"encoding/json"
	"fmt"
	"io"
	"unsafe"

	"entrec/simd"
	"entrec/tensor"
)

// layer is a convolution of a ResNet-18 and what it costs, per image.
type layer struct {
	Name  string `json:"name"`
	Times int    `json:"times"` // how many there are
	shape tensor.ConvShape

	MFLOP float64 `json:"mflop"` // of each pass
	KB    float64 `json:"kb"`    // input and output, once each
	Roof  float64 `json:"roof_us"`
	// Forward, gradient of the input and of the weight, in microseconds; the first
	// layer needs no gradient of its input.
	Forward float64 `json:"forward_us"`
	Input   float64 `json:"input_us"`
	Weight  float64 `json:"weight_us"`
}

// roofline is what a core could do, and what it does layer by layer.
type roofline struct {
	Machine machine  `json:"machine"`
	Case    string   `json:"case"`
	GFLOPS  float64  `json:"gflop_per_s"` // of the widest tile, in the first-level cache
	GBPerS  float64  `json:"gb_per_s"`    // of sums of long vectors: two read, one written
	Layers  []*layer `json:"layers"`
}

// layersOf returns the distinct convolutions of a ResNet-18 with the stem for
// images of 3×32×32.
func layersOf(width, images int) []*layer {
	var all []*layer
	add := func(times, in, out, size, kernel, stride int) {
		name := fmt.Sprintf("%d→%d", in, out)
		if kernel == 1 {
			name += ", 1×1"
		}
		if stride == 1 {
			name += fmt.Sprintf(", %d×%d", size, size)
		} else {
			name += fmt.Sprintf(", stride %d", stride)
		}
		all = append(all, &layer{Name: name, Times: times, shape: tensor.ConvShape{N: images, C: in, H: size, W: size,
			O: out, KH: kernel, KW: kernel, Stride: stride, Padding: kernel / 2}})
	}
	add(1, 3, width, 32, 3, 1)
	add(4, width, width, 32, 3, 1)
	for stage := 1; stage < 4; stage++ {
		c, size := width<<stage, 32>>stage
		add(1, c/2, c, 2*size, 3, 2)
		add(1, c/2, c, 2*size, 1, 2)
		add(3, c, c, size, 3, 1)
	}
	return all
}

// measureLayers measures the convolutions of a case's ResNet-18 on one thread, for
// all the images of a step.
func measureLayers[T tensor.Float](c item, seconds float64) *roofline {
	tensor.SetThreads(1)
	r := &roofline{Machine: newReport().Machine, Case: c.Name, Layers: layersOf(c.Width, 2*c.Batch)}
	r.GFLOPS, r.GBPerS = peak[T](seconds), bandwidth[T](seconds)
	for i, l := range r.Layers {
		l.measure(r, int(unsafe.Sizeof(T(0))))
		s := l.shape
		x, y := filled[T](s.N, s.C, s.H, s.W), filled[T](s.N, s.O, s.OutH(), s.OutW())
		weight := tensor.New[T](s.O, s.C, s.KH, s.KW)
		perImage := 1e6 / float64(s.N)
		l.Forward = perImage * quickTime(func() { tensor.Conv2dTo(y, x, weight, s) }, seconds)
		l.Weight = perImage * quickTime(func() { tensor.Conv2dGradWeightTo(weight, x, y, s) }, seconds)
		if i > 0 {
			l.Input = perImage * quickTime(func() { tensor.Conv2dGradInputTo(x, y, weight, s) }, seconds)
		}
	}
	return r
}

// filled returns a channels-last tensor of ones.
func filled[T tensor.Float](n, c, h, w int) *tensor.Tensor[T] {
	t := tensor.FromChannelsLast(make([]T, n*c*h*w), n, c, h, w)
	t.Fill(1)
	return t
}

// measure works out what a pass over the layer costs at least.
func (l *layer) measure(r *roofline, size int) {
	s := l.shape
	pixels := s.OutH() * s.OutW()
	l.MFLOP = 2 * float64(pixels*s.O*s.KH*s.KW*s.C) / 1e6
	l.KB = float64(size*(s.C*s.H*s.W+s.O*pixels)) / 1e3
	l.Roof = max(1e3*l.MFLOP/r.GFLOPS, l.KB/r.GBPerS)
}

// peak returns the GFLOP/s of a tile whose factors lie in the first-level cache.
func peak[T tensor.Float](seconds float64) float64 {
	mr, nr := simd.MR[T](), simd.NR[T]()
	const length, panels = 128, 4
	p := simd.ColumnTiles[T]{A: make([]T, panels*mr*length), Panel: mr * length, Segs: []int{0}, Length: length, Stride: mr,
		B: make([]T, length*nr), LDB: nr, C: make([]T, panels*mr*nr), LDC: nr, Rows: panels * mr, Cols: nr}
	return 2 * float64(panels*mr*nr*length) / 1e9 / quickTime(func() { simd.TileColumns(&p) }, seconds)
}

// bandwidth returns the GB/s of adding vectors of 64 MiB.
func bandwidth[T tensor.Float](seconds float64) float64 {
	n := 64 << 20 / int(unsafe.Sizeof(T(0)))
	x, y, z := make([]T, n), make([]T, n), make([]T, n)
	for i := range x { // untouched memory is a single page of zeros
		x[i], y[i] = 1, 1
	}
	return 3 * 64 << 20 / 1e9 / quickTime(func() { simd.Add(z, x, y) }, seconds)
}

// total adds up all the layers: passes forward, and all three passes.
func (r *roofline) total(of func(l *layer) float64) (sum float64) {
	for _, l := range r.Layers {
		sum += float64(l.Times) * of(l)
	}
	return sum
}

// write prints a table in Markdown, or JSON.
func (r *roofline) write(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	m := r.Machine
	fmt.Fprintf(w, "%s, %s, SIMD level %s, load %s at the start; %s, one thread, per image\n", m.CPU, m.Go, m.SIMD, m.Load, r.Case)
	fmt.Fprintf(w, "The roof: %.0f GFLOP/s in the first-level cache, %.1f GB/s of memory.\n\n", r.GFLOPS, r.GBPerS)
	fmt.Fprintln(w, "| layer | × | MFLOP | kB | flop/byte | at the roof, µs | fwd | dx | dw | GFLOP/s fwd | dx | dw |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, l := range r.Layers {
		dx, rate := "not needed", ""
		if l.Input > 0 {
			dx, rate = fmt.Sprintf("%.1f", l.Input), fmt.Sprintf("%.0f", 1e3*l.MFLOP/l.Input)
		}
		fmt.Fprintf(w, "| %s | %d | %.2f | %.0f | %.0f | %.1f | %.1f | %s | %.1f | %.0f | %s | %.0f |\n", l.Name, l.Times, l.MFLOP, l.KB,
			1e3*l.MFLOP/l.KB, l.Roof, l.Forward, dx, l.Weight, 1e3*l.MFLOP/l.Forward, rate, 1e3*l.MFLOP/l.Weight)
	}
	passes := func(l *layer) float64 {
		if l.Input > 0 {
			return 3
		}
		return 2
	}
	forward := r.total(func(l *layer) float64 { return l.MFLOP })
	flops := r.total(func(l *layer) float64 { return passes(l) * l.MFLOP })
	roof := r.total(func(l *layer) float64 { return passes(l) * l.Roof })
	took := r.total(func(l *layer) float64 { return l.Forward + l.Input + l.Weight })
	_, err := fmt.Fprintf(w, "\nForward %.1f MFLOP; all passes %.1f MFLOP: %.0f µs at the roof, %.0f µs measured (%.0f GFLOP/s).\n",
		forward, flops, roof, took, 1e3*flops/took)
	return err
}
