package memory_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"entrec/internal/memory"

	"github.com/stretchr/testify/require"
)

func TestPool(t *testing.T) {
	var p memory.Pool[float32]
	a := p.Get(5)
	require.Len(t, a, 5)
	require.Equal(t, 5, cap(a), "an append must not reach the neighbor")
	for i := range a {
		a[i] = 3
	}
	p.Put(a)
	b := p.Zeroed(5)
	require.Same(t, &a[0], &b[0], "what came back is handed out again")
	require.Equal(t, make([]float32, 5), b)
	require.NotSame(t, &b[0], &p.Get(5)[0], "b is in use")
	p.Put(nil)
	require.Empty(t, p.Get(0))
	require.Panics(t, func() { p.Put(make([]float32, 5)) }, "a stranger")
	p.Put(b)
	require.Panics(t, func() { p.Put(b) }, "twice")

	var none *memory.Pool[float64]
	require.Len(t, none.Get(3), 3)
	require.Equal(t, make([]float64, 3), none.Zeroed(3))
	none.Put(make([]float64, 3))

	require.Same(t, memory.Scratch[float32](), memory.Scratch[float32]())
	memory.Scratch[float64]().Put(memory.Scratch[float64]().Get(7))
}

// TestPoolJoins shows that neighbors that come back, in whatever order, make room for
// a slice as long as all of them.
func TestPoolJoins(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	for range 50 {
		var p memory.Pool[float64]
		whole := p.Get(4096) // a slab
		p.Put(whole)
		var parts [][]float64
		for range 16 {
			parts = append(parts, p.Get(250)) // 256 with what is between them
		}
		rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		for _, part := range parts {
			p.Put(part)
		}
		require.Same(t, &whole[0], &p.Get(4096)[0])
	}
}

// TestPoolDisjoint hands out and takes back at random; what is written to one slice
// must be in no other.
func TestPoolDisjoint(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 0))
	var p memory.Pool[float32]
	var held [][]float32
	for i := range 20000 {
		if len(held) > 0 && rng.IntN(2) == 0 {
			k := rng.IntN(len(held))
			if first := held[k][0]; slices.ContainsFunc(held[k], func(v float32) bool { return v != first }) {
				t.Fatal("another slice was written here")
			}
			p.Put(held[k])
			held[k] = held[len(held)-1]
			held = held[:len(held)-1]
			continue
		}
		s := p.Get(1 + int(math.Exp(8*rng.Float64())))
		for j := range s {
			s[j] = float32(i)
		}
		held = append(held, s)
	}
}

// TestPoolConcurrent hands slices to several goroutines; no two may hold the same
// at a time.
func TestPoolConcurrent(t *testing.T) {
	var p memory.Pool[float64]
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
	var p memory.Pool[float64]
	p.Put(p.Get(100))
	require.Zero(t, testing.AllocsPerRun(100, func() { p.Put(p.Get(100)) }))
}
