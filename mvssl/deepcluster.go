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

var deepClusterRow = Row{
	Name:        "deepcluster",
	Branches:    "identical",
	Projections: "k-means pseudo-labels, sampled uniformly",
	Objective:   "cross-entropy",
	Paper:       "Caron et al. 2018, arXiv:1807.05520; v2: Caron et al. 2020, arXiv:2006.09882",

	Hyperparameters: []string{"variant", "prototypes", "temperature", "head_lr"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: smallProjector, Variant: "original"}, adamRecipe
	},
	Fit: func(c *Config, s Setting) {
		fitPrototypes(c, s)
		original := c.Variant != "v2"
		switch {
		case c.Temperature == 0 && original:
			c.Temperature = 1
		case c.Temperature == 0:
			c.Temperature = 0.1
		}
		if c.HeadLR == 0 && original {
			c.HeadLR = 0.05
		}
	},
	Check: func(c Config, s Setting) error {
		switch {
		case c.Variant != "original" && c.Variant != "v2":
			return fmt.Errorf("variant %q of deepcluster is unknown: there are original, v2", c.Variant)
		case c.Variant == "v2" && c.HeadLR != 0:
			return fmt.Errorf("head_lr means nothing to variant v2 of deepcluster, whose head is the centroids")
		}
		return checkPrototypes(c, s)
	},
	New32: newDeepClusterVariant[float32], New64: newDeepClusterVariant[float64],
}

func newDeepClusterVariant[T Float](rng *rand.Rand, c Config, s Setting) (Method[T], error) {
	if c.Variant == "v2" {
		return newDeepClusterV2[T](rng, c, s)
	}
	return newDeepCluster[T](rng, c, s)
}

// deepCluster is DeepCluster (Caron et al., 2018). Before each epoch, k-means over
// the projections of the whole training set, whitened and normalised, gives each
// image a pseudo-label W; a new linear head then learns to tell them, from
// projections behind a ReLU, for images sampled uniformly over the clusters. The
// cross-entropy is the reconstruction; the sampling keeps the entropy of W at its
// maximum, log of the number of clusters. Of deepcluster main.py this leaves out the
// Sobel filter and sees two views of an image in place of one.
type deepCluster[T Float] struct {
	backbone[T]
	head   *nn.Linear[T]
	labels *autograd.Var[T] // of each sample of the training set
	c      Config
}

func newDeepCluster[T Float](rng *rand.Rand, c Config, s Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	return &deepCluster[T]{
		backbone: b, head: nn.NewLinear[T](rng, c.Projector.Out, c.Prototypes, true),
		labels: &autograd.Var[T]{Value: tensor.New[T](s.Samples)}, c: c,
	}, err
}

// Iterations of k-means: clustering.py's and main_deepclusterv2.py's.
const (
	kMeansIterations          = 20
	sphericalKMeansIterations = 10
)

// Prepare clusters the training set and begins a new head: weights from
// N(0, 0.01²), no bias.
func (m *deepCluster[T]) Prepare(_ context.Context, e Epoch[T]) error {
	z, err := e.Map(func(x *autograd.Var[T]) *autograd.Var[T] { return m.Forward(nn.Context{}, x) })
	if err != nil {
		return err
	}
	whiten(z)
	normalizeRows(z)
	_, labels := objective.KMeans(e.Rand, z, m.c.Prototypes, kMeansIterations)
	for i, l := range labels {
		m.labels.Value.Data()[i] = T(l)
	}
	for i := range m.head.Weight.Value.Data() {
		m.head.Weight.Value.Data()[i] = T(0.01 * e.Rand.NormFloat64())
	}
	m.head.Bias.Value.Fill(0)
	return nil
}

// Order takes as many samples from each cluster.
func (m *deepCluster[T]) Order(rng *rand.Rand) []int {
	return uniformOrder(rng, m.labels.Value.Data(), m.c.Prototypes)
}

func (m *deepCluster[T]) Loss(b Batch[T]) Result[T] {
	z := m.logits(training, b.Groups[0])
	loss := autograd.CrossEntropy(z, labelsOf(m.labels.Value.Data(), b, z.Value.Dim(0)))
	return Result[T]{Loss: loss, Terms: []Term{{"cross_entropy", item(loss)}}}
}

func (m *deepCluster[T]) logits(ctx nn.Context, images *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Scale(m.head.Forward(ctx, autograd.ReLU(m.Forward(ctx, images))), 1/m.c.Temperature)
}

// labelsOf returns the label of each of the rows, the views of a batch.
func labelsOf[T Float](labels []T, b Batch[T], rows int) []int {
	of := make([]int, rows)
	for i := range of {
		of[i] = int(labels[b.Samples[i%len(b.Samples)]])
	}
	return of
}

// Groups trains the head by plain gradient descent at a constant rate, which
// remembers nothing of the head before.
func (m *deepCluster[T]) Groups(r Recipe) []Group[T] {
	head := Recipe{Optimizer: "sgd", LR: m.c.HeadLR, WeightDecay: r.WeightDecay, DecayNorms: r.DecayNorms, Schedule: "constant"}
	return []Group[T]{{m.backbone.Parameters(), r}, {parameters(m.headState), head}}
}

func (m *deepCluster[T]) Parameters() []nn.Named[T] { return parameters(m.State) }

// State visits the backbone, the head and the labels.
func (m *deepCluster[T]) State(prefix string, visit nn.Visitor[T]) {
	m.backbone.State(prefix, visit)
	m.headState(prefix, visit)
	visit(prefix+"labels", m.labels)
}

func (m *deepCluster[T]) headState(prefix string, visit nn.Visitor[T]) {
	m.head.State(prefix+"head.", visit)
}

// Assign takes the cluster that the head thinks most likely for W, since images
// outside the training set have no other.
func (m *deepCluster[T]) Assign(images *autograd.Var[T]) (w, logq *autograd.Var[T]) {
	logq = autograd.LogSoftmax(m.logits(nn.Context{}, images))
	return &autograd.Var[T]{Value: hardest(logq.Value)}, logq
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

// CollapsedLoss is log c: the head cannot tell the clusters.
func (m *deepCluster[T]) CollapsedLoss() float64 { return math.Log(float64(m.c.Prototypes)) }
