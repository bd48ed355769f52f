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

func init() {
	mvssl.Register(mvssl.Row{
		Name: "toy", Branches: "identical", Projections: "a memory", Objective: "alignment", Paper: "none",
		Hyperparameters: []string{"temperature", "local_crops"},
		Defaults: func() (mvssl.Config, mvssl.Recipe) {
			return mvssl.Config{Projector: mvssl.ProjectorConfig{Hidden: 1, Out: 4}, Temperature: 0.5}, mvssl.Recipe{
				Optimizer: "adamw", LR: 0.01, WeightDecay: 0.1, WeightDecayEnd: 0.2, Schedule: "cosine", Warmup: 0.2,
				Clip: 1, ClipEach: true, Accumulate: 2,
			}
		},
		New32: newToy[float32], New64: newToy[float64],
	})
}

func newToy[T mvssl.Float](rng *rand.Rand, c mvssl.Config, s mvssl.Setting) (mvssl.Method[T], error) {
	encoder, err := nn.NewEncoder[T](rng, c.Encoder)
	if err != nil {
		return nil, err
	}
	head := nn.NewLinear[T](rng, encoder.Dim(), 4, nn.WithBias)
	return &toy[T]{
		encoder: encoder, head: head, bad: broken,
		memory:  &autograd.Var[T]{Value: tensor.New[T](s.Samples, 4)},
		average: &autograd.Var[T]{Value: head.Weight.Value.Clone()},
	}, nil
}

func (m *toy[T]) project(ctx nn.Context, x *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Normalize(m.head.Forward(ctx, m.encoder.Forward(ctx, x)), 1e-12)
}

func (m *toy[T]) Loss(b mvssl.Batch[T]) mvssl.Result[T] {
	n := len(b.Samples)
	z := m.project(nn.Context{Training: true}, b.Groups[0])
	first := autograd.Slice(z, 0, 0, n)
	near := objective.Alignment(first, autograd.Slice(z, 0, n, 2*n), 2)
	old := &autograd.Var[T]{Value: tensor.Gather(m.memory.Value, b.Samples)}
	loss := autograd.Add(near, objective.Alignment(first, old, 2))
	for _, g := range b.Groups[1:] {
		loss = autograd.Add(loss, autograd.Mean(m.project(nn.Context{Training: true}, g)))
	}
	terms := []mvssl.Term{{Name: "near", Value: float64(near.Value.Item())}}
	if name, ok := m.bad[b.Step]; ok {
		nan := loss.Value.Item() - loss.Value.Item()
		nan /= nan
		terms = append(terms, mvssl.Term{Name: name, Value: float64(nan)})
	}
	return mvssl.Result[T]{Loss: loss, Terms: terms}
}

func (m *toy[T]) Parameters() []nn.Named[T] {
	var all []nn.Named[T]
	m.State("", func(name string, v *autograd.Var[T]) {
		if v.NeedsGrad() {
			all = append(all, nn.Named[T]{Name: name, Var: v})
		}
	})
	return all
}

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
func (m *toy[T]) Assign(each mvssl.Mapper[T]) (w, logq *tensor.Tensor[T]) {
	z := &autograd.Var[T]{Value: each(m.Project)}
	if sure {
		z = autograd.Add(z, &autograd.Var[T]{Value: tensor.FromSlice([]T{30, 0, 0, 0}, 1, 4)})
	}
	return autograd.Softmax(z).Value, autograd.LogSoftmax(z).Value
}
