package main

import (
	"maps"
	"slices"

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
