package engine

import (
	"errors"
	"fmt"
	"strings"

	"entrec/autograd"
	"entrec/reference/golden"
	"entrec/tensor"
)

// Backend returns the engine in the precision of T as a backend. Inputs are
// rounded to T, and answers are converted to float64, which is exact. It is safe for
// concurrent use. Answer's error wraps [golden.ErrUnsupported] for an operation that
// the format does not have. It is a *[golden.RefusedError] where an input or attribute
// is missing, unknown, of the wrong shape or out of range, and where a gradient is
// asked for that is not defined.
func Backend[T tensor.Float]() golden.Backend {
	ops := table[T]()
	return golden.BackendFunc(func(c *golden.Case) (*golden.Answer, error) {
		if strings.HasPrefix(c.Op, "train/") {
			return train(ops, c)
		}
		o, there := ops[c.Op]
		if !there {
			return nil, fmt.Errorf("%s: %w", c.Op, golden.ErrUnsupported)
		}
		return o.ask(c)
	})
}

// op is a row of the format's table: the names of its tensors, separated by
// blanks, and how they are answered.
type op[T tensor.Float] struct {
	in        string // a name that ends in ? may be absent
	out       string
	constants string // of the inputs, those without a gradient
	answer    func(q *question[T]) []*autograd.Var[T]
}

// ask answers c. A panic for which the question is to blame becomes an error.
func (o op[T]) ask(c *golden.Case) (a *golden.Answer, err error) {
	defer refusals(c.Op, &a, &err)
	q := newQuestion(o, c)
	outs := o.answer(q)
	q.finish()
	a = &golden.Answer{Out: map[string]*golden.Array{}, Grad: map[string]*golden.Array{}}
	names := strings.Fields(o.out)
	for i, name := range names {
		a.Out[name] = array(outs[i].Value)
	}
	differentiated, cotangents := q.cotangents(names, outs)
	q.tape.BackwardFrom(differentiated, cotangents)
	for _, name := range q.wrt {
		v := q.vars[name]
		if a.Grad[name] = golden.NewArray(v.Shape()...); v.Grad != nil {
			a.Grad[name] = array(v.Grad)
		}
	}
	return a, nil
}

// refusals makes an error of a panic for which the question is to blame. It is to be
// deferred.
func refusals(op string, a **golden.Answer, err *error) {
	r := recover()
	if r == nil {
		return
	}
	var refused *golden.RefusedError
	var shape *tensor.ShapeError
	e, _ := r.(error)
	switch {
	case errors.As(e, &refused):
		*a, *err = nil, refused
	case errors.As(e, &shape):
		*a, *err = nil, golden.Refuse(op, "%v", shape)
	default:
		panic(r)
	}
}

// array converts a tensor of the engine.
func array[T tensor.Float](t *tensor.Tensor[T]) *golden.Array {
	return golden.FromSlice(tensor.Convert[float64](tensor.Contiguous(t)).Data(), t.Shape()...)
}
