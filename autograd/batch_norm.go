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

// RunningStats are the statistics that batch norm gathers in training and uses
// in evaluation; each has one entry a channel.
type RunningStats[T Float] struct {
	Mean, Var *tensor.Tensor[T]
	// Momentum is the weight of the newest batch, 0.1 in PyTorch.
	Momentum float64
}

// BatchNormConfig says how [BatchNorm] normalizes.
type BatchNormConfig[T Float] struct {
	// Eps is added to the variance, 1e-5 in PyTorch.
	Eps float64
	// Stats are updated in training and used in evaluation. In training they may
	// be nil.
	Stats *RunningStats[T]
	// Training normalizes by the batch's own statistics.
	Training bool
	// ReLU applies max(·, 0) to the result, in the same pass.
	ReLU bool
	// Moments of x, where its convolution has gathered them; nil computes them.
	Moments *Moments[T]
}

// BatchNorm normalizes each channel of x, (n,c) or (n,c,h,w):
//
//	y = (x − mean)/√(var + eps) · weight + bias   (+ residual, then ReLU if cfg.ReLU)
//
// In training, mean and the biased variance are those of the batch (and pixels),
// and the running statistics move by Momentum toward the mean and the unbiased
// variance: torch.nn.functional.batch_norm. weight, bias (c) and residual (x's
// shape) may be nil. It panics with a *tensor.ShapeError where shapes do not fit or the
// moments are of another tensor, and in training where there is a single value a
// channel.
func BatchNorm[T Float](x, weight, bias, residual *Var[T], cfg BatchNormConfig[T]) *Var[T] {
	const op = "autograd.BatchNorm"
	tp := tapeOf(x, weight, bias, residual)
	b := newBatchNorm(op, x, weight, bias, cfg)
	var res *tensor.Tensor[T]
	if residual != nil {
		if !slices.Equal(residual.Shape(), x.Shape()) {
			tensor.Refuse(op, "the residual must have x's shape", x.Shape(), residual.Shape())
		}
		res = channelsInner(residual.Value)
	}
	b.statistics(tp)
	y := tp.valueLike(b.in)
	b.forward(y, res, nil)
	return record(tp, y, func(g *tensor.Tensor[T]) { b.backward(tp, residual, nil, y, g) }, x, weight, bias, residual)
}

// NormInput is what [BatchNormSum] normalizes, and how: arguments of [BatchNorm].
type NormInput[T Float] struct {
	X, Weight, Bias *Var[T]
	BatchNormConfig[T]
}

// BatchNormSum is [BatchNorm] of x with that of r as its residual, which is never
// stored:
//
//	y = BatchNorm(x) + BatchNorm(r)   (then ReLU if x.ReLU; r.ReLU must be false)
func BatchNormSum[T Float](x, r NormInput[T]) *Var[T] {
	const op = "autograd.BatchNormSum"
	if !slices.Equal(x.X.Shape(), r.X.Shape()) || r.ReLU {
		tensor.Refuse(op, "x and r of one shape, and no ReLU of r alone, are needed", x.X.Shape(), r.X.Shape())
	}
	inputs := []*Var[T]{x.X, x.Weight, x.Bias, r.X, r.Weight, r.Bias}
	tp := tapeOf(inputs...)
	other := newBatchNorm(op, r.X, r.Weight, r.Bias, r.BatchNormConfig)
	b := newBatchNorm(op, x.X, x.Weight, x.Bias, x.BatchNormConfig)
	other.statistics(tp)
	b.statistics(tp)
	y := tp.valueLike(b.in)
	b.forward(y, nil, other)
	return record(tp, y, func(g *tensor.Tensor[T]) { b.backward(tp, nil, other, y, g) }, inputs...)
}

// batchNorm is one call of BatchNorm, on a matrix of n rows and c columns: the channels
// are innermost in memory.
type batchNorm[T Float] struct {
	x, weight, bias *Var[T] // weight and bias may be nil
	cfg             BatchNormConfig[T]
	in              *tensor.Tensor[T] // x with the channels innermost, centered where center has done so
	n, c            int
	mean, inv       []T // mean of in, and 1/√(var + eps) by which it is normalized
	rest            []T // what rounding left of the mean
	scale, offset   []T // weight·inv and bias − mean·scale: y = in·scale + offset
}

