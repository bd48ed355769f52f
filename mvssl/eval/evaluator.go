package eval

import (
	"context"
	"math"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/tensor"
)

// Evaluator looks at a method's networks through images.
type Evaluator[T tensor.Float] struct {
	method mvssl.Method[T]
	plain  *view.Pipeline[T]    // nothing is left to chance
	views  [2]*view.Pipeline[T] // the first two of training
}

// NewEvaluator returns an Evaluator of a method that is trained on the given views of
// images of so many channels. Features are of images that are brought to size×size pixels
// as resize says, and normalized as the first view is.
func NewEvaluator[T tensor.Float](m mvssl.Method[T], views []mvssl.View, channels, size int, resize view.Resize) (*Evaluator[T], error) {
	e := &Evaluator[T]{method: m}
	var err error
	plain := view.Evaluation(size, views[0].Mean, views[0].Std)
	plain.Resize = resize
	if e.plain, err = view.New[T](plain, channels); err != nil {
		return nil, err
	}
	seen := 0
	for _, v := range views {
		for range v.Count {
			if seen == len(e.views) {
				return e, nil
			}
			if e.views[seen], err = view.New[T](v.Config, channels); err != nil {
				return nil, err
			}
			seen++
		}
	}
	return e, nil
}

// Map returns f of all images (n, …), normalized: see [Map].
func (e *Evaluator[T]) Map(ctx context.Context, d *data.Dataset, f func(images *autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error) {
	return Map(ctx, d, e.plain, view.Key{}, f)
}

// Each calls take with f of some normalized images after another: see [Each].
func (e *Evaluator[T]) Each(ctx context.Context, d *data.Dataset, f func(images *autograd.Var[T]) *autograd.Var[T], take func(y *tensor.Tensor[T]) error) error {
	return Each(ctx, d, e.plain, view.Key{}, f, take)
}

// MapView returns f of a view of all images (n, …), 0 or 1, the first or the second of
// training: always the same view, that [Evaluator.Diagnose] takes. See [Map].
func (e *Evaluator[T]) MapView(ctx context.Context, v int, d *data.Dataset, f func(images *autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error) {
	return Map(ctx, d, e.views[v], view.Key{View: v}, f)
}

// One returns f of one image (1, …), normalized. The error is that of an image that cannot
// be read.
func (e *Evaluator[T]) One(d *data.Dataset, i int, f func(images *autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error) {
	images, err := Images(d, e.plain, i, 1, view.Key{})
	if err != nil {
		return nil, err
	}
	return f(&autograd.Var[T]{Value: images}).Value, nil
}

// Features returns the encoder's features (n, dim) of all training and test images; nil of
// test images that there are not.
func (e *Evaluator[T]) Features(ctx context.Context, s *data.Split) (train, test *tensor.Tensor[T], err error) {
	train, err = Features(ctx, e.method.Encoder(), s.Train, e.plain)
	if err == nil && s.Test != nil {
		test, err = Features(ctx, e.method.Encoder(), s.Test, e.plain)
	}
	return train, test, err
}

// KNN returns the accuracy of the encoder as it stands.
func (e *Evaluator[T]) KNN(ctx context.Context, s *data.Split, cfg KNNConfig) (float64, error) {
	bank, queries, err := e.Features(ctx, s)
	if err != nil {
		return 0, err
	}
	return KNN(ctx, bank, s.Train.Labels, queries, s.Test.Labels, cfg)
}

// MethodDiagnostics are the [Diagnostics] of a method's projections and, for methods
// that make something discrete of them, W, of that; nil for others.
type MethodDiagnostics struct {
	Diagnostics
	// EntropyW is the plug-in entropy of W: that of its mean distribution over the
	// images, in 0 … log of the number of classes, the mean over the two views.
	EntropyW *float64 `json:"entropy_w"` // nats
	// ReconstructionW is E[log q(W2|Z1)], with what the branch that learns predicts
	// of one view for q; the mean over both directions.
	ReconstructionW *float64 `json:"reconstruction_w"` // nats
	// MIERW is their sum, the ER bound on I(Z1; W2), at most log of the number of
	// classes.
	MIERW *float64 `json:"mi_er_w"` // nats
}

// Diagnose returns the diagnostics of two fixed views of images. The error is that of
// a canceled context.
func (e *Evaluator[T]) Diagnose(ctx context.Context, held *data.Dataset, cfg DiagnosticsConfig) (res MethodDiagnostics, err error) {
	var z, w, logq [2]*tensor.Tensor[T]
	discrete, ok := e.method.(mvssl.Discrete[T])
	for v := range z {
		each := func(f func(*autograd.Var[T]) *autograd.Var[T]) (*tensor.Tensor[T], error) {
			return e.MapView(ctx, v, held, f)
		}
		if z[v], err = each(e.method.Project); err != nil {
			return res, err
		}
		if ok {
			if w[v], logq[v], err = discrete.Assign(each); err != nil {
				return res, err
			}
		}
	}
	tell(ctx, "diagnostics", 0, 0)
	diagnosed := make(chan Diagnostics, 1)
	go func() { diagnosed <- Diagnose(z[0], z[1], cfg) }() // seconds where projections are wide
	select {
	case res.Diagnostics = <-diagnosed:
	case <-ctx.Done():
		return res, context.Cause(ctx)
	}
	if ok {
		h := (plugIn(w[0]) + plugIn(w[1])) / 2
		r := (logLikelihood(w[1], logq[0]) + logLikelihood(w[0], logq[1])) / 2
		bound := h + r
		res.EntropyW, res.ReconstructionW, res.MIERW = &h, &r, &bound
	}
	return res, nil
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
