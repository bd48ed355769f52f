package simd

import "math"

//go:generate sh -c "cd _asm && go run ./vec -family optimizer -out ../optimizer_amd64.s -stubs ../optimizer_stub_amd64.go -pkg simd"

// SGD makes a step of stochastic gradient descent as torch.optim.SGD does, without
// dampening (Sutskever et al., 2013), and with the gradient scaled, as LARS does:
//
//	g = scale·(grad + decay·param)
//	buf ← momentum·buf + g                  (buf is 0 before the first step)
//	param ← param − lr·buf
//
// Without momentum, buf is left alone. EXACT. It panics where lengths differ.
func SGD[T Float](param, grad, buf []T, lr, momentum, decay, scale float64) {
	sameLength("SGD", len(param), len(grad), len(buf))
	if momentum == 0 {
		descend(param, grad, T(lr), T(decay), T(scale))
		return
	}
	descendMomentum(param, grad, buf, T(lr), T(momentum), T(decay), T(scale))
}

// SGDNesterov is [SGD] with Nesterov's momentum, whose last line is
//
//	param ← param − lr·(g + momentum·buf)
func SGDNesterov[T Float](param, grad, buf []T, lr, momentum, decay, scale float64) {
	sameLength("SGDNesterov", len(param), len(grad), len(buf))
	if momentum == 0 {
		descend(param, grad, T(lr), T(decay), T(scale))
		return
	}
	descendNesterov(param, grad, buf, T(lr), T(momentum), T(decay), T(scale))
}

func descendPlain[T Float](param, grad []T, lr, decay, scale T) {
	for i, p := range param {
		g := T(scale * (grad[i] + T(decay*p)))
		param[i] = p - T(lr*g)
	}
}

func descendMomentumPlain[T Float](param, grad, buf []T, lr, momentum, decay, scale T) {
	for i, p := range param {
		g := T(scale * (grad[i] + T(decay*p)))
		buf[i] = T(momentum*buf[i]) + g
		param[i] = p - T(lr*buf[i])
	}
}

func descendNesterovPlain[T Float](param, grad, buf []T, lr, momentum, decay, scale T) {
	for i, p := range param {
		g := T(scale * (grad[i] + T(decay*p)))
		buf[i] = T(momentum*buf[i]) + g
		param[i] = p - T(lr*(g+T(momentum*buf[i])))
	}
}

// AdamW makes step number step, counted from 1, of Adam with decoupled weight decay
// as torch.optim.AdamW does (Loshchilov and Hutter, 2019):
//
//	m ← β1·m + (1−β1)·grad,  v ← β2·v + (1−β2)·grad²
//	param ← (1 − lr·decay)·param − lr/(1−β1^step) · m / ( √v/√(1−β2^step) + eps )
//
// m and v are 0 before the first step. EXACT. It panics where lengths differ.
func AdamW[T Float](param, grad, m, v []T, step int, lr, beta1, beta2, eps, decay float64) {
	sameLength("AdamW", len(param), len(grad), len(m), len(v))
	t := float64(step)
	adamW(param, grad, m, v, T(1-float64(lr*decay)), T(beta1), T(1-beta1), T(beta2), T(1-beta2),
		T(lr/(1-math.Pow(beta1, t))), T(math.Sqrt(1-math.Pow(beta2, t))), T(eps))
}

func adamWPlain[T Float](param, grad, m, v []T, keep, beta1, rest1, beta2, rest2, rate, root, eps T) {
	for i, g := range grad {
		m[i] = T(beta1*m[i]) + T(rest1*g)
		v[i] = T(beta2*v[i]) + T(T(rest2*g)*g)
		denominator := T(math.Sqrt(float64(v[i])))/root + eps
		param[i] = T(keep*param[i]) - T(rate*m[i])/denominator
	}
}
