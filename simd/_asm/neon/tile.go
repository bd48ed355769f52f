package main

import (
	"fmt"

	"asm/arm"
)

// mr is how many rows a tile has.
const mr = 8

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
)

// General registers. R16 to R18 and those above R26 belong to others.
const (
	regCall = iota
	regA    // columns: the panel; rows: A
	regLeft // rows
	regC
	regSegs // the list of segments, where it ends, and its next entry
	regSegsEnd
	regSeg
	regLength
	regSteps // that are left of a segment
	regB     // all, and the next row
	regRow
	regAccumulate
	regAt    // columns: the next column of A; rows: offset in each row of A
	regTo    // rows: the next beginning in C; columns: the distance of its rows
	regFrom  // rows: the next beginning in A; columns: the distance of its columns
	regOther // rows: what comes and goes; columns: the distance of rows of B

	regPanel = 19 // columns: the distance of panels
	regRows  = 19 // rows: the rows of A, eight registers
)

// Vector registers: the accumulators come first, row by row.
const (
	vecA = 16 // columns: four registers and four for the next step; rows: eight
	vecB = 24 // two registers and two for the next step
	vecC = vecA
)

// tile is one kernel in the making.
type tile struct {
	*arm.Writer
	arm.Kind
	vectors int // of a row
}

func (t *tile) width() int          { return 16 * t.vectors }
func (t *tile) acc(row, v int) int  { return row*t.vectors + v }
func (t *tile) fetch(reg, from int) { t.Op("MOVD %d(R%d), R%d", from, regCall, reg) }

// begin begins a kernel and fetches what both kinds have.
func (t *tile) begin(name, doc string) {
	t.Function(fmt.Sprintf("%s%sNEONx%d", name, t.Name, t.vectors), "(call *byte)", 8,
		fmt.Sprintf("is %s for blocks of %d rows and %d columns; call\n// is a *tileCall. Each element is summed by fused multiply-adds in one accumulator, in\n// the order of the plain twin.",
			doc, mr, t.width()/t.Size))
	t.Op("MOVD call+0(FP), R%d", regCall)
	for _, f := range [][2]int{{regA, offA}, {regLeft, offRows}, {regC, offC}, {regSegs, offSegs}, {regSegsEnd, offCount},
		{regLength, offLength}, {regB, offB}, {regAccumulate, offAccumulate}} {
		t.fetch(f[0], f[1])
	}
	t.Op("ADD R%d<<3, R%d, R%d", regSegsEnd, regSegs, regSegsEnd)
}

// block begins a tile: its sums are 0, B and the segments begin.
func (t *tile) block() {
	for v := range mr * t.vectors {
		t.Op("VEOR V%d.B16, V%d.B16, V%d.B16", v, v, v)
	}
	t.Op("MOVD R%d, R%d", regB, regRow)
	t.Op("MOVD R%d, R%d", regSegs, regSeg)
}

// segments goes through the segments of the sum, each in rounds of so many steps and
// then in single ones: enter is called where a segment begins, its offset in regAt.
func (t *tile) segments(unroll int, enter, round, single func()) {
	t.Here("segment")
	t.Op("CMP R%d, R%d", regSegsEnd, regSeg)
	t.Jump("BEQ", "done")
	t.Op("MOVD.P 8(R%d), R%d", regSeg, regAt)
	enter()
	t.Op("SUBS $%d, R%d, R%d", unroll, regLength, regSteps)
	t.Jump("BLT", "rest")
	t.Here("round")
	round()
	t.Op("SUBS $%d, R%d, R%d", unroll, regSteps, regSteps)
	t.Jump("BGE", "round")
	t.Here("rest")
	t.Op("ADDS $%d, R%d, R%d", unroll, regSteps, regSteps)
	t.Jump("BEQ", "segment")
	t.Here("single")
	single()
	t.Op("SUBS $1, R%d, R%d", regSteps, regSteps)
	t.Jump("BNE", "single")
	t.Jump("B", "segment")
	t.Here("done")
}

// finish stores or adds the sums of as many rows as there are, at regOther or regC as
// the kernel says, whose advance is called before each row but the first.
func (t *tile) finish(place int, advance func()) {
	t.Jump(fmt.Sprintf("CBNZ R%d,", regAccumulate), "add")
	t.rowsOut(place, advance, false)
	t.Jump("B", "out")
	t.Here("add")
	t.rowsOut(place, advance, true)
	t.Here("out")
}

