package autograd

import (
	"fmt"
	"math"
	"slices"

	"entrec/simd"
	"entrec/tensor"
)

// RunningStats are the statistics that batch norm gathers in training and uses
// in evaluation; each has one entry a channel.
type RunningStats[T Float] struct {
	Mean, Var *tensor.Tensor[T]
	// Momentum is the weight of the newest batch, 0.1 in PyTorch.
	Momentum float64
}

// BatchNormConfig says how [BatchNorm] normalises.
type BatchNormConfig[T Float] struct {
	// Eps is added to the variance, 1e-5 in PyTorch.
	Eps float64
	// Stats are updated in training and used in evaluation. In training they may
	// be nil.
	Stats *RunningStats[T]
	// Training normalises by the batch's own statistics.
	Training bool
	// ReLU applies max(·, 0) to the result, in the same pass.
	ReLU bool
}

// BatchNorm normalises each channel of x, (n,c) or (n,c,h,w):
//
//	y = (x − mean)/√(var + eps) · weight + bias   (+ residual, then ReLU where asked)
//
// In training, mean and the biased variance are those of the batch (and pixels),
// and the running statistics move by Momentum towards the mean and the unbiased
// variance: torch.nn.functional.batch_norm. weight, bias (c) and residual (x's
// shape) may be nil. It panics with a *tensor.ShapeError where shapes do not fit,
// and in training where there is a single value a channel.
func BatchNorm[T Float](x, weight, bias, residual *Var[T], cfg BatchNormConfig[T]) *Var[T] {
	const op = "autograd.BatchNorm"
	tp := tapeOf(x, weight, bias, residual)
	if r := x.Value.Rank(); r != 2 && r != 4 {
		tensor.Refuse(op, "x (n,c) or (n,c,h,w) is needed", x.Shape())
	}
	b := &batchNorm[T]{in: channelsInner(x.Value), cfg: cfg, c: x.Value.Dim(1)}
	for _, v := range []*Var[T]{weight, bias} {
		if v != nil && (v.Value.Rank() != 1 || v.Value.Len() != b.c) {
			tensor.Refuse(op, fmt.Sprintf("weight and bias of %d channels are needed", b.c), x.Shape(), v.Shape())
		}
	}
	if st := cfg.Stats; st != nil && (st.Mean.Len() != b.c || st.Var.Len() != b.c) {
		tensor.Refuse(op, fmt.Sprintf("running statistics of %d channels are needed", b.c), x.Shape(), st.Mean.Shape(), st.Var.Shape())
	}
	if b.in.Len() == 0 {
		tensor.Refuse(op, "an empty batch has no statistics", x.Shape())
	}
	b.n = b.in.Len() / b.c
	if cfg.Training && b.n == 1 {
		tensor.Refuse(op, "training needs more than one value a channel", x.Shape())
	}
	b.weight, b.bias = channelValues(weight, b.c, 1), channelValues(bias, b.c, 0)
	b.statistics()
	y := tp.valueLike(b.in)
	var res *tensor.Tensor[T]
	if residual != nil {
		if !slices.Equal(residual.Shape(), x.Shape()) {
			tensor.Refuse(op, "the residual must have x's shape", x.Shape(), residual.Shape())
		}
		res = channelsInner(residual.Value)
	}
	b.forward(y, res)
	return record(tp, y, func(g *tensor.Tensor[T]) { b.backward(tp, x, weight, bias, residual, y, channelsInner(g)) },
		x, weight, bias, residual)
}

// batchNorm is one application of BatchNorm: a matrix of n rows and c columns,
// the channels being innermost in memory.
type batchNorm[T Float] struct {
	in           *tensor.Tensor[T]
	cfg          BatchNormConfig[T]
	n, c         int
	weight, bias []T
	mean, inv    []T // mean and 1/√(var + eps) by which x is normalised
	scale        []T // weight·inv
}

// channelsInner returns x with the channels innermost in memory.
func channelsInner[T Float](x *tensor.Tensor[T]) *tensor.Tensor[T] {
	if x.Rank() == 4 {
		return tensor.ChannelsLast(x)
	}
	return tensor.Contiguous(x)
}

func channelValues[T Float](v *Var[T], c int, otherwise T) []T {
	if v != nil {
		return tensor.Contiguous(v.Value).Data()
	}
	s := make([]T, c)
	for i := range s {
		s[i] = otherwise
	}
	return s
}

// rows calls f on consecutive blocks [lo, hi) of the matrix's elements, each a
// fixed number of whole rows, and tells it the block's number.
func (b *batchNorm[T]) rows(f func(block, lo, hi int)) {
	per, total := b.blockSize(), b.n*b.c
	tensor.Parallel(b.blocks(), func(i int) { f(i, i*per, min((i+1)*per, total)) })
}

func (b *batchNorm[T]) blockSize() int { return max(1, rangeSize/b.c) * b.c }
func (b *batchNorm[T]) blocks() int    { return (b.n*b.c + b.blockSize() - 1) / b.blockSize() }

// columnSums returns, in float64, the sums of two quantities over the rows; f
// adds those of the elements [lo, hi) to s and t. Blocks are joined in order.
func (b *batchNorm[T]) columnSums(f func(s, t []T, lo, hi int)) (s, t []float64) {
	pool := tensor.Scratch[T]()
	parts := pool.Zeroed(b.blocks() * 2 * b.c)
	defer pool.Put(parts)
	b.rows(func(i, lo, hi int) {
		p := parts[i*2*b.c : (i+1)*2*b.c]
		f(p[:b.c], p[b.c:], lo, hi)
	})
	sums := make([]float64, 2*b.c)
	for i, v := range parts {
		sums[i%(2*b.c)] += float64(v)
	}
	return sums[:b.c], sums[b.c:]
}

