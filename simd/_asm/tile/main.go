// Command tile writes the register tiles of matrix products: simd/tile_amd64.s.
//
// A tile is rows×(vectors·lanes) accumulators that stay in registers. Each step of
// the summed index loads one row of B, vectors wide, and for each row of A
// broadcasts one element and multiplies and adds it. The kernels differ in where
// the elements of A lie: rowTile has a pointer for each row, along which the summed
// index runs; columnTile has one pointer, from which the rows follow each other.
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
	avx512 = level{"AVX512", 12, 64, ZMM}
)

// kind describes an element type.
type kind struct {
	name           string
	size, shift    int
	load, store    func(...Op)
	masked         func(_, _, _ Op) // moves between memory and register, by a mask in a vector register
	add            func(...Op)
	fma, broadcast func(...Op)
}

var kinds = []kind{
	{"F32", 4, 2, VMOVUPS, VMOVUPS, VMASKMOVPS, VADDPS, VFMADD231PS, VBROADCASTSS},
	{"F64", 8, 3, VMOVUPD, VMOVUPD, VMASKMOVPD, VADDPD, VFMADD231PD, VBROADCASTSD},
}

func main() {
	ConstraintExpr("amd64,!purego")
	for _, k := range kinds {
		for _, l := range []level{avx2, avx512} {
			for vectors := 1; vectors <= 2; vectors++ {
				t := &tile{kind: k, level: l, vectors: vectors}
				t.rowTile("rowTile")
				if vectors == 2 && l.bytes == 32 { // where loads leave room for it, and it was measured
					t.prefetches = true
					t.rowTile("prefetchingRowTile")
				}
				t.columnTile()
			}
		}
	}
	packers()
	Generate()
}

// Offsets of the fields of simd.tileCall.
const (
	offA = 8 * iota
	offFrom
	offTo
	offPanel
	offRows
	offSegs
	offCount
	offLength
	offStride
	offB
	offLDB
	offC
	offLDC
	offAccumulate
	offMasked
	offMask
	offNext
	offNextBytes
)

// unroll is how many steps of the summed index a round of the inner loop has.
const unroll = 4

// tile is one kernel in the making.
type tile struct {
	kind
	level
	vectors    int
	prefetches bool // what it will read of A next
	label      string
	acc        [][]VecVirtual
}

// width is a row of B in bytes.
func (t *tile) width() int { return t.vectors * t.bytes }

func (t *tile) at(name string) string     { return t.label + "_" + name }
func (t *tile) here(name string)          { Label(t.at(name)) }
func (t *tile) ref(name string) LabelRef  { return LabelRef(t.at(name)) }
func (t *tile) call(field int) Mem        { return Mem{Base: Load(Param("call"), GP64()), Disp: field} }
func (t *tile) fetch(field int) GPVirtual { r := GP64(); MOVQ(t.call(field), r); return r }
func (t *tile) begin(name, doc string) {
	t.label = fmt.Sprintf("%s%s%sx%d", name, t.kind.name, t.level.name, t.vectors)
	TEXT(t.label, NOSPLIT, "func(call *byte)")
	Doc(fmt.Sprintf("%s is %s for blocks of %d rows and up to %d columns; call", t.label, doc, t.rows, t.width()/t.size),
		"is a *tileCall. Each element is summed by fused multiply-adds in one accumulator, in",
		"the order of the plain twin.")
	Pragma("noescape")
}

// clear makes the accumulators and sets them to zero.
func (t *tile) clear() {
	t.acc = make([][]VecVirtual, t.rows)
	for i := range t.acc {
		for range t.vectors {
			v := t.register()
			if t.bytes == 64 {
				VPXORQ(v, v, v)
			} else {
				VXORPS(v, v, v)
			}
			t.acc[i] = append(t.acc[i], v)
		}
	}
}

// step adds the products of a row of B and the elements a(i), i < rows.
func (t *tile) step(b Mem, a func(i int) Mem) {
	cols := make([]VecVirtual, t.vectors)
	for v := range cols {
		cols[v] = t.register()
		t.load(b.Offset(v*t.bytes), cols[v])
	}
	for i := range t.acc {
		x := t.register()
		t.broadcast(a(i), x)
		for v := range cols {
			t.fma(cols[v], x, t.acc[i][v])
		}
	}
}

