package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/reference/golden"
	"entrec/reference/naive"
)

// FuzzBeyondTheFinite: of inputs with NaN and infinities the engine, in both precisions, and the
// naive definitions have the same outputs, of operations that take each row or element by itself.
func FuzzBeyondTheFinite(f *testing.F) {
	ops := []string{"relu", "softmax", "log_softmax", "logsumexp", "matmul"}
	for i := range ops {
		for seed := range uint64(4) {
			f.Add(uint8(i), seed, uint8(3), uint8(5))
		}
	}
	f.Fuzz(func(t *testing.T, op uint8, seed uint64, n, d uint8) {
		random := rand.New(rand.NewPCG(seed, 7))
		draw := func(rows, columns int) *golden.Array {
			x := golden.NewArray(rows, columns)
			for i := range x.Data {
				x.Data[i] = []float64{math.Inf(1), math.Inf(-1), math.NaN(), 0, 700, -700}[random.IntN(6)]
				if random.IntN(4) > 0 {
					x.Data[i] = float64(float32(random.NormFloat64()))
				}
			}
			return x
		}
		rows, columns := int(n%6)+1, int(d%40)+1
		c := &golden.Case{Op: ops[int(op)%len(ops)], Attrs: golden.Attrs{}, In: map[string]*golden.Array{"x": draw(rows, columns)}}
		output := "y"
		if c.Op == "matmul" {
			c.In, output = map[string]*golden.Array{"a": draw(rows, columns), "b": draw(columns, 3)}, "c"
		}
		want, err := naive.Answer(c)
		require.NoError(t, err)
		for _, b := range []struct {
			name    string
			backend golden.Backend
			within  float64
		}{{"float64", Backend[float64](), 1e-10}, {"float32", Backend[float32](), 1e-4}} {
			got, err := b.backend.Answer(c)
			require.NoError(t, err)
			limit := golden.Tolerance{Rtol: b.within, Atol: b.within}
			d := golden.CompareArray(output, got.Out[output], want.Out[output], limit)
			require.Empty(t, d.Detail, "%s in %s of %v", c.Op, b.name, c.In)
		}
	})
}
