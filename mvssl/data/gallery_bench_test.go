package data

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkDecoding reads photographs of 500×375 that are not in memory, as many at a time
// as there are processors, and tells how many a second.
func BenchmarkDecoding(b *testing.B) {
	const n = 64
	dir := b.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		im := image.NewRGBA(image.Rect(0, 0, 500, 375))
		for p := range im.Pix { // smooth, with the noise of a camera
			x, y := float64(p/4%500), float64(p/4/500)
			im.Pix[p] = byte(100 + 60*math.Sin(x/float64(20+i)+float64(p%4)) + 40*math.Cos(y/float64(30+i)) + float64(rng.IntN(20)))
		}
		write(b, dir, fmt.Sprintf("%02d.jpg", i), jpegBytes(b, im))
	}
	split, err := Load(b.Context(), dir, Options{Memory: indexBytes*n + decodingBytes*500*375*int64(runtime.GOMAXPROCS(0))})
	require.NoError(b, err)
	require.Nil(b, split.Train.Pixels)
	for b.Loop() {
		require.NoError(b, each(b.Context(), runtime.GOMAXPROCS(0), n, func(i int, s *Scratch) {
			_, _, _, err := split.Train.Read(i, s)
			require.NoError(b, err)
		}))
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "images/s")
}
