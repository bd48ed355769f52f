package autograd

import (
	"math"
	"slices"

	"entrec/internal/memory"
	"entrec/internal/message"
	"entrec/internal/parallel"
	"entrec/simd"
	"entrec/tensor"
)

// Attention returns scaled dot-product attention (Vaswani et al., 2017), for q, k,
// v and the result of shape (b, heads, t, d):
//
//	y = softmax(q·kᵀ/√d)·v
//
// With P the probabilities, rows of which sum to 1, and g the gradient of y:
//
//	dv = Pᵀ·g;  dS = P∘(g·vᵀ − Σ_columns P∘(g·vᵀ))/√d;  dq = dS·k;  dk = dSᵀ·q
//
// P is not kept but computed again, head by head. The memory beside the results is
// O(t²) for each thread, not O(b·heads·t²).
func Attention[T Float](q, k, v *Var[T]) *Var[T] {
	const op = "autograd.Attention"
	s := q.Shape()
	if len(s) != 4 || q.Value.Len() == 0 {
		tensor.Refuse(op, "q (b,heads,t,d) that is not empty is needed", s)
	}
	if !slices.Equal(k.Shape(), s) || !slices.Equal(v.Shape(), s) {
		tensor.Refuse(op, "q, k and v of one shape are needed", s, k.Shape(), v.Shape())
	}
	tp := tapeOf(q, k, v)
	a := attention[T]{batch: s[0], heads: s[1], t: s[2], d: s[3]}
	y := tp.value(s...)
	in := [3]operand[T]{}
	for i, x := range []*Var[T]{q, k, v} {
		in[i] = a.separate(tp.contiguous(x.Value).Data())
	}
	a.forward(a.separate(y.Data()), in)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		var d [3]operand[T]
		var grads [3]*tensor.Tensor[T]
		for i := range d {
			grads[i] = tp.newShape(s...)
			d[i] = a.separate(grads[i].Data())
		}
		a.backward(d, a.separate(tp.contiguous(g).Data()), in)
		for i, x := range []*Var[T]{q, k, v} {
			tp.give(x, grads[i])
		}
	}, q, k, v)
}

// SelfAttention is [Attention] of q, k and v that lie side by side in the rows of
// qkv (b, t, 3·heads·d), each divided into heads: the projection of a transformer
// block in timm and DINO. The result is (b, t, heads·d), the heads side by side.
func SelfAttention[T Float](qkv *Var[T], heads int) *Var[T] {
	s := qkv.Shape()
	if len(s) != 3 || qkv.Value.Len() == 0 || heads < 1 || s[2]%(3*heads) != 0 {
		tensor.Refuse("autograd.SelfAttention", message.Sprintf("qkv (b,t,3·heads·d) for %d heads is needed", heads), s)
	}
	tp := tapeOf(qkv)
	width := s[2] / 3
	a := attention[T]{batch: s[0], heads: heads, t: s[1], d: width / heads}
	y := tp.value(s[0], s[1], width)
	in := a.joint(tp.contiguous(qkv.Value).Data())
	out := func(x []T) operand[T] { return operand[T]{x, a.t * width, a.d, width} }
	a.forward(out(y.Data()), in)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		d := tp.newShape(s...)
		a.backward(a.joint(d.Data()), out(tp.contiguous(g).Data()), in)
		tp.give(qkv, d)
	}, qkv)
}

// attention is the shape of one call of Attention.
type attention[T Float] struct{ batch, heads, t, d int }

// operand is where the heads' t×d matrices lie: distances between batches, heads
// and rows.
type operand[T Float] struct {
	data             []T
	batch, head, row int
}

func (a attention[T]) separate(x []T) operand[T] {
	return operand[T]{x, a.heads * a.t * a.d, a.t * a.d, a.d}
}

func (a attention[T]) joint(x []T) [3]operand[T] {
	var three [3]operand[T]
	width := a.heads * a.d
	for i := range three {
		three[i] = operand[T]{x[i*width:], a.t * 3 * width, a.d, 3 * width}
	}
	return three
}

// head is one head of one batch, with scratch for its products.
type head[T Float] struct {
	attention[T]
	index  int
	pool   *memory.Pool[T]
	packed []T
}

// each calls f for each head of each batch.
func (a attention[T]) each(f func(h head[T])) {
	pool := memory.Scratch[T]()
	parallel.For(a.batch*a.heads, func(i int) {
		packed := pool.Get(max(simd.PackedSize[T](a.d, a.t), simd.PackedSize[T](a.t, a.d)))
		defer pool.Put(packed)
		f(head[T]{a, i, pool, packed})
	})
}

// of returns the head's matrix of an operand.
func (h head[T]) of(x operand[T]) []T {
	return x.data[h.index/h.heads*x.batch+h.index%h.heads*x.head:]
}

// toScores stores x·yᵀ, for two t×d matrices, in the t×t matrix s.
func (h head[T]) toScores(s []T, x, y operand[T]) {
	simd.PackB(h.packed, simd.Trans, h.d, h.t, h.of(y), y.row)
	simd.GemmPacked(simd.NoTrans, h.t, h.t, h.d, h.of(x), x.row, h.packed, s, h.t, simd.Overwrite)
}

// fromScores stores s·x, or sᵀ·x, in dst, for a t×t matrix s and t×d matrices.
func (h head[T]) fromScores(dst operand[T], trans simd.Transpose, s []T, x operand[T]) {
	simd.PackB(h.packed, simd.NoTrans, h.t, h.d, h.of(x), x.row)
	simd.GemmPacked(trans, h.t, h.d, h.t, s, h.t, h.packed, h.of(dst), dst.row, simd.Overwrite)
}

// probabilities stores softmax(q·kᵀ/√d) in p.
func (h head[T]) probabilities(p []T, q, k operand[T]) {
	h.toScores(p, q, k)
	simd.Scale(p, p, h.scale())
	for i := range h.t {
		row := p[i*h.t : (i+1)*h.t]
		simd.Softmax(row, row)
	}
}

func (h head[T]) scale() T { return T(1 / math.Sqrt(float64(h.d))) }

func (a attention[T]) forward(y operand[T], in [3]operand[T]) {
	a.each(func(h head[T]) {
		p := h.pool.Get(a.t * a.t)
		defer h.pool.Put(p)
		h.probabilities(p, in[0], in[1])
		h.fromScores(y, simd.NoTrans, p, in[2])
	})
}

func (a attention[T]) backward(d [3]operand[T], g operand[T], in [3]operand[T]) {
	a.each(func(h head[T]) {
		p, s := h.pool.Get(a.t*a.t), h.pool.Get(a.t*a.t)
		defer h.pool.Put(p)
		defer h.pool.Put(s)
		h.probabilities(p, in[0], in[1])
		h.fromScores(d[2], simd.Trans, p, g)
		h.toScores(s, g, in[2])
		for i := range a.t {
			pr, sr := p[i*a.t:(i+1)*a.t], s[i*a.t:(i+1)*a.t]
			simd.AddScalar(sr, sr, -simd.Dot(pr, sr))
			simd.Mul(sr, sr, pr)
			sumToZero(sr, pr)
		}
		simd.Scale(s, s, h.scale())
		h.fromScores(d[0], simd.NoTrans, s, in[1])
		h.fromScores(d[1], simd.Trans, s, in[0])
	})
}
