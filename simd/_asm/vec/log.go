package main

import "math"

// log returns the natural logarithm of x = 2^k·(1 + f), √½ ≤ 1 + f < √2, as
//
//	k·log 2 + log(1 + f),  log(1 + f) = 2s + s³·P(s²) = f − s·(f − s²·P(s²)),  s = f/(2 + f)
func (m *machine) log(x V) V {
	// Subnormal numbers are lifted among the normal ones.
	subnormal := m.cmp(x, less, m.pattern("leastNormal", 1<<23, 1<<52))
	lift := choose(m, 25.0, 54)
	lifted := m.pick(subnormal, m.mul(x, m.constant("lift", math.Ldexp(1, int(lift)))), x)

	// Counting from √½ on, the exponent's field holds k and the fraction's 1 + f − √½.
	sqrtHalf := m.pattern("sqrtHalf", 0x3f3504f3, 0x3fe6a09e667f3bcd)
	bits := m.addInt(lifted, m.subInt(m.one(), sqrtHalf))
	f := m.and(bits, m.pattern("fraction", 1<<23-1, 1<<52-1))
	f = m.sub(m.addInt(f, sqrtHalf), m.one())
	// The field, in the lowest bits of 2^23 (2^52), is that much more.
	field := math.Ldexp(1, m.fraction())
	k := m.or(m.shiftRight(bits, m.fraction()), m.constant("field", field))
	k = m.sub(k, m.constant("fieldBias", field+choose(m, 127.0, 1023)))
	k = m.sub(k, m.keep(subnormal, m.constant("liftedBy", lift)))

	s := m.div(f, m.add(f, m.two()))
	z := m.mul(s, s)
	rest := m.sub(f, m.mul(z, m.polynomial("logTail", z, choose(m, logTail32, logTail64))))
	low := m.fnma(s, rest, m.mul(k, m.log2Low()))
	y := m.add(m.mul(k, m.log2High()), m.add(f, low))

	y = m.pick(m.cmp(x, notLess, m.inf()), x, y) // +Inf and NaN
	y = m.pick(m.cmp(x, less, m.zero()), m.constant("nan", math.NaN()), y)
	return m.pick(m.cmp(x, equal, m.zero()), m.constant("minusInf", math.Inf(-1)), y)
}

var logarithms = []kernel{
	// 2.0, 2.0, 1.3.
	{name: "log", params: "dst, x []T", avx512: single, loop: "dst[i] = T(math.Log(float64(x[i])))",
		write: mapping{1, list{"dst"}, list{"x"}, nil, func(m *machine, in, _ []V) []V { return one(m.log(in[0])) }}.write},
}
