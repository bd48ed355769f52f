package tensor

import (
	"sync"
	"unsafe"
)

// Pool hands out slices and takes them back, so that a training step, which asks
// for the same lengths each time, makes no garbage. The zero value is ready, and
// it is safe for concurrent use. A nil *Pool allocates and forgets.
type Pool[T Float] struct {
	mu   sync.Mutex
	free map[int][][]T
}

// Get returns a slice of n elements with unspecified content.
func (p *Pool[T]) Get(n int) []T {
	if p == nil {
		return make([]T, n)
	}
	p.mu.Lock()
	if list := p.free[n]; len(list) > 0 {
		s := list[len(list)-1]
		p.free[n] = list[:len(list)-1]
		p.mu.Unlock()
		return s
	}
	p.mu.Unlock()
	return make([]T, n)
}

// Zeroed returns a slice of n zeros.
func (p *Pool[T]) Zeroed(n int) []T {
	s := p.Get(n)
	clear(s)
	return s
}

// Put takes back a slice that Get returned; the caller must not use it again.
func (p *Pool[T]) Put(s []T) {
	if p == nil || len(s) == 0 {
		return
	}
	p.mu.Lock()
	if p.free == nil {
		p.free = map[int][][]T{}
	}
	p.free[len(s)] = append(p.free[len(s)], s)
	p.mu.Unlock()
}

// Within reports whether t's elements lie in buf.
func Within[T Float](t *Tensor[T], buf []T) bool {
	if len(buf) == 0 || len(t.data) == 0 {
		return false
	}
	at, first := uintptr(unsafe.Pointer(&t.data[0])), uintptr(unsafe.Pointer(&buf[0]))
	return at >= first && at < first+uintptr(len(buf))*unsafe.Sizeof(buf[0])
}

// scratch holds the buffers that kernels of this package need for the length of
// one call.
var (
	scratch32 Pool[float32]
	scratch64 Pool[float64]
)

// Scratch returns the pool for buffers that live no longer than one call.
func Scratch[T Float]() *Pool[T] {
	var p any
	switch any(T(0)).(type) {
	case float32:
		p = &scratch32
	default:
		p = &scratch64
	}
	return p.(*Pool[T])
}
