package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// mask says for each lane yes or no: AVX-512 has registers for that, AVX2 and NEON have
// vectors of all ones and zeros.
type mask struct {
	v V
	k OpmaskVirtual
}

// Predicates of cmp; all but unordered and notLess are false for NaN.
const (
	less      = 0x11
	greater   = 0x1e
	equal     = 0x00
	unordered = 0x03
	notLess   = 0x15
)

// cmp compares a with b.
func (m *machine) cmp(a V, predicate uint8, b V) mask {
	if m.neon != nil {
		return mask{v: m.neon.cmp(m, a, predicate, b)}
	}
	if m.avx512() {
		k := K()
		m.emit(VCMPPS, VCMPPD, U8(predicate), b, a, k)
		return mask{k: k}
	}
	d := YMM()
	m.emit(VCMPPS, VCMPPD, U8(predicate), b, a, d)
	return mask{v: d}
}

// keep returns a where yes and +0 elsewhere.
func (m *machine) keep(yes mask, a V) V {
	if !m.avx512() {
		return m.and(yes.v, a)
	}
	d := m.reg()
	if m.single() {
		VMOVAPS_Z(a, yes.k, d)
	} else {
		VMOVAPD_Z(a, yes.k, d)
	}
	return d
}

// pick returns a where yes and b elsewhere.
func (m *machine) pick(yes mask, a, b V) V {
	d := m.reg()
	switch {
	case m.neon != nil:
		return m.neon.pick(d, yes.v, a, b)
	case m.avx512():
		m.emit(VBLENDMPS, VBLENDMPD, a, b, yes.k, d)
	case m.single():
		VBLENDVPS(yes.v, a, b, d)
	default:
		VBLENDVPD(yes.v, a, b, d)
	}
	return d
}

// none returns the mask that says no; merge adds the lanes of other to seen.
func (m *machine) none() mask {
	if m.avx512() {
		k := K()
		KXORW(k, k, k)
		return mask{k: k}
	}
	return mask{v: m.zero()}
}
func (m *machine) merge(seen, other mask) {
	if m.avx512() {
		KORW(seen.k, other.k, seen.k)
	} else {
		m.emit(VORPS, VORPD, seen.v, other.v, seen.v)
	}
}

// jumpIfNone jumps to the label if the mask says no for every lane.
func (m *machine) jumpIfNone(seen mask, label string) {
	if m.avx512() {
		KORTESTW(seen.k, seen.k)
	} else {
		bits := GP32()
		VMOVMSKPS(seen.v, bits)
		TESTL(bits, bits)
	}
	JZ(LabelRef(label))
}

// firstLanes returns the mask of the first n lanes, n < lanes: its count is in a
// register, which is used up.
func (m *machine) firstLanes(n GPVirtual) mask {
	if m.avx512() {
		ones := GP64()
		MOVQ(I32(-1), ones)
		BZHIQ(n, ones, ones)
		k := K()
		KMOVQ(ones, k)
		return mask{k: k}
	}
	return m.tableMask(m.tableAt(n), 0)
}

// tailMask is 256 bytes of ones and as many of zeros: from 4·n bytes before its
// middle on it masks the first n elements of 4 bytes.
var tailMask Mem

// tableAt returns the address in tailMask from which the first n elements are
// masked. n is used up.
func (m *machine) tableAt(n GPVirtual) GPVirtual {
	if tailMask.Symbol.Name == "" {
		tailMask = GLOBL("tailMask", 8|16) // RODATA, NOPTR
		for i := range 64 {
			v := U64(math.MaxUint64)
			if i >= 32 {
				v = 0
			}
			DATA(8*i, v)
		}
	}
	SHLQ(U8(m.size/4+1), n)
	NEGQ(n)
	at := GP64()
	LEAQ(tailMask.Offset(256), at)
	ADDQ(n, at)
	return at
}

func (m *machine) tableMask(at GPVirtual, vector int) mask {
	d := YMM()
	VMOVDQU(Mem{Base: at, Disp: vector * m.bytes}, d)
	return mask{v: d}
}

// blockMasks returns what returns, called with 0, 1, …, the masks of consecutive
// vectors of which the first n elements in all are wanted, n < 256/size. n is used
// up.
func (m *machine) blockMasks(n GPVirtual) func(vector int) mask {
	if !m.avx512() {
		at := m.tableAt(n)
		return func(vector int) mask { return m.tableMask(at, vector) }
	}
	ones := GP64()
	MOVQ(I32(-1), ones)
	BZHIQ(n, ones, ones)
	return func(vector int) mask {
		if vector > 0 {
			SHRQ(U8(m.lanes()), ones)
		}
		k := K()
		KMOVQ(ones, k)
		return mask{k: k}
	}
}

// load loads a vector; tail, where not nil, says which lanes, and the others are 0.
func (m *machine) load(at Mem, tail *mask) V {
	d := m.reg()
	switch {
	case tail == nil:
		m.emit(VMOVUPS, VMOVUPD, at, d)
	case m.avx512() && m.single():
		VMOVUPS_Z(at, tail.k, d)
	case m.avx512():
		VMOVUPD_Z(at, tail.k, d)
	case m.single():
		VMASKMOVPS(at, tail.v, d)
	default:
		VMASKMOVPD(at, tail.v, d)
	}
	return d
}

// store stores the lanes of v that tail says, all where it is nil.
func (m *machine) store(v V, at Mem, tail *mask) {
	switch {
	case tail == nil:
		m.emit(VMOVUPS, VMOVUPD, v, at)
	case m.avx512():
		m.emit(VMOVUPS, VMOVUPD, v, tail.k, at)
	case m.single():
		VMASKMOVPS(v, tail.v, at)
	default:
		VMASKMOVPD(v, tail.v, at)
	}
}

// base loads the address of a slice's first element.
func base(slice string) Register { return Load(Param(slice).Base(), GP64()) }

// length loads the length of a slice.
func length(slice string) GPVirtual {
	n := GP64()
	Load(Param(slice).Len(), n)
	return n
}
