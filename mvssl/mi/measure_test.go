package mi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
)

func settings(t *testing.T, estimator string, c Critic, steps int) Settings {
	t.Helper()
	e, err := FindEstimator(estimator)
	require.NoError(t, err)
	return Settings{Estimator: e, Critic: c, Steps: steps, LR: UsualLR, Seed: 1}
}

// TestTrained: critics that are trained for a moment come near the truth of easy tasks, and
// say the same again.
func TestTrained(t *testing.T) {
	for _, c := range []struct {
		task, estimator string
		critic          Critic
		steps           int
		off             float64
	}{
		{"pairs-2", "infonce", Separable, 300, 0.15},
		{"pairs-2", "nwj", Separable, 300, 0.45},
		{"pairs-2", "tuba", Separable, 300, 0.45},
		{"pairs-2", "smile", Separable, 300, 0.2},
		{"classes-8-0.5", "dv", Bilinear, 300, 0.2},
		{"pairs-2", "infonce", Concatenated, 60, 0.25},
		{"pairs-2", "er-known", Normal, 300, 0.45},
		{"pairs-2", "club", Normal, 300, 1.5},
	} {
		if testing.Short() && c.estimator != "infonce" {
			continue
		}
		task, err := Find(c.task)
		require.NoError(t, err)
		s := settings(t, c.estimator, c.critic, c.steps)
		s.K = 32
		if c.critic == Bilinear {
			s.LR = 0.05 // of few numbers, which have far to go
		}
		last := 0
		s.Progress = func(done, total int) { last = done }
		r, err := task.Measure(context.Background(), s)
		require.NoError(t, err)
		require.InDelta(t, task.MI, r.Value, c.off, "%s by %s, %s", c.task, c.estimator, c.critic)
		require.Equal(t, c.steps, last)
		if c.estimator == "infonce" && c.critic == Separable {
			again, err := task.Measure(context.Background(), s)
			require.NoError(t, err)
			require.Equal(t, r.Value, again.Value)
			require.Positive(t, *r.StandardError)
			require.Equal(t, 64*32, r.Pairs)
		}
	}
}

// TestKSG holds the estimate against its formula by hand, its ceiling, and a known truth.
func TestKSG(t *testing.T) {
	column := func(v ...float64) (rows [][]float64) {
		for _, v := range v {
			rows = append(rows, []float64{v})
		}
		return rows
	}
	x := column(0, 1, 3, 7)
	require.InDelta(t, mathext.Digamma(4)-mathext.Digamma(1), KSG(x, x, 1), 1e-12) // none is nearer than the nearest
	// ε is 5, 4, 4, 5. In x nearer are 2, 3, 3, 2 others, in y 1, 0, 0, 1.
	y := column(0, 5, 1, 4.5)
	x = column(0, 1, 2, 3)
	psi := mathext.Digamma
	want := psi(1) + psi(4)
	for i := range 4 {
		least := math.Inf(1)
		for j := range 4 {
			if j != i {
				least = min(least, max(math.Abs(x[i][0]-x[j][0]), math.Abs(y[i][0]-y[j][0])))
			}
		}
		for _, of := range [][][]float64{x, y} {
			count := 0.0
			for j := range 4 {
				if j != i && math.Abs(of[i][0]-of[j][0]) < least {
					count++
				}
			}
			want -= psi(count+1) / 4
		}
	}
	require.InDelta(t, want, KSG(x, y, 1), 1e-12)

	task, err := Find("normal")
	require.NoError(t, err)
	for _, name := range []string{"ksg", "ksg-10"} {
		s := settings(t, name, "", 0)
		s.K = 2000
		r, err := task.Measure(context.Background(), s)
		require.NoError(t, err)
		require.InDelta(t, task.MI, r.Value, sigmas**r.StandardError)
		require.Less(t, *r.StandardError, 0.05)
	}
	// Far below the truth in 20 dimensions at 10 nats, and below its ceiling.
	steps, err := Find("steps-10")
	require.NoError(t, err)
	s := settings(t, "ksg", "", 0)
	s.K = 500
	r, err := steps.Measure(context.Background(), s)
	require.NoError(t, err)
	require.Less(t, r.Value, s.Estimator.Ceiling(500))
	require.Less(t, r.Value, 6.0)
}

