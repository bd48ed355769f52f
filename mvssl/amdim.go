package mvssl

import (
	"math"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
)

// AMDIM are the parameters of amdim.
type AMDIM struct {
	Clip    float64 `json:"clip" default:"20" range:"(0, 1e9)" doc:"largest score, by clip·tanh(score/clip)"`
	Penalty float64 `json:"penalty" default:"0.05" range:"[0, 1e9)" doc:"weight of the mean square of scores before the clip"`
}

// CheckEncoder reports an encoder without maps.
func (AMDIM) CheckEncoder(e nn.EncoderConfig, s Setting) error { return checkMaps(e, s) }

var amdimRow = Row{
	Name: "amdim", Branches: Identical, Projections: AsTheyAre, Objective: "InfoNCE of an image and its places, across views and scales",
	Paper:      "Bachman et al. 2019, arXiv:1906.00910",
	Parameters: AMDIM{}, Recipe: adamRecipe, Projector: placesProjector, MoreViews: true,
	New32: newAMDIM[float32], New64: newAMDIM[float64],
}

// amdim is augmented multiscale Deep InfoMax (Bachman et al., 2019) on the maps of the
// encoder's stages: the features of one view are told from the places of both maps of the
// other, those of one place of the coarser map from its places; both ways, and of more views
// in each pair of them.
type amdim[T Float] struct {
	stages[T]
	AMDIM
	batch int
	seed  uint64 // of the places that are compared with places
}

var _ Plateaued = (*amdim[float32])(nil)

func newAMDIM[T Float](b Build) (Method[T], error) {
	m, err := newStages[T](b, 2)
	return &amdim[T]{stages: m, AMDIM: b.Parameters.(AMDIM), batch: b.Batch, seed: b.Rand.Uint64()}, err
}

func (m *amdim[T]) Loss(b Batch[T]) Result[T] {
	image, local := m.project(b.Whole())
	images, fine, coarse := b.ByView(image), b.ByView(local[0]), b.ByView(local[1])
	rng := rand.New(rand.NewPCG(m.seed, uint64(b.Step)))
	var terms []Term
	var loss *autograd.Var[T]
	add := func(name string, from, to []*autograd.Var[T]) {
		all := overPairs(from, func(i, j int) Result[T] {
			both := autograd.Add(m.between(from[i], to[j]), m.between(from[j], to[i]))
			return Result[T]{Loss: autograd.Scale(both, 0.5)}
		}).Loss
		terms = append(terms, Term{name, item(all)})
		if loss == nil {
			loss = all
		} else {
			loss = autograd.Add(loss, all)
		}
	}
	add("image_to_coarse", images, coarse)
	add("image_to_fine", images, fine)
	rows := onePlaceEach(rng, len(b.Samples), m.places[1])
	one := make([]*autograd.Var[T], len(coarse))
	for i, x := range coarse {
		one[i] = autograd.Gather(autograd.Reshape(x, -1, x.Value.Dim(2)), rows)
	}
	add("coarse_to_coarse", one, coarse)
	return Result[T]{Loss: loss, Terms: terms}
}

func (m *amdim[T]) between(from, to *autograd.Var[T]) *autograd.Var[T] {
	return objective.AMDIM(from, to, m.Clip, m.Penalty)
}

// onePlaceEach returns a random place of each of n images, as the row of all n·p places.
func onePlaceEach(rng *rand.Rand, n, p int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i*p + rng.IntN(p)
	}
	return rows
}

// CollapsedLoss is that of scores that are all 0.
func (m *amdim[T]) CollapsedLoss() (loss float64, known bool) {
	fine, coarse := float64((m.batch-1)*m.places[0]), float64((m.batch-1)*m.places[1])
	return math.Log1p(fine) + 2*math.Log1p(coarse), true
}
