package conv

import (
	"sync"

	"entrec/internal/memory"
	"entrec/simd"
	"entrec/tensor"
)

// patches is a matrix product whose left factor consists of rows that overlap in
// memory: row r starts at from[r] and continues with length elements at each of
// the offsets segs. The product's row r goes to to[r].
type patches[T tensor.Float] struct {
	from, to []int
	segs     []int
	length   int
	cols     int // columns of the right factor
	packed   []T // the right factor, in simd.PackB's panels
}

// lists keeps patches that are done with, to use the memory of their lists again.
var lists32, lists64 sync.Pool

func lists[T tensor.Float]() *sync.Pool {
	if _, ok := any(T(0)).(float32); ok {
		return &lists32
	}
	return &lists64
}

// emptyPatches returns patches with empty lists.
func emptyPatches[T tensor.Float]() *patches[T] {
	if p, _ := lists[T]().Get().(*patches[T]); p != nil {
		return p
	}
	return &patches[T]{}
}

// newPatches packs the right factor, k×cols.
func newPatches[T tensor.Float](right []T, k, cols int) *patches[T] {
	p := emptyPatches[T]()
	p.cols, p.packed = cols, memory.Scratch[T]().Get(simd.PackedSize[T](k, cols))
	tensor.PackB(p.packed, false, k, cols, right, cols)
	return p
}

// release gives the memory back.
func (p *patches[T]) release() {
	memory.Scratch[T]().Put(p.packed)
	p.from, p.to, p.segs, p.packed = p.from[:0], p.to[:0], p.segs[:0], nil
	lists[T]().Put(p)
}

// multiply computes, or adds, the first rows of the product.
func (p *patches[T]) multiply(left, out []T, rows int, update simd.Update) {
	mr, nr := simd.MR[T](), simd.NR[T]()
	k := len(p.segs) * p.length
	if rows == 0 {
		return
	}
	whole := rows / mr * mr
	// Where rows do not fill the last tile, one of them is repeated.
	var last [16]int // at least MR at every level
	for i := range last {
		last[i] = p.from[min(whole+i, rows-1)]
	}
	args := simd.RowTiles[T]{A: left, Segs: p.segs, Length: p.length, Accumulate: update == simd.Accumulate}
	for col := 0; col < p.cols; col += nr {
		args.B, args.C, args.Cols = p.packed[col*k:], out[col:], min(nr, p.cols-col)
		args.From, args.To = p.from[:whole], p.to[:whole]
		simd.TileRows(&args)
		args.From, args.To = last[:], p.to[whole:rows]
		simd.TileRows(&args)
	}
}
