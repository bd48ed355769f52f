package main

import (
	"fmt"
	"io"

	"entrec/internal/bench"
)

// write prints tables in Markdown, or JSON.
func (r *roofline) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return bench.WriteJSON(w, r)
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
	fmt.Fprintln(w, "\n| layer | × | MFLOP fwd | bwd | kB fwd | bwd | at the roof, µs: fwd | bwd | measured: fwd | bwd |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, o := range r.Operations {
		f, b := o.Forward, o.Backward
		fmt.Fprintf(w, "| %s | %d | %.3f | %.3f | %.1f | %.1f | %.2f | %.2f | %.2f | %.2f |\n", o.Name, o.Times,
			f.MFLOP, b.MFLOP, f.KB, b.KB, f.Roof, b.Roof, f.Took, b.Took)
	}
	fmt.Fprintln(w, "\n| all passes of all layers | MFLOP | kB | at the roof, µs | measured |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- |")
	for _, t := range []struct {
		name string
		cost
	}{{"convolutions", r.Convolutions}, {"the rest", r.Rest}, {"all", r.All}} {
		fmt.Fprintf(w, "| %s | %.1f | %.0f | %.0f | %.0f |\n", t.name, t.MFLOP, t.KB, t.Roof, t.Took)
	}
	fmt.Fprintf(w, "\nA whole step takes %.0f µs an image on the wall: the layers add up to %.1f %% of it.\n", r.Step, 100*r.All.Took/r.Step)
	const mb = 1e6
	held, state := float64(r.Memory.Activations)/mb, float64(r.Memory.State)/mb
	_, err := fmt.Fprintf(w, "At the end of the forward pass %.1f MB of activations are held, beside %.1f MB of images, parameters, gradients and momentum: %.1f MB. The process of a step takes %.1f MB.\n",
		held, state, held+state, float64(r.Memory.PeakRSS)/mb)
	return err
}
