package autograd

import (
	"slices"

	"entrec/internal/memory"
	"entrec/simd"
	"entrec/tensor"
)

// Float is the constraint of everything numeric in this project.
type Float = simd.Float

// Var is a tensor in a computation.
type Var[T Float] struct {
	// Value may be read until the tape's Reset. Values of results in between may be read
	// only until Backward.
	Value *tensor.Tensor[T]
	// Grad is the gradient that Backward left, nil before. Results in between lose theirs
	// once it has been used.
	Grad *tensor.Tensor[T]

	tape  *Tape[T]
	needs bool // needs a gradient
	leaf  bool // Grad stays, and owns its memory
	fresh bool // Grad's content is stale: the next gradient overwrites it
	spent bool // Backward has used this result up
}

// Shape returns the shape of the value.
func (v *Var[T]) Shape() []int { return v.Value.Shape() }

// NeedsGrad reports whether Backward will give v a gradient.
func (v *Var[T]) NeedsGrad() bool { return v.needs }

// Param returns a parameter: a Var that needs a gradient and belongs to no tape, since
// it lives longer than a step. Its gradients add up over calls of Backward until
// [Var.ZeroGrad].
func Param[T Float](value *tensor.Tensor[T]) *Var[T] {
	return &Var[T]{Value: value, needs: true, leaf: true}
}

// ZeroGrad forgets the gradient; its memory is kept for the next one.
func (v *Var[T]) ZeroGrad() { v.fresh = v.Grad != nil }

// HasGrad reports whether Backward has left a gradient since ZeroGrad.
func (v *Var[T]) HasGrad() bool { return v.Grad != nil && !v.fresh }

// Tape records operations in the order in which they run.
type Tape[T Float] struct {
	nodes  []node[T]
	pool   memory.Pool[T]
	values [][]T // buffers of this step, to be returned by Reset
	frozen bool
	// waiting marks a tape of operations on parameters alone. Their result may later be
	// used with a Var of another tape, home, which takes the operations over.
	waiting bool
	home    *Tape[T]
	taken   bool // the vjp that is running has taken the gradient that it received
	// stops is where GradCheck keeps the values of StopGradient; nil elsewhere.
	stops *stopValues[T]
}

// node carries the gradient of out back to the operation's inputs.
type node[T Float] struct {
	out    *Var[T]
	vjp    func(grad *tensor.Tensor[T])
	values int // how many of the tape's buffers there were when it was recorded
}

// NewTape returns an empty tape.
func NewTape[T Float]() *Tape[T] { return &Tape[T]{} }

// NewFrozenTape returns a tape for evaluation. It records nothing: operations on its
// constants take their buffers from its pool, and no gradient is ever computed.
func NewFrozenTape[T Float]() *Tape[T] { return &Tape[T]{frozen: true} }

// Constant returns a Var on this tape that needs no gradient.
func (tp *Tape[T]) Constant(value *tensor.Tensor[T]) *Var[T] {
	return &Var[T]{Value: value, tape: tp}
}

// Leaf returns a Var on this tape that needs a gradient.
func (tp *Tape[T]) Leaf(value *tensor.Tensor[T]) *Var[T] {
	return &Var[T]{Value: value, tape: tp, needs: !tp.frozen, leaf: true}
}

// Backward computes the gradient of loss, which must have one element, with
// respect to every leaf and parameter it depends on, and adds it to their Grad.
func (tp *Tape[T]) Backward(loss *Var[T]) {
	if loss.Value.Len() != 1 {
		tensor.Refuse("autograd.Backward", "a loss with one element is needed", loss.Shape())
	}
	one := tp.newLike(loss.Value)
	defer tp.free(one)
	one.Fill(1)
	tp.BackwardFrom([]*Var[T]{loss}, []*tensor.Tensor[T]{one})
}

