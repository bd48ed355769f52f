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

// MoCo are the parameters of moco.
type MoCo struct {
	Temperature float64     `json:"temperature" default:"0.2" range:"(0, 1e9)" doc:"what similarities are divided by"`
	EMA         float64     `json:"ema" default:"auto" auto:"by the run's length" range:"[0, 1]" doc:"base momentum of the key encoder" remedy:"a larger --ema"`
	EMASchedule EMASchedule `json:"ema_schedule" default:"constant" doc:"how the momentum goes over the run: constant, or to 1 by half a cosine"`
	Queue       int         `json:"queue" default:"auto" auto:"4096, or half the training images where they are fewer" range:"[1, 16777216]" doc:"keys of earlier batches that are kept, a multiple of two batches"`
	BNSplits    int         `json:"bn_splits" default:"1" range:"[1, 65536]" doc:"parts of a batch with batch norm of their own, those of the keys shuffled"`
}

// Choose sets the momentum and the queue.
func (p *MoCo) Choose(s Setting) {
	p.EMA = EMABase(s.Steps, 0.99)
	p.Queue = fitQueue(4096, wholeViews*s.Batch, s.Samples)
}

// Check reports a queue or a number of splits that does not go with the batch.
func (p MoCo) Check(s Setting) error {
	if err := checkQueue(p.Queue, wholeViews*s.Batch, "batch × 2 views", wholeViews*s.Samples); err != nil {
		return err
	}
	if rows := wholeViews * s.Batch; p.BNSplits > rows/2 || rows%p.BNSplits != 0 {
		return fmt.Errorf("bn_splits %d must divide the %d views of a batch into parts of at least 2", p.BNSplits, rows)
	}
	return nil
}

var mocoRow = Row{
	Name: "moco", Branches: EMATarget, Projections: OnSphere, Objective: "InfoNCE against the queue", Nats: true,
	Paper:      "Chen et al. 2020 (v2), arXiv:2003.04297; He et al. 2020, arXiv:1911.05722",
	Parameters: MoCo{}, Recipe: contrastiveRecipe, Projector: smallProjector,
	New32: newMoCo[float32], New64: newMoCo[float64],
}

// fitQueue returns the largest multiple of what is pushed at once up to most and
// up to half the samples, so that hardly any has both views in it, but at least
// what is pushed at once.
func fitQueue(most, push, samples int) int {
	return max(min(most, samples/2)/push, 1) * push
}

// checkQueue reports a length that is no multiple of what is pushed at once, or more
// than an epoch makes.
func checkQueue(queue, push int, what string, epoch int) error {
	if queue > max(epoch, push) {
		return fmt.Errorf("queue %d is more than the %d projections of an epoch: at most --queue %d would do", queue, epoch, max(epoch/push, 1)*push)
	}
	if queue >= push && queue%push == 0 {
		return nil
	}
	low := queue / push * push
	would := fmt.Sprintf("%d would do", low+push)
	if low > 0 {
		would = fmt.Sprintf("%d or %d would do", low, low+push)
	}
	return fmt.Errorf("queue %d must be a multiple of %d (%s): --queue %s", queue, push, what, would)
}

// moco is MoCo v2 (Chen et al., 2020), symmetric as in the authors' CIFAR demo: each
// view's query has the other view's key as its positive and the keys of earlier
// batches as negatives; the loss is the mean of both directions, on the queue as it
// was before this batch's keys enter. Keys come from an EMA of the query's network.
//
// Batch norm can tell a query which key was normalized along with it: the loss
// falls without anything being learned. MoCo shuffles the keys among GPUs, each with
// its own statistics. On one device, bn_splits > 1 does that: the batch goes
// through in so many parts, whose composition differs between queries and keys
// (SplitBatchNorm of the demo). It needs parts of 32 or so, and pays in long runs:
// the demo reports 4 points at 800 epochs.
type moco[T Float] struct {
	Backbone[T]
	MoCo
	target Target[T]
	queue  *autograd.Var[T] // (length, d), unit rows
	next   *autograd.Var[T] // where the next keys go
	batch  int
}

var (
	_ Updater      = (*moco[float32])(nil)
	_ Plateaued    = (*moco[float32])(nil)
	_ StateChecker = (*moco[float32])(nil)
)

func newMoCo[T Float](b Build) (Method[T], error) {
	p := b.Parameters.(MoCo)
	n, err := NewBackbone[T](b)
	if err != nil {
		return nil, err
	}
	t, err := NewTarget(&n, b)
	queue := tensor.New[T](p.Queue, b.Projector.Out)
	for i := range queue.Data() {
		queue.Data()[i] = T(b.Rand.NormFloat64())
	}
	normalizeRows(queue)
	return &moco[T]{n, p, t, &autograd.Var[T]{Value: queue}, &autograd.Var[T]{Value: tensor.New[T]()}, b.Batch}, err
}

