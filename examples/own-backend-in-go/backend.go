package main

import (
	"maps"
	"math"
	"slices"

	"entrec/reference/golden"
)

// operation computes an output and the gradients of Σ ct·out; ct is nil where no
// gradient is asked for.
type operation struct {
	inputs  []string
	output  string
	compute func(in map[string]*golden.Array, ct *golden.Array) (out *golden.Array, grads map[string]*golden.Array, err error)
}

var operations = map[string]operation{
	"relu":    {[]string{"x"}, "y", relu},
	"softmax": {[]string{"x"}, "y", softmax},
	"matmul":  {[]string{"a", "b"}, "c", matmul},
}

// backend answers questions: a program that computes by another engine does it here.
var backend = golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
	op, ok := operations[c.Op]
	if !ok {
		return nil, golden.ErrUnsupported
	}
	wrt, err := c.Attrs.Wrt()
	if err != nil {
		return nil, golden.Refuse(c.Op, "%v", err)
	}
	for name := range c.Attrs {
		if name != "wrt" {
			return nil, golden.Refuse(c.Op, "attribute %q is unknown", name)
		}
	}
	if found := slices.Sorted(maps.Keys(c.In)); !slices.Equal(found, op.inputs) {
		return nil, golden.Refuse(c.Op, "found inputs %v, expected %v", found, op.inputs)
	}
	for name, x := range c.In {
		if len(x.Data) == 0 {
			return nil, golden.Refuse(c.Op, "input %q is empty", name)
		}
	}
	ct := c.CT[op.output]
	if len(c.CT) > 1 || len(c.CT) == 1 && ct == nil || len(wrt) > 0 && ct == nil {
		return nil, golden.Refuse(c.Op, "found %d cotangents, expected one of %q, where gradients are asked for", len(c.CT), op.output)
	}
	out, _, err := op.compute(c.In, nil)
	if err != nil {
		return nil, err
	}
	a := &golden.Answer{Out: map[string]*golden.Array{op.output: out}, Grad: map[string]*golden.Array{}}
	if ct == nil {
		return a, nil
	}
	if !slices.Equal(ct.Shape, out.Shape) {
		return nil, golden.Refuse(c.Op, "cotangent: found shape %v, expected %v", ct.Shape, out.Shape)
	}
	_, grads, err := op.compute(c.In, ct)
	for _, name := range wrt {
		if grads[name] == nil || a.Grad[name] != nil {
			return nil, golden.Refuse(c.Op, "wrt: %q is no input, or stands twice", name)
		}
		a.Grad[name] = grads[name]
	}
	return a, err
})

func relu(in map[string]*golden.Array, ct *golden.Array) (*golden.Array, map[string]*golden.Array, error) {
	x := in["x"]
	y, g := golden.NewArray(x.Shape...), golden.NewArray(x.Shape...)
	for i, v := range x.Data {
		if v <= 0 {
			continue
		}
		y.Data[i] = v // NaN stays
		if ct != nil {
			g.Data[i] = ct.Data[i]
		}
	}
	return y, map[string]*golden.Array{"x": g}, nil
}

func softmax(in map[string]*golden.Array, ct *golden.Array) (*golden.Array, map[string]*golden.Array, error) {
	x := in["x"]
	if x.Rank() != 2 {
		return nil, nil, golden.Refuse("softmax", "found shape %v, expected (n, d)", x.Shape)
	}
	y, g := golden.NewArray(x.Shape...), golden.NewArray(x.Shape...)
	for lo, d := 0, x.Shape[1]; lo < len(x.Data); lo += d {
		row, p := x.Data[lo:lo+d], y.Data[lo:lo+d]
		largest, sum := slices.Max(row), 0.0
		for i, v := range row {
			p[i] = math.Exp(v - largest)
			sum += p[i]
		}
		mean := 0.0
		for i := range p {
			p[i] /= sum
			if ct != nil {
				mean += p[i] * ct.Data[lo+i]
			}
		}
		for i := range p {
			if ct != nil {
				g.Data[lo+i] = p[i] * (ct.Data[lo+i] - mean)
			}
		}
	}
	return y, map[string]*golden.Array{"x": g}, nil
}

func matmul(in map[string]*golden.Array, ct *golden.Array) (*golden.Array, map[string]*golden.Array, error) {
	a, b := in["a"], in["b"]
	if a.Rank() != 2 || b.Rank() != 2 || a.Shape[1] != b.Shape[0] {
		return nil, nil, golden.Refuse("matmul", "found shapes %v and %v, expected (m, k) and (k, n)", a.Shape, b.Shape)
	}
	m, k, n := a.Shape[0], a.Shape[1], b.Shape[1]
	c, ga, gb := golden.NewArray(m, n), golden.NewArray(m, k), golden.NewArray(k, n)
	for i := range m {
		for p := range k {
			for j := range n {
				c.Data[i*n+j] += a.Data[i*k+p] * b.Data[p*n+j]
				if ct != nil {
					ga.Data[i*k+p] += ct.Data[i*n+j] * b.Data[p*n+j]
					gb.Data[p*n+j] += a.Data[i*k+p] * ct.Data[i*n+j]
				}
			}
		}
	}
	return c, map[string]*golden.Array{"a": ga, "b": gb}, nil
}
