package mi

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/mvssl/special"
	"entrec/nn"
	"entrec/tensor"
)

// Critic is the name of what gives scores to x with y, or of a density q(y|x).
type Critic string

// The critics. Those that are trained have two hidden layers of 256 units, as in the
// staircases of Poole et al. (2019).
const (
	// Directions is fixed: a von Mises–Fisher density around the direction of x.
	Directions Critic = "vmf"
	// Bilinear is xᵀ·W·y.
	Bilinear Critic = "bilinear"
	// Separable is ⟨f(x), g(y)⟩ of 32 numbers each.
	Separable Critic = "separable"
	// Concatenated is f(x, y), worked out for all k² pairs of a batch.
	Concatenated Critic = "concat"
	// Normal is a density: normal around f(x), of the same variance everywhere.
	Normal Critic = "normal"
)

// Critics lists the critics that an estimator can have, the usual one first; none where it
// looks at the pairs themselves.
func (e Estimator) Critics() []Critic {
	switch {
	case e.scores != nil:
		return []Critic{Separable, Bilinear, Concatenated, Directions}
	case e.density != nil:
		return []Critic{Normal, Directions}
	}
	return nil
}

// Trains reports whether the estimator has anything to train with one of its critics, "" being
// the usual one. With the critic vmf, which is fixed, tuba has a baseline.
func (e Estimator) Trains(c Critic) bool {
	return e.Critics() != nil && (c != Directions || e.Name == "tuba")
}

// hidden and units are the widths of the trained critics' layers.
const hidden, units = 256, 32

// scorer gives scores to rows of x with rows of y, (k, dx) and (k, dy).
type scorer interface {
	State(prefix string, visit nn.Visitor[float32])
	scores(x, y *autograd.Var[float32]) *objective.Scores[float32]
}

// newScorer returns a critic of that name; kappa and offset are of the one that is fixed.
func newScorer(c Critic, rng *rand.Rand, dx, dy int, kappa, offset float64) scorer {
	switch c {
	case Bilinear:
		return &bilinear{nn.NewLinear[float32](rng, dx, dy, nn.NoBias)}
	case Separable:
		return &separable{newMLP(rng, dx, hidden, hidden, units), newMLP(rng, dy, hidden, hidden, units)}
	case Concatenated:
		return &concatenated{
			x:    nn.NewLinear[float32](rng, dx, hidden, nn.NoBias),
			y:    nn.NewLinear[float32](rng, dy, hidden, nn.WithBias),
			rest: newMLP(rng, hidden, hidden, 1),
		}
	}
	return &fixed{kappa, offset + special.LogVMFNormalizer(dx, kappa) - special.LogVMFNormalizer(dx, 0)}
}

func newMLP(rng *rand.Rand, widths ...int) *nn.MLP[float32] {
	return nn.NewMLP[float32](rng, nn.MLPConfig{Widths: widths, Bias: true, LastBias: true})
}

// fixed is κ·⟨x, y⟩ plus a constant: log q(y|x)/p(y) of a uniform p on the sphere.
type fixed struct{ kappa, constant float64 }

func (f *fixed) State(string, nn.Visitor[float32]) {}

func (f *fixed) scores(x, y *autograd.Var[float32]) *objective.Scores[float32] {
	s := autograd.MatMul(autograd.Scale(x, f.kappa), autograd.Transpose(y, 1, 0))
	return objective.ScoreMatrix(autograd.AddScalar(s, f.constant))
}

type bilinear struct{ weight *nn.Linear[float32] }

func (b *bilinear) State(prefix string, visit nn.Visitor[float32]) { b.weight.State(prefix, visit) }

func (b *bilinear) scores(x, y *autograd.Var[float32]) *objective.Scores[float32] {
	return objective.ProductScores(b.weight.Forward(nn.Context{Training: true}, x), y)
}

type separable struct{ f, g *nn.MLP[float32] }

func (s *separable) State(prefix string, visit nn.Visitor[float32]) {
	s.f.State(prefix+"f.", visit)
	s.g.State(prefix+"g.", visit)
}

func (s *separable) scores(x, y *autograd.Var[float32]) *objective.Scores[float32] {
	ctx := nn.Context{Training: true}
	return objective.ProductScores(s.f.Forward(ctx, x), s.g.Forward(ctx, y))
}

// concatenated has its first layer in two, so that each row goes through it once.
type concatenated struct {
	x, y *nn.Linear[float32]
	rest *nn.MLP[float32]
}

func (c *concatenated) State(prefix string, visit nn.Visitor[float32]) {
	c.x.State(prefix+"x.", visit)
	c.y.State(prefix+"y.", visit)
	c.rest.State(prefix+"rest.", visit)
}

func (c *concatenated) scores(x, y *autograd.Var[float32]) *objective.Scores[float32] {
	ctx, k := nn.Context{Training: true}, x.Value.Dim(0)
	h := autograd.Add(autograd.Reshape(c.x.Forward(ctx, x), k, 1, hidden), autograd.Reshape(c.y.Forward(ctx, y), 1, k, hidden))
	s := c.rest.Forward(ctx, autograd.ReLU(autograd.Reshape(h, k*k, hidden)))
	return objective.ScoreMatrix(autograd.Reshape(s, k, k))
}

// normalDensity is q(y|x), normal around f(x) with the variance 1/κ in each coordinate.
type normalDensity struct {
	center   *nn.MLP[float32]
	logKappa *autograd.Var[float32] // ()
}

func newNormalDensity(rng *rand.Rand, dx, dy int) *normalDensity {
	return &normalDensity{newMLP(rng, dx, hidden, hidden, dy), autograd.Param(tensor.New[float32]())}
}

func (n *normalDensity) State(prefix string, visit nn.Visitor[float32]) {
	n.center.State(prefix+"center.", visit)
	visit(prefix+"log_kappa", n.logKappa)
}

// centers are the f(x_i).
func (n *normalDensity) centers(x *autograd.Var[float32]) *autograd.Var[float32] {
	return n.center.Forward(nn.Context{Training: true}, x)
}

// logLikelihood is mean_i log q(y_i|x_i) but for a constant:
//
//	mean_i( d/2·log κ − κ/2·‖f(x_i) − y_i‖² )
func (n *normalDensity) logLikelihood(centers, y *autograd.Var[float32]) *autograd.Var[float32] {
	off := autograd.Sub(centers, y)
	square := autograd.Scale(autograd.Sum(autograd.Mul(off, off)), 1/float64(y.Value.Dim(0)))
	width := autograd.Scale(n.logKappa, float64(y.Value.Dim(1)))
	return autograd.Scale(autograd.Sub(width, autograd.Mul(autograd.Exp(n.logKappa), square)), 0.5)
}
