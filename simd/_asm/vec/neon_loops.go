package main

import (
	"fmt"
	"slices"
	"strings"

	"asm/arm"

	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

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
