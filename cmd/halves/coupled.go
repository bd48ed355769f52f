package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// coupled is an invertible encoder of d numbers, d even: couplings in a row (Dinh et al.,
// 2015, arXiv:1410.8516; the shifts of RealNVP alone, as in Tschannen et al.'s file). With
// x = (a, b) in halves, each is
//
//	(a, b) → (b + m(a), a)
//
// for which m, an MLP, need not be inverted: (u, v) → (v, u − m(v)) leads back. So no mutual
// information gets lost, whatever the m are. They are 0 at first: of an even number of
// couplings the code is then x itself.
type coupled struct{ shifts []*nn.MLP[float32] }

// couplings is how many a coupled encoder has, and shiftUnits the hidden width of their m.
const couplings, shiftUnits = 6, 128

// newCoupled returns one of d numbers.
func newCoupled(rng *rand.Rand, d int) *coupled {
	var c coupled
	for range couplings {
		m := nn.NewMLP[float32](rng, nn.MLPConfig{Widths: []int{d / 2, shiftUnits, d / 2}, Bias: true, LastBias: true})
		m.State("", func(name string, v *autograd.Var[float32]) {
			if strings.HasPrefix(name, "2.") { // the last layer
				v.Value.Fill(0)
			}
		})
		c.shifts = append(c.shifts, m)
	}
	return &c
}

// Forward maps x (n, d) to codes (n, d).
func (c *coupled) Forward(ctx nn.Context, x *autograd.Var[float32]) *autograd.Var[float32] {
	a, b := halved(x)
	for _, m := range c.shifts {
		a, b = autograd.Add(b, m.Forward(ctx, a)), a
	}
	return autograd.Concat(1, a, b)
}

// State visits the couplings in order.
func (c *coupled) State(prefix string, visit nn.Visitor[float32]) {
	for i, m := range c.shifts {
		m.State(prefix+strconv.Itoa(i)+".", visit)
	}
}

// inverse maps codes (n, d), which belong to a tape that records nothing, to what they are of.
func (c *coupled) inverse(y *autograd.Var[float32]) *autograd.Var[float32] {
	a, b := halved(y)
	for _, m := range slices.Backward(c.shifts) {
		a, b = b, autograd.Sub(a, m.Forward(nn.Context{}, b))
	}
	return autograd.Concat(1, a, b)
}

// off is how far, at most, the inverse of the codes of x is from x.
func (c *coupled) off(x *tensor.Tensor[float32]) (most float64) {
	tape := autograd.NewFrozenTape[float32]()
	back := c.inverse(c.Forward(nn.Context{}, tape.Constant(x)))
	for i, v := range x.Data() {
		most = max(most, math.Abs(float64(back.Value.Data()[i]-v)))
	}
	return most
}

// halved returns the first and the last columns of x.
func halved(x *autograd.Var[float32]) (a, b *autograd.Var[float32]) {
	d := x.Value.Dim(1)
	return autograd.Slice(x, 1, 0, d/2), autograd.Slice(x, 1, d/2, d)
}
