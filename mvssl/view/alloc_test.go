//go:build !race

// With the race detector, sync.Pool forgets some of what it is given.

package view

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// In steady state a view makes no garbage.
func TestApplyAllocatesNothing(t *testing.T) {
	p := newPipeline[float32](t, SimCLR(3, 32), 3, 32, 32)
	src, dst, n := photo(3, 32, 32), make([]float32, 3*32*32), 0
	allocs := testing.AllocsPerRun(200, func() {
		p.Apply(dst, src, 32, 32, Key{Sample: n})
		n++
	})
	require.Zero(t, allocs)
}
