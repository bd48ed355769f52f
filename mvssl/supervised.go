package mvssl

import (
	"fmt"
	"math"
	"slices"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// Supervised are the parameters of supervised: it has none.
type Supervised struct{}

// Check reports images without labels, or with one class alone.
func (Supervised) Check(s Setting) error {
	if s.Classes < 2 {
		return fmt.Errorf("method supervised: found labels of %d classes, expected at least 2", s.Classes)
	}
	return nil
}

var supervisedRow = Row{
	Name: "supervised", Branches: Identical, Projections: Softmax, Objective: "cross-entropy with the labels", Nats: true,
	Paper:      "He et al. 2016, arXiv:1512.03385",
	Parameters: Supervised{}, Recipe: contrastiveRecipe.WithLR(0.1), Projector: smallProjector, MoreViews: true, Supervised: true,
	New32: newSupervised[float32], New64: newSupervised[float64],
}

// supervised is the baseline that is told the classes: a linear head on the encoder's
// features, trained by cross-entropy on the label of each view's image (He et al., 2016).
// The label takes the place of the other view's W in the bound: I(Z; Y) is at least
// H(Y) + E[log q(Y|Z)], whose entropy is the data's. There is no projector.
type supervised[T Float] struct {
	Backbone[T] // whose projector has no layers: projections are features
	head        *nn.Linear[T]
}

var (
	_ Discrete[float32] = (*supervised[float32])(nil)
	_ Plateaued         = (*supervised[float32])(nil)
)

func newSupervised[T Float](b Build) (Method[T], error) {
	encoder, err := newEncoder[T](b)
	if err != nil {
		return nil, err
	}
	none := nn.NewMLP[T](b.Rand, nn.MLPConfig{Widths: []int{encoder.Dim()}})
	return &supervised[T]{
		Backbone[T]{encoder: encoder, projector: none}, nn.NewLinear[T](b.Rand, encoder.Dim(), b.Classes, nn.WithBias),
	}, nil
}

// Loss is the mean over all views of −log q(label).
func (m *supervised[T]) Loss(b Batch[T]) Result[T] {
	logits := m.logits(training, b.Whole())
	views := logits.Value.Dim(0) / len(b.Labels)
	loss := autograd.CrossEntropy(logits, slices.Repeat(b.Labels, views))
	return Result[T]{Loss: loss, Terms: []Term{{"cross_entropy", item(loss)}}}
}

func (m *supervised[T]) logits(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return m.head.Forward(ctx, m.Forward(ctx, images))
}

func (m *supervised[T]) Parameters() []nn.Named[T] { return Trained(m.State) }

// State visits the encoder and, under "head.", the layer of logits.
func (m *supervised[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	m.head.State(prefix+"head.", visit)
}

// Assign makes W of the softmax over the classes, and predicts it by the same.
func (m *supervised[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T], err error) {
	logq, err = each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return autograd.LogSoftmax(m.logits(nn.Context{}, images))
	})
	if err != nil {
		return nil, nil, err
	}
	return autograd.Exp(&autograd.Var[T]{Value: logq}).Value, logq, nil
}

// CollapsedLoss is log c, where all of the c classes have as many images: what a head says
// that has learned nothing.
func (m *supervised[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(m.head.Bias.Value.Len())), true
}