// rowTile: row i of A begins at a + from[i]; the sum goes through segments of
// consecutive elements. Where t.prefetches, the elements of A that lie panel bytes
// further on are prefetched. Where there are registers for it, so are the rows of C, which
// may lie scattered, before the sums, and the next panel of B.
func (t *tile) rowTile(name string) {
	t.begin(name, "plainRows")
	var next *prefetcher
	if t.rows == avx2.rows {
		next = t.newPrefetcher()
	}
	segs := AllocLocal(8) // the next one
	end := AllocLocal(8)  // of the segment
	last := AllocLocal(8) // where a whole round can still begin
	from, to := t.local(offFrom), t.local(offTo)
	rowsLeft, segsEnd := t.local(offRows), t.segsEnd()

	t.here("block")
	t.clear()
	rows := make([]Register, t.rows)
	list, a := GP64(), t.fetch(offA)
	MOVQ(from, list)
	for i := range rows {
		r := GP64()
		MOVQ(Mem{Base: list, Disp: 8 * i}, r)
		SHLQ(U8(t.shift), r)
		ADDQ(a, r)
		rows[i] = r
	}
	ADDQ(U8(8*t.rows), from)
	MOVQ(t.fetch(offSegs), segs)
	if next != nil {
		CMPQ(rowsLeft, U8(t.rows)) // to has no more entries than rows
		JL(t.ref("sums"))
		list, c, row := GP64(), t.fetch(offC), GP64()
		MOVQ(to, list)
		for i := range rows {
			MOVQ(Mem{Base: list, Disp: 8 * i}, row)
			PREFETCHT0(Mem{Base: c, Index: row, Scale: uint8(t.size)})
		}
		t.here("sums")
	}
	b := t.fetch(offB)
	next.begin()

	t.here("segment")
	at, call := GP64(), GP64()
	MOVQ(segs, at)
	CMPQ(at, segsEnd)
	JE(t.ref("done"))
	ADDQ(U8(8), segs)
	MOVQ(Mem{Base: at}, at)
	SHLQ(U8(t.shift), at)
	Load(Param("call"), call)
	MOVQ(Mem{Base: call, Disp: offLength}, call)
	SHLQ(U8(t.shift), call)
	ADDQ(at, call)
	MOVQ(call, end)
	SUBQ(U8(unroll*t.size), call)
	MOVQ(call, last)
	CMPQ(at, call)
	JG(t.ref("rest"))

	t.here("round")
	for u := range unroll {
		t.step(Mem{Base: b, Disp: u * t.width()}, func(i int) Mem {
			return Mem{Base: rows[i], Index: at, Scale: 1, Disp: u * t.size}
		})
	}
	if t.prefetches {
		later := t.fetch(offPanel)
		ADDQ(at, later)
		for _, row := range rows {
			PREFETCHT0(Mem{Base: row, Index: later, Scale: 1})
		}
	}
	next.line()
	ADDQ(U32(unroll*t.width()), b)
	ADDQ(U8(unroll*t.size), at)
	CMPQ(at, last)
	JLE(t.ref("round"))

	t.here("rest")
	CMPQ(at, end)
	JGE(t.ref("segment"))
	t.step(Mem{Base: b}, func(i int) Mem { return Mem{Base: rows[i], Index: at, Scale: 1} })
	ADDQ(U32(t.width()), b)
	ADDQ(U8(t.size), at)
	JMP(t.ref("rest"))

	t.here("done")
	next.end()
	c := t.fetch(offC)
	list = GP64()
	MOVQ(to, list)
	t.finish(rowsLeft, func(i int) GPVirtual {
		row := GP64()
		MOVQ(Mem{Base: list, Disp: 8 * i}, row)
		SHLQ(U8(t.shift), row)
		ADDQ(c, row)
		return row
	})
	ADDQ(U8(8*t.rows), to)
	t.next(rowsLeft)
}

// columnTile: row i of A begins at a + i, and i counts on through the rows of a
// panel; the next panel is panel bytes further.
func (t *tile) columnTile() {
	t.begin("columnTile", "plainColumns")
	a0, c0 := t.local(offA), t.local(offC)
	rowsLeft, segsEnd, next := t.local(offRows), t.segsEnd(), t.newPrefetcher()

	t.here("block")
	t.clear()
	b, ldb, stride := t.fetch(offB), t.fetch(offLDB), t.fetch(offStride)
	ldb3, stride3 := GP64(), GP64()
	LEAQ(Mem{Base: ldb, Index: ldb, Scale: 2}, ldb3)
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	segs := t.fetch(offSegs)
	// Prefetch the rows of C, which will be added to.
	dst, step := GP64(), t.fetch(offLDC)
	MOVQ(c0, dst)
	for range t.rows {
		for at := 0; at < t.width(); at += 64 {
			PREFETCHT0(Mem{Base: dst, Disp: at})
		}
		ADDQ(step, dst)
	}

	next.begin()

	t.here("segment")
	CMPQ(segs, segsEnd)
	JE(t.ref("done"))
	a := GP64()
	MOVQ(Mem{Base: segs}, a)
	SHLQ(U8(t.shift), a)
	ADDQ(a0, a)
	ADDQ(U8(8), segs)
	left := t.fetch(offLength)
	SUBQ(U8(unroll), left)
	JL(t.ref("rest"))

	t.here("round")
	for u := range unroll {
		t.step(times(b, ldb, ldb3, u), func(i int) Mem { return times(a, stride, stride3, u).Offset(i * t.size) })
	}
	next.line()
	LEAQ(Mem{Base: b, Index: ldb, Scale: 4}, b)
	LEAQ(Mem{Base: a, Index: stride, Scale: 4}, a)
	SUBQ(U8(unroll), left)
	JGE(t.ref("round"))

	t.here("rest")
	ADDQ(U8(unroll), left)
	t.here("single")
	DECQ(left)
	JL(t.ref("segment"))
	t.step(Mem{Base: b}, func(i int) Mem { return Mem{Base: a, Disp: i * t.size} })
	ADDQ(ldb, b)
	ADDQ(stride, a)
	JMP(t.ref("single"))

	t.here("done")
	c, ldc := GP64(), t.fetch(offLDC)
	MOVQ(c0, c)
	t.finish(rowsLeft, func(i int) GPVirtual {
		if i > 0 {
			ADDQ(ldc, c)
		}
		return c
	})
	ADDQ(ldc, c)
	MOVQ(c, c0)
	panel := t.fetch(offPanel)
	ADDQ(panel, a0)
	next.end()
	t.next(rowsLeft)
}