// BackwardFrom computes the gradient of Σ_i ⟨cotangents[i], outputs[i]⟩ with respect to
// every leaf and parameter, and adds it to their Grad. It uses the recorded operations
// up: their values, other than the outputs, must not be read afterward, since their
// memory holds gradients then. It panics where an output is used up already.
func (tp *Tape[T]) BackwardFrom(outputs []*Var[T], cotangents []*tensor.Tensor[T]) {
	tp.adopt(outputs)
	for i, out := range outputs {
		if out.spent {
			panic("autograd: Backward through operations that an earlier Backward has used up")
		}
		ct := tp.newLike(out.Value)
		tensor.CopyTo(ct, cotangents[i])
		tp.give(out, ct)
	}
	values := tp.values
	tp.values = nil
	for i := len(tp.nodes) - 1; i >= 0; i-- {
		n := &tp.nodes[i]
		if g := n.out.Grad; g != nil {
			n.out.Grad = nil
			tp.taken = false
			n.vjp(g)
			if !tp.taken {
				tp.free(g)
			}
		}
		n.out.spent = true
		// Buffers allocated since the operation before this one was recorded are used by
		// this one and later ones only.
		first := 0
		if i > 0 {
			first = tp.nodes[i-1].values
		}
		tp.release(values[first:n.values], outputs)
		values = append(values[:first], values[n.values:]...)
	}
	tp.values = append(values, tp.values...)
	clear(tp.nodes)
	tp.nodes = tp.nodes[:0]
}

// release returns the buffers of values to the pool, but keeps those of outputs
// until Reset.
func (tp *Tape[T]) release(buffers [][]T, outputs []*Var[T]) {
	for _, buf := range buffers {
		if slices.ContainsFunc(outputs, func(out *Var[T]) bool { return tensor.Within(out.Value, buf) }) {
			tp.values = append(tp.values, buf)
		} else {
			tp.pool.Put(buf)
		}
	}
}

// Reset forgets the recorded operations and takes back the buffers of their
// values: no Var of an operation may be used afterward.
func (tp *Tape[T]) Reset() {
	clear(tp.nodes)
	tp.nodes = tp.nodes[:0]
	for i, v := range tp.values {
		tp.pool.Put(v)
		tp.values[i] = nil
	}
	tp.values = tp.values[:0]
}

// buffer returns n elements that live until Reset. They come from the heap where there is
// no tape, or one that waits.
func (tp *Tape[T]) buffer(n int) []T {
	if tp = tp.root(); tp == nil || tp.waiting {
		return make([]T, n)
	}
	s := tp.pool.Get(n)
	tp.values = append(tp.values, s)
	return s
}

// value returns a row-major tensor for an operation's result.
func (tp *Tape[T]) value(shape ...int) *tensor.Tensor[T] {
	return tensor.FromSlice(tp.buffer(tensor.Size(shape)), shape...)
}

// valueLike returns a tensor for a result of the shape and memory order of x.
func (tp *Tape[T]) valueLike(x *tensor.Tensor[T]) *tensor.Tensor[T] {
	return tensor.NewLike(x, tp.buffer(x.Len()))
}

// contiguous returns x itself where it is row-major, a row-major copy that lives
// until Reset otherwise.
func (tp *Tape[T]) contiguous(x *tensor.Tensor[T]) *tensor.Tensor[T] {
	if x.IsContiguous() {
		return x
	}
	c := tp.value(x.Shape()...)
	tensor.CopyTo(c, x)
	return c
}

// newLike and newShape return buffers for gradients. Pass each on with give or free.
func (tp *Tape[T]) newLike(x *tensor.Tensor[T]) *tensor.Tensor[T] {
	return tensor.NewLike(x, tp.root().pool.Get(x.Len()))
}

func (tp *Tape[T]) newShape(shape ...int) *tensor.Tensor[T] {
	return tensor.FromSlice(tp.root().pool.Get(tensor.Size(shape)), shape...)
}

