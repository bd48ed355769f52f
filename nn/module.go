package nn

import (
	"entrec/autograd"
	"entrec/simd"
	"entrec/tensor"
)

// Float is the constraint of everything numeric in this project.
type Float = simd.Float

// Context is what a forward pass needs to know beside its input.
type Context struct {
	// Training makes batch norm use the batch's statistics and move its running
	// ones.
	Training bool
}

// Module is a layer or a network.
type Module[T Float] interface {
	// Forward returns the layer's output for x, whose first axis is the batch.
	Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T]
	// State calls visit for each parameter and buffer, in PyTorch's order, under
	// prefix and PyTorch's name.
	State(prefix string, visit Visitor[T])
}

// The layers are Modules.
var (
	_ Module[float32] = (*Linear[float32])(nil)
	_ Module[float32] = (*Conv2d[float32])(nil)
	_ Module[float32] = (*BatchNorm[float32])(nil)
	_ Module[float32] = (*LayerNorm[float32])(nil)
	_ Module[float32] = (*MLP[float32])(nil)
	_ Module[float32] = ReLU[float32]{}
	_ Module[float32] = Flatten[float32]{}
	_ Module[float32] = Sequential[float32](nil)
)

// Visitor is called for each tensor of a module's state, with its name in a state dict.
// Parameters are Vars that need a gradient. Buffers (batch norm's running statistics) are
// Vars that do not.
type Visitor[T Float] func(name string, v *autograd.Var[T])

// Named is a tensor of a state dict.
type Named[T Float] struct {
	Name string
	*autograd.Var[T]
}

// State returns a module's parameters and buffers in order.
func State[T Float](m Module[T]) []Named[T] {
	var all []Named[T]
	m.State("", func(name string, v *autograd.Var[T]) { all = append(all, Named[T]{name, v}) })
	return all
}

// Parameters returns a module's parameters in order, without its buffers.
func Parameters[T Float](m Module[T]) []Named[T] {
	var params []Named[T]
	for _, p := range State(m) {
		if p.NeedsGrad() {
			params = append(params, p)
		}
	}
	return params
}

// CountParameters returns the number of trainable numbers in a module.
func CountParameters[T Float](m Module[T]) int {
	n := 0
	for _, p := range Parameters(m) {
		n += p.Value.Len()
	}
	return n
}

// CopyState copies the parameters and buffers of src, a module of the same
// architecture, to dst. It panics with a *tensor.ShapeError where the two differ.
func CopyState[T Float](dst, src Module[T]) {
	from, to := State(src), State(dst)
	if len(from) != len(to) {
		tensor.Refuse("nn.CopyState", "the modules have different numbers of tensors", []int{len(to)}, []int{len(from)})
	}
	for i, to := range to {
		tensor.CopyTo(to.Value, from[i].Value)
	}
}

// buffer returns a Var for a tensor of the state that is not trained.
func buffer[T Float](value *tensor.Tensor[T]) *autograd.Var[T] { return &autograd.Var[T]{Value: value} }

// Sequential calls its modules in turn; its state names them by their index, as
// torch.nn.Sequential does.
type Sequential[T Float] []Module[T]

// Forward passes x through all modules.
func (s Sequential[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	for _, m := range s {
		x = m.Forward(ctx, x)
	}
	return x
}

// State visits all modules' state under their index.
func (s Sequential[T]) State(prefix string, visit Visitor[T]) {
	for i, m := range s {
		m.State(prefix+indexName(i), visit)
	}
}
