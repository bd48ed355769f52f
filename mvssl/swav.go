package mvssl

import (
	"fmt"
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

var swavRow = Row{
	Name:        "swav",
	Branches:    "identical",
	Projections: "prototypes, Sinkhorn's codes; queue, multi-crop",
	Objective:   "swapped prediction",
	Paper:       "Caron et al. 2020, arXiv:2006.09882",

	Hyperparameters: []string{"temperature", "prototypes", "epsilon", "iterations", "queue", "queue_start", "freeze", "local_crops"},
	Defaults: func() (Config, Recipe) {
		recipe := adamRecipe
		recipe.WeightDecay = 1e-6
		return Config{
			Projector: smallProjector, Temperature: 0.1, Epsilon: 0.03, Iterations: 3, Freeze: 0.01,
		}, recipe
	},
	Fit: fitPrototypes,
	Check: func(c Config, s Setting) error {
		if c.QueueStart > 0 && c.Queue == 0 {
			return fmt.Errorf("queue_start %v needs a queue", c.QueueStart)
		}
		if c.Queue > 0 {
			if err := checkQueue(c.Queue, s.Batch, "batch", s.Samples); err != nil {
				return err
			}
		}
		return checkPrototypes(c, s)
	},
	Views: multiCropViews,
	New32: newSwAV[float32], New64: newSwAV[float64],
}

// swav assigns each whole view of an image to prototypes, in codes that spread the
// batch evenly over them, and predicts each code from every other view (Caron et
// al., 2020). The prediction is the reconstruction of W, the even spread keeps its
// entropy near log c. In the order of main_swav.py: the prototypes are normalized
// first; the codes see a queue of earlier projections, once it is full, under
// today's prototypes; the prototypes stay as they are for a while.
type swav[T Float] struct {
	backbone[T]
	prototypes *nn.Linear[T]      // (c, d), unit rows at the beginning of each pass
	queues     []*autograd.Var[T] // (length, d), the newest first, one a whole view
	c          Config
}

func newSwAV[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	m := &swav[T]{backbone: b, prototypes: newPrototypes[T](rng, c.Projector.Out, c.Prototypes), c: c}
	for range wholeViews {
		m.queues = append(m.queues, &autograd.Var[T]{Value: tensor.New[T](c.Queue, c.Projector.Out)})
	}
	return m, err
}

func (m *swav[T]) Loss(b Batch[T]) Result[T] {
	normalizeRows(m.prototypes.Weight.Value)
	features := joined(b, func(x *autograd.Var[T]) *autograd.Var[T] { return m.encoder.Forward(training, x) })
	projections := autograd.Normalize(m.projector.Forward(training, features), normalizeEps)
	z, scores := split(projections, b), split(m.prototypes.Forward(training, projections), b)
	var loss *autograd.Var[T]
	for i := range wholeViews {
		codes := m.codes(b, i, z[i].Value, scores[i].Value)
		for j := range scores {
			if j == i {
				continue
			}
			ce := autograd.SoftCrossEntropy(autograd.Scale(scores[j], 1/m.c.Temperature), codes)
			if loss == nil {
				loss = ce
			} else {
				loss = autograd.Add(loss, ce)
			}
		}
	}
	loss = autograd.Scale(loss, 1/float64(wholeViews*(len(scores)-1)))
	return Result[T]{Loss: loss, Terms: []Term{{"swapped_prediction", item(loss)}}}
}

// codes returns Sinkhorn's codes of whole view i, and pushes its projections to
// the view's queue.
func (m *swav[T]) codes(b Batch[T], i int, z, scores *tensor.Tensor[T]) *tensor.Tensor[T] {
	queue, n := m.queues[i].Value, len(b.Samples)
	if m.c.Queue == 0 || float64(b.Step) < m.c.QueueStart*float64(b.Steps) {
		return objective.Sinkhorn(scores, m.c.Epsilon, m.c.Iterations)
	}
	all := scores
	if isFull(queue) {
		old := tensor.New[T](m.c.Queue, m.c.Prototypes)
		tensor.MatMulTo(old, queue, m.prototypes.Weight.Value, tensor.NoTrans, tensor.Trans)
		all = tensor.Concat(0, old, scores)
	}
	d := m.c.Projector.Out
	copy(queue.Data()[n*d:], queue.Data()) // copy moves overlapping memory rightly
	tensor.CopyTo(queue.Slice(0, 0, n), z)
	codes := objective.Sinkhorn(all, m.c.Epsilon, m.c.Iterations)
	return codes.Slice(0, all.Dim(0)-n, all.Dim(0))
}

// isFull reports whether the oldest place of a queue that began as zeros has been
// filled.
func isFull[T Float](queue *tensor.Tensor[T]) bool {
	for _, v := range queue.Slice(0, queue.Dim(0)-1, queue.Dim(0)).Data() {
		if v != 0 {
			return true
		}
	}
	return false
}

// Freeze keeps the prototypes as they are at first.
func (m *swav[T]) Freeze(p Progress) {
	if float64(p.Step) < m.c.Freeze*float64(p.Steps) {
		m.prototypes.Weight.ZeroGrad()
	}
}

func (m *swav[T]) Parameters() []nn.Named[T] { return parameters(m.State) }

// State visits the backbone, "prototypes.weight" and the queues.
func (m *swav[T]) State(prefix string, visit nn.Visitor[T]) {
	m.backbone.State(prefix, visit)
	m.prototypes.State(prefix+"prototypes.", visit)
	for i, q := range m.queues {
		visit(fmt.Sprintf("%squeue%d", prefix, i), q)
	}
}

// Assign makes W of Sinkhorn's codes over all the images.
func (m *swav[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T]) {
	prototypes := autograd.Normalize(&autograd.Var[T]{Value: m.prototypes.Weight.Value}, normalizeEps)
	scores := each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return autograd.Linear(m.Project(images), prototypes, nil)
	})
	return objective.Sinkhorn(scores, m.c.Epsilon, m.c.Iterations), logSoftmax(scores, m.c.Temperature)
}

// CollapsedLoss is log c: all prototypes are as near.
func (m *swav[T]) CollapsedLoss() float64 { return math.Log(float64(m.c.Prototypes)) }