// newBatchNorm checks the arguments of BatchNorm. Call statistics next.
func newBatchNorm[T Float](op string, x, weight, bias *Var[T], cfg BatchNormConfig[T]) *batchNorm[T] {
	if r := x.Value.Rank(); r != 2 && r != 4 {
		tensor.Refuse(op, "x (n,c) or (n,c,h,w) is needed", x.Shape())
	}
	c := x.Value.Dim(1)
	for _, v := range []*Var[T]{weight, bias} {
		if v != nil && (v.Value.Rank() != 1 || v.Value.Len() != c) {
			tensor.Refuse(op, message.Sprintf("weight and bias of %d channels are needed", c), x.Shape(), v.Shape())
		}
	}
	if st := cfg.Stats; st != nil && (st.Mean.Len() != c || st.Var.Len() != c) {
		tensor.Refuse(op, message.Sprintf("running statistics of %d channels are needed", c), x.Shape(), st.Mean.Shape(), st.Var.Shape())
	}
	if x.Value.Len() == 0 {
		tensor.Refuse(op, "an empty batch has no statistics", x.Shape())
	}
	if m := cfg.Moments; m != nil && m.of != x.Value {
		tensor.Refuse(op, "the moments are of another tensor", x.Shape(), m.of.Shape())
	}
	b := &batchNorm[T]{x: x, weight: weight, bias: bias, cfg: cfg, in: channelsInner(x.Value), c: c, n: x.Value.Len() / c}
	if cfg.Training && b.n == 1 {
		tensor.Refuse(op, "training needs more than one value a channel", x.Shape())
	}
	if !cfg.Training && cfg.Stats == nil {
		tensor.Refuse(op, "evaluation needs running statistics", x.Shape())
	}
	vectors := make([]T, 5*c)
	b.mean, b.rest, b.inv, b.scale, b.offset = vectors[:c], vectors[c:2*c], vectors[2*c:3*c], vectors[3*c:4*c], vectors[4*c:]
	return b
}

// channelsInner returns x with the channels innermost in memory.
func channelsInner[T Float](x *tensor.Tensor[T]) *tensor.Tensor[T] {
	if x.Rank() == 4 {
		return tensor.ChannelsLast(x)
	}
	return tensor.Contiguous(x)
}

func isChannelsInner[T Float](x *tensor.Tensor[T]) bool {
	if x.Rank() == 4 {
		return x.IsChannelsLast()
	}
	return x.IsContiguous()
}

// channelValues returns the values of v, one for each channel; where v is nil, all are
// otherwise.
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
	per, total := b.blockRows()*b.c, b.n*b.c
	parallel.For(b.blocks(), func(i int) { f(i, i*per, min((i+1)*per, total)) })
}

func (b *batchNorm[T]) blockRows() int { return max(1, parallel.Chunk/b.c) }
func (b *batchNorm[T]) blocks() int    { return (b.n + b.blockRows() - 1) / b.blockRows() }

// statistics sets mean, inv, scale and offset, and moves the running statistics.
func (b *batchNorm[T]) statistics(tp *Tape[T]) {
	if st := b.cfg.Stats; b.cfg.Training {
		m := b.cfg.Moments
		if m == nil {
			x := b.in.Data()
			m = newMoments(b.in, make([]T, 3*b.blocks()*b.c), b.blockRows())
			b.rows(func(block, lo, hi int) { m.add(block, x[lo:hi]) })
		}
		n := float64(b.n)
		m.each(func(j int, mean, variance float64) {
			b.mean[j], b.inv[j] = T(mean), T(1/math.Sqrt(variance+b.cfg.Eps))
			b.rest[j] = T(mean - float64(b.mean[j]))
			if st != nil {
				k := st.Momentum
				st.Mean.Data()[j] = T((1-k)*float64(st.Mean.Data()[j]) + k*mean)
				st.Var.Data()[j] = T((1-k)*float64(st.Var.Data()[j]) + k*variance*n/(n-1))
			}
		})
	} else {
		copy(b.mean, st.Mean.Data())
		for j, v := range st.Var.Data() {
			b.inv[j] = T(1 / math.Sqrt(float64(v)+b.cfg.Eps))
		}
	}
	b.center(tp)
	simd.Mul(b.scale, channelValues(b.weight, b.c, 1), b.inv)
	simd.Mul(b.offset, b.mean, b.scale)
	simd.Sub(b.offset, channelValues(b.bias, b.c, 0), b.offset)
}

// far is the number of standard deviations from which on a mean is far from zero: x·scale
// and offset are then much larger than their sum.
const far = 16

