// Command tile writes the register tiles of matrix products: simd/tile_amd64.s.
//
// A tile is rows×(vectors·lanes) accumulators that stay in registers. Each step of
// the summed index loads one row of B, vectors wide, and for each row of A
// broadcasts one element and multiplies and adds it.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// level describes an instruction set.
type level struct {
	name     string
	rows     int
	bytes    int // of a vector
	register func() VecVirtual
}

var (
	avx2   = level{"AVX2", 6, 32, YMM}
	avx512 = level{"AVX512", 8, 64, ZMM}
)

// kind describes an element type.
type kind struct {
	name           string
	size           int
	load           func(...Op)
	store          func(...Op)
	add            func(...Op)
	fma, broadcast func(...Op)
}

var kinds = []kind{
	{"F32", 4, VMOVUPS, VMOVUPS, VADDPS, VFMADD231PS, VBROADCASTSS},
	{"F64", 8, VMOVUPD, VMOVUPD, VADDPD, VFMADD231PD, VBROADCASTSD},
}

func main() {
	ConstraintExpr("amd64,!purego")
	for _, k := range kinds {
		for _, l := range []level{avx2, avx512} {
			for vectors := 1; vectors <= 2; vectors++ {
				tile(k, l, vectors)
			}
		}
	}
	Generate()
}

// Offsets of the fields of simd.tileCall.
const (
	offA, offRows, offSegs, offCount, offLength, offStride = 0, 8, 16, 24, 32, 40
	offB, offLDB, offC, offLDC, offAccumulate              = 48, 56, 64, 72, 80
)

func tile(k kind, l level, vectors int) {
	name := fmt.Sprintf("tile%s%sx%d", k.name, l.name, vectors)
	TEXT(name, NOSPLIT, "func(call *byte)")
	Doc(fmt.Sprintf("%s is plainTile for %d rows and %d columns; call is a *tileCall. Each element is summed by fused",
		name, l.rows, vectors*l.bytes/k.size),
		"multiply-adds in one accumulator, in plainTile's order.")
	Pragma("noescape")
	field := func(call Register, at int) Mem { return Mem{Base: call, Disp: at} }

	call := Load(Param("call"), GP64())
	acc := make([][]VecVirtual, l.rows)
	for i := range acc {
		for range vectors {
			v := l.register()
			if l.bytes == 64 {
				VPXORQ(v, v, v)
			} else {
				VXORPS(v, v, v)
			}
			acc[i] = append(acc[i], v)
		}
	}
	// Row pointers: a + rows[i].
	rows := make([]Register, l.rows)
	list := GP64()
	MOVQ(field(call, offRows), list)
	for i := range rows {
		r := GP64()
		MOVQ(Mem{Base: list, Disp: 8 * i}, r)
		if k.size == 4 {
			SHLQ(U8(2), r)
		} else {
			SHLQ(U8(3), r)
		}
		ADDQ(field(call, offA), r)
		rows[i] = r
	}
	b, ldb, stride := GP64(), GP64(), GP64()
	MOVQ(field(call, offB), b)
	MOVQ(field(call, offLDB), ldb)
	MOVQ(field(call, offStride), stride)

	// The number of segments left and the next of them are kept in the call, to
	// have registers for the rows.
	Label(name + "_segment")
	at, left := GP64(), GP64()
	call = Load(Param("call"), GP64())
	CMPQ(field(call, offCount), U8(0))
	JE(LabelRef(name + "_done"))
	DECQ(field(call, offCount))
	MOVQ(field(call, offSegs), at)
	ADDQ(U8(8), field(call, offSegs))
	MOVQ(Mem{Base: at}, at)
	if k.size == 4 {
		SHLQ(U8(2), at)
	} else {
		SHLQ(U8(3), at)
	}
	MOVQ(field(call, offLength), left)

	Label(name + "_step")
	cols := make([]VecVirtual, vectors)
	for v := range cols {
		cols[v] = l.register()
		k.load(Mem{Base: b, Disp: v * l.bytes}, cols[v])
	}
	for i := range rows {
		a := l.register()
		k.broadcast(Mem{Base: rows[i], Index: at, Scale: 1}, a)
		for v := range cols {
			k.fma(cols[v], a, acc[i][v])
		}
	}
	ADDQ(ldb, b)
	ADDQ(stride, at)
	DECQ(left)
	JNZ(LabelRef(name + "_step"))
	JMP(LabelRef(name + "_segment"))

	Label(name + "_done")
	call = Load(Param("call"), GP64())
	c, ldc := GP64(), GP64()
	MOVQ(field(call, offC), c)
	MOVQ(field(call, offLDC), ldc)
	CMPQ(field(call, offAccumulate), U8(0))
	JE(LabelRef(name + "_store"))
	row := GP64()
	MOVQ(c, row)
	for i := range acc {
		for v := range acc[i] {
			k.add(Mem{Base: row, Disp: v * l.bytes}, acc[i][v], acc[i][v])
		}
		ADDQ(ldc, row)
	}
	Label(name + "_store")
	for i := range acc {
		for v := range acc[i] {
			k.store(acc[i][v], Mem{Base: c, Disp: v * l.bytes})
		}
		ADDQ(ldc, c)
	}
	VZEROUPPER()
	RET()
}
