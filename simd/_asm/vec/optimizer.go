package main

// descent writes a step of SGD along g = scale·(grad + decay·param).
func descent(momentum, nesterov bool) func(m *machine) {
	l := mapping{2, list{"param"}, list{"param", "grad"}, list{"lr", "decay", "scale"}, nil}
	if momentum {
		l.writes, l.reads, l.scalars = append(l.writes, "buf"), append(l.reads, "buf"), append(l.scalars, "momentum")
	}
	l.f = func(m *machine, in, s []V) []V {
		param, lr := in[0], s[0]
		g := m.mul(s[2], m.add(in[1], m.mul(s[1], param)))
		if !momentum {
			return one(m.sub(param, m.mul(lr, g)))
		}
		buf := m.add(m.mul(s[3], in[2]), g)
		if nesterov {
			g = m.add(g, m.mul(s[3], buf))
		} else {
			g = buf
		}
		return []V{m.sub(param, m.mul(lr, g)), buf}
	}
	return l.write
}

var optimizers = []kernel{
	{name: "descend", params: "param, grad []T, lr, decay, scale T", write: descent(false, false),
		loop: `g := T(scale * (grad[i] + T(decay*param[i])))
param[i] -= T(lr * g)`},
	{name: "descendMomentum", params: "param, grad, buf []T, lr, momentum, decay, scale T", write: descent(true, false),
		loop: `g := T(scale * (grad[i] + T(decay*param[i])))
buf[i] = T(momentum*buf[i]) + g
param[i] -= T(lr * buf[i])`},
	{name: "descendNesterov", params: "param, grad, buf []T, lr, momentum, decay, scale T", write: descent(true, true),
		loop: `g := T(scale * (grad[i] + T(decay*param[i])))
buf[i] = T(momentum*buf[i]) + g
param[i] -= T(lr * (g + T(momentum*buf[i])))`},
	{name: "adamW", params: "param, grad, m, v []T, keep, beta1, rest1, beta2, rest2, rate, root, eps T",
		loop: `m[i] = T(beta1*m[i]) + T(rest1*grad[i])
v[i] = T(beta2*v[i]) + T(T(rest2*grad[i])*grad[i])
param[i] = T(keep*param[i]) - T(rate*m[i])/(√v[i]/root+eps)`,
		write: mapping{1, list{"param", "m", "v"}, list{"param", "grad", "m", "v"},
			list{"keep", "beta1", "rest1", "beta2", "rest2", "rate", "root", "eps"},
			func(m *machine, in, s []V) []V {
				g := in[1]
				first := m.add(m.mul(s[1], in[2]), m.mul(s[2], g))
				second := m.add(m.mul(s[3], in[3]), m.mul(m.mul(s[4], g), g))
				step := m.div(m.mul(s[5], first), m.add(m.div(m.sqrt(second), s[6]), s[7]))
				return []V{m.sub(m.mul(s[0], in[0]), step), first, second}
			}}.write},
}
