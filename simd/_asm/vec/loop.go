package main

import (
	"fmt"
	"iter"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// mapping is a loop that computes each element from those at the same place:
//
//	writes[i] = f(reads[i], scalars)
//
// It goes unroll vectors at a time, then one at a time. Of the last vector just the
// lanes that are left are loaded and stored. So the bits of a value do not depend on its
// index.
type mapping struct {
	unroll                 int
	writes, reads, scalars []string
	f                      func(m *machine, in, scalars []V) []V
}

func (l mapping) write(m *machine) {
	if m.neon != nil {
		l.writeNEON(m, false)
		return
	}
	l.loop(m, func(n int, f func(m *machine, v int)) {
		for v := range n {
			f(m, v)
		}
	})
}

// writeInterleaved is write with the instructions of the vectors interleaved: for an f
// that is a long chain, each step of which waits for the one before.
func (l mapping) writeInterleaved(m *machine) {
	if m.neon != nil {
		l.writeNEON(m, true)
		return
	}
	l.loop(m, m.interleave)
}

// loop writes the loop; each calls f for n vectors.
func (l mapping) loop(m *machine, each func(n int, f func(m *machine, v int))) {
	at := map[string]Register{}
	for _, list := range [][]string{l.writes, l.reads} {
		for _, name := range list {
			if at[name] == nil {
				at[name] = base(name)
			}
		}
	}
	n := length(l.writes[0])
	var scalars []V
	for _, name := range l.scalars {
		scalars = append(scalars, m.scalar(name))
	}
	i, end := GP64(), GP64()
	XORQ(i, i)
	step := func(m *machine, vector int, tail *mask) {
		place := func(name string) Mem {
			return Mem{Base: at[name], Disp: vector * m.bytes, Index: i, Scale: uint8(m.size)}
		}
		var in []V
		for _, name := range l.reads {
			in = append(in, m.load(place(name), tail))
		}
		for o, v := range l.f(m, in, scalars) {
			m.store(v, place(l.writes[o]), tail)
		}
	}
	for _, vectors := range unique(l.unroll, 1) {
		block, next := fmt.Sprintf("by%d", vectors), fmt.Sprintf("after%d", vectors)
		MOVQ(n, end)
		SUBQ(I32(vectors*m.lanes()), end)
		CMPQ(i, end)
		JGT(LabelRef(next))
		Label(block)
		each(vectors, func(m *machine, v int) { step(m, v, nil) })
		ADDQ(I32(vectors*m.lanes()), i)
		CMPQ(i, end)
		JLE(LabelRef(block))
		Label(next)
	}
	SUBQ(i, n)
	JZ(LabelRef("done"))
	tail := m.firstLanes(n)
	step(m, 0, &tail)
	Label("done")
	VZEROUPPER()
	RET()
}

// interleave writes f(m, 0), …, f(m, n−1), an instruction of each in turn, so that
// within the few dozen instructions that a processor considers at a time there are some
// that do not wait for each other.
func (m *machine) interleave(n int, f func(m *machine, v int)) {
	next := make([]func() (struct{}, bool), n)
	for v := range next {
		next[v], _ = iter.Pull(func(yield func(struct{}) bool) {
			own := *m
			own.pause = func() { yield(struct{}{}) }
			f(&own, v)
		})
	}
	for left := n; left > 0; {
		left = 0
		for _, f := range next {
			if _, more := f(); more {
				left++
			}
		}
	}
}

func unique(a, b int) []int {
	if a == b {
		return []int{a}
	}
	return []int{a, b}
}

// reduction is a loop that joins all elements to one. There are 256/size partial
// results, four cache lines of them: element i goes to number i mod 256/size. At
// the end the upper half is joined to the lower, until one is left.
type reduction struct {
	reads []string
	first func(m *machine) V              // what partial results begin with, an element that changes nothing
	fill  bool                            // first is not 0: put it where a vector's elements are missing
	step  func(m *machine, acc V, in []V) // joins elements to partial results, in acc's register
	join  func(m *machine, a, b Op) V     // joins two partial results
	watch func(m *machine, a, b V) mask   // where an element of two vectors decides the result alone; may be nil
	alarm func(m *machine) V              // that result
}

func (l reduction) write(m *machine) {
	if m.neon != nil {
		l.writeNEON(m)
		return
	}
	var at []Register
	for _, name := range l.reads {
		at = append(at, base(name))
	}
	n := length(l.reads[0])
	vectors := 256 / m.bytes
	acc := make([]V, vectors)
	for v := range acc {
		acc[v] = l.first(m)
	}
	var seen mask
	if l.watch != nil {
		seen = m.none()
	}
	block := func(masks func(vector int) mask) {
		var before V
		for v := range acc {
			var tail *mask
			if masks != nil {
				k := masks(v)
				tail = &k
			}
			var in []V
			for _, a := range at {
				in = append(in, m.load(Mem{Base: a, Disp: v * m.bytes}, tail))
			}
			if tail != nil && l.fill {
				in[0] = m.pick(*tail, in[0], l.first(m))
			}
			l.step(m, acc[v], in)
			if l.watch != nil && v%2 == 1 {
				m.merge(seen, l.watch(m, before, in[0]))
			}
			before = in[0]
		}
	}
	SUBQ(I32(256/m.size), n)
	JLT(LabelRef("tail"))
	Label("block")
	block(nil)
	for _, a := range at {
		ADDQ(I32(256), a)
	}
	SUBQ(I32(256/m.size), n)
	JGE(LabelRef("block"))
	Label("tail")
	ADDQ(I32(256/m.size), n)
	JZ(LabelRef("fold"))
	block(m.blockMasks(n))
	Label("fold")
	for half := vectors / 2; half > 0; half /= 2 {
		for v := range half {
			acc[v] = l.join(m, acc[v], acc[v+half])
		}
	}
	total := m.fold(acc[0], l.join)
	if l.watch != nil {
		m.jumpIfNone(seen, "clear")
		low := &machine{size: m.size, bytes: 16}
		low.emit(VMOVAPS, VMOVAPD, l.alarm(low), total)
		Label("clear")
	}
	Store(total, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// fold joins the upper half of a vector to the lower, until one element is left.
func (m *machine) fold(v V, join func(m *machine, a, b Op) V) V {
	if m.avx512() {
		upper, half := YMM(), &machine{size: m.size, bytes: 32}
		VEXTRACTF64X4(U8(1), v, upper)
		return half.fold(join(half, v.AsY(), upper), join)
	}
	upper, low := XMM(), &machine{size: m.size, bytes: 16}
	VEXTRACTF128(U8(1), v, upper)
	x := join(low, v.AsX(), upper)
	upper = XMM()
	VPERMILPD(U8(1), x, upper)
	x = join(low, x, upper)
	if m.single() {
		upper = XMM()
		VMOVSHDUP(x, upper)
		x = join(low, x, upper)
	}
	return x
}
