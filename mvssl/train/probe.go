package train

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/nn"
	"entrec/tensor"
)

// Probe says whether a linear classifier is trained beside the encoder, on its features
// and the labels.
type Probe string

// The probes.
const (
	NoProbe     Probe = "none"
	OnlineProbe Probe = "online"
)

// Choices returns the probes.
func (Probe) Choices() []string { return []string{string(NoProbe), string(OnlineProbe)} }

// UnmarshalText takes one of the probes.
func (p *Probe) UnmarshalText(text []byte) error {
	if !slices.Contains(p.Choices(), string(text)) {
		return fmt.Errorf("found %q, expected %s", text, strings.Join(p.Choices(), " or "))
	}
	*p = Probe(text)
	return nil
}

// probeLR is the learning rate at its peak, that of solo-learn's and lightly's online
// classifiers.
const probeLR = 0.1

// probe is the online classifier: batch norm, so that it does not depend on the features'
// scale, and a linear layer, trained by SGD with momentum 0.9 and a learning rate that
// falls by half a cosine. No gradient reaches the encoder. A nil probe does nothing.
type probe[T tensor.Float] struct {
	norm      *nn.BatchNorm[T]
	linear    *nn.Linear[T]
	optimizer nn.Optimizer[T]
	params    []nn.Named[T]
	tape      *autograd.Tape[T]
	method    string
	seen      []*tensor.Tensor[T] // features of the pass
}

// newProbe returns an untrained classifier of a method's features. The error says that
// the method does not show them.
func newProbe[T tensor.Float](m mvssl.Method[T], cfg Config) (*probe[T], error) {
	w, ok := m.(mvssl.Watched[T])
	if !ok {
		return nil, fmt.Errorf("method %s does not show the features that it trains, which --probe online needs", cfg.Model.Method)
	}
	p, err := newClassifier[T](cfg.Model.Method, m.Encoder().Dim(), cfg.Classes)
	w.Watch(func(features *autograd.Var[T]) { p.seen = append(p.seen, features.Value) })
	return p, err
}

// newClassifier returns a probe of features of a width, whose layer begins with zeros.
func newClassifier[T tensor.Float](method string, dim, classes int) (*probe[T], error) {
	p := &probe[T]{
		norm: nn.NewBatchNorm[T](dim), linear: nn.NewLinear[T](rand.New(rand.NewPCG(0, 0)), dim, classes, nn.WithBias),
		tape: autograd.NewTape[T](), method: method,
	}
	p.linear.Weight.Value.Fill(0)
	p.linear.Bias.Value.Fill(0)
	p.params = mvssl.Trained(p.networks)
	var err error
	p.optimizer, err = nn.NewOptimizer(p.params, nn.OptimizerConfig{Name: nn.OptimizerSGD, Momentum: 0.9})
	return p, err
}

func (p *probe[T]) networks(prefix string, visit nn.Visitor[T]) {
	p.norm.State(prefix+"norm.", visit)
	p.linear.State(prefix+"linear.", visit)
}

// State visits the classifier and its optimizer.
func (p *probe[T]) State(prefix string, visit nn.Visitor[T]) {
	p.networks(prefix, visit)
	p.optimizer.State(prefix+"optimizer.", visit)
}

// learn makes a step on the features of the pass of a batch, before the pass goes backward,
// which uses their memory for gradients. It errors where the method showed none, or not a row
// for each sample and view.
func (p *probe[T]) learn(b mvssl.Batch[T], labels []int) error {
	if p == nil {
		return nil
	}
	defer p.tape.Reset()
	n, of := len(b.Samples), []int(nil)
	parts := make([]*autograd.Var[T], len(p.seen))
	for i, features := range p.seen {
		rows := features.Dim(0)
		if rows%n != 0 {
			return fmt.Errorf("method %s shows %d rows of features of %d samples, expected a row for each sample and view", p.method, rows, n)
		}
		for r := range rows {
			of = append(of, labels[b.Samples[r%n]])
		}
		parts[i] = p.tape.Constant(features)
	}
	p.seen = p.seen[:0]
	if len(parts) == 0 {
		return fmt.Errorf("method %s shows no features, which --probe online needs", p.method)
	}
	features := parts[0]
	if len(parts) > 1 {
		features = autograd.Concat(0, parts...)
	}
	p.tape.Backward(autograd.CrossEntropy(p.logits(nn.Context{Training: true}, features), of))
	p.optimizer.Step(nn.Cosine(b.Step, b.Steps, probeLR, 0), 0)
	for _, v := range p.params {
		v.ZeroGrad()
	}
	return nil
}

func (p *probe[T]) logits(ctx nn.Context, features *autograd.Var[T]) *autograd.Var[T] {
	return p.linear.Forward(ctx, p.norm.Forward(ctx, features))
}

// accuracy returns the part of features (n, dim) whose label has the largest logit, nil
// without a probe.
func (p *probe[T]) accuracy(features *tensor.Tensor[T], labels []int) *float64 {
	if p == nil {
		return nil
	}
	logits := tensor.Contiguous(p.logits(nn.Context{}, autograd.NewFrozenTape[T]().Constant(features)).Value)
	right, classes := 0.0, logits.Dim(1)
	for i, label := range labels {
		row := logits.Data()[i*classes : (i+1)*classes]
		if slices.Index(row, slices.Max(row)) == label {
			right++
		}
	}
	right /= float64(len(labels))
	return &right
}
