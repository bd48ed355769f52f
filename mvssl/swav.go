package mvssl

import (
	"fmt"
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// SwAV are the parameters of swav.
type SwAV struct {
	Temperature float64 `json:"temperature" default:"0.1" range:"(0, 1e9)" doc:"what similarities to prototypes are divided by"`
	Prototypes  int     `json:"prototypes" default:"auto" auto:"256, or an eighth of the training images where they are fewer" range:"[2, 65536]" doc:"number of prototypes" remedy:"fewer --prototypes"`
	Epsilon     float64 `json:"epsilon" default:"0.03" range:"(0, 1e9)" doc:"entropy of Sinkhorn's codes" remedy:"a smaller --epsilon"`
	Iterations  int     `json:"iterations" default:"3" range:"[1, 10000]" doc:"Sinkhorn's iterations"`
	Queue       int     `json:"queue" default:"0" range:"[0, 16777216]" doc:"projections of earlier batches that the codes see, a multiple of the batch; 0 for none"`
	QueueStart  float64 `json:"queue_start" default:"0" range:"[0, 1)" doc:"fraction of the run before the queue is used"`
	Freeze      float64 `json:"freeze" default:"0.01" range:"[0, 1)" doc:"fraction of the run in which the prototypes stay as they are" remedy:"a longer --freeze"`
	LocalCrops  int     `json:"local_crops" default:"0" range:"[0, 64]" doc:"views of small crops beside the two whole ones"`
}

// Choose sets the number of prototypes.
func (p *SwAV) Choose(s Setting) { p.Prototypes = choosePrototypes(s) }

// Check reports a queue or prototypes that do not go with the run.
func (p SwAV) Check(s Setting) error {
	if p.QueueStart > 0 && p.Queue == 0 {
		return fmt.Errorf("queue_start %v needs a queue", p.QueueStart)
	}
	if p.Queue > 0 {
		if err := checkQueue(p.Queue, s.Batch, "batch", s.Samples); err != nil {
			return err
		}
	}
	return checkPrototypes(p.Prototypes, s)
}

var swavRow = Row{
	Name: "swav", Branches: Identical, Projections: Sinkhorn, Objective: "swapped prediction", Nats: true,
	Paper:      "Caron et al. 2020, arXiv:2006.09882",
	Parameters: SwAV{}, Recipe: adamRecipe.WithWeightDecay(1e-6), Projector: smallProjector, Views: MultiCropViews,
	New32: newSwAV[float32], New64: newSwAV[float64],
}

// swav assigns each whole view of an image to prototypes, in codes that spread the
// batch evenly over them, and predicts each code from every other view (Caron et
// al., 2020). The prediction is the reconstruction of W, the even spread keeps its
// entropy near log c. In the order of main_swav.py: the prototypes are normalized
// first; the codes see a queue of earlier projections, once it is full, under
// today's prototypes; the prototypes stay as they are for a while.
type swav[T Float] struct {
	Backbone[T]
	SwAV
	prototypes *nn.Linear[T]      // (c, d), unit rows at the beginning of each pass
	queues     []*autograd.Var[T] // (length, d), the newest first, one a whole view
}

var (
	_ Freezer           = (*swav[float32])(nil)
	_ Discrete[float32] = (*swav[float32])(nil)
	_ Plateaued         = (*swav[float32])(nil)
)

func newSwAV[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(SwAV)
	n, err := NewBackbone[T](b)
	m := &swav[T]{Backbone: n, SwAV: p, prototypes: newPrototypes[T](b.Rand, b.Projector.Out, p.Prototypes)}
	for range wholeViews {
		m.queues = append(m.queues, &autograd.Var[T]{Value: tensor.New[T](p.Queue, b.Projector.Out)})
	}
	return m, err
}

func (m *swav[T]) Loss(b Batch[T]) Result[T] {
	normalizeRows(m.prototypes.Weight.Value)
	projections := autograd.Normalize(m.ForwardAll(b), normalizeEps)
	z, scores := b.ByView(projections), b.ByView(m.prototypes.Forward(training, projections))
	var loss *autograd.Var[T]
	for i := range wholeViews {
		codes := m.codes(b, i, z[i].Value, scores[i].Value)
		for j := range scores {
			if j == i {
				continue
			}
			ce := autograd.SoftCrossEntropy(autograd.Scale(scores[j], 1/m.Temperature), codes)
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
	if m.Queue == 0 || float64(b.Step) < m.QueueStart*float64(b.Steps) {
		return objective.Sinkhorn(scores, m.Epsilon, m.Iterations)
	}
	all := scores
	if isFull(queue) {
		old := tensor.New[T](m.Queue, m.Prototypes)
		tensor.MatMulTo(old, queue, m.prototypes.Weight.Value, tensor.NoTrans, tensor.Trans)
		all = tensor.Concat(0, old, scores)
	}
	d := queue.Dim(1)
	copy(queue.Data()[n*d:], queue.Data()) // copy moves overlapping memory rightly
	tensor.CopyTo(queue.Slice(0, 0, n), z)
	codes := objective.Sinkhorn(all, m.Epsilon, m.Iterations)
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
	if float64(p.Step) < m.SwAV.Freeze*float64(p.Steps) {
		m.prototypes.Weight.ZeroGrad()
	}
}

func (m *swav[T]) Parameters() []nn.Named[T] { return Trained(m.State) }

// State visits the backbone, "prototypes.weight" and the queues.
func (m *swav[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	m.prototypes.State(prefix+"prototypes.", visit)
	for i, q := range m.queues {
		visit(fmt.Sprintf("%squeue%d", prefix, i), q)
	}
}

// Assign makes W of Sinkhorn's codes over all the images.
func (m *swav[T]) Assign(each Mapper[T]) (w, logq *tensor.Tensor[T], err error) {
	prototypes := autograd.Normalize(&autograd.Var[T]{Value: m.prototypes.Weight.Value}, normalizeEps)
	scores, err := each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return autograd.Linear(m.Project(images), prototypes, nil)
	})
	if err != nil {
		return nil, nil, err
	}
	return objective.Sinkhorn(scores, m.Epsilon, m.Iterations), logSoftmax(scores, m.Temperature), nil
}

// Schedules returns the temperature.
func (m *swav[T]) Schedules(Progress) []Term { return []Term{{temperatureSchedule, m.Temperature}} }

// CollapsedLoss is log c: all prototypes are as near.
func (m *swav[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(m.Prototypes)), true
}
