package mvssl

import (
	"context"
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// deepClusterV2 is DeepCluster-v2 (Caron et al., 2020, appendix): spherical k-means
// over a memory of the projections that the last epoch made of its first views,
// before the first epoch one pass over the training set. The centroids become the
// prototypes, which stay as they are for the epoch, and each image's label is that
// of both its views. In main_deepclusterv2.py, images that an epoch leaves out have
// no label in the next; here they keep their memory.
type deepClusterV2[T Float] struct {
	Backbone[T]
	DeepCluster
	prototypes *autograd.Var[T] // (c, d), unit rows, not trained
	memory     *autograd.Var[T] // (samples, d), unit rows
	labels     *autograd.Var[T] // of each sample of the training set
}

var (
	_ Preparer[float32] = (*deepClusterV2[float32])(nil)
	_ Discrete[float32] = (*deepClusterV2[float32])(nil)
	_ Plateaued         = (*deepClusterV2[float32])(nil)
	_ StateChecker      = (*deepClusterV2[float32])(nil)
)

func newDeepClusterV2[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(DeepCluster)
	n, err := NewBackbone[T](b)
	state := func(shape ...int) *autograd.Var[T] { return &autograd.Var[T]{Value: tensor.New[T](shape...)} }
	return &deepClusterV2[T]{
		Backbone: n, DeepCluster: p, prototypes: state(p.Prototypes, b.Projector.Out),
		memory: state(b.Samples, b.Projector.Out), labels: state(b.Samples),
	}, err
}

// Prepare fills the memory before the first epoch, and clusters it.
func (m *deepClusterV2[T]) Prepare(ctx context.Context, e Epoch[T]) error {
	memory := m.memory.Value
	if e.Epoch == 0 {
		var err error
		if memory, err = e.Map(m.Project); err != nil {
			return err
		}
	}
	centroids, labels, err := objective.SphericalKMeans(ctx, e.Rand, memory, m.Prototypes, sphericalKMeansIterations)
	if err != nil {
		return err
	}
	if e.Epoch == 0 {
		tensor.CopyTo(m.memory.Value, memory)
	}
	tensor.CopyTo(m.prototypes.Value, centroids)
	for i, l := range labels {
		m.labels.Value.Data()[i] = T(l)
	}
	return nil
}

func (m *deepClusterV2[T]) Loss(b Batch[T]) Result[T] {
	z := autograd.Normalize(m.Forward(training, b.Whole()), normalizeEps)
	scores := autograd.Scale(autograd.Linear(z, m.prototypes, nil), 1/m.Temperature)
	loss := autograd.CrossEntropy(scores, labelsOf(m.labels.Value.Data(), b, z.Value.Dim(0)))
	for i, sample := range b.Samples {
		tensor.CopyTo(m.memory.Value.Slice(0, sample, sample+1), z.Value.Slice(0, i, i+1))
	}
	return Result[T]{Loss: loss, Terms: []Term{{"cross_entropy", item(loss)}}}
}

// State visits the backbone, the prototypes, the memory and the labels.
func (m *deepClusterV2[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	visit(prefix+"prototypes", m.prototypes)
	visit(prefix+"memory", m.memory)
	visit(prefix+"labels", m.labels)
}

// CheckState reports a label that is no cluster's.
func (m *deepClusterV2[T]) CheckState() error { return checkLabels(m.labels, m.Prototypes) }

// Assign takes the nearest prototype for W.
func (m *deepClusterV2[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T], err error) {
	scores, err := each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return autograd.Linear(m.Project(images), m.prototypes, nil)
	})
	if err != nil {
		return nil, nil, err
	}
	return hardest(scores), logSoftmax(scores, m.Temperature), nil
}

// Schedules returns the temperature.
func (m *deepClusterV2[T]) Schedules(Progress) []Term {
	return []Term{{temperatureSchedule, m.Temperature}}
}

// CollapsedLoss is log c: all prototypes are as near.
func (m *deepClusterV2[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(m.Prototypes)), true
}
