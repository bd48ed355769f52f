package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"asm/arm"

	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// neon is the part of a machine that writes for arm64. It collects the instructions of a
// stretch without jumps, whose registers are avo's virtual ones, and at the stretch's end
// gives these numbers.
type neon struct {
	*arm.Writer
	kind      arm.Kind
	params    map[string]int // offsets in the frame
	stretch   []instructionNEON
	pinned    map[ID]int // numbers that registers keep from one stretch to the next
	constants []uint64   // of the family so far
	used      bool       // constants, in this function
}

// instructionNEON writes an instruction once its registers have numbers.
type instructionNEON struct {
	result V // nil: none
	reads  []V
	update bool // the result is read, too
	copies bool // is no instruction if the result can take the place of what is read
	write  func(number func(V) int)
}

// General registers: slices come first, from 0 on, and what runs through their rows from
// regRows on.
const (
	regStride    = 6
	regEnd       = 7
	regCount     = 8
	regRows      = 9
	regRest      = 9 // in reductions
	regAt        = 10
	regConstants = 20
)

func (n *neon) add(i instructionNEON) { n.stretch = append(n.stretch, i) }

// do adds an operation; m is nil where it has one operand. Where it reads its result,
// d has a value.
func (n *neon) do(o arm.Operation, d, a V, b Op) V {
	i := instructionNEON{result: d, reads: []V{a}, update: o.Updates()}
	if b != nil {
		i.reads = append(i.reads, b.(V))
	}
	i.write = func(number func(V) int) {
		m := 0
		if b != nil {
			m = number(b.(V))
		}
		n.Do(o, n.kind, number(d), number(a), m)
	}
	n.add(i)
	return d
}

// shift adds a shift.
func (n *neon) shift(write func(k arm.Kind, d, n, bits int), d, a V, bits int) V {
	n.add(instructionNEON{result: d, reads: []V{a}, write: func(number func(V) int) { write(n.kind, number(d), number(a), bits) }})
	return d
}

// pick returns a where yes is ones, b where it is zeros.
func (n *neon) pick(d, yes, a, b V) V {
	n.add(instructionNEON{result: d, reads: []V{yes}, copies: true, write: func(number func(V) int) {
		n.Do(arm.Orr, n.kind, number(d), number(yes), number(yes))
	}})
	return n.do(arm.Bsl, d, a, b)
}

// cmp compares a with b.
func (n *neon) cmp(m *machine, a V, predicate uint8, b V) V {
	d := m.reg()
	switch predicate {
	case less:
		return n.do(arm.Fcmgt, d, b, a)
	case greater:
		return n.do(arm.Fcmgt, d, a, b)
	case equal:
		return n.do(arm.Fcmeq, d, a, b)
	case notLess:
		return n.do(arm.Not, d, n.do(arm.Fcmgt, m.reg(), b, a), nil)
	}
	panic("NEON's code has no such comparison")
}

// zero sets d to zeros.
func (n *neon) zero(d V) V {
	n.add(instructionNEON{result: d, write: func(number func(V) int) {
		n.Op("VEOR V%d.B16, V%d.B16, V%d.B16", number(d), number(d), number(d))
	}})
	return d
}

// constant fills d with an element.
func (n *neon) constant(d V, bits uint64) V {
	if n.kind.Size == 4 {
		bits |= bits << 32
	}
	at := slices.Index(n.constants, bits)
	if at < 0 {
		at = len(n.constants)
		n.constants = append(n.constants, bits)
	}
	n.used = true
	n.add(instructionNEON{result: d, write: func(number func(V) int) {
		n.Op("FMOVQ %d(R%d), F%d", 16*at, regConstants, number(d))
	}})
	return d
}

func (n *neon) table() string { return "constants" + n.kind.Name }

// scalar fills d with the kernel's parameter of that name.
func (n *neon) scalar(d V, name string) V {
	n.add(instructionNEON{result: d, write: func(number func(V) int) {
		n.Op("%s %s+%d(FP), F%d", n.kind.Move, name, n.params[name], number(d))
		lane := n.kind.Arrangement()[:1]
		n.Op("VDUP V%d.%s[0], V%d.%s", number(d), lane, number(d), n.kind.Arrangement())
	}})
	return d
}

// move is the instruction that moves a vector, or one element of it.
func (n *neon) move(single bool) string {
	if single {
		return n.kind.Move
	}
	return "FMOVQ"
}

func (n *neon) load(m *machine, base, offset int, single bool) V {
	d := m.reg()
	n.add(instructionNEON{result: d, write: func(number func(V) int) { n.Op("%s %d(R%d), F%d", n.move(single), offset, base, number(d)) }})
	return d
}

