package mvssl

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// ERDiscrete are the parameters of er-discrete.
type ERDiscrete struct {
	Temperature   float64 `json:"temperature" default:"1" range:"(0, 1e9)" doc:"what logits, of variance 1, are divided by" remedy:"a smaller --temperature"`
	EntropyWeight float64 `json:"entropy_weight" default:"1" range:"[0, 1e9)" doc:"weight of the entropy; 1 is the bound" remedy:"a larger --entropy-weight"`
	Prototypes    int     `json:"prototypes" default:"auto" auto:"64, or an eighth of the training images where they are fewer" range:"[2, 65536]" doc:"number of classes" remedy:"fewer --prototypes"`
}

// Choose sets the number of classes: 64, or fewer so that eight samples come on each, but
// at least two. A batch of n sure assignments has a plug-in entropy of log n at most, so
// that more classes than that only invite unsure ones.
func (p *ERDiscrete) Choose(s Setting) { p.Prototypes = min(64, choosePrototypes(s)) }

// Check reports more classes than images.
func (p ERDiscrete) Check(s Setting) error { return checkPrototypes(p.Prototypes, s) }

var erDiscreteRow = Row{
	Name: "er-discrete", Branches: Identical, Projections: Softmax, Objective: "plug-in entropy + cross-entropy", Nats: true,
	Paper:      "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907",
	Parameters: ERDiscrete{}, Recipe: adamRecipe, Projector: smallProjector, MoreViews: true,
	New32: newERDiscrete[float32], New64: newERDiscrete[float64],
}

// erDiscrete assigns each view to classes by a softmax, and predicts each assignment
// from the other view's (the ER paper, section 4): the bound on I(Z1; W2) itself, with
// the plug-in entropy of the mean assignment and gradients through both views. Nothing
// else keeps the classes in use: no codes, no target, no stop of gradients. One class
// for all images makes both terms 0, and uniform assignments make their sum 0, so no one
// loss tells of a collapse; the bound does.
type erDiscrete[T Float] struct {
	Backbone[T]
	ERDiscrete
	head *nn.MLP[T] // to logits (n, c): linear, and a batch norm without parameters
}

var _ Discrete[float32] = (*erDiscrete[float32])(nil)

func newERDiscrete[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(ERDiscrete)
	n, err := NewBackbone[T](b)
	head := nn.NewMLP[T](b.Rand, nn.MLPConfig{Widths: []int{b.Projector.Out, p.Prototypes}, LastNorm: nn.PlainNorm})
	return &erDiscrete[T]{n, p, head}, err
}

func (m *erDiscrete[T]) Loss(b Batch[T]) Result[T] {
	logits := b.ByView(m.logits(training, b.Whole()))
	return overPairs(logits, func(i, j int) Result[T] {
		er := objective.ERDiscrete(logits[i], logits[j], m.Temperature, m.EntropyWeight)
		return Result[T]{Loss: er.Loss, Terms: []Term{{"entropy", er.Entropy}, {"reconstruction", -er.Reconstruction}}}
	})
}

func (m *erDiscrete[T]) logits(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return m.head.Forward(ctx, m.Forward(ctx, images))
}

func (m *erDiscrete[T]) Parameters() []nn.Named[T] { return Trained(m.State) }

// State visits the backbone and, under "head.", the layer of logits.
func (m *erDiscrete[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	m.head.State(prefix+"head.", visit)
}

// Schedules returns the temperature.
func (m *erDiscrete[T]) Schedules(Progress) []Term {
	return []Term{{temperatureSchedule, m.Temperature}}
}

// Assign makes W of the softmax, and predicts it by the same.
func (m *erDiscrete[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T], err error) {
	logq, err = each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return autograd.LogSoftmax(autograd.Scale(m.logits(nn.Context{}, images), 1/m.Temperature))
	})
	if err != nil {
		return nil, nil, err
	}
	return autograd.Exp(&autograd.Var[T]{Value: logq}).Value, logq, nil
}
