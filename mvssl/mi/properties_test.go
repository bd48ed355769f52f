package mi

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// rounding is how far a float32 of some nats may be off.
const rounding = 1e-6

// estimates returns an estimator's values of batches of a task, with the critic vmf of the
// concentration κ, which is fixed.
func estimates(t *testing.T, name string, task Task, k int, kappa float64, batches int) []float64 {
	t.Helper()
	e, err := FindEstimator(name)
	require.NoError(t, err)
	return estimatesBy(t, e, task, k, kappa, batches)
}

// estimatesBy is estimates of an estimator that may be none of the table.
func estimatesBy(t *testing.T, e Estimator, task Task, k int, kappa float64, batches int) []float64 {
	t.Helper()
	s := Settings{Estimator: e, Critic: Directions, K: k, Kappa: kappa}
	src := &source{dx: task.X, dy: task.Y, on: task.On, entropy: task.Entropy, kappa: task.Kappa}
	require.NoError(t, s.fits(e, src))
	tr := s.newTrainer([]Estimator{e}, src)
	source := rng()
	values := make([]float64, batches)
	for i := range values {
		values[i] = tr.estimate(task.Sample(source, k))[0]
	}
	return values
}

func below(t *testing.T, values []float64, limit float64, what string) {
	t.Helper()
	m := meanOf(values)
	require.LessOrEqual(t, m.Value, limit+sigmas*m.Error+rounding, "%s: ± %v", what, m.Error)
}

func above(t *testing.T, values []float64, limit float64, what string) {
	t.Helper()
	m := meanOf(values)
	require.Greater(t, m.Value, limit+sigmas*m.Error, "%s: ± %v", what, m.Error)
}

var pairsOnSpheres = []Task{VMF(2, 1), VMF(2, 30), VMF(3, 5), VMF(8, 20), VMF(16, 100), VMF(64, 50), VMF(128, 300)}

// TestNeverAboveLogK: InfoNCE, and ER with the self term, in each batch, whatever the
// critic.
func TestNeverAboveLogK(t *testing.T) {
	for _, task := range pairsOnSpheres {
		for _, k := range []int{2, 16, 64} {
			for _, factor := range []float64{0.5, 1, 3} {
				for _, name := range []string{"infonce", "er-kde"} {
					for _, v := range estimates(t, name, task, k, factor*task.Kappa, 10) {
						require.LessOrEqual(t, v, math.Log(float64(k))+rounding, "%s of %s, k = %d, κ·%v", name, task.Name, k, factor)
					}
				}
			}
		}
	}
}

// told is how many nats batches can tell the expectation of what grows as e^I at: beyond,
// the few pairs that it hangs on are in none of them, and neither mean nor error know.
const told = 3

// TestBelowTruth: what is called a lower bound is one in expectation, whatever the critic.
// With the right one ER with a known entropy and NWJ are I, and JS is I − 1/e; with NWJ's it
// is I too.
func TestBelowTruth(t *testing.T) {
	names := []string{}
	for _, e := range Estimators() {
		if e.Kind == LowerBound {
			names = append(names, e.Name)
		}
	}
	require.Subset(t, names, []string{"infonce", "nwj", "tuba", "js", "interpolated", "er-known"})
	for _, task := range pairsOnSpheres {
		for _, factor := range []float64{0.5, 1} {
			for _, name := range append(names, "er-kde") {
				if e, err := FindEstimator(name); err != nil || e.Exponential && task.MI > told {
					continue
				}
				for _, k := range []int{4, 32} {
					what := fmt.Sprintf("%s of %s, k = %d, κ·%v", name, task.Name, k, factor)
					below(t, estimates(t, name, task, k, factor*task.Kappa, 40), task.MI, what)
				}
			}
		}
	}
	task := VMF(3, 5)
	m := meanOf(estimates(t, "er-known", task, 256, 5, 20))
	require.InDelta(t, task.MI, m.Value, sigmas*m.Error)
	m = meanOf(estimates(t, "nwj", task, 256, 5, 20))
	require.InDelta(t, task.MI, m.Value, sigmas*m.Error)
	m = meanOf(estimates(t, "js", task, 256, 5, 20))
	require.InDelta(t, task.MI-1/math.E, m.Value, sigmas*m.Error)
	js, err := FindEstimator("js")
	require.NoError(t, err)
	js.optimum = 1 // a critic that it does not train toward
	m = meanOf(estimatesBy(t, js, task, 256, 5, 20))
	require.InDelta(t, task.MI, m.Value, sigmas*m.Error)
	const said = "I − 1/e with the critic that it trains toward; at most I"
	require.Contains(t, page(t), said)
	require.Contains(t, js.Doc, said)
}

// TestAboveTruth shows, of each that is called an estimate, a place where it exceeds I.
func TestAboveTruth(t *testing.T) {
	high := VMF(64, 50)
	for _, name := range []string{"dv", "mine", "smile-1", "smile", "smile-inf", "er-kde-exclude"} {
		above(t, estimates(t, name, high, 16, high.Kappa, 40), high.MI, name)
	}
	below(t, estimates(t, "infonce", high, 16, high.Kappa, 40), high.MI, "infonce at the same place")
}