func (m *moco[T]) Loss(b Batch[T]) Result[T] {
	queries := b.ByView(inParts(m.BNSplits, b.Whole(), func(x *autograd.Var[T]) *autograd.Var[T] {
		return m.Forward(training, x)
	}))
	keys, n := m.keys(b), len(b.Samples)
	loss := autograd.Scale(autograd.Add(
		objective.MoCo(queries[0], keys.Slice(0, n, 2*n), m.queue.Value, m.Temperature),
		objective.MoCo(queries[1], keys.Slice(0, 0, n), m.queue.Value, m.Temperature)), 0.5)
	m.enqueue(keys)
	return Result[T]{Loss: loss, Terms: []Term{{"info_nce", item(loss)}}}
}

// keys returns the target's projections of all views, unit rows.
func (m *moco[T]) keys(b Batch[T]) *tensor.Tensor[T] {
	images := b.Whole().Value
	forward := func(x *autograd.Var[T]) *autograd.Var[T] { return m.target.Forward(training, x) }
	if m.BNSplits == 1 {
		return m.target.Map(images, func(x *autograd.Var[T]) *autograd.Var[T] {
			return autograd.Normalize(forward(x), normalizeEps)
		}).Value
	}
	shuffle := rand.New(rand.NewPCG(uint64(b.Step), shuffleStream)).Perm(images.Dim(0))
	back := make([]int, len(shuffle))
	for i, from := range shuffle {
		back[from] = i
	}
	return m.target.Map(gatherImages(images, shuffle), func(x *autograd.Var[T]) *autograd.Var[T] {
		return autograd.Normalize(autograd.Gather(inParts(m.BNSplits, x, forward), back), normalizeEps)
	}).Value
}

// shuffleStream is the stream of random numbers that shuffles keys.
const shuffleStream = 0x6d6f636f

// inParts returns f of images, a part of them at a time.
func inParts[T Float](parts int, images *autograd.Var[T], f func(*autograd.Var[T]) *autograd.Var[T]) *autograd.Var[T] {
	if parts == 1 {
		return f(images)
	}
	n := images.Value.Dim(0) / parts
	z := make([]*autograd.Var[T], parts)
	for i := range z {
		z[i] = f(autograd.Slice(images, 0, i*n, (i+1)*n))
	}
	return autograd.Concat(0, z...)
}

// gatherImages returns the images at the given places, channels-last.
func gatherImages[T Float](images *tensor.Tensor[T], places []int) *tensor.Tensor[T] {
	out := tensor.FromChannelsLast(make([]T, images.Len()), images.Shape()...)
	for i, from := range places {
		tensor.CopyTo(out.Slice(0, i, i+1), images.Slice(0, from, from+1))
	}
	return out
}

// enqueue puts keys in the place of the oldest.
func (m *moco[T]) enqueue(keys *tensor.Tensor[T]) {
	at, n := int(m.next.Value.Item()), keys.Dim(0)
	tensor.CopyTo(m.queue.Value.Slice(0, at, at+n), keys)
	m.next.Value.Fill(T((at + n) % m.Queue))
}

// Update lets the target follow. The official file does so before the next step's
// keys, which is the same.
func (m *moco[T]) Update(p Progress) { m.target.Follow(&m.Backbone, m.EMASchedule.At(m.EMA, p)) }

// Schedules returns the momentum of the keys and the temperature.
func (m *moco[T]) Schedules(p Progress) []Term {
	return []Term{{emaSchedule, m.EMASchedule.At(m.EMA, p)}, {temperatureSchedule, m.Temperature}}
}

// State visits the query's network, under "target." the keys', and the queue with
// the place where it goes on.
func (m *moco[T]) State(prefix string, visit nn.Visitor[T]) {
	m.Backbone.State(prefix, visit)
	m.target.State(prefix+"target.", visit)
	visit(prefix+"queue", m.queue)
	visit(prefix+"queue_next", m.next)
}

// CheckState reports a place at which the queue cannot go on.
func (m *moco[T]) CheckState() error {
	push := wholeViews * m.batch
	for at := 0; at < m.Queue; at += push {
		if m.next.Value.Item() == T(at) {
			return nil
		}
	}
	return fmt.Errorf("tensor \"queue_next\": found %v, expected a multiple of %d below %d", m.next.Value.Item(), push, m.Queue)
}

// CollapsedLoss is log(queue + 1): all keys are as near as the positive.
func (m *moco[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(m.Queue + 1)), true
}
