package autograd

import "entrec/tensor"

// StopGradient returns x as a constant: the same value, through which no
// gradient flows. [GradCheck] holds its value fixed while it moves the inputs,
// since finite differences would otherwise see through it.
func StopGradient[T Float](x *Var[T]) *Var[T] {
	out := &Var[T]{Value: x.Value, tape: x.tape}
	if tp := x.tape.root(); tp != nil && tp.stops != nil {
		out.Value = tp.stops.value(x.Value)
	}
	return out
}

// stopValues remembers the values of StopGradient in the order of its calls, so
// that a computation that is run again sees those of the first run.
type stopValues[T Float] struct {
	values []*tensor.Tensor[T]
	next   int
}

func (s *stopValues[T]) value(x *tensor.Tensor[T]) *tensor.Tensor[T] {
	if s.next == len(s.values) {
		s.values = append(s.values, x.Clone())
	}
	s.next++
	return s.values[s.next-1]
}
