package autograd

import (
	"entrec/internal/message"
	"entrec/simd"
	"entrec/tensor"
)

// CrossEntropy returns the mean over the rows of logits (n, c) of −log softmax(logits) at
// the row's label, labels in 0 … c−1: torch.nn.functional.cross_entropy.
// Softmax and logarithm are fused: gradient (softmax − onehot)·g/n.
func CrossEntropy[T Float](logits *Var[T], labels []int) *Var[T] {
	n, c := matrix("autograd.CrossEntropy", logits)
	if len(labels) != n {
		tensor.Refuse("autograd.CrossEntropy", message.Sprintf("%d labels for %d rows", len(labels), n), logits.Shape())
	}
	for _, l := range labels {
		if l < 0 || l >= c {
			tensor.Refuse("autograd.CrossEntropy", message.Sprintf("label %d is not in 0…%d", l, c-1), logits.Shape())
		}
	}
	return crossEntropy(logits, func(r int, p []T) T { return p[labels[r]] },
		func(r int, _ []T) T { return 1 },
		func(dst []T, r int, scale T) { dst[labels[r]] -= scale })
}

// SoftCrossEntropy returns the mean over the rows of −Σ_c targets·log softmax(logits),
// for logits and targets (n, c). Targets are constants and need not sum to 1.
// Gradient: (softmax·Σ targets − targets)·g/n.
func SoftCrossEntropy[T Float](logits *Var[T], targets *tensor.Tensor[T]) *Var[T] {
	n, c := matrix("autograd.SoftCrossEntropy", logits)
	if targets.Rank() != 2 || targets.Dim(0) != n || targets.Dim(1) != c {
		tensor.Refuse("autograd.SoftCrossEntropy", "targets of the logits' shape are needed", logits.Shape(), targets.Shape())
	}
	t := tensor.Contiguous(targets).Data()
	row := func(r int) []T { return t[r*c : (r+1)*c] }
	return crossEntropy(logits,
		func(r int, logp []T) T { return simd.Dot(row(r), logp) },
		func(r int, _ []T) T { return simd.Sum(row(r)) },
		func(dst []T, r int, scale T) { simd.Axpy(dst, -scale, row(r)) })
}

// crossEntropy computes −mean_r ⟨target_r, log softmax(logits_r)⟩, the targets
// being given by their inner product with a row, their sum, and how scale·target
// is subtracted from a row.
func crossEntropy[T Float](logits *Var[T], inner, total func(r int, row []T) T, subtract func(dst []T, r int, scale T)) *Var[T] {
	tp := tapeOf(logits)
	n, c := logits.Value.Dim(0), logits.Value.Dim(1)
	x := tp.contiguous(logits.Value).Data()
	logp, rows := tp.buffer(n*c), tp.buffer(n)
	eachRow(n, c, func(r int) {
		lr := logp[r*c : (r+1)*c]
		simd.LogSoftmax(lr, x[r*c:(r+1)*c])
		rows[r] = -inner(r, lr)
	})
	y := tp.value()
	tensor.SumTo(y, tensor.FromSlice(rows, n))
	y.Data()[0] /= T(n)
	return record(tp, y, func(g *tensor.Tensor[T]) {
		scale := g.Item() / T(n)
		d := tp.newShape(n, c)
		eachRow(n, c, func(r int) {
			dr := d.Data()[r*c : (r+1)*c]
			simd.Exp(dr, logp[r*c:(r+1)*c])
			simd.Scale(dr, dr, scale*total(r, dr))
			subtract(dr, r, scale)
		})
		tp.give(logits, d)
	}, logits)
}

// matrix returns the lengths of a matrix with at least one row and column.
func matrix[T Float](op string, x *Var[T]) (rows, cols int) {
	if x.Value.Rank() != 2 || x.Value.Len() == 0 {
		tensor.Refuse(op, "a matrix that is not empty is needed", x.Shape())
	}
	return x.Value.Dim(0), x.Value.Dim(1)
}
