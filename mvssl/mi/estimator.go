package mi

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mathext"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// Kind says on which side of I(X; Y) the expectation of an estimator is.
type Kind string

// The kinds. What an estimate says may lie on either side.
const (
	LowerBound Kind = "lower bound"
	UpperBound Kind = "upper bound"
	Estimate   Kind = "estimate"
)

// Estimator is a row of the table of estimators.
type Estimator struct {
	// Name is what it goes by.
	Name string
	// Doc is one line.
	Doc string
	// Kind is that of a result, but that an upper bound is an estimate where q(y|x) is not known
	// to be the true one.
	Kind Kind
	// Ceiling is what no estimate of k pairs exceeds, of pairs with a density where the estimator
	// looks at the pairs themselves; nil where there is no such number.
	Ceiling func(k int) float64
	// Exponential says that its variance grows as e^I.
	Exponential bool

	// One of these is set: what the estimator is a function of.
	scores  func() scoring                                  // of a critic's scores, made anew for each training
	density func(c *conditional) float64                    // of a density q(y|x)
	pairs   func(x, y [][]float64) (v float64, unfit error) // of the pairs themselves, and why it is not for them
	least   func(dx, dy int) int                            // of pairs: how many it needs
	// optimum is what the best critic is above log p(y|x)/p(y).
	optimum float64
	// training names what the critic is trained by where that is not the estimate, but shared
	// with other estimators: of the same batches they have the same critic.
	training string
}

// trainedBy names what the estimator's critic is trained by.
func (e Estimator) trainedBy() string {
	switch {
	case e.density != nil:
		return "likelihood"
	case e.training != "":
		return e.training
	}
	return e.Name
}

// kind is that of a result by a density q(y|x), or without one. An upper bound needs the true
// one.
func (e Estimator) kind(trueDensity bool) Kind {
	if e.Kind == UpperBound && !trueDensity {
		return Estimate
	}
	return e.Kind
}

// byJS is the training of those whose gradient is the Jensen–Shannon divergence's.
const byJS = "js"

// scoring is an estimate of a batch's scores that is to be trained; baseline is of each
// row, for those that have one.
type scoring func(s *objective.Scores[float32], baseline *autograd.Var[float32]) *autograd.Var[float32]

// Estimators returns the table of estimators.
func Estimators() []Estimator {
	list := []Estimator{
		{Name: "infonce", Doc: "InfoNCE (van den Oord et al., 2018): never above log k", Kind: LowerBound, Ceiling: logOf, scores: plain(objective.InfoNCEOf[float32])},
		{Name: "nwj", Doc: "Nguyen, Wainwright and Jordan (2010): unbiased, of a variance that grows as e^I", Kind: LowerBound, Exponential: true, optimum: 1, scores: plain(objective.NWJ[float32])},
		{Name: "tuba", Doc: "Barber and Agakov, unnormalized (Poole et al., 2019), with a trained baseline", Kind: LowerBound, Exponential: true, scores: func() scoring { return objective.TUBA[float32] }},
		interpolated("interpolated", 0.01),
		interpolated("interpolated-0.5", 0.5),
		{Name: "js", Doc: "NWJ of a critic that is trained by the Jensen–Shannon divergence (Poole et al., 2019): I − 1/e with the critic that it trains toward; at most I", Kind: LowerBound, Exponential: true, training: byJS, scores: plain(objective.JS[float32])},
		{Name: "dv", Doc: "Donsker and Varadhan: of a batch no bound, since the logarithm of a mean errs downward", Kind: Estimate, Exponential: true, scores: plain(objective.DV[float32])},
		{Name: "mine", Doc: "MINE (Belghazi et al., 2018): DV, trained by a running mean", Kind: Estimate, Exponential: true, scores: mine},
		smile("smile", 5),
		smile("smile-1", 1),
		smile("smile-inf", math.Inf(1)),
		{Name: "club", Doc: "CLUB (Cheng et al., 2020): an upper bound where q(y|x) is the true one", Kind: UpperBound, density: club},
		{Name: "er-known", Doc: "entropy that is known, plus reconstruction: I less the divergence of q(y|x) from the true one", Kind: LowerBound, density: func(c *conditional) float64 { return *c.entropy + c.reconstruction() }},
		{Name: "er-kde", Doc: "entropy by kernels, self included, plus reconstruction by the same kernel: never above log k", Kind: Estimate, Ceiling: logOf, density: kde(objective.Include)},
		{Name: "er-kde-exclude", Doc: "entropy by kernels, self excluded, plus reconstruction: the entropy errs upward", Kind: Estimate, density: kde(objective.Exclude)},
		{Name: "er-nearest", Doc: "entropy by nearest neighbors (Kozachenko and Leonenko, 1987), plus reconstruction", Kind: Estimate, density: nearest},
		{Name: "er-logdet", Doc: "entropy of a Gaussian with y's second moments, which no density exceeds, plus reconstruction: too low where k is not many times d_y", Kind: Estimate, density: logDet},
	}
	for _, n := range []int{5, 10} {
		list = append(list, ksgEstimator(n))
	}
	return append(list, Estimator{
		Name: "cca", Doc: "I of a Gaussian with the pairs' covariance: −½·Σ log(1 − ρ²) of canonical correlations; upward by some d_x·d_y/2n", Kind: Estimate,
		pairs: func(x, y [][]float64) (float64, error) { return Gaussian(x, y), nil },
		least: func(dx, dy int) int { return dx + dy + 2 },
	})
}

