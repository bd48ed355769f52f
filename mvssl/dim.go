package mvssl

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
)

// DIM are the parameters of dim.
type DIM struct {
	CriticObjective CriticObjective `json:"critic_objective" default:"nce" doc:"what is made of the scores: Jensen-Shannon divergence, InfoNCE, or Donsker-Varadhan"`
}

// CriticObjective is which estimate of a divergence is made of a critic's scores.
type CriticObjective string

// The estimates of Deep InfoMax.
const (
	JSD CriticObjective = "jsd"
	NCE CriticObjective = "nce"
	DV  CriticObjective = "dv"
)

// Choices returns the estimates.
func (CriticObjective) Choices() []string { return []string{string(JSD), string(NCE), string(DV)} }

// UnmarshalText takes one of the estimates.
func (o *CriticObjective) UnmarshalText(text []byte) error { return choose(o, text) }

// CheckEncoder reports an encoder without maps.
func (DIM) CheckEncoder(e nn.EncoderConfig, s Setting) error { return checkMaps(e, s) }

var dimRow = Row{
	Name: "dim", Branches: Identical, Projections: AsTheyAre, Objective: "local Deep InfoMax: an image against its places", Nats: true,
	Paper:      "Hjelm et al. 2019, arXiv:1808.06670",
	Parameters: DIM{}, Recipe: adamRecipe, Projector: placesProjector, MoreViews: true,
	New32: newDIM[float32], New64: newDIM[float64],
}

// placesProjector is the head where each place of a map goes through one: as narrow as its
// output.
var placesProjector = ProjectorConfig{Hidden: 128, Out: 128}

// dim is local Deep InfoMax (Hjelm et al., 2019): the features of a view are told, by the
// same critic, from those of its own places and those of other images' places. Each view is
// an image of its own; the other views of an image are neither.
type dim[T Float] struct {
	stages[T]
	of    CriticObjective
	batch int
}

var _ Plateaued = (*dim[float32])(nil)

func newDIM[T Float](b Build) (Method[T], error) {
	m, err := newStages[T](b, 1)
	return &dim[T]{stages: m, of: b.Parameters.(DIM).CriticObjective, batch: b.Batch}, err
}

func (m *dim[T]) Loss(b Batch[T]) Result[T] {
	global, local := m.project(b.Whole())
	g, l := b.ByView(global), b.ByView(local[0])
	loss := overViews(len(g), func(i int) *autograd.Var[T] { return m.ofScores(g[i], l[i]) })
	return Result[T]{Loss: loss, Terms: []Term{{string("dim_" + m.of), item(loss)}}}
}

func (m *dim[T]) ofScores(global, local *autograd.Var[T]) *autograd.Var[T] {
	switch m.of {
	case JSD:
		return objective.DIMJSD(global, local)
	case DV:
		return objective.DIMDV(global, local)
	default:
		return objective.DIMNCE(global, local)
	}
}

// CollapsedLoss is that of scores that are all equal, to 0 for the divergence.
func (m *dim[T]) CollapsedLoss() (loss float64, known bool) {
	if m.of == NCE {
		return math.Log1p(float64((m.batch - 1) * m.places[0])), true
	}
	return 0, true
}
