package suite

import (
	"fmt"
	"math"
	"slices"

	"entrec/reference/golden"
	"entrec/reference/naive"
	"entrec/reference/portable"
)

// draft is a case in the making: its question, without cotangents.
type draft struct {
	golden.Case
	differentiate []string // the outputs that get a cotangent
	coarse        bool     // cotangents have eleven significant bits
	reject        bool
	oracle        string // whose answer is expected, as finish leaves it
}

// sheet collects drafts.
type sheet struct {
	drafts []*draft
}

// begin starts the case OP-NAME. Attributes are given as name, value, name, value …
func (s *sheet) begin(op, name string, attrs ...any) *draft {
	d := &draft{Case: golden.Case{Name: op + "-" + name, Op: op, Attrs: golden.Attrs{}, In: map[string]*golden.Array{}}}
	for i := 0; i < len(attrs); i += 2 {
		d.Attrs[attrs[i].(string)] = jsonValue(attrs[i+1])
	}
	s.drafts = append(s.drafts, d)
	return d
}

// jsonValue returns v as JSON gives it back.
func jsonValue(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	}
	return v
}

// wrt asks for the gradients of some inputs, and gives the named outputs random
// cotangents.
func (d *draft) wrt(outputs []string, inputs ...string) *draft {
	d.differentiate = outputs
	d.Attrs["wrt"] = jsonValue(inputs)
	return d
}

// of names the source of a tensor's random numbers.
func (d *draft) of(tensor string) string { return d.Name + " " + tensor }

// normal adds an input of random numbers, nearly normal, of standard deviation 1.15·scale.
func (d *draft) normal(name string, scale float64, shape ...int) *golden.Array {
	d.In[name] = fill(d.of(name), golden.NewArray(shape...), func(s *source) float64 { return scale * s.bell() })
	return d.In[name]
}

// uniform adds an input of numbers in [low, high).
func (d *draft) uniform(name string, low, high float64, shape ...int) *golden.Array {
	d.In[name] = fill(d.of(name), golden.NewArray(shape...), func(s *source) float64 {
		return low + float64((high-low)*s.uniform())
	})
	return d.In[name]
}

// whole adds an input of whole numbers in [low, high], many of which are equal.
func (d *draft) whole(name string, low, high int, shape ...int) *golden.Array {
	d.In[name] = fill(d.of(name), golden.NewArray(shape...), func(s *source) float64 {
		return float64(low + int(s.next()%uint64(high-low+1)))
	})
	return d.In[name]
}

// unit adds an input whose rows lie on the sphere.
func (d *draft) unit(name string, shape ...int) *golden.Array {
	toUnit(d.normal(name, 1, shape...))
	return d.In[name]
}

// probabilities adds an input whose rows are positive and sum to 1.
func (d *draft) probabilities(name string, shape ...int) *golden.Array {
	toProbabilities(d.uniform(name, 0.015625, 1, shape...))
	return d.In[name]
}

// gram adds an input that is positive definite: BᵀB/n + ridge·I of random numbers B
// (n, width), which has n eigenvalues that are not ridge.
func (d *draft) gram(name string, n, width int, ridge float64) *golden.Array {
	b := rowsOf(fill(d.of(name), golden.NewArray(width, n), (*source).bell))
	d.In[name] = golden.NewArray(width, width)
	for i, row := range rowsOf(d.In[name]) {
		for j := range row {
			row[j] = exact(portable.Dot(b[i], b[j]) / float64(n))
		}
		row[i] = exact(row[i] + ridge)
	}
	return d.In[name]
}

// values adds an input of given values.
func (d *draft) values(name string, shape []int, values ...float64) *golden.Array {
	d.In[name] = golden.FromSlice(slices.Clone(values), shape...)
	for i, v := range d.In[name].Data {
		d.In[name].Data[i] = exact(v)
	}
	return d.In[name]
}

// copyOf adds an input equal to another.
func (d *draft) copyOf(name, of string) *golden.Array {
	x := d.In[of]
	d.In[name] = golden.FromSlice(slices.Clone(x.Data), x.Shape...)
	return d.In[name]
}

// repeatRow makes the rows to equal to the row from.
func repeatRow(a *golden.Array, from int, to ...int) {
	rows := rowsOf(a)
	for _, i := range to {
		copy(rows[i], rows[from])
	}
}

// toPlane makes the rows of arrays rank 2: each column from the third on is half of the
// second before it.
func toPlane(arrays ...*golden.Array) {
	for _, a := range arrays {
		for _, row := range rowsOf(a) {
			for j := 2; j < len(row); j++ {
				row[j] = row[j-2] / 2
			}
		}
	}
}

// setColumn makes a column constant.
func setColumn(a *golden.Array, column int, v float64) {
	for _, row := range rowsOf(a) {
		row[column] = exact(v)
	}
}

// shift adds v to each element.
func shift(a *golden.Array, v float64) {
	for i := range a.Data {
		a.Data[i] = exact(a.Data[i] + v)
	}
}

// fromZero moves each element away from 0 by ½. A row of a single number x has gradient 0
// when it is normalized, and rounding makes of that one unit in the last place divided by x.
func fromZero(arrays ...*golden.Array) {
	for _, a := range arrays {
		for i, v := range a.Data {
			a.Data[i] = exact(v + math.Copysign(0.5, v))
		}
	}
}

// finish draws the cotangents and answers the question. A question that must be refused
// gets no answer.
func (d *draft) finish() (*golden.Case, error) {
	c := d.Case
	if d.reject {
		if _, err := naive.Answer(&c); !isRefusal(err) {
			return nil, fmt.Errorf("%s: naive answered with error %v, expected a refusal", c.Name, err)
		}
		return &c, nil
	}
	plain := c
	plain.Attrs = golden.Attrs{}
	for name, v := range c.Attrs {
		if name != "wrt" {
			plain.Attrs[name] = v
		}
	}
	a, err := naive.Answer(&plain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	c.CT = map[string]*golden.Array{}
	for _, output := range d.differentiate {
		c.CT[output] = fill(d.of("cotangent of "+output), golden.NewArray(a.Out[output].Shape...), (*source).cotangent)
		if d.coarse {
			c.CT[output] = each(formats[golden.TF32].round)(c.CT[output])
		}
	}
	if len(d.differentiate) > 0 {
		if a, err = naive.Answer(&c); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	c.Out, c.Grad = a.Out, a.Grad
	d.oracle, err = replace(&c)
	return &c, err
}

// cotangent returns a number in ±[½, 2): never 0, so that a cotangent of a loss
// does not hide its gradient.
func (s *source) cotangent() float64 {
	v := 0.5 + float64(1.5*s.uniform())
	if s.bits(1) == 1 {
		v = -v
	}
	return v
}