// center subtracts the means from a copy of in, where one of them is far from zero.
func (b *batchNorm[T]) center(tp *Tape[T]) {
	isFar := false
	for j, m := range b.mean {
		isFar = isFar || math.Abs(float64(m))*float64(b.inv[j]) > far
	}
	if !isFar {
		return
	}
	one, shift := b.scale, b.offset
	for j, m := range b.mean {
		one[j], shift[j] = 1, -m
	}
	x, centered := b.in.Data(), tp.valueLike(b.in)
	b.rows(func(_, lo, hi int) { simd.RowAffine(centered.Data()[lo:hi], x[lo:hi], one, shift) })
	b.in, b.mean = centered, b.rest
}

// apply stores x·scale + offset of whole rows of in in dst, with ReLU if cfg.ReLU.
func (b *batchNorm[T]) apply(dst, x []T) {
	if b.cfg.ReLU {
		simd.RowAffineReLU(dst, x, b.scale, b.offset)
	} else {
		simd.RowAffine(dst, x, b.scale, b.offset)
	}
}

// applyAdd is apply with res added, before the rectification.
func (b *batchNorm[T]) applyAdd(dst, x, res []T) {
	if b.cfg.ReLU {
		simd.RowAffineAddReLU(dst, x, b.scale, b.offset, res)
	} else {
		simd.RowAffine(dst, x, b.scale, b.offset)
		simd.Add(dst, dst, res)
	}
}

// mask sets those elements of the block g, which begins at element lo, to 0 where the
// result of apply is not positive. Without ReLU it does nothing.
func (b *batchNorm[T]) mask(g []T, lo int) {
	if !b.cfg.ReLU {
		return
	}
	pool := memory.Scratch[T]()
	y := pool.Get(len(g))
	b.apply(y, b.in.Data()[lo:lo+len(g)])
	simd.ReLUGrad(g, y, g)
	pool.Put(y)
}

// forward stores the result in y, with the residual or the other norm's result added.
// At least one of them is nil.
func (b *batchNorm[T]) forward(y, residual *tensor.Tensor[T], other *batchNorm[T]) {
	x, yd := b.in.Data(), y.Data()
	b.rows(func(_, lo, hi int) {
		switch {
		case other != nil:
			pool := memory.Scratch[T]()
			res := pool.Get(hi - lo)
			other.apply(res, other.in.Data()[lo:hi])
			b.applyAdd(yd[lo:hi], x[lo:hi], res)
			pool.Put(res)
		case residual != nil:
			b.applyAdd(yd[lo:hi], x[lo:hi], residual.Data()[lo:hi])
		default:
			b.apply(yd[lo:hi], x[lo:hi])
		}
	})
}

// backward takes over the gradient of the result y, or a copy with the channels
// innermost. Masked by ReLU, in place, it is the gradient of forward's residual or other.
func (b *batchNorm[T]) backward(tp *Tape[T], residual *Var[T], other *batchNorm[T], y, grad *tensor.Tensor[T]) {
	g := grad
	if isChannelsInner(grad) {
		tp.take()
	} else {
		g = tp.newLike(b.in)
		tensor.CopyTo(g, grad)
	}
	gd, yd := g.Data(), y.Data()
	sums := b.newSums(b.blocks())
	var otherSums normSums[T]
	if other != nil {
		otherSums = other.newSums(b.blocks())
	}
	b.rows(func(block, lo, hi int) {
		if b.cfg.ReLU {
			simd.ReLUGrad(gd[lo:hi], yd[lo:hi], gd[lo:hi])
		}
		sums.add(block, lo, gd[lo:hi])
		if other != nil {
			otherSums.add(block, lo, gd[lo:hi])
		}
	})
	dx := g
	if other != nil || (residual != nil && residual.needs) {
		dx = tp.newLike(b.in)
	}
	b.giveInputs(tp, dx, g, sums)
	switch {
	case other != nil:
		other.giveInputs(tp, g, g, otherSums)
	case dx != g:
		tp.give(residual, g)
	}
}

// normSums are the sums of which the gradients of a batch norm are made, Σ g and
// Σ g·(x−mean) of each column, for blocks of rows. A block has two rows of parts.
type normSums[T Float] struct {
	b     *batchNorm[T]
	parts []T
}

func (b *batchNorm[T]) newSums(blocks int) normSums[T] {
	return normSums[T]{b, memory.Scratch[T]().Zeroed(2 * blocks * b.c)}
}

// add sums the block of the gradient g that begins at element lo.
func (s normSums[T]) add(block, lo int, g []T) {
	c := s.b.c
	part := s.parts[2*block*c : 2*(block+1)*c]
	simd.ColDots(part[:c], part[c:], g, s.b.in.Data()[lo:lo+len(g)], s.b.mean)
}