func (n *neon) store(v V, base, offset int, single bool) {
	n.add(instructionNEON{reads: []V{v}, write: func(number func(V) int) { n.Op("%s F%d, %d(R%d)", n.move(single), number(v), offset, base) }})
}

// pin gives registers numbers that they keep.
func (n *neon) pin(registers ...V) {
	for _, v := range registers {
		n.pinned[v.ID()] = n.free()[0]
	}
}

// free returns the numbers that no register keeps.
func (n *neon) free() []int {
	var free []int
	taken := slices.Collect(maps.Values(n.pinned))
	for number := range 32 {
		if !slices.Contains(taken, number) {
			free = append(free, number)
		}
	}
	return free
}

// interleave adds what f(0), …, f(count−1) add, an instruction of each in turn.
func (n *neon) interleave(count int, f func(v int)) {
	before, parts := n.stretch, make([][]instructionNEON, count)
	for v := range count {
		n.stretch = nil
		f(v)
		parts[v] = n.stretch
	}
	for i := range len(parts[0]) {
		for _, p := range parts {
			before = append(before, p[i])
		}
	}
	n.stretch = before
}

// flush ends a stretch: it numbers the registers and writes the instructions.
func (n *neon) flush() {
	last, numbers, free := map[ID]int{}, maps.Clone(n.pinned), n.free()
	for i, s := range n.stretch {
		for _, v := range append(slices.Clone(s.reads), s.result) {
			if v != nil {
				last[v.ID()] = i
			}
		}
	}
	for i, s := range n.stretch {
		now := map[ID]int{}
		release := func(v V) {
			number, has := numbers[v.ID()]
			if !has {
				return
			}
			now[v.ID()] = number
			if _, pinned := n.pinned[v.ID()]; !pinned && last[v.ID()] == i {
				delete(numbers, v.ID())
				free = append([]int{number}, free...)
			}
		}
		for _, v := range s.reads {
			release(v)
		}
		if s.result != nil {
			number, has := numbers[s.result.ID()]
			if !has {
				if s.update {
					panic("a register that is updated has no value")
				}
				if len(free) == 0 {
					panic("more registers than there are")
				}
				number, free = free[0], free[1:]
				numbers[s.result.ID()] = number
			}
			now[s.result.ID()] = number
			if s.copies && number == now[s.reads[0].ID()] {
				continue
			}
			release(s.result)
		}
		s.write(func(v V) int {
			number, has := now[v.ID()]
			if !has {
				panic("a register has no value")
			}
			return number
		})
	}
	n.stretch = nil
}

// bases loads the addresses of slices in registers from 0 on.
func (n *neon) bases(groups ...[]string) map[string]int {
	at := map[string]int{}
	for _, group := range groups {
		for _, name := range group {
			if _, has := at[name]; !has {
				at[name] = len(at)
				n.Op("MOVD %s_base+%d(FP), R%d", name, n.params[name], at[name])
			}
		}
	}
	return at
}

// length loads the length of a slice.
func (n *neon) length(name string, to int) {
	n.Op("MOVD %s_len+%d(FP), R%d", name, n.params[name]+8, to)
}

// advance adds to the registers from first on, count of them.
func (n *neon) advance(first, count int, by string) {
	for r := first; r < first+count; r++ {
		n.Op("ADD %s, R%d, R%d", by, r, r)
	}
}

// writeNEON is loop for arm64. What is left after the whole vectors is computed an
// element at a time, by the same instructions.
func (l mapping) writeNEON(m *machine, interleaved bool) {
	n := m.neon
	at := n.bases(l.writes, l.reads)
	n.length(l.writes[0], regCount)
	var scalars []V
	for _, name := range l.scalars {
		s := m.scalar(name)
		n.pin(s)
		scalars = append(scalars, s)
	}
	n.flush()
	step := func(offset int, single bool) {
		var in []V
		for _, name := range l.reads {
			in = append(in, n.load(m, at[name], offset, single))
		}
		for o, v := range l.f(m, in, scalars) {
			n.store(v, at[l.writes[o]], offset, single)
		}
	}
	for _, vectors := range unique(l.unroll, 1) {
		block, next, elements := fmt.Sprintf("by%d", vectors), fmt.Sprintf("after%d", vectors), vectors*m.lanes()
		n.Op("SUBS $%d, R%d, R%d", elements, regCount, regCount)
		n.Jump("BLT", next)
		n.Here(block)
		if interleaved {
			n.interleave(vectors, func(v int) { step(v*m.bytes, false) })
		} else {
			for v := range vectors {
				step(v*m.bytes, false)
			}
		}
		n.flush()
		n.advance(0, len(at), fmt.Sprintf("$%d", vectors*m.bytes))
		n.Op("SUBS $%d, R%d, R%d", elements, regCount, regCount)
		n.Jump("BGE", block)
		n.Here(next)
		n.Op("ADD $%d, R%d, R%d", elements, regCount, regCount)
	}
	n.Jump(fmt.Sprintf("CBZ R%d,", regCount), "done")
	n.Here("single")
	step(0, true)
	n.flush()
	n.advance(0, len(at), fmt.Sprintf("$%d", m.size))
	n.Op("SUBS $1, R%d, R%d", regCount, regCount)
	n.Jump("BNE", "single")
	n.Here("done")
	n.Op("RET")
}