// statistics sets mean, inv and scale, and moves the running statistics.
func (b *batchNorm[T]) statistics() {
	b.mean, b.inv, b.scale = make([]T, b.c), make([]T, b.c), make([]T, b.c)
	st := b.cfg.Stats
	if !b.cfg.Training {
		if st == nil {
			tensor.Refuse("autograd.BatchNorm", "evaluation needs running statistics", b.in.Shape())
		}
		copy(b.mean, st.Mean.Data())
		for j, v := range st.Var.Data() {
			b.inv[j] = T(1 / math.Sqrt(float64(v)+b.cfg.Eps))
		}
	} else {
		x := b.in.Data()
		shift := x[:b.c] // a value near the mean: Σ(x−shift)² − n·(mean−shift)² then cancels little
		sum, sq := b.columnSums(func(s, q []T, lo, hi int) { simd.ColMoments(s, q, x[lo:hi], shift) })
		n := float64(b.n)
		for j := range b.c {
			d := sum[j] / n
			mean := float64(shift[j]) + d
			variance := max(sq[j]/n-float64(d*d), 0)
			if sq[j] != sq[j] {
				variance = sq[j]
			}
			b.mean[j], b.inv[j] = T(mean), T(1/math.Sqrt(variance+b.cfg.Eps))
			if st != nil {
				m := st.Momentum
				st.Mean.Data()[j] = T((1-m)*float64(st.Mean.Data()[j]) + m*mean)
				st.Var.Data()[j] = T((1-m)*float64(st.Var.Data()[j]) + m*variance*n/(n-1))
			}
		}
	}
	simd.Mul(b.scale, b.weight, b.inv)
}

// forward stores x·scale + (bias − mean·scale) in y, adds the residual and
// applies ReLU where asked.
func (b *batchNorm[T]) forward(y, residual *tensor.Tensor[T]) {
	offset := make([]T, b.c)
	simd.Mul(offset, b.mean, b.scale)
	simd.Sub(offset, b.bias, offset)
	x, yd := b.in.Data(), y.Data()
	b.rows(func(_, lo, hi int) {
		switch {
		case residual != nil && b.cfg.ReLU:
			simd.RowAffineAddReLU(yd[lo:hi], x[lo:hi], b.scale, offset, residual.Data()[lo:hi])
		case residual != nil:
			simd.RowAffine(yd[lo:hi], x[lo:hi], b.scale, offset)
			simd.Add(yd[lo:hi], yd[lo:hi], residual.Data()[lo:hi])
		case b.cfg.ReLU:
			simd.RowAffineReLU(yd[lo:hi], x[lo:hi], b.scale, offset)
		default:
			simd.RowAffine(yd[lo:hi], x[lo:hi], b.scale, offset)
		}
	})
}

// backward, with g masked by ReLU where that was applied:
//
//	dbias = Σ g,  dweight = inv·Σ g·(x−mean),  dresidual = g
//	dx = scale·( g − Σg/n − (x−mean)·inv²·Σ g·(x−mean)/n )   in training
//	dx = scale·g                                             in evaluation
func (b *batchNorm[T]) backward(tp *Tape[T], x, weight, bias, residual *Var[T], y, g *tensor.Tensor[T]) {
	xd, gd := b.in.Data(), g.Data()
	mask := func(lo, hi int) []T {
		if !b.cfg.ReLU {
			return nil
		}
		return y.Data()[lo:hi]
	}
	sum, dot := b.columnSums(func(s, d []T, lo, hi int) { simd.ColDots(s, d, gd[lo:hi], xd[lo:hi], b.mean, mask(lo, hi)) })
	if weight != nil && weight.needs {
		d := tp.newShape(b.c)
		for j := range b.c {
			d.Data()[j] = T(dot[j] * float64(b.inv[j]))
		}
		tp.give(weight, d)
	}
	if bias != nil && bias.needs {
		d := tp.newShape(b.c)
		for j := range b.c {
			d.Data()[j] = T(sum[j])
		}
		tp.give(bias, d)
	}
	if x.needs {
		slope, offset := make([]T, b.c), make([]T, b.c)
		if b.cfg.Training {
			n := float64(b.n)
			for j := range b.c {
				inv, scale := float64(b.inv[j]), float64(b.scale[j])
				k := -scale * inv * inv * dot[j] / n
				slope[j] = T(k)
				offset[j] = T(-scale*sum[j]/n - k*float64(b.mean[j]))
			}
		}
		d := tp.newLike(b.in)
		b.rows(func(_, lo, hi int) {
			simd.RowAffine2(d.Data()[lo:hi], gd[lo:hi], xd[lo:hi], mask(lo, hi), b.scale, slope, offset)
		})
		tp.give(x, d)
	}
	if residual != nil && residual.needs {
		d := tp.newLike(b.in)
		b.rows(func(_, lo, hi int) {
			if b.cfg.ReLU {
				simd.ReLUGrad(d.Data()[lo:hi], y.Data()[lo:hi], gd[lo:hi])
			} else {
				copy(d.Data()[lo:hi], gd[lo:hi])
			}
		})
		tp.give(residual, d)
	}
}