// TestKSGOfTies: pairs of which many are equal have no estimate, of tasks either; a variable
// with a density beside one without has one.
func TestKSGOfTies(t *testing.T) {
	source := rng()
	coins := func(n int, other func(i int) float64) (d Data) {
		for i := range n {
			d.X, d.Y = append(d.X, []float64{float64(source.IntN(2))}), append(d.Y, []float64{other(i)})
		}
		return d
	}
	coin := coins(600, func(int) float64 { return float64(source.IntN(2)) })
	for name, neighbors := range map[string]int{"ksg": 5, "ksg-10": 10} {
		require.True(t, math.IsNaN(KSG(coin.X, coin.Y, neighbors)))
		_, err := coin.Measure(context.Background(), settings(t, name, "", 0))
		require.EqualError(t, err, fmt.Sprintf("%s: found 600 of 600 pairs with at least %d others equal to them, expected continuous values, which have a density: add a little noise, or ask infonce", name, neighbors))
		require.ErrorAs(t, err, new(UsageError))
		task, err := Find("classes-8-0.5")
		require.NoError(t, err)
		_, err = task.Measure(context.Background(), settings(t, name, "", 0))
		require.ErrorContains(t, err, name+": found 4096 of 4096 pairs")
		require.ErrorAs(t, err, new(UsageError))
	}

	few := coins(200, func(int) float64 { return source.NormFloat64() })
	for i := range 5 {
		few.X[i], few.Y[i] = []float64{1}, []float64{0.25} // each has four equal others
	}
	_, err := few.Measure(context.Background(), settings(t, "ksg", "", 0))
	require.NoError(t, err)
	few.X[5], few.Y[5] = few.X[0], []float64{0.25}
	_, err = few.Measure(context.Background(), settings(t, "ksg", "", 0))
	require.ErrorContains(t, err, "found 6 of 200 pairs")
	_, err = few.Measure(context.Background(), settings(t, "ksg-10", "", 0))
	require.NoError(t, err)

	mixed := coins(2000, func(int) float64 { return source.NormFloat64() })
	for i, x := range mixed.X {
		mixed.Y[i][0] += 20 * x[0]
	}
	r, err := mixed.Measure(context.Background(), settings(t, "ksg", "", 0))
	require.NoError(t, err)
	require.InDelta(t, math.Ln2, r.Value, 0.01)

	cluster := Data{} // 4 % of it are tied
	for i := range 400 {
		row := []float64{source.NormFloat64(), source.NormFloat64()}
		if i < 16 {
			row = []float64{float64(8 + i%4), float64(8 + i/4)}
		}
		cluster.X, cluster.Y = append(cluster.X, row), append(cluster.Y, row)
	}
	r, err = cluster.Measure(context.Background(), settings(t, "ksg", "", 0))
	require.NoError(t, err)
	require.Contains(t, *r.Warning, "the most of 400 pairs with a density by ksg: distances are equal, as of whole or rounded numbers")
	require.Equal(t, 3, withEqual([][]float64{{0, 1}, {math.Copysign(0, -1), 1}, {0, 2}, {0, 1}}, 2))
}

