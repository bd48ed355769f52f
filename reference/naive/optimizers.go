package naive

import (
	"math"

	"entrec/reference/portable"
)

// EMAUpdate returns m·target + (1−m)·online.
func EMAUpdate(target, online []float64, momentum float64) []float64 {
	out := make([]float64, len(target))
	for i := range out {
		out[i] = float64(momentum*target[i]) + float64((1-momentum)*online[i])
	}
	return out
}

// EMAUpdateGrad returns m·ct and (1−m)·ct.
func EMAUpdateGrad(momentum float64, ct []float64) (gtarget, gonline []float64) {
	return scaled(ct, momentum), scaled(ct, 1-momentum)
}

// SGD is stochastic gradient descent as torch.optim.SGD does it.
type SGD struct {
	LR, Momentum, WeightDecay float64
	Nesterov                  bool
}

// Step returns what a step after the first one makes, when there is a buffer:
//
//	g = grad + wd·param;  buffer' = m·buffer + g;  param' = param − lr·step
//
// with step = buffer', or g + m·buffer' with Nesterov's momentum. As in PyTorch,
// without momentum the step is g and the buffer stays as it is.
func (o SGD) Step(param, grad, buffer []float64) (newParam, newBuffer []float64) {
	newParam, newBuffer = make([]float64, len(param)), make([]float64, len(param))
	for i := range param {
		g := grad[i] + float64(o.WeightDecay*param[i])
		newBuffer[i] = float64(o.Momentum*buffer[i]) + g
		step := newBuffer[i]
		if o.Nesterov {
			step = g + float64(o.Momentum*newBuffer[i])
		}
		if o.Momentum == 0 {
			newBuffer[i] = buffer[i]
		}
		newParam[i] = param[i] - float64(o.LR*step)
	}
	return newParam, newBuffer
}

// StepGrad returns the gradients with respect to param, grad and buffer.
func (o SGD) StepGrad(ctParam, ctBuffer []float64) (gparam, ggrad, gbuffer []float64) {
	n := len(ctParam)
	gparam, ggrad, gbuffer = make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		step := float64(-o.LR * ctParam[i])
		switch {
		case o.Momentum == 0:
			ggrad[i], gbuffer[i] = step, ctBuffer[i]
		case o.Nesterov:
			whole := ctBuffer[i] + float64(o.Momentum*step)
			ggrad[i], gbuffer[i] = step+whole, o.Momentum*whole
		default:
			whole := ctBuffer[i] + step
			ggrad[i], gbuffer[i] = whole, o.Momentum*whole
		}
		gparam[i] = ctParam[i] + float64(o.WeightDecay*ggrad[i])
	}
	return gparam, ggrad, gbuffer
}

// AdamW is Adam with decoupled weight decay as torch.optim.AdamW does it (Loshchilov
// and Hutter, 2019).
type AdamW struct {
	Step, LR, Beta1, Beta2, Eps, WeightDecay float64 // Step counts from 1
}

// Update returns
//
//	m' = β1·m + (1−β1)·g;  v' = β2·v + (1−β2)·g²
//	param' = param·(1 − lr·wd) − lr·(m'/(1−β1^step)) / (√v'/√(1−β2^step) + eps)
func (o AdamW) Update(param, grad, m, v []float64) (newParam, newM, newV []float64) {
	newM = EMAUpdate(m, grad, o.Beta1)
	newV = EMAUpdate(v, squared(grad), o.Beta2)
	newParam = make([]float64, len(param))
	c1, c2 := oneLessPower(o.Beta1, o.Step), oneLessPower(o.Beta2, o.Step)
	for i := range param {
		denominator := math.Sqrt(newV[i])/math.Sqrt(c2) + o.Eps
		newParam[i] = float64(param[i]*(1-float64(o.LR*o.WeightDecay))) - float64(o.LR/c1*newM[i])/denominator
	}
	return newParam, newM, newV
}

