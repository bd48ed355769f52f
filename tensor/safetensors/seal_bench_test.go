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

// BenchmarkSeal writes the same tensors, 64 MB as a small ResNet with its optimizer has,
// with digests and without, in turn, and reports what the digests add to the time.
func BenchmarkSeal(b *testing.B) {
	values := make([]float32, 1<<18)
	for i := range values {
		values[i] = float32(i) / 7
	}
	path := filepath.Join(b.TempDir(), "x.safetensors")
	each := func(visit func(t Tensor)) {
		for i := range 64 {
			visit(FromFloats(fmt.Sprint("layer", i), []int{512, 512}, values))
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
			ordered, err := order(tensors)
			require.NoError(b, err)
			return files.WriteBy(path, func(f *os.File) error { return write(f, header(nil, ordered), ordered) })
		})
	}
	b.ReportMetric(without.Seconds()*1e3/float64(b.N), "ms/unsealed")
	b.ReportMetric(with.Seconds()*1e3/float64(b.N), "ms/sealed")
	b.ReportMetric(100*(with.Seconds()/without.Seconds()-1), "%added")
}
