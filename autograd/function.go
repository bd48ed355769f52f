package autograd

import "entrec/tensor"

// Function records an operation that is defined outside this package, a whole
// objective for instance: its value, computed by the caller from the inputs'
// values, and its vector-Jacobian product. vjp receives the gradient g of the
// value and stores in dst[i] (row-major, of the shape of inputs[i], content
// unspecified) the gradient ⟨g, ∂value/∂inputs[i]⟩; dst[i] is nil where it is not
// wanted.
func Function[T Float](value *tensor.Tensor[T], vjp func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]), inputs ...*Var[T]) *Var[T] {
	tp := tapeOf(inputs...)
	return record(tp, value, func(g *tensor.Tensor[T]) {
		dst := make([]*tensor.Tensor[T], len(inputs))
		for i, v := range inputs {
			if v.needs {
				dst[i] = tp.newShape(v.Shape()...)
			}
		}
		vjp(g, dst)
		for i, v := range inputs {
			if dst[i] != nil {
				tp.give(v, dst[i])
			}
		}
	}, inputs...)
}
