package mi

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Settings say how an estimate is made.
type Settings struct {
	Estimator Estimator
	Critic    Critic
	K         int     // pairs that one estimate is of: in a batch, or all
	Steps     int     // of training
	LR        float64 // of Adam
	Kappa     float64 // of the critic vmf; 0 for that of the task, or else 10
	Seed      uint64
	// Batches is how many a task's estimate is the mean of, 0 for 64.
	Batches int
	// Progress is told the steps that are made, of how many; nil for nobody.
	Progress func(done, total int)
}

// The usual settings.
const (
	UsualK      = 64
	UsualSteps  = 4000
	UsualLR     = 5e-4
	usualKappa  = 10
	usualPairs  = 4096 // that a task's estimate without training is of
	testBatches = 64
)

// Result is what an estimator said.
type Result struct {
	Task          *string  `json:"task"` // null of pairs of one's own
	Estimator     string   `json:"estimator"`
	Critic        *Critic  `json:"critic"` // null of estimators without
	K             int      `json:"k"`
	D             int      `json:"d"`   // numbers of X
	DY            int      `json:"d_y"` // of Y
	Value         float64  `json:"value"`
	StandardError *float64 `json:"standard_error"` // null where the pairs are too few to tell
	Truth         *float64 `json:"truth"`
	Kind          Kind     `json:"kind"`  // an estimate where the q(y|x) of an upper bound may not be the true one
	Pairs         int      `json:"pairs"` // that the value is of: none was trained on
	Steps         int      `json:"steps"`
	Seed          uint64   `json:"seed"`
	// Gaussian is that of pairs of one's own, by their covariance; null where it is singular.
	Gaussian *float64 `json:"gaussian"`
	Warning  *string  `json:"warning"`
}

// UsageError is about settings, not about pairs.
type UsageError struct{ error }

