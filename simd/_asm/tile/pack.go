package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// packers writes what lays out panels: transposition of two and of four rows, for
// AVX, and copies of short rows.
func packers() {
	for _, k := range kinds {
		transpose(k, 2)
		transpose(k, 4)
	}
	for _, l := range []level{avx2, avx512} {
		for vectors := 1; vectors <= 2; vectors++ {
			copyRows(l, vectors)
		}
	}
}

// transpose stores rows of n elements as columns of dst.
func transpose(k kind, rows int) {
	name := fmt.Sprintf("transpose%s%dAVX", k.name, rows)
	TEXT(name, NOSPLIT, "func(dst, src *byte, dstStride, srcStride, n int)")
	Doc(fmt.Sprintf("%s is plainTranspose for %d rows; strides are in bytes.", name, rows))
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	to, from := Load(Param("dstStride"), GP64()), Load(Param("srcStride"), GP64())
	n := Load(Param("n"), GP64())
	to3, from3 := GP64(), GP64()
	LEAQ(Mem{Base: to, Index: to, Scale: 2}, to3)
	LEAQ(Mem{Base: from, Index: from, Scale: 2}, from3)

	// A square at a time, or a row of them where rows are two.
	cols := 4
	if k.size == 8 && rows == 2 {
		cols = 2
	}
	SUBQ(U8(cols), n)
	JL(LabelRef(name + "_rest"))
	Label(name + "_square")
	x := make([]VecVirtual, rows)
	for r := range x {
		if k.size*cols == 32 {
			x[r] = YMM()
		} else {
			x[r] = XMM()
		}
		VMOVUPS(times(src, from, from3, r), x[r])
	}
	unpackLow, unpackHigh := VUNPCKLPS, VUNPCKHPS
	if k.size == 8 {
		unpackLow, unpackHigh = VUNPCKLPD, VUNPCKHPD
	}
	pair := func(a, b VecVirtual, f func(...Op)) VecVirtual {
		var v VecVirtual = XMM()
		if k.size*cols == 32 {
			v = YMM()
		}
		f(b, a, v)
		return v
	}
	out := func(c int) Mem { return times(dst, to, to3, c) }
	low, high := pair(x[0], x[1], unpackLow), pair(x[0], x[1], unpackHigh)
	switch {
	case rows == 2 && k.size == 4:
		VMOVLPS(low, out(0))
		VMOVHPS(low, out(1))
		VMOVLPS(high, out(2))
		VMOVHPS(high, out(3))
	case rows == 2:
		VMOVUPS(low, out(0))
		VMOVUPS(high, out(1))
	case k.size == 4:
		low2, high2 := pair(x[2], x[3], unpackLow), pair(x[2], x[3], unpackHigh)
		for c, v := range []VecVirtual{pair(low, low2, VUNPCKLPD), pair(low, low2, VUNPCKHPD),
			pair(high, high2, VUNPCKLPD), pair(high, high2, VUNPCKHPD)} {
			VMOVUPS(v, out(c))
		}
	default:
		low2, high2 := pair(x[2], x[3], unpackLow), pair(x[2], x[3], unpackHigh)
		half := func(a, b VecVirtual, which int) VecVirtual {
			v := YMM()
			VPERM2F128(U8(which), b, a, v)
			return v
		}
		for c, v := range []VecVirtual{half(low, low2, 0x20), half(high, high2, 0x20), half(low, low2, 0x31), half(high, high2, 0x31)} {
			VMOVUPS(v, out(c))
		}
	}
	if cols == 4 {
		LEAQ(Mem{Base: dst, Index: to, Scale: 4}, dst)
	} else {
		LEAQ(Mem{Base: dst, Index: to, Scale: 2}, dst)
	}
	ADDQ(U8(cols*k.size), src)
	SUBQ(U8(cols), n)
	JGE(LabelRef(name + "_square"))

	Label(name + "_rest")
	ADDQ(U8(cols), n)
	Label(name + "_single")
	DECQ(n)
	JL(LabelRef(name + "_done"))
	for r := range rows {
		v := XMM()
		if k.size == 4 {
			VMOVSS(times(src, from, from3, r), v)
			VMOVSS(v, Mem{Base: dst, Disp: r * k.size})
		} else {
			VMOVSD(times(src, from, from3, r), v)
			VMOVSD(v, Mem{Base: dst, Disp: r * k.size})
		}
	}
	ADDQ(to, dst)
	ADDQ(U8(k.size), src)
	JMP(LabelRef(name + "_single"))
	Label(name + "_done")
	VZEROUPPER()
	RET()
}

// copyRows copies n rows of some vectors, which become consecutive.
func copyRows(l level, vectors int) {
	name := fmt.Sprintf("copyRows%sx%d", l.name, vectors)
	TEXT(name, NOSPLIT, "func(dst, src *byte, srcStride, n int)")
	Doc(fmt.Sprintf("%s copies n > 0 rows of %d bytes, srcStride bytes apart, to consecutive ones.", name, vectors*l.bytes))
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	stride, n := Load(Param("srcStride"), GP64()), Load(Param("n"), GP64())
	Label(name + "_row")
	for v := range vectors {
		x := l.register()
		VMOVUPS(Mem{Base: src, Disp: v * l.bytes}, x)
		VMOVUPS(x, Mem{Base: dst, Disp: v * l.bytes})
	}
	ADDQ(stride, src)
	ADDQ(U32(vectors*l.bytes), dst)
	DECQ(n)
	JNZ(LabelRef(name + "_row"))
	VZEROUPPER()
	RET()
}
