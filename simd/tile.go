package simd

import (
	"fmt"
	"unsafe"
)

//go:generate sh -c "cd _asm && go run ./tile -out ../tile_amd64.s -stubs ../tile_stub_amd64.go -pkg simd"

// TileArgs is the work of one [Tile]: a block of [MR] rows and Cols columns of a
// matrix product. Offsets and strides are in elements.
type TileArgs[T Float] struct {
	A      []T
	Rows   []int // where in A each of the MR rows begins
	Segs   []int // offsets of the row's segments from its beginning
	Length int   // elements of a segment
	Stride int   // between the elements of a segment
	B      []T
	LDB    int // between the rows of B
	C      []T
	LDC    int // between the rows of C
	Cols   int // NR, or NR/2
	// Accumulate adds to C; otherwise C is overwritten, whatever it held.
	Accumulate bool
}

// MR returns the number of rows of a tile at the current level.
func MR[T Float]() int {
	switch level {
	case AVX512:
		return 8
	case AVX2:
		return 6
	}
	return 4
}

// NR returns the number of columns of a tile at the current level: two vectors.
// A tile of half as many is the narrow one.
func NR[T Float]() int {
	size := int(unsafe.Sizeof(T(0)))
	switch level {
	case AVX512:
		return 128 / size
	case AVX2:
		return 64 / size
	}
	return 8
}

// Tile computes
//
//	c[i·LDC + j] (+)= Σ_{s < len(Segs)} Σ_{k < Length} a[Rows[i] + Segs[s] + k·Stride] · b[(s·Length + k)·LDB + j]
//
// for i < MR and j < Cols. It is the one inner loop of matrix products and
// convolutions: the left factor is read where it lies, through the rows' offsets,
// so the matrix of a convolution's patches never has to exist.
//
// Each element has one accumulator, to which the products are added with k
// ascending within a segment and segments ascending, fused at the AVX levels: its
// bits depend on the level and on the products (FIXED), not on i, j or the
// neighbours. It panics where the slices are too short.
func Tile[T Float](p *TileArgs[T]) {
	mr := MR[T]()
	p.check(mr)
	if len(p.Segs) == 0 || p.Length == 0 || level == Generic {
		plainTile(p, mr)
		return
	}
	asmTile(p)
}

func (p *TileArgs[T]) check(mr int) {
	if len(p.Rows) < mr || p.Length < 0 || p.Stride < 0 || p.LDB < 0 || p.LDC < 0 || (p.Cols != NR[T]() && 2*p.Cols != NR[T]()) {
		panic(fmt.Sprintf("simd.Tile: %d rows of at least %d, length %d, stride %d, leading dimensions %d and %d, %d columns of a tile of %d",
			len(p.Rows), mr, p.Length, p.Stride, p.LDB, p.LDC, p.Cols, NR[T]()))
	}
	if (mr-1)*p.LDC+p.Cols > len(p.C) {
		panic(fmt.Sprintf("simd.Tile: c has %d elements, %d rows of stride %d and %d columns were asked for", len(p.C), mr, p.LDC, p.Cols))
	}
	if len(p.Segs) == 0 || p.Length == 0 {
		return
	}
	lo, hi := extent(p.Rows[:mr])
	first, last := extent(p.Segs)
	if lo+first < 0 || hi+last+(p.Length-1)*p.Stride >= len(p.A) {
		panic(fmt.Sprintf("simd.Tile: a has %d elements, %d to %d were asked for", len(p.A), lo+first, hi+last+(p.Length-1)*p.Stride))
	}
	if n := len(p.Segs) * p.Length; (n-1)*p.LDB+p.Cols > len(p.B) {
		panic(fmt.Sprintf("simd.Tile: b has %d elements, %d rows of stride %d and %d columns were asked for", len(p.B), n, p.LDB, p.Cols))
	}
}

func extent(x []int) (lo, hi int) {
	lo, hi = x[0], x[0]
	for _, v := range x[1:] {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

// plainTile is Tile for mr rows, in plain Go.
func plainTile[T Float](p *TileArgs[T], mr int) {
	var row [32]T // at least NR at every level
	for i := range mr {
		acc := row[:p.Cols]
		clear(acc)
		at := 0
		for _, seg := range p.Segs {
			for k := range p.Length {
				a := p.A[p.Rows[i]+seg+k*p.Stride]
				for j, b := range p.B[at : at+p.Cols] {
					acc[j] += T(a * b)
				}
				at += p.LDB
			}
		}
		c := p.C[i*p.LDC : i*p.LDC+p.Cols]
		if p.Accumulate {
			for j, v := range acc {
				c[j] += v
			}
		} else {
			copy(c, acc)
		}
	}
}