// TestLogDetAboveTruth: the second moments of two points ±3 with noise of variance 1 are
// those of a Gaussian with more entropy.
func TestLogDetAboveTruth(t *testing.T) {
	source := rng()
	var values []float64
	for range 40 {
		const k = 64
		centers, y := tensor.New[float64](k, 1), tensor.New[float64](k, 1)
		for i := range k {
			centers.Data()[i] = float64(6*source.IntN(2) - 3)
			y.Data()[i] = centers.Data()[i] + source.NormFloat64()
		}
		values = append(values, logDet(&conditional{centers: constant(centers), y: constant(y), kappa: 1}))
	}
	above(t, values, math.Ln2, "er-logdet") // no label has more
	m := meanOf(values)
	require.InDelta(t, math.Log(10)/2, m.Value, 0.05)
}

// TestVarianceOfNWJ: with k independent pairs of the product and the best critic it is at
// least (e^I − 1)/k; with all pairs of a batch at least (e^I − 1)/(k·(k−1)), and no more than
// what k independent pairs would have.
func TestVarianceOfNWJ(t *testing.T) {
	for _, task := range []Task{VMF(2, 5), VMF(3, 5), VMF(3, 10)} {
		const k, batches = 8, 4000
		e, err := FindEstimator("nwj")
		require.NoError(t, err)
		critic := newScorer(Directions, rng(), task.X, task.Y, task.Kappa, e.optimum)
		source := rng()
		var independent []float64
		for range batches {
			x, y := task.Sample(source, k)
			_, other := task.Sample(source, k)
			sum := 0.0
			for i := range k {
				sum += ratio(critic, task, x[i], y[i]) - math.Exp(ratio(critic, task, x[i], other[i])-1)
			}
			independent = append(independent, sum/k)
		}
		bound := math.Expm1(task.MI)
		variance := stat.Variance(independent, nil)
		require.Greater(t, variance, bound/k, task.Name)
		all := stat.Variance(estimates(t, "nwj", task, k, task.Kappa, batches), nil)
		require.Greater(t, all, bound/(k*(k-1)), task.Name)
		require.Less(t, all, variance, task.Name)
	}
}

// ratio is the critic's score of one pair.
func ratio(s scorer, task Task, x, y []float64) float64 {
	f := s.(*fixed)
	return f.kappa*dot(x, y) + f.constant
}

// TestFixedCritic: the critic vmf is the log of the density ratio, plus NWJ's 1.
func TestFixedCritic(t *testing.T) {
	task := VMF(5, 7)
	for _, offset := range []float64{0, 1} {
		source := rand.New(rand.NewPCG(5, 6))
		values := make([]float64, 4000)
		f := newScorer(Directions, nil, 5, 5, 7, offset)
		for i := range values {
			x, _ := task.Sample(source, 1)
			_, y := task.Sample(source, 1)
			values[i] = math.Exp(ratio(f, task, x[0], y[0]) - offset)
		}
		m := meanOf(values)
		require.InDelta(t, 1, m.Value, sigmas*m.Error)
	}
}

// TestMINEIsNew: the running mean of a training is not that of another.
func TestMINEIsNew(t *testing.T) {
	e, err := FindEstimator("mine")
	require.NoError(t, err)
	value := func(scale float64) float64 {
		s := &autograd.Var[float32]{Value: tensor.New[float32](3, 3)}
		for i := range s.Value.Data() {
			s.Value.Data()[i] = float32(scale * float64(i))
		}
		return float64(e.scores()(objective.ScoreMatrix(s), nil).Value.Item())
	}
	first := value(1)
	value(5)
	require.Equal(t, first, value(1))
}

// TestERBetweenInfoNCEAndTruth: of von Mises–Fisher pairs ER with the self term is below
// InfoNCE on the mean, and without it never below ER with the true entropy: its entropy is
// not below the true one.
func TestERBetweenInfoNCEAndTruth(t *testing.T) {
	for _, task := range pairsOnSpheres {
		for _, k := range []int{2, 16, 64} {
			for _, factor := range []float64{0.5, 1, 3} {
				what := fmt.Sprintf("%s, k = %d, κ·%v", task.Name, k, factor)
				kappa := factor * task.Kappa
				include, exclude := estimates(t, "er-kde", task, k, kappa, 20), estimates(t, "er-kde-exclude", task, k, kappa, 20)
				for i, v := range estimates(t, "infonce", task, k, kappa, 20) {
					include[i] -= v
				}
				below(t, include, 0, what)
				known := VMFBound(task.X, task.Kappa, kappa)
				m := meanOf(exclude)
				require.GreaterOrEqual(t, m.Value, known-sigmas*m.Error-rounding, what)
			}
		}
	}
}