// TestKSGOfTiedDistances: of independent variables with many equal distances, whose pairs are
// not equal, KSG finds information that is not there, and is refused; numbers of 16 bits, and
// a few zeros, are taken.
func TestKSGOfTiedDistances(t *testing.T) {
	half := func(v float64) float64 {
		fraction, exponent := math.Frexp(v)
		return math.Ldexp(math.Round(math.Ldexp(fraction, 11)), exponent-11)
	}
	for name, c := range map[string]struct {
		n, d  int
		of    func(source *rand.Rand) float64
		false float64 // that KSG says at least, nothing of what is taken
	}{
		"whole numbers": {1000, 1, func(source *rand.Rand) float64 { return float64(source.IntN(50)) }, 0.2},
		"ratings":       {500, 4, func(source *rand.Rand) float64 { return float64(1 + source.IntN(7)) }, 0.1},
		"ReLU":          {500, 6, func(source *rand.Rand) float64 { return max(0, source.NormFloat64()) }, 0.05},
		"wide ReLU":     {500, 64, func(source *rand.Rand) float64 { return max(0, source.NormFloat64()) }, 0.05},
		"few zeros":     {500, 3, func(source *rand.Rand) float64 { return max(0, source.NormFloat64()+1) }, 0},
		"16 bits":       {500, 4, func(source *rand.Rand) float64 { return half(source.NormFloat64()) }, 0},
	} {
		source, d := rng(), Data{}
		for range c.n {
			var x, y []float64
			for range c.d {
				x, y = append(x, c.of(source)), append(y, c.of(source))
			}
			d.X, d.Y = append(d.X, x), append(d.Y, y)
		}
		require.Zero(t, withEqual(beside(d.X, d.Y), 5), name)
		r, err := d.Measure(context.Background(), settings(t, "ksg", "", 0))
		if c.false == 0 {
			require.NoError(t, err, name)
			require.InDelta(t, 0, r.Value, sigmas**r.StandardError, name)
			continue
		}
		require.Greater(t, KSG(standardized(d.X), standardized(d.Y), 5), c.false, name)
		require.ErrorAs(t, err, new(UsageError), name)
		require.Regexp(t, fmt.Sprintf("^ksg: found [0-9]+ %% of %d pairs with more than 5 others as near as their nearest 5, as of whole numbers or many zeros, expected continuous values, which have a density: add a little noise, or ask infonce$", c.n), err.Error(), name)
	}
}

// TestKindOfCLUB: an upper bound is one where q(y|x) is the true one, which of pairs of one's
// own nobody knows.
func TestKindOfCLUB(t *testing.T) {
	sphere, err := Find("vmf-3-10")
	require.NoError(t, err)
	cosines, err := Find("directions-3-0.9")
	require.NoError(t, err)
	plane, err := Find("pairs-2")
	require.NoError(t, err)
	own := ownPairs(200)
	own.Y = picked(own.X, rand.New(rand.NewPCG(1, 1)).Perm(200))
	for _, c := range []struct {
		of interface {
			Measure(ctx context.Context, s Settings) (Result, error)
		}
		critic Critic
		kappa  float64
		want   Kind
	}{
		{sphere, Directions, 0, UpperBound},
		{sphere, Directions, 10, UpperBound},
		{sphere, Directions, 20, Estimate},
		{cosines, Directions, 10, Estimate},
		{plane, Normal, 0, Estimate},
		{own, Directions, 10, Estimate},
		{own, Normal, 0, Estimate},
	} {
		s := settings(t, "club", c.critic, 2)
		s.K, s.Kappa, s.Batches = 8, c.kappa, 2
		r, err := c.of.Measure(context.Background(), s)
		require.NoError(t, err)
		require.Equal(t, c.want, r.Kind, "%s, κ %v", c.critic, c.kappa)
	}
}

// TestGaussian holds the estimate against that of a single correlation, and what is singular.
func TestGaussian(t *testing.T) {
	source := rng()
	var x, y [][]float64
	var a, b []float64
	for range 100 {
		u, v := source.NormFloat64(), source.NormFloat64()
		a, b = append(a, u), append(b, u+v)
		x, y = append(x, []float64{u}), append(y, []float64{u + v})
	}
	r := stat.Correlation(a, b, nil)
	require.InDelta(t, -math.Log(1-r*r)/2, Gaussian(x, y), 1e-12)
	require.True(t, math.IsNaN(Gaussian(x, x)))
	task, err := Find("dense-5")
	require.NoError(t, err)
	p, q := task.Sample(source, 5000)
	require.InDelta(t, task.MI, Gaussian(p, q), 0.05)
	for i := range p {
		for j := range p[i] {
			p[i][j] = 1e6*p[i][j] + 1e9 // neither place nor scale matters
		}
	}
	require.InDelta(t, task.MI, Gaussian(p, q), 0.05)
}