// Unwrap returns the error itself.
func (e UsageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// check reports settings that an estimator cannot have.
func (s *Settings) check() error {
	names := s.Estimator.Critics()
	switch {
	case names == nil && s.Critic != "":
		return usage("critic: found %q, expected none: %s looks at the pairs themselves", s.Critic, s.Estimator.Name)
	case names != nil && s.Critic == "":
		s.Critic = names[0]
	case names != nil && !slices.Contains(names, s.Critic):
		return usage("critic: found %q, expected one of %s: %s", s.Critic, s.Estimator.Name, joined(names))
	}
	switch {
	case s.K != 0 && s.K < 2 || s.K > maxK:
		return usage("k: found %d, expected 2 to %d", s.K, maxK)
	case s.Critic == Concatenated && s.K > UsualK:
		return usage("k: found %d, expected at most %d of the critic concat, which looks at k² pairs", s.K, UsualK)
	case s.Steps < 0 || s.Steps > maxSteps:
		return usage("steps: found %d, expected 0 to %d", s.Steps, maxSteps)
	case !(s.LR > 0 && s.LR <= 1):
		return usage("learning rate: found %v, expected more than 0, at most 1", s.LR)
	case !(s.Kappa >= 0 && s.Kappa <= maxKappa):
		return usage("kappa: found %v, expected 0 to %v", s.Kappa, float64(maxKappa))
	}
	return nil
}

// Bounds of settings: what takes hours, or has no normalizer.
const (
	maxK     = 1 << 16
	maxSteps = 10_000_000
	maxKappa = 1e6
)

func joined[Name ~string](names []Name) string {
	words := make([]string, len(names))
	for i, c := range names {
		words[i] = string(c)
	}
	return strings.Join(words, ", ")
}

// source is where pairs come from: some to train on, and others, n at a time.
type source struct {
	dx, dy      int
	on          Support
	entropy     *float64
	kappa       float64
	train, test func(n int) (x, y [][]float64)
	batches     int // of test that there are
	// choose are pairs by which the best of the critics on the way is chosen; of a task, of
	// which no pair comes twice, there are none, and the last critic is the best.
	choose [][2][][]float64
}

// Measure asks an estimator of a task. Settings that are 0 are the usual ones. It errs with
// a [UsageError] where the estimator does not fit, and where training fails.
func (t Task) Measure(ctx context.Context, s Settings) (Result, error) {
	if err := s.check(); err != nil {
		return Result{}, err
	}
	if s.K == 0 {
		s.K = UsualK
		if s.Critic == "" {
			s.K = usualPairs
		}
	}
	if err := s.enough(t.X, t.Y); err != nil {
		return Result{}, err
	}
	src := t.source(s.Seed)
	if s.Batches > 0 {
		src.batches = s.Batches
	}
	r, err := s.measure(ctx, src)
	r.Task, r.Truth = &t.Name, &t.MI
	return r, err
}

// enough reports a K of fewer pairs than an estimator without a critic needs.
func (s *Settings) enough(dx, dy int) error {
	if s.Critic != "" {
		return nil
	}
	if least := s.Estimator.least(dx, dy); s.K < least {
		return usage("k: found %d, expected at least %d: %s of %d and %d numbers needs as many pairs", s.K, least, s.Estimator.Name, dx, dy)
	}
	return nil
}

// source returns pairs of the task, of which none comes twice.
func (t Task) source(seed uint64) *source {
	rng := rand.New(rand.NewPCG(seed, 1))
	draw := func(n int) (x, y [][]float64) { return t.Sample(rng, n) }
	return &source{dx: t.X, dy: t.Y, on: t.On, entropy: t.Entropy, kappa: t.Kappa, train: draw, test: draw, batches: testBatches}
}

// measure trains and estimates.
func (s *Settings) measure(ctx context.Context, src *source) (r Result, err error) {
	exact := s.Critic == Directions && src.kappa > 0 && (s.Kappa == 0 || s.Kappa == src.kappa)
	r = Result{Estimator: s.Estimator.Name, K: s.K, D: src.dx, DY: src.dy, Kind: s.Estimator.kind(exact), Seed: s.Seed}
	if s.Critic == "" {
		x, y := src.test(s.K)
		r.Pairs = s.K
		r.Value, r.StandardError, err = s.Estimator.ofPairs(x, y)
	} else {
		r.Critic = &s.Critic
		err = s.byCritic(ctx, src, &r)
	}
	if err != nil {
		return r, err
	}
	r.warn(s.Estimator.warning(r.Value, s.K))
	if s.Estimator.Name == "cca" {
		bias := gaussianBias(s.K, src.dx, src.dy)
		if bias > tellBias && (r.StandardError == nil || bias > *r.StandardError) {
			r.warn(fmt.Sprintf("%d independent pairs of %d and %d numbers would give cca %.2f nats: it errs upward by as much, which falls with more pairs", s.K, src.dx, src.dy, bias))
		}
	}
	return r, nil
}

// tellBias is how many nats the bias of [Gaussian] has where it is told of.
const tellBias = 0.1

// warn adds to the warning, unless the text is empty.
func (r *Result) warn(text string) {
	switch {
	case text == "":
	case r.Warning == nil:
		r.Warning = &text
	default:
		both := *r.Warning + "; " + text
		r.Warning = &both
	}
}

// byCritic estimates by a critic.
func (s *Settings) byCritic(ctx context.Context, src *source, r *Result) error {
	if err := s.fits(s.Estimator, src); err != nil {
		return err
	}
	if s.Estimator.Name == "er-logdet" && s.K <= src.dy {
		return usage("k: found %d, expected at least %d: er-logdet of %d numbers of y needs more pairs in a batch, and many times as many to come near", s.K, src.dy+1, src.dy)
	}
	list, steps, err := s.train(ctx, []Estimator{s.Estimator}, src)
	if err != nil {
		return err
	}
	of := list[0]
	if of.err != nil {
		return of.err
	}
	m := meanOf(of.estimates)
	r.Steps, r.Value, r.StandardError, r.Pairs = steps, m.Value, &m.Error, len(of.estimates)*s.K
	return nil
}

// fits reports whether an estimator fits pairs from a source.
func (s *Settings) fits(e Estimator, src *source) error {
	density := e.density != nil
	switch {
	case s.Critic == Directions && src.dx != src.dy:
		return usage("critic vmf: found %d and %d numbers, expected as many of x as of y", src.dx, src.dy)
	case s.Critic == Directions && src.dx < 2:
		return usage("critic vmf: found %d number, expected directions of at least 2", src.dx)
	case density && src.on == Discrete:
		return usage("%s: y is discrete, expected a y that has a density", e.Name)
	case density && src.on == Sphere && s.Critic != Directions:
		return usage("%s with the critic %s: y lies on the sphere, expected the critic vmf", e.Name, s.Critic)
	case e.Name == "er-known" && (src.entropy == nil || s.Critic == Directions && src.on != Sphere):
		return usage("er-known: the entropy of y is not known, expected er-kde, er-nearest or er-logdet")
	case e.Name == "er-logdet" && s.Critic == Directions:
		return usage("er-logdet with the critic vmf: a Gaussian's entropy is of the plane, expected the critic normal")
	}
	return nil
}

// points are the pairs as the critic sees them: of vmf their directions.
func (t *trainer) points(x, y [][]float64) (a, b [][]float64) {
	if t.critic != Directions {
		return x, y
	}
	return directions(x), directions(y)
}

func directions(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for i, row := range rows {
		out[i] = direction(near1(row))
	}
	return out
}

// near1 returns a row times a power of two, so that squares are neither infinite nor 0: no
// digit of its direction moves.
func near1(row []float64) []float64 {
	_, exponent := math.Frexp(farthest(row, make([]float64, len(row))))
	out := make([]float64, len(row))
	for i, v := range row {
		out[i] = math.Ldexp(v, -exponent)
	}
	return out
}

// parts is how many parts pairs are cut into for a standard error.
const parts = 10

// ofPairs returns an estimate of all pairs, and its standard error from parts of them: the
// variance of a mean of independent pairs falls with their number.
func (e Estimator) ofPairs(x, y [][]float64) (value float64, standardError *float64, err error) {
	n, least := len(x), e.least(len(x[0]), len(y[0]))
	switch value, err = e.pairs(x, y); {
	case err != nil:
		return 0, nil, err
	case !finite(value):
		return 0, nil, fmt.Errorf("%s: the covariance is singular: some columns are functions of the others", e.Name)
	}
	var values []float64
	cut := min(parts, n/least)
	for i := range cut {
		lo, hi := i*n/cut, (i+1)*n/cut
		if v, _ := e.pairs(x[lo:hi], y[lo:hi]); finite(v) {
			values = append(values, v)
		}
	}
	if len(values) < 2 {
		return value, nil, nil
	}
	m := meanOf(values)
	return value, &m.Error, nil
}

// near is how much of a ceiling is near it, and slack how many nats above it are
// rounding.
const near, slack = 0.8, 1e-6

// warning says of an estimate of k pairs why it may be far off.
func (e Estimator) warning(value float64, k int) string {
	switch {
	case e.pairs != nil && e.Ceiling != nil && value > e.Ceiling(k)+slack:
		return fmt.Sprintf("%.2f nats are more than %.2f, the most of %d pairs with a density by %s: distances are equal, as of whole or rounded numbers", value, e.Ceiling(k), k, e.Name)
	case e.Ceiling != nil && value > near*e.Ceiling(k):
		return fmt.Sprintf("%.2f nats are near %.2f, the most that %s can find in %d pairs: there may be much more", value, e.Ceiling(k), e.Name, k)
	case e.Exponential && value > logOf(k):
		return fmt.Sprintf("%.2f nats are more than log k = %.2f: the variance of %s grows as e^I", value, logOf(k), e.Name)
	}
	return ""
}
