package main

import (
	"fmt"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// objectives compares forward and backward of NT-Xent and ER with PyTorch's, which
// store the matrix of similarities.
func objectives(b *bench) {
	r, err := startRival()
	if err != nil {
		b.Missing = append(b.Missing, fmt.Sprintf("PyTorch: %v", err))
		return
	}
	defer r.close()
	const d = 128
	for _, o := range []struct {
		name string
		loss func(x, y *autograd.Var[float32]) *autograd.Var[float32]
	}{{"nt_xent", func(x, y *autograd.Var[float32]) *autograd.Var[float32] { return objective.NTXent(x, y, 0.2) }},
		{"er", func(x, y *autograd.Var[float32]) *autograd.Var[float32] {
			x, y = autograd.Normalize(x, 1e-12), autograd.Normalize(y, 1e-12)
			return objective.ER(x, y, objective.ERConfig{EntropyConfig: objective.EntropyConfig{Kappa: 5}, EntropyWeight: 1}).Loss
		}}} {
		for _, k := range []int{1024, 4096} {
			data := pattern[float32](k*d + 1)
			tape := autograd.NewTape[float32]()
			n := max(2, 8192/k)
			b.pair(fmt.Sprintf("%s k=%d d=%d, forward and backward, %d threads", o.name, k, d, b.threads), "PyTorch", "1/s", func() (float64, error) {
				return 1 / best(n, func() {
					x, y := tape.Leaf(tensor.FromSlice(data[:k*d], k, d)), tape.Leaf(tensor.FromSlice(data[1:], k, d))
					tape.Backward(o.loss(x, y))
					tape.Reset()
				}), nil
			}, func() (float64, error) {
				var answer struct{ Seconds float64 }
				err := r.ask(map[string]any{"do": "objective", "name": o.name, "k": k, "d": d, "threads": b.threads, "repeats": n}, &answer)
				return 1 / answer.Seconds, err
			})
		}
	}
}
