package mvssl

import (
	"errors"
	"slices"

	"entrec/autograd"
	"entrec/mvssl/view"
	"entrec/nn"
)

// colorViews returns crops and flips alone: jitter changes luma and chroma by the same draw,
// which would tell an image from others, and a gray image has no chroma.
func colorViews(c Config, channels, size int) []View {
	views := SimCLRViews(c, channels, size)
	views[0].Jitter, views[0].Grayscale = view.JitterConfig{}, 0
	return views
}

// checkNormalization reports views from whose pixels no color can be told: normalized
// otherwise than the first, or by numbers of another number of channels than three.
func checkNormalization(views []View) error {
	for _, v := range views {
		if len(v.Mean) != len(ycbcr) || !slices.Equal(v.Mean, views[0].Mean) || !slices.Equal(v.Std, views[0].Std) {
			return errors.New("variant color needs views with one mean and one std, of three channels, from which colors are made again")
		}
	}
	return nil
}

// colorCMC tells the luma of each crop from that of others by its chroma, and the other way
// around (Tian et al., 2020), each by an encoder and projector of its own. The crops of an
// image are images of their own.
type colorCMC[T Float] struct {
	watched[T]
	encoder      *colorEncoder[T]
	luma, chroma *nn.Projector[T]
	objective    crossView[T]
}

var _ Plateaued = (*colorCMC[float32])(nil)

func newColorCMC[T Float](b Build, o crossView[T]) (Method[T], error) {
	e, err := newColorEncoder[T](b)
	if err != nil {
		return nil, err
	}
	projector := func(h colorHalf[T]) *nn.Projector[T] {
		return nn.NewProjector[T](b.Rand, h.encoder.Dim(), b.Projector.Hidden, b.Projector.Out)
	}
	return &colorCMC[T]{encoder: e, luma: projector(e.luma), chroma: projector(e.chroma), objective: o}, nil
}

func (m *colorCMC[T]) Loss(b Batch[T]) Result[T] {
	images := b.Whole()
	luma, chroma := m.encoder.luma.forward(training, images), m.encoder.chroma.forward(training, images)
	m.seen(training, autograd.Concat(1, luma, chroma))
	z1, z2 := b.ByView(m.luma.Forward(training, luma)), b.ByView(m.chroma.Forward(training, chroma))
	loss := overViews(len(z1), func(i int) *autograd.Var[T] { return m.objective.Loss(z1[i], z2[i]).Loss })
	return Result[T]{Loss: loss, Terms: []Term{{"info_nce", item(loss)}}}
}

// CollapsedLoss is the objective's.
func (m *colorCMC[T]) CollapsedLoss() (loss float64, known bool) { return m.objective.CollapsedLoss() }

// Schedules returns the objective's.
func (m *colorCMC[T]) Schedules(p Progress) []Term { return m.objective.Schedules(p) }

// Encoder returns both encoders as one.
func (m *colorCMC[T]) Encoder() nn.Encoder[T] { return m.encoder }

// Project returns the projections of luma and chroma side by side, of one norm each, on the
// unit sphere.
func (m *colorCMC[T]) Project(images *autograd.Var[T]) *autograd.Var[T] {
	luma := m.luma.Forward(nn.Context{}, m.encoder.luma.forward(nn.Context{}, images))
	chroma := m.chroma.Forward(nn.Context{}, m.encoder.chroma.forward(nn.Context{}, images))
	both := autograd.Concat(1, autograd.Normalize(luma, normalizeEps), autograd.Normalize(chroma, normalizeEps))
	return autograd.Normalize(both, normalizeEps)
}

// Parameters returns the parameters of all networks.
func (m *colorCMC[T]) Parameters() []nn.Named[T] { return Trained(m.State) }

// State visits the encoders under "encoder." and the projectors under "projector.luma." and
// "projector.chroma.".
func (m *colorCMC[T]) State(prefix string, visit nn.Visitor[T]) {
	m.encoder.State(prefix+"encoder.", visit)
	m.luma.State(prefix+"projector.luma.", visit)
	m.chroma.State(prefix+"projector.chroma.", visit)
}