func (t *tile) rowsOut(place int, advance func(), accumulate bool) {
	for i := range mr {
		if i > 0 {
			t.Op("CMP $%d, R%d", i, regLeft)
			t.Jump("BEQ", "out")
			advance()
		}
		if accumulate {
			t.Loads(vecC, t.vectors, place, 0)
			for v := range t.vectors {
				t.Do(arm.Fadd, t.Kind, t.acc(i, v), t.acc(i, v), vecC+v)
			}
		}
		t.Stores(t.acc(i, 0), t.vectors, place)
	}
}

// next goes back to the beginning while there are rows.
func (t *tile) next() {
	t.Op("SUBS $%d, R%d, R%d", mr, regLeft, regLeft)
	t.Jump("BGT", "block")
	t.Op("RET")
}

// rowTile: row i of A begins at a + from[i]; the sum goes through segments of
// consecutive elements, a vector of each row at a time.
func (t *tile) rowTile() {
	t.begin("rowTile", "plainRows")
	t.fetch(regFrom, offFrom)
	t.fetch(regTo, offTo)
	t.Here("block")
	t.block()
	for i := range mr {
		t.Op("MOVD.P 8(R%d), R%d", regFrom, regOther)
		t.Op("ADD R%d<<%d, R%d, R%d", regOther, t.Shift, regA, regRows+i)
	}
	t.segments(t.Lanes(), func() {
		t.Op("LSL $%d, R%d, R%d", t.Shift, regAt, regAt)
	}, func() {
		for i := range mr {
			t.LoadAt(vecA+i, regRows+i, regAt)
		}
		t.Loads(vecB, t.vectors, regRow, 0)
		for u := range t.Lanes() {
			if u+1 < t.Lanes() {
				t.Loads(vecB+(u+1)%2*2, t.vectors, regRow, (u+1)*t.width())
			}
			for i := range mr {
				for v := range t.vectors {
					t.FmaLane(t.Kind, t.acc(i, v), vecB+u%2*2+v, vecA+i, u)
				}
			}
		}
		t.Op("ADD $%d, R%d, R%d", t.Lanes()*t.width(), regRow, regRow)
		t.Op("ADD $16, R%d, R%d", regAt, regAt)
	}, func() {
		t.Loads(vecB, t.vectors, regRow, 0)
		for i := range mr {
			t.Op("%s (R%d)(R%d), F%d", t.Move, regRows+i, regAt, vecA+i)
			for v := range t.vectors {
				t.FmaLane(t.Kind, t.acc(i, v), vecB+v, vecA+i, 0)
			}
		}
		t.Op("ADD $%d, R%d, R%d", t.width(), regRow, regRow)
		t.Op("ADD $%d, R%d, R%d", t.Size, regAt, regAt)
	})
	place := func() {
		t.Op("MOVD.P 8(R%d), R%d", regTo, regOther)
		t.Op("ADD R%d<<%d, R%d, R%d", regOther, t.Shift, regC, regOther)
	}
	place()
	t.finish(regOther, place)
	t.next()
}

// columnTile: row i of A begins at a + i, and i counts on through the rows of a
// panel; the next panel is panel bytes further.
func (t *tile) columnTile() {
	t.begin("columnTile", "plainColumns")
	t.fetch(regTo, offLDC)
	t.fetch(regFrom, offStride)
	t.fetch(regOther, offLDB)
	t.fetch(regPanel, offPanel)
	vectors := mr / t.Lanes() // of a column of A
	load := func(u int) {
		t.Loads(vecA+u%2*4, vectors, regAt, 0)
		t.Loads(vecB+u%2*2, t.vectors, regRow, 0)
		t.Op("ADD R%d, R%d, R%d", regFrom, regAt, regAt)
		t.Op("ADD R%d, R%d, R%d", regOther, regRow, regRow)
	}
	multiply := func(u int) {
		for i := range mr {
			for v := range t.vectors {
				t.FmaLane(t.Kind, t.acc(i, v), vecB+u%2*2+v, vecA+u%2*4+i/t.Lanes(), i%t.Lanes())
			}
		}
	}
	const unroll = 4
	t.Here("block")
	t.block()
	t.segments(unroll, func() {
		t.Op("ADD R%d<<%d, R%d, R%d", regAt, t.Shift, regA, regAt)
	}, func() {
		load(0)
		for u := range unroll {
			if u+1 < unroll {
				load(u + 1)
			}
			multiply(u)
		}
	}, func() {
		load(0)
		multiply(0)
	})
	advance := func() { t.Op("ADD R%d, R%d, R%d", regTo, regC, regC) }
	t.finish(regC, advance)
	advance()
	t.Op("ADD R%d, R%d, R%d", regPanel, regA, regA)
	t.next()
}
