package autograd

import "entrec/tensor"

// Function records an operation that is defined outside this package, such as a whole
// objective: its value, which the caller has computed from the inputs' values, and its
// vector-Jacobian product. vjp receives the gradient g of the value, and stores in dst[i]
// the gradient ⟨g, ∂value/∂inputs[i]⟩. dst[i] is row-major, of the shape of inputs[i] and
// of unspecified content; it is nil where no gradient is needed.
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
