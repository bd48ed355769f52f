package mvssl

import (
	"errors"
	"fmt"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// ER are the parameters of er.
type ER struct {
	Space          ERSpace          `json:"space" default:"sphere" doc:"where projections lie"`
	Entropy        EREntropy        `json:"entropy" default:"kde" doc:"estimate of the entropy: kernel density, nearest neighbor, log-determinant of a Gaussian, or the distance from a normal distribution"`
	Reconstruction ERReconstruction `json:"reconstruction" default:"auto" auto:"gaussian in the plane and with logdet, else vmf" doc:"density of one view around the other"`
	Kappa          float64          `json:"kappa" default:"auto" auto:"5 with kde, 512 with knn, 64 with logdet, 0.1 with sigreg; in the plane 0.5 with kde, 8 with knn and logdet" range:"(0, 1e9)" doc:"concentration of the density, in the plane one over its variance, and of the kernel in kde"`
	ERSelf         objective.Self   `json:"er_self" default:"include" doc:"of kde: whether a point is its own neighbor"`
	EntropyWeight  float64          `json:"entropy_weight" default:"1" range:"[0, 1e9)" doc:"weight of the entropy; 1 is the bound" remedy:"a larger --entropy-weight"`
}

// ERSpace is where projections lie.
type ERSpace string

// The spaces.
const (
	Sphere ERSpace = "sphere"
	Plane  ERSpace = "plane"
)

// Choices returns the spaces.
func (ERSpace) Choices() []string { return []string{string(Sphere), string(Plane)} }

// UnmarshalText takes one of the spaces.
func (s *ERSpace) UnmarshalText(text []byte) error { return choose(s, text) }

// EREntropy is an estimate of the entropy, or what stands in its place.
type EREntropy string

// The estimates.
const (
	KDE            EREntropy = "kde"
	KNN            EREntropy = "knn"
	LogDeterminant EREntropy = "logdet"
	SIGReg         EREntropy = "sigreg"
)

// Choices returns the estimates.
func (EREntropy) Choices() []string {
	return []string{string(KDE), string(KNN), string(LogDeterminant), string(SIGReg)}
}

// UnmarshalText takes one of the estimates.
func (e *EREntropy) UnmarshalText(text []byte) error { return choose(e, text) }

// ERReconstruction is the density of one view around the other.
type ERReconstruction string

// The densities.
const (
	VMF      ERReconstruction = "vmf"
	Gaussian ERReconstruction = "gaussian"
)

// Choices returns the densities.
func (ERReconstruction) Choices() []string { return []string{string(VMF), string(Gaussian)} }

// UnmarshalText takes one of the densities.
func (r *ERReconstruction) UnmarshalText(text []byte) error { return choose(r, text) }

// Choose sets the density that the space has, and a concentration: on the sphere, where it
// weighs the reconstruction, that of the method that is the nearest point of the grid. In
// the plane it says of what size projections come to be, which is better near the size
// that they begin with.
func (p *ER) Choose(Setting) {
	p.Reconstruction = VMF
	if p.Space == Plane || p.Entropy == LogDeterminant {
		p.Reconstruction = Gaussian
	}
	kappas := map[EREntropy]float64{KDE: 5, KNN: 512, LogDeterminant: 64, SIGReg: 0.1}
	if p.Space == Plane {
		kappas = map[EREntropy]float64{KDE: 0.5, KNN: 8, LogDeterminant: 8, SIGReg: 0.1}
	}
	p.Kappa = kappas[p.Entropy]
}

// Check reports combinations without meaning.
func (p ER) Check(Setting) error {
	switch {
	case p.Space == Plane && p.Reconstruction == VMF:
		return errors.New("reconstruction vmf is a density on the sphere, and space is plane: --reconstruction gaussian or --space sphere would do")
	case p.Space == Sphere && p.Entropy == SIGReg:
		return errors.New("entropy sigreg holds projections to a normal distribution, which none on the sphere has, and space is sphere: --space plane would do")
	case p.Entropy != KDE && p.ERSelf == objective.Exclude:
		return fmt.Errorf("er_self exclude means nothing to entropy %s, only to kde: --entropy kde or --er-self include would do", p.Entropy)
	}
	return nil
}

var erRow = Row{
	Name: "er", Branches: Identical, Projections: OnSphere, Objective: "entropy + reconstruction, of the kinds that are chosen",
	Paper:      "Rodríguez-Gálvez et al. 2023, arXiv:2307.10907; Latent Distribution Matching 2026, arXiv:2605.03517",
	Parameters: ER{}, Recipe: adamRecipe, Projector: smallProjector, MoreViews: true,
	New32: newER[float32], New64: newER[float64],
}

// What er takes from the methods that are points of its grid: the noise of infomax, and
// the slices and knots of lejepa.
const (
	erNoise  = 0.2
	erSlices = 256
	erKnots  = 17
)

func newER[T Float](b Build) (Method[T], error) {
	n, err := NewBackbone[T](b)
	return &er[T]{n, b.Parameters.(ER), directions[T]{erSlices, b.Projector.Out, b.Rand.Uint64()}, b.Batch}, err
}

// er is the grid: entropy and reconstruction of any kinds that go together, in the plane
// or on the sphere. Some of its points are methods of their own.
type er[T Float] struct {
	Backbone[T]
	ER
	directions[T]
	batch int
}

var _ Plateaued = (*er[float32])(nil)

func (m *er[T]) Loss(b Batch[T]) Result[T] {
	z := b.ByView(m.Forward(training, b.Whole()))
	return overPairs(z, func(i, j int) Result[T] { return m.objective(z[i], z[j], b.Step) })
}

// objective returns the loss of projections in a step.
func (m *er[T]) objective(z1, z2 *autograd.Var[T], step int) Result[T] {
	if m.Space == Sphere && m.Entropy == KDE && m.Reconstruction == VMF {
		p := SphereER{Kappa: m.Kappa, ERSelf: m.ERSelf}
		return sphereER[T]{objective.ERConfig{EntropyConfig: p.entropy(), EntropyWeight: m.EntropyWeight}}.Loss(z1, z2)
	}
	if m.Space == Sphere {
		z1, z2 = autograd.Normalize(z1, normalizeEps), autograd.Normalize(z2, normalizeEps)
	}
	entropy := autograd.Scale(autograd.Add(m.entropy(z1, step), m.entropy(z2, step)), 0.5)
	error := m.error(z1, z2)
	return Result[T]{Loss: autograd.Sub(error, autograd.Scale(entropy, m.EntropyWeight)), Terms: []Term{
		{"entropy", item(entropy)},
		{"reconstruction", -item(error)},
	}}
}

// entropy returns the estimate for a view. With sigreg that is the entropy of the standard
// normal distribution less the distance from it.
func (m *er[T]) entropy(z *autograd.Var[T], step int) *autograd.Var[T] {
	switch m.Entropy {
	case KNN:
		if m.Space == Sphere {
			return objective.EntropyNearest(z, m.d-1)
		}
		return objective.EntropyNearest(z, m.d)
	case LogDeterminant:
		return objective.EntropyGaussian(z, erNoise)
	case SIGReg:
		distance := objective.SIGReg(z, m.Directions(step), erKnots)
		return autograd.AddScalar(autograd.Scale(distance, -1), objective.EntropyOfNormal(m.d))
	}
	if m.Space == Sphere {
		return objective.EntropySphere(z, SphereER{Kappa: m.Kappa, ERSelf: m.ERSelf}.entropy())
	}
	return objective.EntropyPlane(z, m.Kappa, m.ERSelf)
}

// error returns the reconstruction error of one view from the other.
func (m *er[T]) error(z1, z2 *autograd.Var[T]) *autograd.Var[T] {
	if m.Reconstruction == VMF {
		return objective.ReconstructionSphere(z1, z2, m.Kappa, objective.Exact)
	}
	return objective.ReconstructionPlane(z1, z2, m.Kappa)
}

// CollapsedLoss is that of projections that are all one point: on the sphere any, in the
// plane 0.
func (m *er[T]) CollapsedLoss() (loss float64, known bool) {
	point := tensor.New[T](m.batch, m.d)
	if m.Space == Sphere {
		for i := range m.batch {
			point.Data()[i*m.d] = 1
		}
	}
	z := autograd.NewFrozenTape[T]().Constant(point)
	return item(m.objective(z, z, 0).Loss), true
}