// FindEstimator returns the estimator of a name. The error lists those that there are.
func FindEstimator(name string) (Estimator, error) {
	var names []string
	for _, e := range Estimators() {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	return Estimator{}, fmt.Errorf("unknown estimator %q, expected %s", name, strings.Join(names, ", "))
}

// logOf is log k, the ceiling of what chooses among k.
func logOf(k int) float64 { return math.Log(float64(k)) }

// plain is an estimator without a baseline.
func plain(of func(s *objective.Scores[float32]) *autograd.Var[float32]) func() scoring {
	return func() scoring {
		return func(s *objective.Scores[float32], _ *autograd.Var[float32]) *autograd.Var[float32] { return of(s) }
	}
}

// mineDecay is of the running mean, as in Song and Ermon's file.
const mineDecay = 0.9

func mine() scoring {
	running := math.Inf(-1)
	return func(s *objective.Scores[float32], _ *autograd.Var[float32]) (v *autograd.Var[float32]) {
		v, running = objective.MINE(s, running, mineDecay)
		return v
	}
}

func smile(name string, tau float64) Estimator {
	return Estimator{
		Name: name, Doc: fmt.Sprintf("SMILE (Song and Ermon, 2020), the partition clipped at τ = %v", tau), Kind: Estimate, Exponential: math.IsInf(tau, 1),
		training: byJS,
		scores:   plain(func(s *objective.Scores[float32]) *autograd.Var[float32] { return objective.SMILE(s, tau) }),
	}
}

// interpolated is the bound of an α with a baseline of 1, so that the best critic is the
// log of the density ratio. Since a row's own score is among those of its baselines, no
// batch gives more than 1 + log((k−1)/α).
func interpolated(name string, alpha float64) Estimator {
	return Estimator{
		Name: name, Doc: fmt.Sprintf("between NWJ and InfoNCE with α = %v (Poole et al., 2019): at most 1 + log((k−1)/α)", alpha), Kind: LowerBound, Exponential: true,
		Ceiling: func(k int) float64 { return 1 + math.Log(float64(k-1)/alpha) },
		scores: func() scoring {
			return func(s *objective.Scores[float32], baseline *autograd.Var[float32]) *autograd.Var[float32] {
				return objective.Interpolated(s, tensor.New[float32](baseline.Value.Dim(0)), alpha)
			}
		},
	}
}

// mostTies is the part of pairs with ties beyond which KSG is refused. With as many it is some
// hundredths of a nat off, and numbers of 16 bits have fewer.
const mostTies = 0.05

func ksgEstimator(neighbors int) Estimator {
	name := "ksg"
	if neighbors != 5 {
		name = fmt.Sprintf("ksg-%d", neighbors)
	}
	return Estimator{
		Name: name, Doc: fmt.Sprintf("Kraskov, Stögbauer and Grassberger (2004), the first, with %d neighbors; no critic", neighbors), Kind: Estimate,
		Ceiling: func(k int) float64 { return mathext.Digamma(float64(k)) - mathext.Digamma(float64(neighbors)) },
		least:   func(int, int) int { return neighbors + 2 },
		pairs: func(x, y [][]float64) (float64, error) {
			const help = "expected continuous values, which have a density: add a little noise, or ask infonce"
			if n := withEqual(beside(x, y), neighbors); n > 0 {
				return math.NaN(), usage("%s: found %d of %d pairs with at least %d others equal to them, %s", name, n, len(x), neighbors, help)
			}
			value, ties := ksg(x, y, neighbors)
			if float64(ties) > mostTies*float64(len(x)) {
				return value, usage("%s: found %.0f %% of %d pairs with more than %d others as near as their nearest %d, as of whole numbers or many zeros, %s", name, 100*float64(ties)/float64(len(x)), len(x), neighbors, neighbors, help)
			}
			return value, nil
		},
	}
}
