package train

import (
	"context"
	"math"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/view"
	"entrec/tensor"
)

// Sizes of the samples for the quick kNN and for the diagnostics, of which there
// are fewer in a smaller data set.
const (
	quickBank, quickQueries = 2000, 1000
	heldOut                 = 512
)

// sample returns n images of a fixed choice, all where there are fewer.
func sample(d *data.Dataset, n int) *data.Dataset {
	s, err := d.Subset(min(n, d.Len()), 0)
	if err != nil {
		panic(err) // the size is in range
	}
	return s
}

// epochEnd writes the line about an epoch. It is quick, and not interrupted: a
// resumed run would miss the line.
func (t *trainer[T]) epochEnd(epoch int, loss *float64) error {
	quick, err := t.knn(context.Background(), t.quick)
	if err != nil {
		return err
	}
	d := t.diagnose()
	if err := finite(t.cfg.Model.Method, t.at.Step, pass{d.MIER, []mvssl.Term{
		{Name: "entropy of held-out images", Value: d.Entropy}, {Name: "their reconstruction", Value: d.Reconstruction},
		{Name: "their InfoNCE bound", Value: d.MIInfoNCE}, {Name: "their effective rank", Value: d.EffectiveRank},
	}}); err != nil {
		return err
	}
	line := EpochMetrics{
		Kind: "epoch", Step: t.at.Step, Epoch: epoch, Loss: loss, Diagnostics: d, Warning: t.warning(loss, d),
		Kappa: t.cfg.Diagnostics.Kappa, Self: t.cfg.Diagnostics.Self.String(),
		QuickKNN: quick, QuickBank: t.quick.Train.Len(),
	}
	t.report(Event{Metrics: &line})
	return t.log.write(line)
}

// Diagnostics are those of the projections and, for methods that make something
// discrete of them, of that; nil for others.
type Diagnostics struct {
	eval.Diagnostics
	// EntropyW is the plug-in entropy of W: that of its mean distribution over the
	// images, in 0 … log of the number of classes, the mean over the two views.
	EntropyW *float64 `json:"entropy_w"` // nats
	// ReconstructionW is E[log q(W2|Z1)], the mean over both directions.
	ReconstructionW *float64 `json:"reconstruction_w"` // nats
	// MIERW is their sum, the ER bound on I(Z1; W2) ≤ I(Z1; Z2).
	MIERW *float64 `json:"mi_er_w"` // nats
}

// diagnose returns the diagnostics of two fixed views of the held-out images.
func (t *trainer[T]) diagnose() Diagnostics {
	var z, w, logq [2]*tensor.Tensor[T]
	discrete, ok := t.method.(mvssl.Discrete[T])
	for v := range z {
		each := func(f func(*autograd.Var[T]) *autograd.Var[T]) *tensor.Tensor[T] {
			out, err := eval.Map(context.Background(), t.held, t.views.views[v], view.Key{View: v}, f)
			if err != nil {
				panic(err) // the context has no end
			}
			return out
		}
		z[v] = each(t.method.Project)
		if ok {
			w[v], logq[v] = discrete.Assign(each)
		}
	}
	d := Diagnostics{Diagnostics: eval.Diagnose(z[0], z[1], t.cfg.Diagnostics)}
	if ok {
		h := (plugIn(w[0]) + plugIn(w[1])) / 2
		r := (logLikelihood(w[1], logq[0]) + logLikelihood(w[0], logq[1])) / 2
		bound := h + r
		d.EntropyW, d.ReconstructionW, d.MIERW = &h, &r, &bound
	}
	return d
}

// plugIn returns the entropy of the mean of the rows of w.
func plugIn[T tensor.Float](w *tensor.Tensor[T]) float64 {
	n, c := w.Dim(0), w.Dim(1)
	mean, x := make([]float64, c), tensor.Contiguous(w).Data()
	for i, p := range x {
		mean[i%c] += float64(p) / float64(n)
	}
	h := 0.0
	for _, p := range mean {
		if p > 0 {
			h -= p * math.Log(p)
		}
	}
	return h
}

// logLikelihood returns the mean over the rows of Σ w·logq.
func logLikelihood[T tensor.Float](w, logq *tensor.Tensor[T]) float64 {
	sum, a, b := 0.0, tensor.Contiguous(w).Data(), tensor.Contiguous(logq).Data()
	for i, p := range a {
		if p > 0 {
			sum += float64(p) * float64(b[i])
		}
	}
	return sum / float64(w.Dim(0))
}

// knn returns the accuracy of the encoder as it stands.
func (t *trainer[T]) knn(ctx context.Context, s *data.Split) (float64, error) {
	bank, queries, err := t.features(ctx, s)
	if err != nil {
		return 0, err
	}
	return eval.KNN(bank, s.Train.Labels, queries, s.Test.Labels, t.cfg.KNN), nil
}

// features returns the encoder's features of all training and test images.
func (t *trainer[T]) features(ctx context.Context, s *data.Split) (train, test *tensor.Tensor[T], err error) {
	train, err = eval.Features(ctx, t.method.Encoder(), s.Train, t.plain)
	if err == nil {
		test, err = eval.Features(ctx, t.method.Encoder(), s.Test, t.plain)
	}
	return train, test, err
}
