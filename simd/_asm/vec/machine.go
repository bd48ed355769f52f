package main

import (
	"fmt"
	"math"

	"asm/arm"

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
	bytes int // bytes of a vector: 32 (AVX2) or 64 (AVX-512), and 16 (NEON) or where one is folded
	// neon, where it is not nil, writes for arm64.
	neon *neon
	// pause, where it is not nil, is called before each instruction: see interleave.
	pause func()
}

func (m *machine) lanes() int    { return m.bytes / m.size }
func (m *machine) avx512() bool  { return m.bytes == 64 }
func (m *machine) single() bool  { return m.size == 4 }
func (m *machine) float() string { return fmt.Sprintf("float%d", 8*m.size) }

// suffix is the end of a kernel's name: F32AVX2 and the like.
func (m *machine) suffix() string {
	switch {
	case m.neon != nil:
		return fmt.Sprintf("F%dNEON", 8*m.size)
	case m.avx512():
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

// operation is an instruction of two operands at all levels.
type operation struct {
	single, double instruction
	neon           arm.Operation
}

var (
	opAdd    = operation{VADDPS, VADDPD, arm.Fadd}
	opSub    = operation{VSUBPS, VSUBPD, arm.Fsub}
	opMul    = operation{VMULPS, VMULPD, arm.Fmul}
	opDiv    = operation{VDIVPS, VDIVPD, arm.Fdiv}
	opAnd    = operation{VANDPS, VANDPD, arm.And}
	opOr     = operation{VORPS, VORPD, arm.Orr}
	opXor    = operation{VXORPS, VXORPD, arm.Eor}
	opAddInt = operation{VPADDD, VPADDQ, arm.Add}
	opSubInt = operation{VPSUBD, VPSUBQ, arm.Sub}
)

func (m *machine) binary(o operation, a, b Op) V {
	d := m.reg()
	if m.neon != nil {
		return m.neon.do(o.neon, d, a.(V), b)
	}
	m.emit(o.single, o.double, b, a, d)
	return d
}

func (m *machine) add(a, b Op) V { return m.binary(opAdd, a, b) }
func (m *machine) sub(a, b Op) V { return m.binary(opSub, a, b) }
func (m *machine) mul(a, b Op) V { return m.binary(opMul, a, b) }
func (m *machine) div(a, b Op) V { return m.binary(opDiv, a, b) }
func (m *machine) and(a, b Op) V { return m.binary(opAnd, a, b) }
func (m *machine) or(a, b Op) V  { return m.binary(opOr, a, b) }
func (m *machine) xor(a, b Op) V { return m.binary(opXor, a, b) }

// andNot returns b without the bits of a.
func (m *machine) andNot(a, b Op) V {
	if m.neon != nil {
		return m.neon.do(arm.Bic, m.reg(), b.(V), a)
	}
	return m.binary(operation{VANDNPS, VANDNPD, arm.Bic}, a, b)
}

// min and max return b where a or b is NaN, and where both are zeros.
func (m *machine) min(a, b Op) V {
	if m.neon != nil {
		return m.neon.pick(m.reg(), m.neon.do(arm.Fcmgt, m.reg(), b.(V), a), a.(V), b.(V))
	}
	return m.binary(operation{VMINPS, VMINPD, arm.Operation{}}, a, b)
}
func (m *machine) max(a, b Op) V {
	if m.neon != nil {
		return m.neon.pick(m.reg(), m.neon.do(arm.Fcmgt, m.reg(), a.(V), b), a.(V), b.(V))
	}
	return m.binary(operation{VMAXPS, VMAXPD, arm.Operation{}}, a, b)
}

func (m *machine) sqrt(a V) V {
	d := m.reg()
	if m.neon != nil {
		return m.neon.do(arm.Fsqrt, d, a, nil)
	}
	m.emit(VSQRTPS, VSQRTPD, a, d)
	return d
}

// fma overwrites c with a·b + c, rounded once, and returns it; fnma with c − a·b.
func (m *machine) fma(a, b, c V) V {
	if m.neon != nil {
		return m.neon.do(arm.Fmla, c, a, b)
	}
	m.emit(VFMADD231PS, VFMADD231PD, a, b, c)
	return c
}
func (m *machine) fnma(a, b, c V) V {
	if m.neon != nil {
		return m.neon.do(arm.Fmls, c, a, b)
	}
	m.emit(VFNMADD231PS, VFNMADD231PD, a, b, c)
	return c
}

// addTo adds x to acc, in acc's register.
func (m *machine) addTo(acc V, x Op) {
	if m.neon != nil {
		m.neon.do(arm.Fadd, acc, acc, x)
		return
	}
	m.emit(VADDPS, VADDPD, x, acc, acc)
}

// maxTo stores the greater of acc and x in acc's register.
func (m *machine) maxTo(acc V, x Op) { m.emit(VMAXPS, VMAXPD, x, acc, acc) }

// Integers as wide as an element.
func (m *machine) addInt(a, b Op) V { return m.binary(opAddInt, a, b) }
func (m *machine) subInt(a, b Op) V { return m.binary(opSubInt, a, b) }
func (m *machine) shiftLeft(a V, bits int) V {
	d := m.reg()
	if m.neon != nil {
		return m.neon.shift(m.neon.ShiftLeft, d, a, bits)
	}
	m.emit(VPSLLD, VPSLLQ, U8(bits), a, d)
	return d
}
func (m *machine) shiftRight(a V, bits int) V {
	d := m.reg()
	if m.neon != nil {
		return m.neon.shift(m.neon.ShiftRight, d, a, bits)
	}
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
	if m.neon != nil {
		return m.neon.zero(d)
	}
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
	if m.neon != nil {
		return m.neon.scalar(m.reg(), name)
	}
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
	if m.neon != nil {
		return m.neon.constant(m.reg(), choose(m, single, double))
	}
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
