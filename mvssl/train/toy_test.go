package train_test

import (
	"context"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// toy is a method that is added from outside the package, and uses all that the
// seam offers: it draws together the features of an image's views, and pulls them
// to a memory of features from the epoch's start, and sees the samples of every
// second epoch in an order of its own, some twice.
type toy[T mvssl.Float] struct {
	encoder nn.Encoder[T]
	head    *nn.Linear[T]
	memory  *autograd.Var[T] // (samples, d), of the epoch's start
	average *autograd.Var[T] // of the head's weight
	frozen  int              // steps in which the head was frozen

	bad map[int]string // what to return as NaN, by step
}

// broken makes the toy's terms NaN: the name of the term by step. constant makes its
// projections, and sure its assignments, those of a method that has collapsed.
var (
	broken         map[int]string
	constant, sure bool
)

// toyParameters are the toy's.
type toyParameters struct {
	Temperature float64 `json:"temperature" default:"0.5" range:"(0, 1e9)" doc:"means nothing"`
	LocalCrops  int     `json:"local_crops" default:"0" range:"[0, 8]" doc:"views of small crops beside the two whole ones"`
}

func init() {
	mvssl.Register(mvssl.Row{
		Name: "toy", Branches: mvssl.Identical, Projections: mvssl.TeacherSoftmax, Objective: "alignment", Paper: "none",
		Parameters: toyParameters{}, Projector: mvssl.ProjectorConfig{Hidden: 1, Out: 4},
		Recipe: mvssl.Recipe{
			Optimizer: "adamw", LR: 0.01, WeightDecay: 0.1, WeightDecayEnd: 0.2, Schedule: mvssl.Cosine, Warmup: 0.2, Accumulate: 2,
		}.WithClipEach(1),
		New32: newToy[float32], New64: newToy[float64],
	})
}

func newToy[T mvssl.Float](b mvssl.Build) (mvssl.Method[T], error) {
	encoder, err := nn.NewEncoder[T](b.Rand, b.Encoder)
	if err != nil {
		return nil, err
	}
	head := nn.NewLinear[T](b.Rand, encoder.Dim(), 4, nn.WithBias)
	return &toy[T]{
		encoder: encoder, head: head, bad: broken,
		memory:  &autograd.Var[T]{Value: tensor.New[T](b.Samples, 4)},
		average: &autograd.Var[T]{Value: head.Weight.Value.Clone()},
	}, nil
}

func (m *toy[T]) project(ctx nn.Context, x *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Normalize(m.head.Forward(ctx, m.encoder.Forward(ctx, x)), 1e-12)
}

func (m *toy[T]) Loss(b mvssl.Batch[T]) mvssl.Result[T] {
	if b.Labels != nil {
		panic("labels for a method that is not supervised")
	}
	z := b.ByView(b.Each(func(images *autograd.Var[T]) *autograd.Var[T] {
		return m.project(nn.Context{Training: true}, images)
	}))
	near := objective.Alignment(z[0], z[1], 2)
	old := &autograd.Var[T]{Value: tensor.Gather(m.memory.Value, b.Samples)}
	loss := autograd.Add(near, objective.Alignment(z[0], old, 2))
	for _, small := range z[2:] {
		loss = autograd.Add(loss, autograd.Mean(small))
	}
	terms := []mvssl.Term{{Name: "near", Value: float64(near.Value.Item())}}
	if name, ok := m.bad[b.Step]; ok {
		nan := loss.Value.Item() - loss.Value.Item()
		nan /= nan
		terms = append(terms, mvssl.Term{Name: name, Value: float64(nan)})
	}
	return mvssl.Result[T]{Loss: loss, Terms: terms}
}

func (m *toy[T]) Parameters() []nn.Named[T] { return mvssl.Trained(m.State) }

func (m *toy[T]) State(prefix string, visit nn.Visitor[T]) {
	m.encoder.State(prefix+"encoder.", visit)
	m.head.State(prefix+"head.", visit)
	visit(prefix+"memory", m.memory)
	visit(prefix+"average", m.average)
}

func (m *toy[T]) Encoder() nn.Encoder[T] { return m.encoder }

func (m *toy[T]) Project(x *autograd.Var[T]) *autograd.Var[T] {
	z := m.project(nn.Context{}, x)
	if constant {
		z = autograd.Normalize(autograd.AddScalar(autograd.Scale(z, 0), 1), 1e-12)
	}
	return z
}

func (m *toy[T]) Freeze(p mvssl.Progress) {
	if p.Step < 2 {
		m.head.Weight.ZeroGrad()
		m.frozen++
	}
}

func (m *toy[T]) Update(p mvssl.Progress) {
	keep := nn.Cosine(p.Step, p.Steps, 0.5, 1)
	for i, w := range m.head.Weight.Value.Data() {
		a := m.average.Value.Data()
		a[i] = T(T(keep)*a[i]) + T(T(1-keep)*w)
	}
}

// Schedules tells of a number that is learned.
func (m *toy[T]) Schedules(mvssl.Progress) []mvssl.Term {
	return []mvssl.Term{{Name: "learned", Value: float64(m.head.Weight.Value.Data()[0])}}
}

// Prepare remembers the features of all images, moved by a random number, twice as
// far each time: preparing an epoch twice would show.
func (m *toy[T]) Prepare(_ context.Context, e mvssl.Epoch[T]) error {
	z, err := e.Map(func(x *autograd.Var[T]) *autograd.Var[T] { return m.project(nn.Context{}, x) })
	if err != nil {
		return err
	}
	move := T(e.Rand.Float64())
	for i, v := range z.Data() {
		m.memory.Value.Data()[i] = T(m.memory.Value.Data()[i]/2) + v + move
	}
	return nil
}

func (m *toy[T]) Order(rng *rand.Rand) []int {
	order := rng.Perm(m.memory.Value.Dim(0))
	if m.memory.Value.Data()[0] > 0 {
		copy(order[len(order)/2:], order)
	}
	return order
}

// Assign says which coordinate is large.
func (m *toy[T]) Assign(each mvssl.Mapper[T]) (w, logq *tensor.Tensor[T], err error) {
	x, err := each(m.Project)
	if err != nil {
		return nil, nil, err
	}
	z := &autograd.Var[T]{Value: x}
	if sure {
		z = autograd.Add(z, &autograd.Var[T]{Value: tensor.FromSlice([]T{30, 0, 0, 0}, 1, 4)})
	}
	return autograd.Softmax(z).Value, autograd.LogSoftmax(z).Value, nil
}
