package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// V is a vector register.
type V = VecVirtual

// machine writes the instructions of one kernel, for one element type and one
// instruction set. Its methods are named for what they compute. Each returns a new
// register and leaves its operands as they are, unless its comment says otherwise.
type machine struct {
	size  int // bytes of an element: 4 or 8
	bytes int // bytes of a vector: 32 (AVX2) or 64 (AVX-512), and 16 where one is folded
	// pause, where it is not nil, is called before each instruction: see interleave.
	pause func()
}

func (m *machine) lanes() int    { return m.bytes / m.size }
func (m *machine) avx512() bool  { return m.bytes == 64 }
func (m *machine) single() bool  { return m.size == 4 }
func (m *machine) float() string { return fmt.Sprintf("float%d", 8*m.size) }

// suffix is the end of a kernel's name: F32AVX2 and the like.
func (m *machine) suffix() string {
	if m.avx512() {
		return fmt.Sprintf("F%dAVX512", 8*m.size)
	}
	return fmt.Sprintf("F%dAVX2", 8*m.size)
}

func (m *machine) reg() V {
	switch m.bytes {
	case 64:
		return ZMM()
	case 32:
		return YMM()
	}
	return XMM()
}

// instruction is an avo instruction.
type instruction = func(...Op)

// emit writes one of two instructions, by the element type.
func (m *machine) emit(single, double instruction, ops ...Op) {
	if m.pause != nil {
		m.pause()
	}
	if m.single() {
		single(ops...)
	} else {
		double(ops...)
	}
}

func (m *machine) binary(single, double instruction, a, b Op) V {
	d := m.reg()
	m.emit(single, double, b, a, d)
	return d
}

func (m *machine) add(a, b Op) V    { return m.binary(VADDPS, VADDPD, a, b) }
func (m *machine) sub(a, b Op) V    { return m.binary(VSUBPS, VSUBPD, a, b) }
func (m *machine) mul(a, b Op) V    { return m.binary(VMULPS, VMULPD, a, b) }
func (m *machine) div(a, b Op) V    { return m.binary(VDIVPS, VDIVPD, a, b) }
func (m *machine) and(a, b Op) V    { return m.binary(VANDPS, VANDPD, a, b) }
func (m *machine) andNot(a, b Op) V { return m.binary(VANDNPS, VANDNPD, a, b) } // b without the bits of a
func (m *machine) or(a, b Op) V     { return m.binary(VORPS, VORPD, a, b) }
func (m *machine) xor(a, b Op) V    { return m.binary(VXORPS, VXORPD, a, b) }

// min and max return b where a or b is NaN, and where both are zeros.
func (m *machine) min(a, b Op) V { return m.binary(VMINPS, VMINPD, a, b) }
func (m *machine) max(a, b Op) V { return m.binary(VMAXPS, VMAXPD, a, b) }

func (m *machine) sqrt(a V) V {
	d := m.reg()
	m.emit(VSQRTPS, VSQRTPD, a, d)
	return d
}

// fma overwrites c with a·b + c, rounded once, and returns it; fnma with c − a·b.
func (m *machine) fma(a, b, c V) V {
	m.emit(VFMADD231PS, VFMADD231PD, a, b, c)
	return c
}
func (m *machine) fnma(a, b, c V) V {
	m.emit(VFNMADD231PS, VFNMADD231PD, a, b, c)
	return c
}

// addTo adds x to acc, in acc's register; maxTo stores the greater there.
func (m *machine) addTo(acc V, x Op) { m.emit(VADDPS, VADDPD, x, acc, acc) }
func (m *machine) maxTo(acc V, x Op) { m.emit(VMAXPS, VMAXPD, x, acc, acc) }

// Integers as wide as an element.
func (m *machine) addInt(a, b Op) V { return m.binary(VPADDD, VPADDQ, a, b) }
func (m *machine) subInt(a, b Op) V { return m.binary(VPSUBD, VPSUBQ, a, b) }
func (m *machine) shiftLeft(a V, bits int) V {
	d := m.reg()
	m.emit(VPSLLD, VPSLLQ, U8(bits), a, d)
	return d
}
func (m *machine) shiftRight(a V, bits int) V {
	d := m.reg()
	m.emit(VPSRLD, VPSRLQ, U8(bits), a, d)
	return d
}

// fraction is the number of explicit bits of a significand.
func (m *machine) fraction() int {
	if m.single() {
		return 23
	}
	return 52
}

func (m *machine) zero() V {
	d := m.reg()
	m.emit(VXORPS, VXORPD, d, d, d)
	return d
}

// broadcast fills a register (of 16 bytes: its first lane) with the element at a.
func (m *machine) broadcast(a Op) V {
	d := m.reg()
	if m.bytes == 16 {
		m.emit(VMOVSS, VMOVSD, a, d)
	} else {
		m.emit(VBROADCASTSS, VBROADCASTSD, a, d)
	}
	return d
}

// scalar fills a register with the kernel's parameter of that name.
func (m *machine) scalar(name string) V {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return m.broadcast(b.Addr)
}

// constants are those of the file so far, by name.
var constants = map[string]Mem{}

// constant fills a register with a constant, whose name in the assembly is name
// and the element type: with v rounded to it.
func (m *machine) constant(name string, v float64) V {
	if m.single() {
		return m.pattern(name, uint64(math.Float32bits(float32(v))), 0)
	}
	return m.pattern(name, 0, math.Float64bits(v))
}

// pattern fills a register with the pattern of bits for the element type.
func (m *machine) pattern(name string, single, double uint64) V {
	name += m.suffix()[:3]
	at, ok := constants[name]
	switch {
	case ok:
	case m.single():
		at = ConstData(name, U32(single))
	default:
		at = ConstData(name, U64(double))
	}
	constants[name] = at
	return m.broadcast(at)
}

func (m *machine) signBit() V { return m.pattern("signBit", 1<<31, 1<<63) }
func (m *machine) one() V     { return m.constant("one", 1) }
func (m *machine) two() V     { return m.constant("two", 2) }
func (m *machine) half() V    { return m.constant("half", 0.5) }
func (m *machine) inf() V     { return m.constant("inf", math.Inf(1)) }

// abs returns |a|, neg −a, signed a ≥ 0 with the sign of b.
func (m *machine) abs(a V) V       { return m.andNot(m.signBit(), a) }
func (m *machine) neg(a V) V       { return m.xor(m.signBit(), a) }
func (m *machine) signed(a, b V) V { return m.or(a, m.and(m.signBit(), b)) }

// polynomial returns c[0] + c[1]·x + c[2]·x² + …, by Horner's rule with fused
// multiply-adds. name is that of the coefficients in the assembly.
func (m *machine) polynomial(name string, x V, c []float64) V {
	k := len(c) - 1
	p := m.constant(fmt.Sprintf("%s%d", name, k), c[k])
	for k--; k >= 0; k-- {
		p = m.fma(p, x, m.constant(fmt.Sprintf("%s%d", name, k), c[k]))
	}
	return p
}

// choose returns single or double, by the element type.
func choose[E any](m *machine, single, double E) E {
	if m.single() {
		return single
	}
	return double
}
