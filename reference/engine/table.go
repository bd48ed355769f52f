package engine

import (
	"entrec/autograd"
	"entrec/tensor"
)

// table returns the operations of the golden format's table.
func table[T tensor.Float]() map[string]op[T] {
	ops := map[string]op[T]{}
	for _, rows := range []map[string]op[T]{network[T](), objectives[T](), estimators[T](), optimizers[T](), images[T]()} {
		for name, o := range rows {
			ops[name] = o
		}
	}
	return ops
}

// one makes an answer with a single output.
func one[T tensor.Float](f func(q *question[T]) *autograd.Var[T]) func(q *question[T]) []*autograd.Var[T] {
	return func(q *question[T]) []*autograd.Var[T] { return []*autograd.Var[T]{f(q)} }
}

// differentiable makes a Var of a value that was computed outside the tape. Its
// gradient is that of f, which computes it again in float64.
func differentiable[T tensor.Float](value *tensor.Tensor[T], inputs []*autograd.Var[T], f func(x []variable64) variable64) *autograd.Var[T] {
	return autograd.Function(value, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		tape := autograd.NewTape[float64]()
		var x []variable64
		for _, v := range inputs {
			x = append(x, tape.Leaf(tensor.Convert[float64](v.Value)))
		}
		tape.BackwardFrom([]variable64{f(x)}, []*tensor.Tensor[float64]{tensor.Convert[float64](g)})
		for i, v := range x {
			if dst[i] == nil {
				continue
			}
			clear(dst[i].Data())
			if v.Grad != nil {
				tensor.CopyTo(dst[i], tensor.Convert[T](v.Grad))
			}
		}
	}, inputs...)
}
