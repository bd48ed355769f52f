package main

// tanh returns t/(t + 2) for t = e^(2|x|) − 1, with x's sign. For 2|x| = n·log 2 + r,
// t = 2^n·(e^r − 1) + (2^n − 1), and e^r − 1 = r + r²·q keeps what is small.
func (m *machine) tanh(x V) V {
	a := m.min(m.constant("tanhIsOne", choose(m, 10.0, 20)), m.abs(x))
	_, shifted, r := m.reduce(m.add(a, a))
	e := m.fma(m.mul(r, r), m.expTail(r), r)
	power := m.power(shifted)
	t := m.fma(power, e, m.sub(power, m.one()))
	return m.signed(m.div(t, m.add(t, m.two())), x)
}

var tanhs = []kernel{
	// 1.7, 1.7, 1.5.
	{name: "tanh", params: "dst, x []T", avx512: single, loop: "dst[i] = T(math.Tanh(float64(x[i])))",
		write: mapping{1, list{"dst"}, list{"x"}, nil, func(m *machine, in, _ []V) []V { return one(m.tanh(in[0])) }}.write},
}
