package mvssl

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// DeepCluster are the parameters of deepcluster.
type DeepCluster struct {
	Variant     DeepClusterVariant `json:"variant" default:"original" doc:"the original, with a new head each epoch, or v2, with centroids as prototypes"`
	Prototypes  int                `json:"prototypes" default:"auto" auto:"256, or an eighth of the training images where they are fewer" range:"[2, 65536]" doc:"number of clusters" remedy:"fewer --prototypes"`
	Temperature float64            `json:"temperature" default:"0.1" range:"(0, 1e9)" doc:"what cosines to clusters are divided by"`
}

// DeepClusterVariant is which version of DeepCluster.
type DeepClusterVariant string

// The versions: of 2018, and of the appendix of SwAV's paper.
const (
	DeepClusterOriginal DeepClusterVariant = "original"
	DeepClusterV2       DeepClusterVariant = "v2"
)

// Choices returns the versions.
func (DeepClusterVariant) Choices() []string {
	return []string{string(DeepClusterOriginal), string(DeepClusterV2)}
}

// UnmarshalText takes one of the versions.
func (v *DeepClusterVariant) UnmarshalText(text []byte) error { return choose(v, text) }

// Choose sets the number of clusters.
func (p *DeepCluster) Choose(s Setting) { p.Prototypes = choosePrototypes(s) }

// Check reports more clusters than images.
func (p DeepCluster) Check(s Setting) error { return checkPrototypes(p.Prototypes, s) }

var deepClusterRow = Row{
	Name: "deepcluster", Branches: Identical, Projections: KMeans, Objective: "cross-entropy of sampled pseudo-labels", Nats: true,
	Paper:      "Caron et al. 2018, arXiv:1807.05520; v2: Caron et al. 2020, arXiv:2006.09882",
	Parameters: DeepCluster{}, Recipe: adamRecipe, Projector: smallProjector, MoreViews: true,
	New32: newDeepClusterVariant[float32], New64: newDeepClusterVariant[float64],
}

func newDeepClusterVariant[T Float](b Build) (Method[T], error) {
	if b.Parameters.(DeepCluster).Variant == DeepClusterV2 {
		return newDeepClusterV2[T](b)
	}
	return newDeepCluster[T](b)
}

// deepCluster is DeepCluster (Caron et al., 2018). Before each epoch, k-means over
// the projections of the whole training set gives each image a pseudo-label W; a new
// head then learns to tell them, for images sampled uniformly over the clusters.
// The cross-entropy is the reconstruction; the sampling keeps the entropy of W at
// its maximum, log of the number of clusters.
//
// What differs from deepcluster main.py: projections lie on the sphere and the head
// goes by cosines, divided by the temperature, in place of a whitening and a linear
// head; the new head begins as the clusters' means. A random one needs the thousands
// of steps that an epoch of ImageNet has; in the hundred or so of a small data set it
// has learned nothing when the next one takes its place. There is no Sobel filter, and
// two views of an image are seen in place of one.
type deepCluster[T Float] struct {
	Backbone[T]
	DeepCluster
	head   *nn.Linear[T]    // (c, d), of which only the rows' directions count
	labels *autograd.Var[T] // of each sample of the training set
}

var (
	_ Preparer[float32] = (*deepCluster[float32])(nil)
	_ Sampler           = (*deepCluster[float32])(nil)
	_ Discrete[float32] = (*deepCluster[float32])(nil)
	_ Plateaued         = (*deepCluster[float32])(nil)
	_ StateChecker      = (*deepCluster[float32])(nil)
)

func newDeepCluster[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(DeepCluster)
	n, err := NewBackbone[T](b)
	return &deepCluster[T]{
		Backbone: n, DeepCluster: p, head: newPrototypes[T](b.Rand, b.Projector.Out, p.Prototypes),
		labels: &autograd.Var[T]{Value: tensor.New[T](b.Samples)},
	}, err
}

// Iterations of k-means: clustering.py's and main_deepclusterv2.py's.
const (
	kMeansIterations          = 20
	sphericalKMeansIterations = 10
)

// Prepare clusters the training set and begins a new head.
func (m *deepCluster[T]) Prepare(ctx context.Context, e Epoch[T]) error {
	z, err := e.Map(m.Project)
	if err != nil {
		return err
	}
	means, labels, err := objective.KMeans(ctx, e.Rand, z, m.Prototypes, kMeansIterations)
	if err != nil {
		return err
	}
	normalizeRows(means)
	tensor.CopyTo(m.head.Weight.Value, means)
	for i, l := range labels {
		m.labels.Value.Data()[i] = T(l)
	}
	return nil
}

// Order takes as many samples from each cluster.
func (m *deepCluster[T]) Order(rng *rand.Rand) []int {
	return uniformOrder(rng, m.labels.Value.Data(), m.Prototypes)
}

func (m *deepCluster[T]) Loss(b Batch[T]) Result[T] {
	z := m.logits(training, b.Whole())
	loss := autograd.CrossEntropy(z, labelsOf(m.labels.Value.Data(), b, z.Value.Dim(0)))
	return Result[T]{Loss: loss, Terms: []Term{{"cross_entropy", item(loss)}}}
}

func (m *deepCluster[T]) logits(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Scale(logits(m.Forward(ctx, images), m.head), 1/m.Temperature)
}

// Schedules returns the temperature.
func (m *deepCluster[T]) Schedules(Progress) []Term {
	return []Term{{temperatureSchedule, m.Temperature}}
}

// labelsOf returns the label of each of the rows, the views of a batch.
func labelsOf[T Float](labels []T, b Batch[T], rows int) []int {
	of := make([]int, rows)
	for i := range of {
		of[i] = int(labels[b.Samples[i%len(b.Samples)]])
	}
	return of
}

func (m *deepCluster[T]) Parameters() []nn.Named[T] { return Trained(m.State) }

// State visits the backbone, the head and the labels.
func (m *deepCluster[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	m.head.State(prefix+"head.", visit)
	visit(prefix+"labels", m.labels)
}

// CheckState reports a label that is no cluster's.
func (m *deepCluster[T]) CheckState() error { return checkLabels(m.labels, m.Prototypes) }

// checkLabels reports a label that is not that of one of so many clusters.
func checkLabels[T Float](labels *autograd.Var[T], clusters int) error {
	for i, l := range labels.Value.Data() {
		if !(l >= 0 && l < T(clusters)) || l != T(int(l)) {
			return fmt.Errorf("tensor \"labels\": found %v at %d, expected a whole number below %d", l, i, clusters)
		}
	}
	return nil
}

// Assign takes the nearest direction of the head for W.
func (m *deepCluster[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T], err error) {
	logq, err = each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return autograd.LogSoftmax(m.logits(nn.Context{}, images))
	})
	if err != nil {
		return nil, nil, err
	}
	return hardest(logq), logq, nil
}

// hardest returns, for each row, 1 in the place of its largest element, the first
// among equals, and 0 elsewhere.
func hardest[T Float](x *tensor.Tensor[T]) *tensor.Tensor[T] {
	n, c := x.Dim(0), x.Dim(1)
	w := tensor.New[T](n, c)
	for i := range n {
		best := 0
		for j, v := range x.Data()[i*c : (i+1)*c] {
			if v > x.Data()[i*c+best] {
				best = j
			}
		}
		w.Data()[i*c+best] = 1
	}
	return w
}

// CollapsedLoss is log c: all clusters are as near.
func (m *deepCluster[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(m.Prototypes)), true
}
