package engine

import (
	"entrec/autograd"
	"entrec/tensor"
)

// table returns the operations of the golden format's table.
func table[T tensor.Float]() map[string]op[T] {
	ops := map[string]op[T]{}
	for _, rows := range []map[string]op[T]{network[T](), objectives[T](), optimisers[T](), images[T]()} {
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