// writeNEON is write for arm64. NEON's maximum of a NaN is NaN, so there is nothing to
// watch.
func (l reduction) writeNEON(m *machine) {
	n := m.neon
	if l.watch != nil {
		l.step = func(m *machine, acc V, in []V) { n.do(arm.Fmax, acc, acc, in[0]) }
		l.join = func(m *machine, a, b Op) V { return n.do(arm.Fmax, m.reg(), a.(V), b) }
	}
	at := n.bases(l.reads)
	n.length(l.reads[0], regCount)
	firsts := func(count int) []V {
		all := make([]V, count)
		for v := range all {
			all[v] = l.first(m)
		}
		n.pin(all...)
		return all
	}
	acc := firsts(256 / m.bytes)
	n.flush()
	vector := func(v, offset int) {
		var in []V
		for _, name := range l.reads {
			in = append(in, n.load(m, at[name], offset, false))
		}
		l.step(m, acc[v], in)
		n.flush()
	}
	n.Op("SUBS $%d, R%d, R%d", 256/m.size, regCount, regCount)
	n.Jump("BLT", "tail")
	n.Here("block")
	for v := range acc {
		vector(v, v*m.bytes)
	}
	n.advance(0, len(at), "$256")
	n.Op("SUBS $%d, R%d, R%d", 256/m.size, regCount, regCount)
	n.Jump("BGE", "block")
	n.Here("tail")
	n.Op("ADDS $%d, R%d, R%d", 256/m.size, regCount, regCount)
	n.Jump("BEQ", "fold")

	// Of the last vector the elements that are there are loaded first.
	part := firsts(len(l.reads))
	n.flush()
	n.Op("AND $%d, R%d, R%d", m.lanes()-1, regCount, regRest)
	n.Jump(fmt.Sprintf("CBZ R%d,", regRest), "whole")
	for r, name := range l.reads {
		n.Op("SUB R%d, R%d, R%d", regRest, regCount, regAt)
		n.Op("ADD R%d<<%d, R%d, R%d", regAt, n.kind.Shift, at[name], regAt)
		for lane := range m.lanes() - 1 {
			if lane > 0 {
				n.Op("CMP $%d, R%d", lane, regRest)
				n.Jump("BEQ", fmt.Sprintf("part%d", r))
			}
			n.Op("VLD1.P %d(R%d), V%d.%s[%d]", m.size, regAt, n.pinned[part[r].ID()], n.kind.Arrangement()[:1], lane)
		}
		n.Here(fmt.Sprintf("part%d", r))
	}
	n.Here("whole")
	for v := range len(acc) - 1 {
		n.Op("SUBS $%d, R%d, R%d", m.lanes(), regCount, regCount)
		n.Jump("BLT", fmt.Sprintf("last%d", v))
		vector(v, v*m.bytes)
	}
	for v := len(acc) - 1; v >= 0; v-- {
		n.Here(fmt.Sprintf("last%d", v))
		l.step(m, acc[v], part)
		n.flush()
		n.Jump("B", "fold")
	}
	n.Here("fold")
	for half := len(acc) / 2; half > 0; half /= 2 {
		for v := range half {
			acc[v] = l.join(m, acc[v], acc[v+half])
		}
	}
	total := acc[0]
	for upper := m.lanes() / 2; upper > 0; upper /= 2 {
		other, from := m.reg(), total
		n.add(instructionNEON{result: other, reads: []V{from}, write: func(number func(V) int) {
			n.Op("VEXT $%d, V%d.B16, V%d.B16, V%d.B16", upper*m.size, number(from), number(from), number(other))
		}})
		total = l.join(m, total, other)
	}
	n.add(instructionNEON{reads: []V{total}, write: func(number func(V) int) {
		n.Op("%s F%d, ret+%d(FP)", n.kind.Move, number(total), n.params["ret"])
	}})
	n.flush()
	n.Op("RET")
}

