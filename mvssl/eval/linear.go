package eval

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"entrec/autograd"
	"entrec/internal/parallel"
	"entrec/mvssl/data"
	"entrec/tensor"
)

// probeDecays are the weight decays that [Linear] chooses from, in the order in
// which it tries them, and probeHeld is the share of the training rows on which it
// compares them.
var probeDecays = []float64{1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5}

const probeHeld = 5 // one row in five

// Linear returns the fraction of queries whose label a linear classifier finds
// that has been trained on frozen features: multinomial logistic regression,
//
//	min over W, b of mean_i −log softmax(W·x_i + b)[y_i] + ½·decay·‖W‖²
//
// by L-BFGS (Liu and Nocedal, 1989; gonum/optimize) in float64, on features
// standardized by the mean and deviation of the training rows. The decay is the one
// of 1, 10⁻¹, … 10⁻⁵ that does best on a fixed random fifth of the training rows
// when trained on the others (the larger where two do), and is returned; the
// classifier is then trained on all rows. train (m, d) and queries (n, d) have a
// label each, of 0 … classes−1. Where m is less than five, 10⁻³ is taken.
//
// The error is that of a canceled context. It panics with a *tensor.ShapeError
// where lengths do not fit.
func Linear[T tensor.Float](ctx context.Context, train *tensor.Tensor[T], trainLabels []int, queries *tensor.Tensor[T], labels []int) (accuracy, decay float64, err error) {
	found, decay, err := LinearClasses(ctx, train, trainLabels, queries, labels)
	if err != nil {
		return 0, 0, err
	}
	return Accuracy(found, labels), decay, nil
}

// LinearClasses is [Linear] that returns the class that it finds for each query.
func LinearClasses[T tensor.Float](ctx context.Context, train *tensor.Tensor[T], trainLabels []int, queries *tensor.Tensor[T], labels []int) (found []int, decay float64, err error) {
	checkLabeled("eval.Linear", train, trainLabels, queries, labels)
	classes := countClasses(trainLabels, labels)
	x, q := standardized(ctx, train, queries)
	decay = probeDecays[len(probeDecays)/2]
	fits := 0
	if m := len(trainLabels); m >= probeHeld {
		order := data.Order(m, 0, 0)
		held, rest := order[:m/probeHeld], order[m/probeHeld:]
		fit := newClassifier(gather(x, trainLabels, rest), classes)
		check := gather(x, trainLabels, held)
		best := -1.0
		for _, candidate := range probeDecays {
			if err := fit.train(ctx, candidate, fits); err != nil { // from where the last one ended
				return nil, 0, err
			}
			fits++
			if a := fit.accuracy(check); a > best {
				best, decay = a, candidate
			}
		}
	}
	final := newClassifier(labeledRows{x, trainLabels}, classes)
	if err := final.train(ctx, decay, fits); err != nil {
		return nil, 0, err
	}
	return final.classes(q), decay, nil
}

// labeledRows are features (n, d) with a label each.
type labeledRows struct {
	x      *tensor.Tensor[float64]
	labels []int
}

// gather returns some rows.
func gather(x *tensor.Tensor[float64], labels, rows []int) labeledRows {
	l := labeledRows{tensor.Gather(x, rows), make([]int, len(rows))}
	for i, r := range rows {
		l.labels[i] = labels[r]
	}
	return l
}

// classifier is softmax(W·x + b).
type classifier struct {
	labeledRows  // to be trained on
	weight, bias *autograd.Var[float64]
	params       []float64 // weight, then bias: the two are views of it
	grad         []float64 // at params
	tape         *autograd.Tape[float64]
}

// newClassifier returns a classifier with zero weights.
func newClassifier(rows labeledRows, classes int) *classifier {
	d := rows.x.Dim(1)
	c := &classifier{labeledRows: rows, params: make([]float64, classes*(d+1)), tape: autograd.NewTape[float64]()}
	c.weight = autograd.Param(tensor.FromSlice(c.params[:classes*d], classes, d))
	c.bias = autograd.Param(tensor.FromSlice(c.params[classes*d:], classes))
	c.grad = make([]float64, len(c.params))
	return c
}

// logits returns W·x + b on the classifier's tape, which is to be reset.
func (c *classifier) logits(x *tensor.Tensor[float64]) *autograd.Var[float64] {
	return autograd.Linear(c.tape.Constant(x), c.weight, c.bias)
}

// loss returns the objective at params, and stores its gradient in grad.
func (c *classifier) loss(decay float64) float64 {
	defer c.tape.Reset()
	c.weight.ZeroGrad()
	c.bias.ZeroGrad()
	l := autograd.CrossEntropy(c.logits(c.x), c.labels)
	c.tape.Backward(l)
	weights := c.weight.Value.Len()
	copy(c.grad, c.weight.Grad.Data())
	copy(c.grad[weights:], c.bias.Grad.Data())
	squares := 0.0
	for i, w := range c.params[:weights] {
		squares += float64(w * w)
		c.grad[i] += float64(decay * w)
	}
	return l.Value.Item() + 0.5*decay*squares
}

