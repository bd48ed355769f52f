package safetensors

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"entrec/internal/files"
)

// BenchmarkSeal writes the same 64 tensors with digests and without, in turn, and reports
// what the digests add to the time: 3 MB, as a ResNet-18 of width 8 has with its
// optimizer, and 64 MB.
func BenchmarkSeal(b *testing.B) {
	for name, side := range map[string]int{"3MB": 108, "64MB": 512} {
		b.Run(name, func(b *testing.B) { benchmarkSeal(b, side) })
	}
}

func benchmarkSeal(b *testing.B, side int) {
	values := make([]float32, side*side)
	for i := range values {
		values[i] = float32(i) / 7
	}
	path := filepath.Join(b.TempDir(), "x.safetensors")
	each := func(visit func(t Tensor)) {
		for i := range 64 {
			visit(FromFloats(fmt.Sprint("layer", i), []int{side, side}, values))
		}
	}
	timed := func(write func() error) time.Duration {
		began := time.Now()
		require.NoError(b, write())
		return time.Since(began)
	}
	var with, without time.Duration
	for b.Loop() {
		with += timed(func() error {
			var w Writer
			each(w.Add)
			return w.Write(path, nil)
		})
		without += timed(func() error {
			var tensors []Tensor
			each(func(t Tensor) { tensors = append(tensors, t) })
			ordered, err := order(whole(tensors))
			require.NoError(b, err)
			return files.WriteBy(path, func(f *os.File) error {
				header := header(nil, ordered)
				if _, err := f.Write(header); err != nil {
					return err
				}
				return write(f, int64(len(header)), ordered, nil)
			})
		})
	}
	b.ReportMetric(without.Seconds()*1e3/float64(b.N), "ms/unsealed")
	b.ReportMetric(with.Seconds()*1e3/float64(b.N), "ms/sealed")
	b.ReportMetric(100*(with.Seconds()/without.Seconds()-1), "%added")
}