// writeNEON is write for arm64; the columns that are left after whole vectors are gone
// through one at a time.
func (l byColumns) writeNEON(m *machine) {
	n := m.neon
	at := n.bases(l.reads, l.writes, l.sums, l.columns)
	n.length(append(slices.Clone(l.sums), l.columns...)[0], regStride)
	n.Op("LSL $%d, R%d, R%d", n.kind.Shift, regStride, regStride)
	n.length(l.rows, regEnd)
	n.Op("ADD R%d<<%d, R%d, R%d", regEnd, n.kind.Shift, at[l.rows], regEnd)
	n.Op("MOVD R%d, R%d", regStride, regCount)
	matrices := 0 // which come first
	for _, name := range append(slices.Clone(l.reads), l.writes...) {
		matrices = max(matrices, at[name]+1)
	}
	block := func(vectors int, single bool) {
		clear(n.pinned)
		held := func(names []string) [][]V {
			all := make([][]V, vectors)
			for v := range all {
				for _, name := range names {
					c := n.load(m, at[name], v*m.bytes, single)
					n.pin(c)
					all[v] = append(all[v], c)
				}
			}
			return all
		}
		columns, sums := held(l.columns), held(l.sums)
		n.flush()
		for i := range matrices {
			n.Op("MOVD R%d, R%d", i, regRows+i)
		}
		row := fmt.Sprintf("row%d", vectors)
		if single {
			row = "rowSingle"
		}
		n.Here(row)
		for v := range vectors {
			var in []V
			for _, name := range l.reads {
				in = append(in, n.load(m, regRows+at[name], v*m.bytes, single))
			}
			for o, out := range l.f(m, in, columns[v], sums[v]) {
				n.store(out, regRows+at[l.writes[o]], v*m.bytes, single)
			}
		}
		n.flush()
		n.advance(regRows, matrices, fmt.Sprintf("R%d", regStride))
		n.Op("CMP R%d, R%d", regEnd, regRows+at[l.rows])
		n.Jump("BLO", row)
		for v := range vectors {
			for s, name := range l.sums {
				n.store(sums[v][s], at[name], v*m.bytes, single)
			}
		}
		n.flush()
	}
	for vectors := 4; vectors > 0; vectors /= 2 {
		next, bytes := fmt.Sprintf("after%d", vectors), vectors*m.bytes
		n.Here(fmt.Sprintf("by%d", vectors))
		n.Op("CMP $%d, R%d", bytes, regCount)
		n.Jump("BLT", next)
		block(vectors, false)
		n.advance(0, len(at), fmt.Sprintf("$%d", bytes))
		n.Op("SUB $%d, R%d, R%d", bytes, regCount, regCount)
		n.Jump("B", fmt.Sprintf("by%d", vectors))
		n.Here(next)
	}
	n.Here("single")
	n.Jump(fmt.Sprintf("CBZ R%d,", regCount), "done")
	block(1, true)
	n.advance(0, len(at), fmt.Sprintf("$%d", m.size))
	n.Op("SUB $%d, R%d, R%d", m.size, regCount, regCount)
	n.Jump("B", "single")
	n.Here("done")
	n.Op("RET")
}

// functionsNEON writes a family's functions for arm64 to prefix_arm64.s and
// prefix_stub_arm64.go.
func functionsNEON(kernels []kernel, command, prefix string) error {
	var w arm.Writer
	for _, kind := range []arm.Kind{arm.Single, arm.Double} {
		n := &neon{Writer: &w, kind: kind}
		for _, k := range kernels {
			var bytes int
			n.params, bytes = k.frame(kind.Size)
			n.pinned, n.used = map[ID]int{}, false
			m := &machine{size: kind.Size, bytes: 16, neon: n}
			w.Function(k.name+m.suffix(), k.signature(m.float()), bytes, "is "+k.name+"Plain:\n//\n//\t"+strings.ReplaceAll(k.loop, "\n", "\n//\t"))
			k.write(m)
			if n.used {
				w.First("MOVD $%s<>(SB), R%d", n.table(), regConstants)
			}
		}
		for i, bits := range n.constants {
			for half := range 2 {
				w.Data("DATA %s<>+%d(SB)/8, $0x%016x", n.table(), 16*i+8*half, bits)
			}
		}
		if len(n.constants) > 0 {
			w.Data("GLOBL %s<>(SB), RODATA|NOPTR, $%d", n.table(), 16*len(n.constants))
		}
	}
	return w.WriteFiles(command, prefix)
}

// frame returns where the parameters of a kernel's function lie, "ret" for the result,
// and how many bytes they take.
func (k *kernel) frame(size int) (at map[string]int, bytes int) {
	at = map[string]int{}
	place := func(name string, size, unit int) {
		bytes = (bytes + unit - 1) / unit * unit
		at[name] = bytes
		bytes += size
	}
	var group []string
	for _, p := range strings.Split(k.params, ", ") {
		name, kind, _ := strings.Cut(p, " ")
		group = append(group, name)
		if kind == "" {
			continue
		}
		for _, g := range group {
			if kind == "[]T" {
				place(g, 24, 8)
			} else {
				place(g, size, size)
			}
		}
		group = nil
	}
	if k.result {
		place("ret", size, 8)
	}
	return at, bytes
}