func (tp *Tape[T]) free(t *tensor.Tensor[T]) { tp.root().pool.Put(t.Data()) }

// give adds grad to v's gradient. It takes over grad's memory, which must come
// from newLike or newShape.
func (tp *Tape[T]) give(v *Var[T], grad *tensor.Tensor[T]) {
	switch {
	case !v.needs:
		tp.free(grad)
	case v.Grad == nil && !v.leaf:
		v.Grad = grad
	case v.Grad == nil:
		// In the memory order of the value, since optimizers go through both together.
		v.Grad = tensor.NewLike(v.Value, make([]T, v.Value.Len()))
		tensor.CopyTo(v.Grad, grad)
		tp.free(grad)
	case v.fresh:
		tensor.CopyTo(v.Grad, grad)
		v.fresh = false
		tp.free(grad)
	default:
		tensor.AddTo(v.Grad, v.Grad, grad)
		tp.free(grad)
	}
}

// take makes the vjp that is running the owner of the gradient that it received: it may
// change it in place, and must give or free it.
func (tp *Tape[T]) take() { tp.taken = true }

// addable returns v's gradient so far where more may be added to it in place, in
// channels-last order; nil elsewhere.
func (v *Var[T]) addable() *tensor.Tensor[T] {
	if !v.needs || v.leaf || v.Grad == nil || !v.Grad.IsChannelsLast() {
		return nil
	}
	return v.Grad
}

// tapeOf returns the tape for an operation: the first live tape among its inputs' tapes,
// else the first frozen one. Where the inputs are parameters alone, it is a waiting tape.
func tapeOf[T Float](inputs ...*Var[T]) *Tape[T] {
	var live, frozen, waiting *Tape[T]
	needs := false
	first := func(p **Tape[T], tp *Tape[T]) {
		if *p == nil {
			*p = tp
		}
	}
	for _, v := range inputs {
		if v == nil {
			continue
		}
		needs = needs || v.needs
		switch tp := v.tape.root(); {
		case tp == nil:
		case tp.frozen:
			first(&frozen, tp)
		case tp.waiting:
			first(&waiting, tp)
		default:
			first(&live, tp)
		}
	}
	switch {
	case live != nil:
		live.adopt(inputs)
		return live
	case frozen != nil:
		return frozen
	case waiting != nil:
		waiting.adopt(inputs)
		return waiting
	case needs:
		return &Tape[T]{waiting: true}
	}
	return nil
}

// root returns the tape that has taken over the operations of this one, or itself.
func (tp *Tape[T]) root() *Tape[T] {
	for tp != nil && tp.home != nil {
		tp = tp.home
	}
	return tp
}

// adopt takes over the operations of the waiting tapes among vars' tapes.
func (tp *Tape[T]) adopt(vars []*Var[T]) {
	for _, v := range vars {
		if v == nil {
			continue
		}
		if from := v.tape.root(); from != nil && from != tp && from.waiting {
			for _, n := range from.nodes {
				n.values = len(tp.values)
				tp.nodes = append(tp.nodes, n)
			}
			from.nodes, from.home = nil, tp
		}
	}
}

// record returns the Var of an operation's result and, where an input needs a gradient,
// puts the operation on the tape. vjp receives the gradient of the result, which it must
// not keep, and gives each input its share.
func record[T Float](tp *Tape[T], value *tensor.Tensor[T], vjp func(grad *tensor.Tensor[T]), inputs ...*Var[T]) *Var[T] {
	out := &Var[T]{Value: value, tape: tp}
	if tp == nil || tp.frozen {
		return out
	}
	for _, v := range inputs {
		if v != nil && v.spent {
			panic("autograd: an operation on a result that Backward has used up")
		}
		if v != nil && v.needs {
			out.needs = true
		}
	}
	if out.needs {
		tp.nodes = append(tp.nodes, node[T]{out, vjp, len(tp.values)})
	}
	return out
}
