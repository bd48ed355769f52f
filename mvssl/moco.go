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

var mocoRow = Row{
	Name:        "moco",
	Branches:    "EMA target, queue of its projections",
	Projections: "as they are, on the sphere",
	Objective:   "InfoNCE against the queue",
	Paper:       "Chen et al. 2020 (v2), arXiv:2003.04297; He et al. 2020, arXiv:1911.05722",

	Hyperparameters: []string{"temperature", "ema", "queue", "bn_splits"},
	Defaults: func() (Config, Recipe) {
		return Config{Projector: smallProjector, Temperature: 0.2, BNSplits: 1}, contrastiveRecipe
	},
	Fit: func(c *Config, s Setting) {
		if c.EMA == 0 {
			c.EMA = emaBase(s.Steps, 0.99)
		}
		if c.Queue == 0 {
			c.Queue = fitQueue(4096, wholeViews*s.Batch, s.Samples)
		}
	},
	Check: func(c Config, s Setting) error {
		if err := checkQueue(c.Queue, wholeViews*s.Batch, "batch × 2 views", wholeViews*s.Samples); err != nil {
			return err
		}
		if rows := wholeViews * s.Batch; c.BNSplits > rows/2 || rows%c.BNSplits != 0 {
			return fmt.Errorf("bn_splits %d must divide the %d views of a batch into parts of at least 2", c.BNSplits, rows)
		}
		return nil
	},
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
// was before this batch's keys enter. Keys come from an EMA of the query's network,
// with a constant momentum.
//
// Batch norm can tell a query which key was normalized along with it: the loss
// falls without anything being learned. MoCo shuffles the keys among GPUs, each with
// its own statistics. On one device, bn_splits > 1 does that: the batch goes
// through in so many parts, whose composition differs between queries and keys
// (SplitBatchNorm of the demo). It needs parts of 32 or so, and pays in long runs:
// the demo reports 4 points at 800 epochs.
type moco[T Float] struct {
	backbone[T]
	target target[T]
	queue  *autograd.Var[T] // (length, d), unit rows
	next   *autograd.Var[T] // where the next keys go
	c      Config
}

func newMoCo[T Float](rng *rand.Rand, c Config, _ Setting) (Method[T], error) {
	b, err := newBackbone[T](rng, c)
	if err != nil {
		return nil, err
	}
	t, err := newTarget(&b, c)
	queue := tensor.New[T](c.Queue, c.Projector.Out)
	for i := range queue.Data() {
		queue.Data()[i] = T(rng.NormFloat64())
	}
	normalizeRows(queue)
	return &moco[T]{b, t, &autograd.Var[T]{Value: queue}, &autograd.Var[T]{Value: tensor.New[T]()}, c}, err
}

func (m *moco[T]) Loss(b Batch[T]) Result[T] {
	queries := split(inParts(m.c.BNSplits, b.Groups[0], func(x *autograd.Var[T]) *autograd.Var[T] {
		return m.Forward(training, x)
	}), b)
	keys, n := m.keys(b), len(b.Samples)
	loss := autograd.Scale(autograd.Add(
		objective.MoCo(queries[0], keys.Slice(0, n, 2*n), m.queue.Value, m.c.Temperature),
		objective.MoCo(queries[1], keys.Slice(0, 0, n), m.queue.Value, m.c.Temperature)), 0.5)
	m.enqueue(keys)
	return Result[T]{Loss: loss, Terms: []Term{{"info_nce", item(loss)}}}
}

// keys returns the target's projections of all views, unit rows.
func (m *moco[T]) keys(b Batch[T]) *tensor.Tensor[T] {
	m.target.tape.Reset()
	images := b.Groups[0].Value
	forward := func(x *autograd.Var[T]) *autograd.Var[T] { return m.target.Forward(training, x) }
	if m.c.BNSplits == 1 {
		return autograd.Normalize(forward(m.target.tape.Constant(images)), normalizeEps).Value
	}
	shuffle := rand.New(rand.NewPCG(uint64(b.Step), shuffleStream)).Perm(images.Dim(0))
	back := make([]int, len(shuffle))
	for i, from := range shuffle {
		back[from] = i
	}
	shuffled := m.target.tape.Constant(gatherImages(images, shuffle))
	z := autograd.Gather(inParts(m.c.BNSplits, shuffled, forward), back)
	return autograd.Normalize(z, normalizeEps).Value
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
	m.next.Value.Fill(T((at + n) % m.c.Queue))
}

// Update lets the target follow. The official file does so before the next step's
// keys, which is the same.
func (m *moco[T]) Update(Progress) { m.target.follow(&m.backbone, m.c.EMA) }

// State visits the query's network, under "target." the keys', and the queue with
// the place where it goes on.
func (m *moco[T]) State(prefix string, visit nn.Visitor[T]) {
	m.backbone.State(prefix, visit)
	m.target.State(prefix+"target.", visit)
	visit(prefix+"queue", m.queue)
	visit(prefix+"queue_next", m.next)
}

// CollapsedLoss is log(queue + 1): all keys are as near as the positive.
func (m *moco[T]) CollapsedLoss() float64 { return math.Log(float64(m.c.Queue + 1)) }
