package nn

import "entrec/autograd"

// LayerNorm normalizes each row by its own mean and variance: torch.nn.LayerNorm.
type LayerNorm[T Float] struct {
	Weight, Bias *autograd.Var[T] // (d)
	Eps          float64
}

// NewLayerNorm returns a LayerNorm over d features: weight 1, bias 0.
func NewLayerNorm[T Float](d int, eps float64) *LayerNorm[T] {
	return &LayerNorm[T]{autograd.Param(constant[T](1, d)), autograd.Param(constant[T](0, d)), eps}
}

// Forward normalizes x (…, d).
func (l *LayerNorm[T]) Forward(_ Context, x *autograd.Var[T]) *autograd.Var[T] {
	return autograd.LayerNorm(x, l.Weight, l.Bias, l.Eps)
}

// State visits weight and bias.
func (l *LayerNorm[T]) State(prefix string, visit Visitor[T]) {
	visit(prefix+"weight", l.Weight)
	visit(prefix+"bias", l.Bias)
}