// TestInfoNCEOfTables: with the best critic it is below the truth and log k, as is plug-in
// entropy with the true conditional.
func TestInfoNCEOfTables(t *testing.T) {
	for _, task := range []Task{Classes(4, 0.3), Classes(32, 0.1), Joint("skewed", "", skewed)} {
		for _, k := range []int{4, 32, 128} {
			source := rng()
			var best, plugIn []float64
			for range 50 {
				x, y := task.Sample(source, k)
				v := infoNCE(k, func(i, j int) float64 { return tableRatio(task, x[i], y[j]) })
				require.LessOrEqual(t, v, math.Log(float64(k))+rounding)
				best = append(best, v)
				plugIn = append(plugIn, plugInER(task, x, y))
			}
			below(t, best, task.MI, task.Name)
			below(t, plugIn, task.MI, task.Name)
		}
	}
}

// tableOf returns the table of a discrete task that this file asks about.
func tableOf(task Task) [][]float64 {
	if task.Name == "skewed" {
		return skewed
	}
	c := task.X
	noise := map[string]float64{"classes-4-0.3": 0.3, "classes-32-0.1": 0.1}[task.Name]
	p := make([][]float64, c)
	for i := range p {
		p[i] = make([]float64, c)
		for j := range p[i] {
			p[i][j] = noise / float64(c*c)
		}
		p[i][i] += (1 - noise) / float64(c)
	}
	return p
}

// tableRatio is log p(y|x)/p(y).
func tableRatio(task Task, x, y []float64) float64 {
	p := tableOf(task)
	rows, columns := margins(p)
	i, j := class(x), class(y)
	return math.Log(p[i][j] / (rows[i] * columns[j]))
}

func class(onehot []float64) int {
	for i, v := range onehot {
		if v == 1 {
			return i
		}
	}
	return -1
}

// plugInER is the plug-in entropy of the classes of y plus the mean of log p(y|x).
func plugInER(task Task, x, y [][]float64) float64 {
	p := tableOf(task)
	rows, _ := margins(p)
	entropy := objective.EntropyDiscrete(constant(matrix[float64](y)), objective.Expectation, 0).Value.Item()
	for i := range x {
		a, b := class(x[i]), class(y[i])
		entropy += math.Log(p[a][b]/rows[a]) / float64(len(x))
	}
	return entropy
}

// infoNCE is that of a critic's scores.
func infoNCE(k int, score func(i, j int) float64) float64 {
	s := tensor.New[float64](k, k)
	for i := range k {
		for j := range k {
			s.Set(score(i, j), i, j)
		}
	}
	return objective.InfoNCEOf(objective.ScoreMatrix(constant(s))).Value.Item()
}

// TestInfoNCEOfDirections: with the cosine and with the best critic there is it is below the
// truth and log k, and the best is not below the cosine.
func TestInfoNCEOfDirections(t *testing.T) {
	for _, p := range []normalDirections{{2, 0.7}, {8, 0.8}, {32, 0.9}} {
		task := NormalDirections(p.d, p.rho)
		for _, k := range []int{4, 32} {
			source := rng()
			var best, gap []float64
			for range 20 {
				x, y := task.Sample(source, k)
				v := infoNCE(k, func(i, j int) float64 { return p.log(dot(x[i], y[j])) })
				require.LessOrEqual(t, v, math.Log(float64(k))+rounding)
				best = append(best, v)
				gap = append(gap, infoNCE(k, func(i, j int) float64 { return 10 * dot(x[i], y[j]) })-v)
			}
			below(t, best, task.MI, task.Name)
			below(t, gap, 0, task.Name)
		}
	}
}

// TestDependentNegatives: where the pairs of a batch are not independent of each other, a
// bound is none (Tschannen et al., 2020). Of two noisy labels, in batches of two pairs whose x
// always differ, InfoNCE with the critic t·[x = y] comes to, with p = (1−e)²/((1−e)² + e²) the
// best critic's share and e how often y is wrong,
//
//	((1−e)² + e²)·(log 2 + p·log p + (1−p)·log(1−p)) > I
func TestDependentNegatives(t *testing.T) {
	const wrong = 0.1
	task := Classes(2, 2*wrong)
	right := (1 - wrong) * (1 - wrong)
	p := right / (right + wrong*wrong)
	sharp := math.Log(p / (1 - p))
	source := rng()
	var dependent, independent []float64
	estimate := func(x, y [][]float64) float64 {
		return infoNCE(2, func(i, j int) float64 { return sharp * dot(x[i], y[j]) })
	}
	for len(dependent) < 1000 {
		x, y := task.Sample(source, 2)
		v := estimate(x, y)
		independent = append(independent, v)
		if class(x[0]) != class(x[1]) {
			dependent = append(dependent, v)
		}
	}
	below(t, independent, task.MI, "independent")
	above(t, dependent, task.MI, "dependent")
	m := meanOf(dependent)
	want := (right + wrong*wrong) * (math.Ln2 + p*math.Log(p) + (1-p)*math.Log(1-p))
	require.InDelta(t, want, m.Value, sigmas*m.Error)
	require.Contains(t, page(t), fmt.Sprintf("of two noisy labels with %.2f nats, batches whose labels always differ give InfoNCE %.2f", task.MI, want))
}