// TestGaussianBias holds the expectation of the estimate against the mean over independent
// pairs and over dependent ones, which have the same, and what is told of it.
func TestGaussianBias(t *testing.T) {
	source := rng()
	draw := func(n, dx, dy int, coupled float64) (x, y [][]float64) {
		for range n {
			a, b := make([]float64, dx), make([]float64, dy)
			for i := range a {
				a[i] = source.NormFloat64()
			}
			for i := range b {
				b[i] = source.NormFloat64()
				if i < dx {
					b[i] += coupled * a[i]
				}
			}
			x, y = append(x, a), append(y, b)
		}
		return x, y
	}
	for _, c := range []struct {
		n, dx, dy int
		coupled   float64
	}{{8, 1, 1, 0}, {12, 3, 2, 0}, {12, 2, 3, 2}, {30, 9, 5, 1}, {64, 30, 30, 0}, {400, 20, 20, 1}} {
		batches := 40000 / c.n / (c.dx + c.dy) * 4
		truth := float64(min(c.dx, c.dy)) / 2 * math.Log1p(c.coupled*c.coupled)
		var off []float64
		for range max(batches, 40) {
			off = append(off, Gaussian(draw(c.n, c.dx, c.dy, c.coupled))-truth)
		}
		m := meanOf(off)
		require.InDelta(t, m.Value, gaussianBias(c.n, c.dx, c.dy), sigmas*m.Error, "%+v", c)
		require.Less(t, m.Error, 0.1*m.Value, "%+v", c)
		require.InDelta(t, gaussianBias(c.n, c.dx, c.dy), gaussianBias(c.n, c.dy, c.dx), 1e-10)
	}
	require.InDelta(t, 17.19, gaussianBias(64, 30, 30), 0.01)
	require.InDelta(t, 400./8192, gaussianBias(4096, 20, 20), 1e-3)
	require.Equal(t, math.Inf(1), gaussianBias(60, 30, 30))

	for _, c := range []struct {
		n, d            int
		estimator, want string
	}{
		{64, 30, "cca", "64 independent pairs of 30 and 30 numbers would give cca 17."},
		{64, 30, "ksg", "are what 64 independent pairs of 30 and 30 numbers would give"},
		{64, 30, "infonce", "of a Gaussian with the same covariance, 17."},
		{64, 2, "cca", ""}, // 0.03 nats
		{4000, 4, "ksg", ""},
	} {
		d := Data{}
		d.X, d.Y = draw(c.n, c.d, c.d, 0)
		s := settings(t, c.estimator, "", 2)
		r, err := d.Measure(context.Background(), s)
		require.NoError(t, err)
		if c.want == "" {
			require.Nil(t, r.Warning, c.estimator)
			continue
		}
		require.NotNil(t, r.Warning, c.estimator)
		require.Contains(t, *r.Warning, c.want)
		require.NotContains(t, *r.Warning, "\n")
	}
	task, err := Find("vmf-64-50")
	require.NoError(t, err)
	s := settings(t, "cca", "", 0)
	r, err := task.Measure(context.Background(), s)
	require.NoError(t, err)
	require.Contains(t, *r.Warning, "4096 independent pairs of 64 and 64 numbers would give cca 0.51 nats")
	d := Data{} // within the standard error, which parts of a fifth of the pairs have
	d.X, d.Y = draw(40, 3, 3, 0)
	bias := gaussianBias(40, 3, 3)
	require.Greater(t, bias, tellBias)
	r, err = d.Measure(context.Background(), settings(t, "cca", "", 0))
	require.NoError(t, err)
	require.Greater(t, *r.StandardError, bias)
	require.Nil(t, r.Warning)
}

