package main

import "math"

// normal returns e^(−a²/2) and R(a) = Φ(−a)·e^(a²/2), for Φ the distribution function
// of the normal distribution and 0 ≤ a ≤ normalEnd.
func (m *machine) normal(a V) (e, ratio V) {
	// a² is kept in twice the precision: its absolute error becomes a relative error of e.
	square := m.mul(a, a)
	low := m.fma(a, a, m.neg(square))
	minusHalf := m.constant("minusHalf", -0.5)
	e = m.exp2(m.mul(square, minusHalf), m.mul(low, minusHalf))

	// The polynomial is given above, the rounded a + 4, and so returns R(above − 4). R's
	// derivative, a·R − 1/√2π, corrects that.
	above := m.add(a, m.constant("four", 4))
	t := m.div(m.sub(above, m.constant("eight", 8)), above)
	ratio = m.div(m.polynomial("normalTail", t, choose(m, normalTail32, normalTail64)), above)
	lost := m.sub(a, m.sub(above, m.constant("four", 4)))
	return e, m.fma(lost, m.fma(a, ratio, m.neg(m.density())), ratio)
}

// density is that of the normal distribution at 0.
func (m *machine) density() V { return m.constant("density", 1/math.Sqrt(2*math.Pi)) }

// normalEnd is a number from which on e^(−a²/2) is 0.
func (m *machine) normalEnd() V { return m.constant("normalEnd", choose(m, 15.0, 39)) }

// gelu returns x·Φ(x): with u = |x|·Φ(−|x|) it is −u below 0 and x − u above.
func (m *machine) gelu(x V) V {
	a := m.min(m.normalEnd(), m.abs(x))
	e, ratio := m.normal(a)
	u := m.mul(e, m.mul(a, ratio))
	return m.pick(m.cmp(x, less, m.zero()), m.neg(u), m.sub(x, u))
}

// geluGrad returns Φ(x) + x·φ(x): with t = e^(−x²/2)·(|x|/√2π − R(|x|)) it is −t below 0
// and 1 + t above.
func (m *machine) geluGrad(x V) V {
	a := m.min(m.normalEnd(), m.abs(x))
	e, ratio := m.normal(a)
	t := m.mul(e, m.fma(a, m.density(), m.neg(ratio)))
	return m.pick(m.cmp(x, less, m.zero()), m.neg(t), m.add(m.one(), t))
}

// 2·√(2/π), and 0.044715 times that.
const (
	linear = 1.59576912160573071175978423973752747390343452465973863066370
	cubic  = 0.044715 * linear
)

// logistic returns, for 0 ≤ a ≤ logisticEnd and v = linear·a + cubic·a³, e^−v and dv/da.
func (m *machine) logistic(a V) (e, slope V) {
	square := m.mul(a, a)
	cubed := m.mul(m.constant("cubic", cubic), square)
	w := m.add(m.constant("linear", linear), cubed)
	v := m.mul(a, w)
	slope = m.fma(square, m.constant("thriceCubic", 3*cubic), m.constant("linear", linear))

	// The error of v, since its absolute error becomes a relative error of e: the
	// roundings of the constants, of a², of cubed, of w (Knuth's two-sum) and of v.
	lost := m.fma(square, m.constant("cubicLow", choose(m, cubic-float64(float32(cubic)), cubic-0x1.2444f2a4d8b4bp-4)),
		m.constant("linearLow", choose(m, linear-float64(float32(linear)), linear-0x1.9884533d43651p+0)))
	lost = m.fma(m.constant("cubic", cubic), m.fma(a, a, m.neg(square)), lost)
	lost = m.add(lost, m.fma(m.constant("cubic", cubic), square, m.neg(cubed)))
	part := m.sub(w, m.constant("linear", linear))
	lost = m.add(lost, m.add(m.sub(m.constant("linear", linear), m.sub(w, part)), m.sub(cubed, part)))
	lost = m.fma(a, lost, m.fma(a, w, m.neg(v)))
	return m.exp2(m.neg(v), m.neg(lost)), slope
}

// logisticEnd is a number from which on logistic's e is 0.
func (m *machine) logisticEnd() V { return m.constant("logisticEnd", choose(m, 12.0, 24)) }

// geluTanh returns x·σ(v): with e = e^−|v|, x/(1 + e) above 0 and e times that below.
func (m *machine) geluTanh(x V) V {
	a := m.min(m.logisticEnd(), m.abs(x))
	e, _ := m.logistic(a)
	negative := m.cmp(x, less, m.zero())
	y := m.div(m.pick(negative, m.neg(a), x), m.add(e, m.one()))
	return m.pick(negative, m.mul(y, e), y)
}

// geluTanhGrad returns σ(v) + x·σ(v)·(1 − σ(v))·dv/dx: with b = |x|/(1 + e)·dv/dx it is
// (1 + e·b)/(1 + e) above 0 and e·(1 − b)/(1 + e) below.
func (m *machine) geluTanhGrad(x V) V {
	a := m.min(m.logisticEnd(), m.abs(x))
	e, slope := m.logistic(a)
	sum := m.add(e, m.one())
	b := m.div(m.mul(a, slope), sum)
	below := m.mul(e, m.sub(m.one(), b))
	above := m.fma(e, b, m.one())
	return m.div(m.pick(m.cmp(x, less, m.zero()), below, above), sum)
}

// of writes dst = f(x), gradient dst = g·f(x).
func of(f func(*machine, V) V) func(m *machine) {
	return mapping{1, list{"dst"}, list{"x"}, nil, func(m *machine, in, _ []V) []V { return one(f(m, in[0])) }}.write
}
func gradient(f func(*machine, V) V) func(m *machine) {
	return mapping{1, list{"dst"}, list{"x", "g"}, nil, func(m *machine, in, _ []V) []V { return one(m.mul(in[1], f(m, in[0]))) }}.write
}

var gelus = []kernel{
	// float32 1.3, 1.3, 1.2; float64 2.0, 1.8, 1.6: with the next it saves 9 % of a ViT's step.
	{name: "gelu", params: "dst, x []T", avx512: both, loop: "dst[i] = x[i] * Φ(x[i])", write: of((*machine).gelu)},
	// float32 1.2, 1.5, 1.3; float64 2.2, 1.8, 1.5.
	{name: "geluGrad", params: "dst, x, g []T", avx512: both, loop: "dst[i] = g[i] * (Φ(x[i]) + x[i]*φ(x[i]))", write: gradient((*machine).geluGrad)},
	{name: "geluTanh", params: "dst, x []T", loop: "dst[i] = ½ * x[i] * (1 + tanh(√(2/π)*(x[i]+0.044715*x[i]³)))", write: of((*machine).geluTanh)},
	{name: "geluTanhGrad", params: "dst, x, g []T", loop: "dst[i] = g[i] * (the derivative of geluTanh at x[i])", write: gradient((*machine).geluTanhGrad)},
}
