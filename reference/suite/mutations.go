package suite

import (
	"maps"
	"math"
	"slices"

	"entrec/reference/golden"
	"entrec/reference/naive"
)

type arrays = map[string]*golden.Array

// mutation is an error planted into an operation's answers.
type mutation struct {
	op, name string
	spoil    func(c *golden.Case) *golden.Answer
}

// right returns naive's answer to a question, a copy of which may be changed.
func right(c *golden.Case) *golden.Answer {
	q := *c
	a, err := naive.Answer(&q)
	if err != nil {
		panic(err)
	}
	return a
}

// asked answers c with some attributes changed: name, value, name, value …
func asked(attrs ...any) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		q := *c
		q.Attrs = maps.Clone(c.Attrs)
		for i := 0; i < len(attrs); i += 2 {
			switch v := attrs[i+1].(type) {
			case func(v float64) float64:
				q.Attrs[attrs[i].(string)] = v(c.Attrs[attrs[i].(string)].(float64))
			default:
				q.Attrs[attrs[i].(string)] = jsonValue(v)
			}
		}
		return right(&q)
	}
}

// given answers c with an input changed. One that is absent stays so.
func given(name string, f func(x *golden.Array) *golden.Array) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		if c.In[name] == nil {
			return right(c)
		}
		q := *c
		q.In = maps.Clone(c.In)
		q.In[name] = f(c.In[name])
		return right(&q)
	}
}

// each returns an array of f of the elements.
func each(f func(v float64) float64) func(x *golden.Array) *golden.Array {
	return func(x *golden.Array) *golden.Array {
		y := golden.NewArray(x.Shape...)
		for i, v := range x.Data {
			y.Data[i] = f(v)
		}
		return y
	}
}

func times(s float64) func(x *golden.Array) *golden.Array {
	return each(func(v float64) float64 { return s * v })
}

// as answers c as if it asked for another operation.
func as(op string) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		q := *c
		q.Op = op
		return right(&q)
	}
}

// out and grad change the right answer's tensors.
func out(name string, f func(x *golden.Array) *golden.Array) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out[name] = f(a.Out[name])
		return a
	}
}

func grad(name string, f func(x *golden.Array) *golden.Array) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		a := right(c)
		if a.Grad[name] != nil {
			a.Grad[name] = f(a.Grad[name])
		}
		return a
	}
}

// transposed turns a square matrix over.
func transposed(x *golden.Array) *golden.Array {
	y := golden.NewArray(x.Shape...)
	n, m := x.Shape[0], x.Shape[1]
	if n != m {
		return x
	}
	for i := range n {
		for j := range m {
			y.Data[j*n+i] = x.Data[i*m+j]
		}
	}
	return y
}

// flipped turns any matrix over.
func flipped(x *golden.Array) *golden.Array {
	n, m := x.Shape[0], x.Shape[1]
	y := golden.NewArray(m, n)
	for i := range n {
		for j := range m {
			y.Data[j*n+i] = x.Data[i*m+j]
		}
	}
	return y
}

// otherAxis answers c as if rows were columns.
func otherAxis(in, out string) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		q := *c
		q.In, q.CT = arrays{in: flipped(c.In[in])}, arrays{out: flipped(c.CT[out])}
		a := right(&q)
		return &golden.Answer{Out: arrays{out: flipped(a.Out[out])}, Grad: arrays{in: flipped(a.Grad[in])}}
	}
}

// turned reverses the last two axes of kernels.
func turned(x *golden.Array) *golden.Array {
	y := golden.NewArray(x.Shape...)
	size := x.Shape[2] * x.Shape[3]
	for i, v := range x.Data {
		y.Data[i-i%size+size-1-i%size] = v
	}
	return y
}

// unitRows scales rows to length 1.
func unitRows(x *golden.Array) *golden.Array {
	y := golden.FromSlice(slices.Clone(x.Data), x.Shape...)
	for _, row := range rowsOf(y) {
		norm := 0.0
		for _, v := range row {
			norm += v * v
		}
		for i := range row {
			row[i] /= math.Sqrt(norm)
		}
	}
	return y
}

// mix returns s·a + t·b, tensor by tensor.
func mix(s float64, a *golden.Answer, t float64, b *golden.Answer) *golden.Answer {
	join := func(x, y arrays) arrays {
		z := arrays{}
		for name := range x {
			z[name] = golden.NewArray(x[name].Shape...)
			for i := range z[name].Data {
				z[name].Data[i] = s*x[name].Data[i] + t*y[name].Data[i]
			}
		}
		return z
	}
	return &golden.Answer{Out: join(a.Out, b.Out), Grad: join(a.Grad, b.Grad)}
}

// swappedInputs answers c with two inputs exchanged, and exchanges their gradients
// back, where both are there.
func swappedInputs(c *golden.Case, first, second string) *golden.Answer {
	if c.In[first] == nil || c.In[second] == nil {
		return right(c)
	}
	q := *c
	q.In = maps.Clone(c.In)
	q.In[first], q.In[second] = c.In[second], c.In[first]
	a := right(&q)
	a.Grad[first], a.Grad[second] = a.Grad[second], a.Grad[first]
	return a
}

// statistics returns the mean and the biased variance that standardize the element
// at i: by channel (axis 1) or by row.
func statistics(x *golden.Array, i int, byRow bool) (mean, variance float64, count int) {
	inner := 1
	for _, d := range x.Shape[2:] {
		inner *= d
	}
	key := func(i int) int {
		if byRow {
			return i / x.Shape[1]
		}
		return i / inner % x.Shape[1]
	}
	sum, squares := 0.0, 0.0
	for j, v := range x.Data {
		if key(j) == key(i) {
			sum += v
			count++
		}
	}
	mean = sum / float64(count)
	for j, v := range x.Data {
		if key(j) == key(i) {
			squares += (v - mean) * (v - mean)
		}
	}
	return mean, squares / float64(count), count
}

// rescaled multiplies y − bias and the gradients of x and weight by a factor of the
// statistics, as another variance would.
func rescaled(byRow bool, factor func(variance, eps float64, count int) float64) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		a := right(c)
		eps := c.Attrs["eps"].(float64)
		x := c.In["x"]
		for i := range x.Data {
			_, variance, count := statistics(x, i, byRow)
			b := element(c.In["bias"], channel(x, i), 0)
			a.Out["y"].Data[i] = b + (a.Out["y"].Data[i]-b)*factor(variance, eps, count)
		}
		return a
	}
}

// element returns an element of an input, or what an absent one stands for.
func element(x *golden.Array, i int, absent float64) float64 {
	if x == nil {
		return absent
	}
	return x.Data[i]
}

func channel(x *golden.Array, i int) int {
	inner := 1
	for _, d := range x.Shape[2:] {
		inner *= d
	}
	return i / inner % x.Shape[1]
}

// constantStatistics takes mean and variance for constants in the gradient of x.
func constantStatistics(byRow bool) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		a := right(c)
		x := c.In["x"]
		for i := range x.Data {
			_, variance, _ := statistics(x, i, byRow)
			a.Grad["x"].Data[i] = c.CT["y"].Data[i] * element(c.In["weight"], channel(x, i), 1) / math.Sqrt(variance+c.Attrs["eps"].(float64))
		}
		return a
	}
}