// TestEqualRowsOfY: er-nearest warns of a y whose rows are equal before these are more than
// half, in the plane and as directions.
func TestEqualRowsOfY(t *testing.T) {
	for _, c := range []struct {
		critic Critic
		equal  func(row []float64) []float64
		want   string
	}{
		{Normal, nil, ""},
		{Normal, func(row []float64) []float64 { return []float64{3, 1} }, "30 of the 100 rows of y that are estimated are equal to another: it has no density, and the nearest-neighbor entropy falls without bound"},
		{Directions, nil, ""},
		{Directions, func(row []float64) []float64 { return []float64{math.Abs(row[0]), 0} }, "of the 100 rows of y that are estimated are equal to another"},
	} {
		d := ownPairs(200)
		d.Y = picked(d.X, rand.New(rand.NewPCG(1, 1)).Perm(200))
		s := settings(t, "er-nearest", c.critic, 2)
		order := rand.New(rand.NewPCG(s.Seed, 3)).Perm(200)
		if c.equal != nil {
			for _, i := range order[100:130] {
				d.Y[i] = c.equal(d.Y[i])
			}
		}
		r, err := d.Measure(context.Background(), s)
		require.NoError(t, err)
		if c.want == "" {
			require.Nil(t, r.Warning)
			continue
		}
		require.Contains(t, *r.Warning, c.want)
	}
}

func ownPairs(n int) Data {
	source := rand.New(rand.NewPCG(3, 4))
	d := Data{XName: "a", YName: "b"}
	for range n {
		u, v, w := source.NormFloat64(), source.NormFloat64(), source.NormFloat64()
		d.X, d.Y = append(d.X, []float64{u, v}), append(d.Y, []float64{5 + 100*(u+w)})
	}
	return d
}

// TestData: pairs of one's own are estimated, whatever their scale, with a Gaussian's beside
// them; the pairs of a batch do not come twice.
func TestData(t *testing.T) {
	d := ownPairs(2000)
	truth := math.Log(2) / 2
	for _, c := range []struct {
		estimator string
		critic    Critic
		steps     int
		off       float64
	}{{"infonce", Separable, 200, 0.15}, {"ksg", "", 0, 0.1}, {"cca", "", 0, 0.06}, {"er-kde-exclude", Normal, 200, 0.3}, {"er-nearest", Normal, 200, 0.3}} {
		r, err := d.Measure(context.Background(), settings(t, c.estimator, c.critic, c.steps))
		require.NoError(t, err)
		require.InDelta(t, truth, r.Value, c.off, c.estimator)
		require.InDelta(t, truth, *r.Gaussian, 0.06)
		require.Nil(t, r.Task)
		require.Nil(t, r.Truth)
		require.Equal(t, []int{2, 1}, []int{r.D, r.DY})
	}
	s := settings(t, "infonce", Separable, 0)
	s.K = 10
	src := s.halves(ownPairs(100).X, ownPairs(100).Y)
	require.Equal(t, 5, src.batches)
	seen := map[float64]bool{}
	for range 5 {
		x, _ := src.test(10)
		for _, row := range x {
			require.False(t, seen[row[0]])
			seen[row[0]] = true
		}
	}
	require.Len(t, src.choose, 1)
	for _, row := range src.choose[0][0] {
		require.False(t, seen[row[0]], "chosen by what is estimated")
		seen[row[0]] = true
	}
	for range 12 {
		x, _ := src.train(10)
		for _, row := range x {
			require.False(t, seen[row[0]], "trained on what is estimated or chosen by")
		}
	}
}

// TestFewPairs: a critic that has learned few pairs by heart is not the one that estimates.
func TestFewPairs(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for too long")
	}
	r, err := ownPairs(200).Measure(context.Background(), settings(t, "infonce", Separable, 600))
	require.NoError(t, err)
	require.InDelta(t, math.Log(2)/2, r.Value, 0.35) // the last one is below −1
}