// UpdateGrad returns the gradients with respect to param, grad, m and v. Where v' is 0
// the square root's is taken as 0.
func (o AdamW) UpdateGrad(param, grad, m, v, ctParam, ctM, ctV []float64) (gparam, ggrad, gm, gv []float64) {
	_, newM, newV := o.Update(param, grad, m, v)
	n := len(param)
	gparam, ggrad, gm, gv = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	c1, c2 := oneLessPower(o.Beta1, o.Step), oneLessPower(o.Beta2, o.Step)
	for i := range n {
		root := math.Sqrt(newV[i])
		denominator := root/math.Sqrt(c2) + o.Eps
		step := -ctParam[i] * float64(o.LR/c1) / denominator // per m'
		gm1, gv1 := ctM[i]+step, ctV[i]
		if root > 0 {
			gv1 -= float64(step*newM[i]) / denominator / float64(2*root*math.Sqrt(c2))
		}
		gparam[i] = ctParam[i] * (1 - float64(o.LR*o.WeightDecay))
		gm[i], gv[i] = o.Beta1*gm1, o.Beta2*gv1
		ggrad[i] = float64((1-o.Beta1)*gm1) + float64(float64(2*(1-o.Beta2))*float64(grad[i]*gv1))
	}
	return gparam, ggrad, gm, gv
}

// oneLessPower returns 1 − β^t without cancellation.
func oneLessPower(beta, t float64) float64 {
	if beta == 0 {
		return 1
	}
	return -portable.Expm1(t * portable.Log(beta))
}

func squared(x []float64) []float64 {
	return mapped(x, func(v float64) float64 { return v * v })
}

// LARS is layer-wise adaptive rate scaling (You et al., 2017).
type LARS struct {
	LR, Momentum, WeightDecay, Trust, Eps float64
}

// Step returns, for a parameter w and its gradient g,
//
//	local = trust·‖w‖/(‖g‖ + wd·‖w‖ + eps), 1 where ‖w‖ or ‖g‖ is 0
//	buffer' = m·buffer + local·(g + wd·w);  w' = w − lr·buffer'
func (o LARS) Step(param, grad, buffer []float64) (newParam, newBuffer []float64) {
	newParam, newBuffer = make([]float64, len(param)), make([]float64, len(param))
	local := o.local(portable.Norm(param), portable.Norm(grad))
	for i, d := range o.decayed(param, grad) {
		newBuffer[i] = float64(o.Momentum*buffer[i]) + float64(local*d)
		newParam[i] = param[i] - float64(o.LR*newBuffer[i])
	}
	return newParam, newBuffer
}

// StepGrad returns the gradients with respect to param, grad and buffer. With
// D = ‖g‖ + wd·‖w‖ + eps, local has the slope trust·(‖g‖ + eps)/D² in ‖w‖ and
// −trust·‖w‖/D² in ‖g‖.
func (o LARS) StepGrad(param, grad, ctParam, ctBuffer []float64) (gparam, ggrad, gbuffer []float64) {
	w, g := portable.Norm(param), portable.Norm(grad)
	local := o.local(w, g)
	gwhole := make([]float64, len(param)) // of buffer'
	for i := range gwhole {
		gwhole[i] = ctBuffer[i] - float64(o.LR*ctParam[i])
	}
	glocal := portable.Dot(gwhole, o.decayed(param, grad))
	var alongW, alongG float64 // by which param and grad are multiplied
	if w != 0 && g != 0 {
		d := g + float64(o.WeightDecay*w) + o.Eps
		alongW = glocal * o.Trust * (g + o.Eps) / float64(d*d) / w
		alongG = -glocal * o.Trust * w / float64(d*d) / g
	}
	gparam, ggrad = make([]float64, len(param)), make([]float64, len(param))
	for i := range gwhole {
		ggrad[i] = float64(local*gwhole[i]) + float64(alongG*grad[i])
		gparam[i] = ctParam[i] + float64(o.WeightDecay*float64(local*gwhole[i])) + float64(alongW*param[i])
	}
	return gparam, ggrad, scaled(gwhole, o.Momentum)
}

func (o LARS) local(w, g float64) float64 {
	if w == 0 || g == 0 {
		return 1
	}
	return o.Trust * w / (g + float64(o.WeightDecay*w) + o.Eps)
}

// decayed returns g + wd·w.
func (o LARS) decayed(param, grad []float64) []float64 {
	d := make([]float64, len(param))
	for i := range d {
		d[i] = grad[i] + float64(o.WeightDecay*param[i])
	}
	return d
}