// join adds the blocks in order, and gives the memory of the parts back.
func (s normSums[T]) join() (sum, dot []float64) {
	c := s.b.c
	total := make([]float64, 2*c)
	for i, v := range s.parts {
		total[i%(2*c)] += float64(v)
	}
	memory.Scratch[T]().Put(s.parts)
	return total[:c], total[c:]
}

// giveInputs gives x, weight and bias their gradients, for the gradient g of the
// normalized x:
//
//	dbias = Σ g,  dweight = inv·Σ g·(x−mean)
//	dx = scale·( g − Σg/n − (x−mean)·inv²·Σ g·(x−mean)/n )   in training
//	dx = scale·g                                             in evaluation
//
// dx is memory for x's gradient, and may be g. For few rows the terms nearly cancel (for
// two rows, to eps/var of their size): see fewRowsGrad.
func (b *batchNorm[T]) giveInputs(tp *Tape[T], dx, g *tensor.Tensor[T], sums normSums[T]) {
	sum, dot := sums.join()
	few := b.cfg.Training && b.n <= fewRows
	if few {
		b.fewRowsGrad(dx.Data(), g.Data(), sum, dot)
	}
	if b.weight != nil && b.weight.needs {
		d := tp.newShape(b.c)
		for j := range b.c {
			d.Data()[j] = T(dot[j] * float64(b.inv[j]))
		}
		tp.give(b.weight, d)
	}
	if b.bias != nil && b.bias.needs {
		d := tp.newShape(b.c)
		for j := range b.c {
			d.Data()[j] = T(sum[j])
		}
		tp.give(b.bias, d)
	}
	if !b.x.needs {
		tp.free(dx)
		return
	}
	if few {
		tp.give(b.x, dx)
		return
	}
	vectors := make([]T, 2*b.c)
	slope, offset := vectors[:b.c], vectors[b.c:]
	if b.cfg.Training {
		n := float64(b.n)
		for j := range b.c {
			inv, scale := float64(b.inv[j]), float64(b.scale[j])
			k := -scale * inv * inv * dot[j] / n
			slope[j] = T(k)
			offset[j] = T(-scale*sum[j]/n - k*float64(b.mean[j]))
		}
	}
	x, gd, dst := b.in.Data(), g.Data(), dx.Data()
	b.rows(func(_, lo, hi int) {
		simd.RowAffine2(dst[lo:hi], gd[lo:hi], x[lo:hi], b.scale, slope, offset)
	})
	tp.give(b.x, dx)
}

// fewRows is the largest number of rows for which fewRowsGrad is used.
const fewRows = 8

// fewRowsGrad stores the gradient of x in dst, which may be g, and sets the sums of
// giveInputs, all in float64. With the orthogonal parts g = mean + k·x̃ + rest,
// x̃ = x − mean, it is
//
//	dx = scale·( rest + k·x̃·eps/(var + eps) )
//
// mean and k·x̃ are subtracted from g twice, so that rest holds none of their rounding
// errors.
func (b *batchNorm[T]) fewRowsGrad(dst, g []T, sums, dots []float64) {
	x, rest := make([]float64, b.n), make([]float64, b.n)
	in, weight := b.in.Data(), channelValues(b.weight, b.c, 1)
	for j := range b.c {
		for i := range x {
			x[i], rest[i] = float64(in[i*b.c+j]), float64(g[i*b.c+j])
		}
		takeMean(x)
		takeMean(x)
		squares, mean, slope := dot(x, x), 0.0, 0.0
		for range 2 {
			mean += takeMean(rest)
			if squares > 0 {
				k := dot(rest, x) / squares
				for i := range rest {
					rest[i] -= float64(k * x[i])
				}
				slope += k
			}
		}
		sums[j], dots[j] = mean*float64(b.n), slope*squares
		variance := squares/float64(b.n) + b.cfg.Eps
		slope *= b.cfg.Eps / variance
		scale := float64(weight[j]) / math.Sqrt(variance)
		for i := range rest {
			dst[i*b.c+j] = T(scale * (rest[i] + float64(slope*x[i])))
		}
	}
}

// takeMean subtracts the mean of x from x and returns it.
func takeMean(x []float64) (mean float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for i := range x {
		x[i] -= mean
	}
	return mean
}

// dot returns Σ x·y.
func dot(x, y []float64) (sum float64) {
	for i := range x {
		sum += float64(x[i] * y[i])
	}
	return sum
}