// TestDataRefuses: each way that pairs can be no good is told on one line.
func TestDataRefuses(t *testing.T) {
	change := func(f func(d *Data)) Data {
		d := ownPairs(40)
		f(&d)
		return d
	}
	for want, d := range map[string]Data{
		"a: found no numbers, expected rows of at least one":                        change(func(d *Data) { d.X = nil }),
		"b: found no numbers, expected rows of at least one":                        change(func(d *Data) { d.Y = make([][]float64, 40) }),
		"found 40 rows in a and 39 in b, expected as many: a row of each is a pair": change(func(d *Data) { d.Y = d.Y[:39] }),
		"a: found 1 rows, expected at least 16":                                     change(func(d *Data) { d.X, d.Y = d.X[:1], d.Y[:1] }),
		"a: found NaN in row 3, column 2, expected finite numbers":                  change(func(d *Data) { d.X[2][1] = math.NaN() }),
		"b: found +Inf in row 1, column 1, expected finite numbers":                 change(func(d *Data) { d.Y[0][0] = math.Inf(1) }),
		"a: found 1 numbers in row 2, expected 2 as in the first":                   change(func(d *Data) { d.X[1] = d.X[1][:1] }),
		"a: column 1 is 7 in every row, expected columns that vary": change(func(d *Data) {
			for _, row := range d.X {
				row[0] = 7
			}
		}),
	} {
		_, err := d.Measure(context.Background(), settings(t, "ksg", "", 0))
		require.EqualError(t, err, want)
		var usage UsageError
		require.False(t, errors.As(err, &usage))
	}
	labels := ownPairs(40)
	for i, row := range labels.Y {
		row[0] = float64(i % 2)
	}
	square := labels
	square.Y = nil
	for i := range labels.Y {
		square.Y = append(square.Y, []float64{float64(i % 3), 1 + float64(i%2)})
	}
	for _, e := range Estimators() {
		if e.density == nil {
			continue
		}
		for c, d := range map[Critic]Data{Normal: labels, Directions: square} {
			_, err := d.Measure(context.Background(), settings(t, e.Name, c, 1))
			require.EqualError(t, err, e.Name+": y is discrete, expected a y that has a density")
			require.ErrorAs(t, err, new(UsageError))
		}
	}
	require.False(t, isDiscrete([][]float64{{1}, {1}, {2}, {3}}))
	require.True(t, isDiscrete([][]float64{{1}, {1}, {2}, {2}, {3}}))
	s := settings(t, "infonce", Separable, 1)
	s.K = 6
	_, err := ownPairs(40).Measure(context.Background(), s)
	require.EqualError(t, err, "k: found 6, expected 2 to 5: there are 40 pairs, and a batch is an eighth of them at most")
	require.ErrorAs(t, err, new(UsageError))
	s = settings(t, "cca", "", 0)
	s.K = 4
	_, err = ownPairs(40).Measure(context.Background(), s)
	require.EqualError(t, err, "k: found 4, expected at least 5: cca of 2 and 1 numbers needs as many pairs")
	require.ErrorAs(t, err, new(UsageError))
	many := ownPairs(200)
	for i := range many.Y {
		many.Y[i] = append(many.Y[i], make([]float64, 23)...)
		many.Y[i][1+i%23] = many.X[i][0]
	}
	_, err = many.Measure(context.Background(), settings(t, "er-logdet", Normal, 1)) // k is 25
	require.NoError(t, err)
	for i, x := range many.X {
		many.Y[i] = append(many.Y[i], x[1])
	}
	_, err = many.Measure(context.Background(), settings(t, "er-logdet", Normal, 1))
	require.EqualError(t, err, "k: found 25, expected at least 26: er-logdet of 25 numbers of y needs more pairs in a batch, and many times as many to come near")
	require.ErrorAs(t, err, new(UsageError))
	wide := ownPairs(16)
	for i := range wide.X {
		wide.X[i] = append(wide.X[i], make([]float64, 14)...)
		wide.X[i][2+i%14] = 1
	}
	_, err = wide.Measure(context.Background(), settings(t, "cca", "", 0))
	require.EqualError(t, err, "cca: found 16 pairs, expected at least 19 of 16 and 1 numbers")
	zero := ownPairs(40)
	zero.Y = picked(zero.X, rand.New(rand.NewPCG(1, 1)).Perm(40))
	zero.X[4] = []float64{0, 0}
	_, err = zero.Measure(context.Background(), settings(t, "infonce", Directions, 1))
	require.EqualError(t, err, "a: row 5 is 0, expected rows with a direction for the critic vmf")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = ownPairs(40).Measure(ctx, settings(t, "infonce", Separable, 5))
	require.ErrorIs(t, err, context.Canceled)
}

