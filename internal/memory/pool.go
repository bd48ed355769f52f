// Package memory reuses buffers: [Pool] hands out slices and takes them back, so that
// a training step, which asks for the same lengths each time, makes no garbage.
// [Machine] says how much memory there is.
package memory

import (
	"math"
	"slices"
	"sync"
	"unsafe"
)

// Pool hands out slices of T and takes them back. Slices are cut from larger slabs,
// and free neighbors are joined: the memory of several small slices serves a large
// one, so that a pool holds little more than what is in use at one time. The zero
// value is ready for use, and safe for concurrent use. A nil *Pool allocates each
// slice and forgets it.
type Pool[T float32 | float64] struct {
	mu    sync.Mutex
	slabs []slab[T]
	size  int // elements of all slabs
}

// slab is memory of which the extents in free, in order and no two adjacent, are
// not handed out.
type slab[T float32 | float64] struct {
	data []T
	free []extent
}

// extent is the elements [lo, hi) of a slab.
type extent struct{ lo, hi int }

const (
	grain     = 16   // slices begin at multiples of so many elements: 64 bytes of float32
	leastSlab = 4096 // elements of a slab, at least
)

// extentSize returns how much of a slab a slice of n elements takes.
func extentSize(n int) int { return (n + grain - 1) / grain * grain }

// Get returns a slice of n elements with unspecified content, from the smallest
// extent that has room.
func (p *Pool[T]) Get(n int) []T {
	if p == nil || n == 0 {
		return make([]T, n)
	}
	size := extentSize(n)
	p.mu.Lock()
	defer p.mu.Unlock()
	best, at, room := -1, 0, math.MaxInt
	for i := range p.slabs {
		for j, e := range p.slabs[i].free {
			if r := e.hi - e.lo; r >= size && r < room {
				best, at, room = i, j, r
			}
		}
	}
	if best < 0 {
		// A slab is an eighth of the pool at least, so that there are few: slices of
		// different slabs are never joined.
		length := max(size, extentSize(p.size/8), leastSlab)
		data := make([]T, length)
		adviseHuge(data)
		p.slabs = append(p.slabs, slab[T]{data, []extent{{0, length}}})
		p.size += length
		best, at = len(p.slabs)-1, 0
	}
	s := &p.slabs[best]
	e := &s.free[at]
	lo := e.lo
	if e.lo += size; e.lo == e.hi {
		s.free = slices.Delete(s.free, at, at+1)
	}
	return s.data[lo : lo+n : lo+n]
}

// Zeroed returns a slice of n zeros.
func (p *Pool[T]) Zeroed(n int) []T {
	s := p.Get(n)
	clear(s)
	return s
}

// Put takes back a slice that Get returned; the caller must not use it again. It
// panics where the slice is another's, or has come back before.
func (p *Pool[T]) Put(buf []T) {
	if p == nil || len(buf) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.slabs, func(s slab[T]) bool { return Within(buf, s.data) })
	if i < 0 {
		panic("memory: Put of a slice that this Pool did not hand out")
	}
	s := &p.slabs[i]
	lo := int(address(buf)-address(s.data)) / int(unsafe.Sizeof(buf[0]))
	hi := lo + extentSize(len(buf))
	at, _ := slices.BinarySearchFunc(s.free, lo, func(e extent, lo int) int { return e.lo - lo })
	if (at > 0 && s.free[at-1].hi > lo) || (at < len(s.free) && s.free[at].lo < hi) {
		panic("memory: Put of a slice that has come back already")
	}
	before, after := at > 0 && s.free[at-1].hi == lo, at < len(s.free) && s.free[at].lo == hi
	switch {
	case before && after:
		s.free[at-1].hi = s.free[at].hi
		s.free = slices.Delete(s.free, at, at+1)
	case before:
		s.free[at-1].hi = hi
	case after:
		s.free[at].lo = lo
	default:
		s.free = slices.Insert(s.free, at, extent{lo, hi})
	}
}

// Within reports whether the elements of s lie in buf.
func Within[T float32 | float64](s, buf []T) bool {
	if len(buf) == 0 || len(s) == 0 {
		return false
	}
	return address(s) >= address(buf) && address(s) < address(buf)+uintptr(len(buf))*unsafe.Sizeof(buf[0])
}

func address[T float32 | float64](s []T) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(s))) }

// The pools of [Scratch].
var (
	scratch32 Pool[float32]
	scratch64 Pool[float64]
)

// Scratch returns the pool for buffers that live no longer than one call.
func Scratch[T float32 | float64]() *Pool[T] {
	var p any
	switch any(T(0)).(type) {
	case float32:
		p = &scratch32
	default:
		p = &scratch64
	}
	return p.(*Pool[T])
}