// probeIterations is how many iterations a fit has at most.
const probeIterations = 500

// train minimizes the objective from where params are, to a gradient of at most
// 10⁻⁵ in each element. So many fits were made before it. Once ctx is done it
// computes no more.
func (c *classifier) train(ctx context.Context, decay float64, fits int) error {
	at, value, iteration := make([]float64, len(c.params)), math.NaN(), 0
	evaluate := func(x []float64) float64 {
		if ctx.Err() != nil {
			return math.NaN()
		}
		if math.IsNaN(value) || !slices.Equal(x, at) {
			tell(ctx, "linear probe", fits*probeIterations+iteration, (len(probeDecays)+1)*probeIterations)
			iteration = min(iteration+1, probeIterations)
			copy(at, x)
			copy(c.params, x)
			value = c.loss(decay)
		}
		return value
	}
	res, err := optimize.Minimize(optimize.Problem{
		Func:   evaluate,
		Grad:   func(grad, x []float64) { evaluate(x); copy(grad, c.grad) },
		Status: func() (optimize.Status, error) { return optimize.NotTerminated, ctx.Err() },
	}, slices.Clone(c.params), &optimize.Settings{
		GradientThreshold: 1e-5, MajorIterations: probeIterations, Converger: optimize.NeverTerminate{},
	}, &optimize.LBFGS{Linesearcher: &optimize.MoreThuente{}, Store: 10})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// An error of the line search says that rounding leaves nothing to gain: the best
	// location so far is the minimum, as far as numbers go.
	if res == nil {
		return fmt.Errorf("eval: linear probe: %w", err)
	}
	copy(c.params, res.X)
	return nil
}

// accuracy returns the fraction of rows whose label has the largest logit.
func (c *classifier) accuracy(rows labeledRows) float64 {
	return Accuracy(c.classes(rows.x), rows.labels)
}

// classes returns the class that the classifier finds for each row.
func (c *classifier) classes(x *tensor.Tensor[float64]) []int {
	defer c.tape.Reset()
	logits := c.logits(x).Value
	found, classes := make([]int, x.Dim(0)), logits.Dim(1)
	for i := range found {
		for j, v := range logits.Data()[i*classes : (i+1)*classes] {
			if v > logits.At(i, found[i]) {
				found[i] = j
			}
		}
	}
	return found
}

// standardized returns both in float64 with the columns' means over the training
// rows subtracted and divided by their deviations. A column without variation
// becomes zero. Once ctx is done, what is left stays as it is.
func standardized[T tensor.Float](ctx context.Context, train, queries *tensor.Tensor[T]) (x, q *tensor.Tensor[float64]) {
	x, q = tensor.Convert[float64](tensor.Contiguous(train)).Clone(), tensor.Convert[float64](tensor.Contiguous(queries)).Clone()
	m, d := x.Dim(0), x.Dim(1)
	parallel.For(d, func(j int) {
		if ctx.Err() != nil {
			return
		}
		mean, square := 0.0, 0.0
		for i := range m {
			mean += x.Data()[i*d+j]
		}
		mean /= float64(m)
		for i := range m {
			v := x.Data()[i*d+j] - mean
			square += float64(v * v)
		}
		scale := 0.0
		if deviation := math.Sqrt(square / float64(m)); deviation > 1e-9*math.Abs(mean) {
			scale = 1 / deviation
		}
		for _, t := range []*tensor.Tensor[float64]{x, q} {
			for i := range t.Dim(0) {
				t.Data()[i*d+j] = (t.Data()[i*d+j] - mean) * scale
			}
		}
	})
	return x, q
}

func countClasses(labels ...[]int) int {
	n := 0
	for _, list := range labels {
		for _, l := range list {
			n = max(n, l+1)
		}
	}
	return n
}

// checkLabeled panics unless both are features of one width with a label each.
func checkLabeled[T tensor.Float](op string, train *tensor.Tensor[T], trainLabels []int, queries *tensor.Tensor[T], labels []int) {
	if train.Rank() != 2 || queries.Rank() != 2 || train.Dim(1) != queries.Dim(1) ||
		train.Dim(0) != len(trainLabels) || queries.Dim(0) != len(labels) || len(labels) == 0 || len(trainLabels) == 0 {
		tensor.Refuse(op, fmt.Sprintf("features (n,d) with a label each are needed, not %d and %d labels", len(trainLabels), len(labels)),
			train.Shape(), queries.Shape())
	}
}