// TestDirectionsOfAnySize: what the critic vmf sees does not depend on how long rows are.
func TestDirectionsOfAnySize(t *testing.T) {
	d := ownPairs(400)
	d.Y = d.X
	want, err := d.Measure(context.Background(), settings(t, "infonce", Directions, 0))
	require.NoError(t, err)
	require.Positive(t, want.Value)
	for _, exponent := range []int{-900, 900} {
		scaled := d
		scaled.X = nil
		for _, row := range d.X {
			scaled.X = append(scaled.X, []float64{math.Ldexp(row[0], exponent), math.Ldexp(row[1], exponent)})
		}
		got, err := scaled.Measure(context.Background(), settings(t, "infonce", Directions, 0))
		require.NoError(t, err)
		require.Equal(t, want.Value, got.Value)
	}
}

// TestTrains: what is said to be trained is what has something to train.
func TestTrains(t *testing.T) {
	for _, e := range Estimators() {
		require.Equal(t, e.Critics() != nil, e.Trains(""), e.Name)
		for _, c := range e.Critics() {
			require.Equal(t, newTrainer([]Estimator{e}, c, rng(), 2, 2, 1, nil).trained(), e.Trains(c), "%s %s", e.Name, c)
		}
	}
}

// TestClimb: a critic goes on from step to step, and what it cannot do is told.
func TestClimb(t *testing.T) {
	item := newItem(Staircase, Estimators()[0], Separable, 0, 8)
	all, err := Group{item}.Run(context.Background(), nil)
	require.NoError(t, err)
	ran := all[0]
	require.Len(t, ran.Cells, 5)
	for i, c := range ran.Cells {
		require.InDelta(t, 2*float64(i+1), c.Truth, 1e-12)
		require.NotNil(t, c.Mean)
		require.Len(t, c.Curve, 8)
	}
	s := settings(t, "nwj", Separable, 8)
	s.K, s.LR = 64, 1 // so that it diverges
	s.Steps = 200
	tasks := item.tasks()
	cells, err := s.climb(context.Background(), []Estimator{s.Estimator}, tasks[:2])
	require.NoError(t, err)
	require.Nil(t, cells[0][1].Mean)
	require.Contains(t, cells[0][1].Failed, "expected a finite number")
}

// TestTables: the seeds of an item are one line, and each form holds the same.
func TestTables(t *testing.T) {
	cell := func(mean, variance float64) Cell {
		return Cell{Task: "steps-2", Truth: 2, Mean: &mean, Variance: &variance}
	}
	items := []Item{
		{Part: Staircase, Estimator: "nwj", Critic: Separable, Seed: 0, Cells: []Cell{cell(1, 0.5)}},
		{Part: Staircase, Estimator: "nwj", Critic: Separable, Seed: 1, Cells: []Cell{cell(2, 1.5)}},
		{Part: Staircase, Estimator: "dv", Critic: Separable, Cells: []Cell{{Task: "steps-2", Truth: 2, Failed: "no"}}},
	}
	rows := Rows(items)
	require.Len(t, rows, 2)
	require.Equal(t, 2, rows[0].Seeds)
	require.InDelta(t, -0.5, *rows[0].Bias, 1e-15)
	require.InDelta(t, 0.5, *rows[0].BiasError, 1e-15)
	require.InDelta(t, math.Sqrt(1.25), *rows[0].Error, 1e-15)
	text := Markdown(rows)
	require.Contains(t, text, "| nwj separable | -0.50 ± 0.50 / 1.00 / 1.12 |\n| dv separable | – |\n")
	require.Contains(t, text, "| | steps-2 (2) |\n| --- | --- |\n")
}