// local copies a field of the call to the stack, where it may be changed.
func (t *tile) local(field int) Mem {
	m := AllocLocal(8)
	MOVQ(t.fetch(field), m)
	return m
}

// segsEnd keeps the end of the list of segments on the stack.
func (t *tile) segsEnd() Mem {
	m := AllocLocal(8)
	end, n := t.fetch(offSegs), t.fetch(offCount)
	LEAQ(Mem{Base: end, Index: n, Scale: 8}, end)
	MOVQ(end, m)
	return m
}

// prefetcher prefetches the next B: a cache line a round, and no further than it goes,
// to within the rows of a tile. A nil one does nothing.
type prefetcher struct {
	at, last   Mem       // on the stack: what it prefetches next, and its end
	next, step GPVirtual // the former during a tile, and a cache line or 0
}

func (t *tile) newPrefetcher() *prefetcher {
	f := &prefetcher{at: t.local(offNext), last: AllocLocal(8)}
	end := t.fetch(offNext)
	ADDQ(t.fetch(offNextBytes), end)
	MOVQ(end, f.last)
	return f
}

// begin prepares a tile.
func (f *prefetcher) begin() {
	if f == nil {
		return
	}
	f.next, f.step = GP64(), GP64()
	none := GP64()
	MOVQ(f.at, f.next)
	MOVQ(U32(64), f.step)
	XORQ(none, none)
	CMPQ(f.next, f.last)
	CMOVQCC(none, f.step)
}

// line prefetches a cache line.
func (f *prefetcher) line() {
	if f == nil {
		return
	}
	PREFETCHT1(Mem{Base: f.next})
	ADDQ(f.step, f.next)
}

// end ends a tile.
func (f *prefetcher) end() {
	if f != nil {
		MOVQ(f.next, f.at)
	}
}

// times returns p + u·step, given 3·step as well.
func times(p, step, step3 Register, u int) Mem {
	switch u {
	case 0:
		return Mem{Base: p}
	case 3:
		return Mem{Base: p, Index: step3, Scale: 1}
	}
	return Mem{Base: p, Index: step, Scale: uint8(u)}
}

// finish stores or adds the accumulators of as many rows as there are; row(i)
// is called once a row, ascending.
func (t *tile) finish(rowsLeft Mem, row func(i int) GPVirtual) {
	left := GP64()
	MOVQ(rowsLeft, left)
	masked, accumulate := t.fetch(offMasked), t.fetch(offAccumulate)
	ORQ(masked, masked)
	JNZ(t.ref("masked"))
	ORQ(accumulate, accumulate)
	JNZ(t.ref("add"))
	t.rowsOut(left, row, false, nil)
	t.here("add")
	t.rowsOut(left, row, true, nil)
	t.here("masked")
	mask := t.mask()
	ORQ(accumulate, accumulate)
	JNZ(t.ref("maskedadd"))
	t.rowsOut(left, row, false, mask)
	t.here("maskedadd")
	t.rowsOut(left, row, true, mask)
	t.here("out")
}

// mask returns the register with the mask of the last vector's columns.
func (t *tile) mask() Register {
	from := t.fetch(offMask) // where it lies
	if t.bytes == 64 {
		k := K()
		KMOVW(Mem{Base: from}, k)
		return k
	}
	v := YMM()
	VMOVUPS(Mem{Base: from}, v)
	return v
}

func (t *tile) rowsOut(left Register, row func(i int) GPVirtual, accumulate bool, mask Register) {
	for i := range t.acc {
		p := row(i)
		for v, x := range t.acc[i] {
			m := Mem{Base: p, Disp: v * t.bytes}
			last := v == t.vectors-1 && mask != nil
			switch {
			case !last:
				if accumulate {
					t.add(m, x, x)
				}
				t.store(x, m)
			case t.bytes == 64:
				if accumulate {
					t.add(m, x, mask, x)
				}
				t.store(x, mask, m)
			default:
				if accumulate {
					old := t.register()
					t.masked(m, mask, old)
					t.add(old, x, x)
				}
				t.masked(x, mask, m)
			}
		}
		if i < t.rows-1 {
			CMPQ(left, U8(i+1))
			JE(t.ref("out"))
		}
	}
	JMP(t.ref("out"))
}

// next goes back to the beginning while there are rows.
func (t *tile) next(rowsLeft Mem) {
	SUBQ(U8(t.rows), rowsLeft)
	JG(t.ref("block"))
	VZEROUPPER()
	RET()
}
