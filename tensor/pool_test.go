package tensor_test

import (
	"sync"
	"testing"

	"entrec/tensor"

	"github.com/stretchr/testify/require"
)

func TestPool(t *testing.T) {
	var p tensor.Pool[float32]
	a := p.Get(5)
	require.Len(t, a, 5)
	for i := range a {
		a[i] = 3
	}
	p.Put(a)
	require.NotSame(t, &a[0], &p.Get(4)[0], "another length")
	b := p.Zeroed(5)
	require.Same(t, &a[0], &b[0], "the same length comes back")
	require.Equal(t, make([]float32, 5), b)
	require.NotSame(t, &b[0], &p.Get(5)[0], "b is in use")
	p.Put(nil)
	require.Empty(t, p.Get(0))

	var none *tensor.Pool[float64]
	require.Len(t, none.Get(3), 3)
	require.Equal(t, make([]float64, 3), none.Zeroed(3))
	none.Put(make([]float64, 3))

	require.Same(t, tensor.Scratch[float32](), tensor.Scratch[float32]())
	tensor.Scratch[float64]().Put(tensor.Scratch[float64]().Get(7))
}

// TestPoolConcurrent hands slices to several goroutines; no two may hold the same
// at a time.
func TestPoolConcurrent(t *testing.T) {
	var p tensor.Pool[float64]
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				s := p.Get(1 + i%3)
				for j := range s {
					s[j] = float64(g)
				}
				for _, v := range s {
					if v != float64(g) {
						t.Error("another goroutine wrote to this slice")
					}
				}
				p.Put(s)
			}
		})
	}
	wg.Wait()
}

// TestPoolMakesNoGarbage shows that in steady state nothing is allocated.
func TestPoolMakesNoGarbage(t *testing.T) {
	var p tensor.Pool[float64]
	p.Put(p.Get(100))
	require.Zero(t, testing.AllocsPerRun(100, func() { p.Put(p.Get(100)) }))
}
