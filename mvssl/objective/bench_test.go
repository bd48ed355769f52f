package objective

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"entrec/autograd"
	"entrec/tensor"
)

// benchmarked are the objectives that compare all rows with all.
var benchmarked = []struct {
	name string
	loss func(a, b *autograd.Var[float32]) *autograd.Var[float32]
}{
	{"infonce", func(a, b *autograd.Var[float32]) *autograd.Var[float32] { return InfoNCE(a, b, 0.2) }},
	{"ntxent", func(a, b *autograd.Var[float32]) *autograd.Var[float32] { return NTXent(a, b, 0.2) }},
	{"er", func(a, b *autograd.Var[float32]) *autograd.Var[float32] {
		return ER(a, b, ERConfig{EntropyConfig: EntropyConfig{Kappa: 5}, EntropyWeight: 1}).Loss
	}},
	{"uniformity", func(a, b *autograd.Var[float32]) *autograd.Var[float32] { return Uniformity(a, 2) }},
}

// step is forward and backward of one loss on a tape whose buffers go round.
func step(tape *autograd.Tape[float32], x, y *tensor.Tensor[float32], loss func(a, b *autograd.Var[float32]) *autograd.Var[float32]) {
	a, b := tape.Leaf(x), tape.Leaf(y)
	tape.Backward(loss(a, b))
	tape.Reset()
}

func views(k, d int) (a, b *tensor.Tensor[float32]) {
	rng := rand.New(rand.NewPCG(1, 2))
	return tensor.Convert[float32](unit(rng, k, d)), tensor.Convert[float32](unit(rng, k, d))
}

// BenchmarkStep is forward and backward at d = 128 in float32.
func BenchmarkStep(b *testing.B) {
	for _, k := range []int{1024, 4096} {
		x, y := views(k, 128)
		for _, c := range benchmarked {
			b.Run(fmt.Sprintf("%s/k=%d", c.name, k), func(b *testing.B) {
				b.ReportAllocs()
				tape := autograd.NewTape[float32]()
				for b.Loop() {
					step(tape, x, y, c.loss)
				}
			})
		}
	}
}

// BenchmarkMemory reports the heap that forward and backward at d = 128 need beyond
// the inputs; the kernels' scratch too where it is the first of its process, as in
// -bench Memory/ntxent/k=65536 -benchtime 1x. A matrix of similarities in float32 alone would take 1,074 MB at
// k = 16,384 and 17,180 MB at k = 65,536, in NT-Xent four times as much.
func BenchmarkMemory(b *testing.B) {
	for _, k := range []int{16384, 65536} {
		x, y := views(k, 128)
		for _, c := range benchmarked {
			b.Run(fmt.Sprintf("%s/k=%d", c.name, k), func(b *testing.B) {
				for b.Loop() {
					b.ReportMetric(float64(allocated(func() { step(autograd.NewTape[float32](), x, y, c.loss) }))/1e6, "peak-MB")
				}
			})
		}
	}
}

// allocated returns all bytes of heap that f asks for: with what earlier calls left in
// the scratch pools, an upper bound of what it needs at any time.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
