package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
)

// log 2 in two parts. The first has zeros at the end, so that its product with an
// exponent is exact.
var (
	log2High = [2]float64{0x1.62e4p-1, 0x1.62e42feep-1}
	log2Low  = [2]float64{0x1.7f7d1cf79abcap-20, 0x1.a39ef35793c76p-33}
)

func (m *machine) log2High() V { return m.constant("log2High", choose(m, log2High[0], log2High[1])) }
func (m *machine) log2Low() V  { return m.constant("log2Low", choose(m, log2Low[0], log2Low[1])) }

// roundingShift is 1.5·2^23 (1.5·2^52). Added to a number of modest size, it leaves the
// nearest integer in the lowest bits of the fraction; subtracted again, it leaves that
// integer as a number.
func (m *machine) roundingShift() V {
	return m.constant("roundingShift", choose(m, 0x1.8p23, 0x1.8p52))
}

// reduce returns n and r with x = n·log 2 + r, n an integer, |r| ≤ ½·log 2; and n as
// roundingShift leaves it. |x| must be modest.
func (m *machine) reduce(x V) (n, shifted, r V) {
	shifted = m.fma(x, m.constant("log2e", math.Log2E), m.roundingShift())
	n = m.sub(shifted, m.roundingShift())
	r = m.sub(x, m.mul(n, m.log2High()))
	r = m.fnma(n, m.log2Low(), r)
	return n, shifted, r
}

// power returns 2^n, for n as roundingShift leaves it, if that is a normal number.
func (m *machine) power(shifted V) V {
	return m.addInt(m.shiftLeft(shifted, m.fraction()), m.one())
}

// ldexp returns p·2^n for an integer n, rounded once: into the subnormal numbers,
// to 0 and to +Inf where need be, as long as 2^(n/2) is normal.
func (m *machine) ldexp(p, n V) V {
	if m.avx512() {
		d := m.reg()
		m.emit(VSCALEFPS, VSCALEFPD, n, p, d)
		return d
	}
	half := m.fma(n, m.half(), m.roundingShift())
	rest := m.add(m.sub(n, m.sub(half, m.roundingShift())), m.roundingShift())
	return m.mul(m.mul(p, m.power(half)), m.power(rest))
}

// exp returns e^x, exp2 e^(x + low) for a low that is tiny beside 1: for
// x = n·log 2 + r a polynomial in r, times 2^n.
func (m *machine) exp(x V) V {
	n, r := m.expReduced(x)
	return m.expOf(n, r)
}
func (m *machine) exp2(x, low V) V {
	n, r := m.expReduced(x)
	return m.expOf(n, m.add(r, low))
}

func (m *machine) expReduced(x V) (n, r V) {
	// Beyond these it is +Inf and 0 all the same. NaN stays.
	x = m.min(m.constant("expHigh", choose(m, 89.0, 710)), x)
	x = m.max(m.constant("expLow", choose(m, -104.0, -746)), x)
	n, _, r = m.reduce(x)
	return n, r
}

func (m *machine) expOf(n, r V) V {
	return m.ldexp(m.fma(r, m.fma(r, m.expTail(r), m.one()), m.one()), n)
}

// expTail returns the q of e^r = 1 + r + r²·q.
func (m *machine) expTail(r V) V {
	return m.polynomial("expTail", r, choose(m, expTail32, expTail64))
}

var exponentials = []kernel{
	// 2.1, 2.2, 1.3.
	{name: "exp", params: "dst, x []T, shift T", avx512: single, loop: "dst[i] = T(math.Exp(float64(x[i] - shift)))",
		write: mapping{3, list{"dst"}, list{"x"}, list{"shift"}, func(m *machine, in, s []V) []V {
			return one(m.exp(m.sub(in[0], s[0])))
		}}.writeInterleaved},
	// 2.3, 2.2, 1.4.
	{name: "sigmoid", params: "dst, x []T", avx512: single, loop: "dst[i] = T(1 / (1 + math.Exp(-float64(x[i]))))",
		write: mapping{1, list{"dst"}, list{"x"}, nil, func(m *machine, in, _ []V) []V {
			// With e = e^-|x| it is 1/(1+e) for x ≥ 0 and e/(1+e) below.
			e := m.exp(m.or(m.signBit(), in[0]))
			above := m.pick(m.cmp(in[0], notLess, m.zero()), m.one(), e)
			return one(m.div(above, m.add(e, m.one())))
		}}.write},
}
