package mi

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// Data are pairs of one's own: row i of X with row i of Y.
type Data struct {
	X, Y [][]float64
	// XName and YName are what errors call them, such as files.
	XName, YName string
}

// leastPairs is how few pairs are not looked at, and usualOwn how many estimators without a
// critic look at where nobody asks for more: some take as many steps as there are pairs of
// pairs.
const leastPairs, usualOwn = 16, 8192

// Check reports what is wrong with the pairs: too few, of unequal number, numbers that are
// not finite, columns that are constant.
func (d Data) Check() error {
	for _, side := range []struct {
		name string
		rows [][]float64
	}{{d.XName, d.X}, {d.YName, d.Y}} {
		if len(side.rows) == 0 || len(side.rows[0]) == 0 {
			return fmt.Errorf("%s: found no numbers, expected rows of at least one", side.name)
		}
		if err := checkNumbers(side.name, side.rows); err != nil {
			return err
		}
	}
	switch {
	case len(d.X) != len(d.Y):
		return fmt.Errorf("found %d rows in %s and %d in %s, expected as many: a row of each is a pair", len(d.X), d.XName, len(d.Y), d.YName)
	case len(d.X) < leastPairs:
		return fmt.Errorf("%s: found %d rows, expected at least %d", d.XName, len(d.X), leastPairs)
	}
	for _, err := range []error{checkVaries(d.XName, d.X), checkVaries(d.YName, d.Y)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkNumbers reports a row of another length than the first, and what is not finite.
func checkNumbers(name string, rows [][]float64) error {
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return fmt.Errorf("%s: found %d numbers in row %d, expected %d as in the first", name, len(row), i+1, len(rows[0]))
		}
		for j, v := range row {
			if !finite(v) {
				return fmt.Errorf("%s: found %v in row %d, column %d, expected finite numbers", name, v, i+1, j+1)
			}
		}
	}
	return nil
}

// checkVaries reports a column that is constant.
func checkVaries(name string, rows [][]float64) error {
	for j, first := range rows[0] {
		varies := false
		for _, row := range rows {
			varies = varies || row[j] != first
		}
		if !varies {
			return fmt.Errorf("%s: column %d is %v in every row, expected columns that vary", name, j+1, first)
		}
	}
	return nil
}

// Measure asks an estimator of the pairs, in an order by the seed. Their columns are brought
// to the mean 0 and the variance 1, which leaves mutual information what it is; the critic
// vmf sees directions of the rows as they are. A critic is trained on one half of the pairs,
// again and again, chosen by a quarter of that half, and the estimate is of the other half,
// in batches without overlap. K is by default 64, or an eighth of the pairs where that is
// less; of estimators without a critic it
// is all pairs, 8192 at most. It errs as [Data.Check] and as [Task.Measure]; Y is discrete where
// more than half of its rows equal another one, and then there is no density to ask of.
func (d Data) Measure(ctx context.Context, s Settings) (Result, error) {
	if err := s.check(); err != nil {
		return Result{}, err
	}
	if err := d.Check(); err != nil {
		return Result{}, err
	}
	n := len(d.X)
	most := n
	if s.Critic != "" {
		most = n / share
	}
	if s.K == 0 {
		s.K = min(usualOwn, most)
		if s.Critic != "" {
			s.K = min(UsualK, most)
		}
	}
	if s.K > most {
		return Result{}, usage("k: found %d, expected 2 to %d: there are %d pairs, and %s", s.K, most, n, s.use())
	}
	dx, dy := len(d.X[0]), len(d.Y[0])
	if s.Critic == "" {
		if least := s.Estimator.least(dx, dy); n < least {
			return Result{}, fmt.Errorf("%s: found %d pairs, expected at least %d of %d and %d numbers", s.Estimator.Name, n, least, dx, dy)
		}
	}
	if err := s.enough(dx, dy); err != nil {
		return Result{}, err
	}
	x, y, err := d.shuffled(s)
	if err != nil {
		return Result{}, err
	}
	r, err := s.measure(ctx, s.halves(x, y))
	if err != nil {
		return r, err
	}
	if g := Gaussian(x, y); finite(g) {
		r.Gaussian = &g
		if bias := gaussianBias(n, dx, dy); s.Estimator.Name != "cca" && bias > tellBias {
			r.warn(fmt.Sprintf("of the %.2f nats of a Gaussian with the same covariance, %.2f are what %d independent pairs of %d and %d numbers would give", g, bias, n, dx, dy))
		}
	}
	if s.Estimator.Name == "er-nearest" {
		tested := y[n/2:]
		if s.Critic == Directions {
			tested = directions(tested)
		}
		if equal := withEqual(tested, 1); equal > 0 {
			r.warn(fmt.Sprintf("%d of the %d rows of y that are estimated are equal to another: it has no density, and the nearest-neighbor entropy falls without bound", equal, len(tested)))
		}
	}
	return r, nil
}

// share is the part of the pairs that the largest batch is of: a half, which is estimated,
// has four of these, so that there is a standard error.
const share = 8

// use says what pairs are for.
func (s *Settings) use() string {
	if s.Critic == "" {
		return "none is counted twice"
	}
	return "a batch is an eighth of them at most"
}

// shuffled returns the pairs in the order of the seed, as the critic is to see them.
func (d Data) shuffled(s Settings) (x, y [][]float64, err error) {
	x, y = d.X, d.Y
	if s.Critic != Directions {
		x, y = standardized(x), standardized(y)
	} else if err := firstZero(d.XName, x, d.YName, y); err != nil {
		return nil, nil, err
	}
	order := rand.New(rand.NewPCG(s.Seed, 3)).Perm(len(x))
	return picked(x, order), picked(y, order), nil
}

// firstZero reports a row that has no direction.
func firstZero(xName string, x [][]float64, yName string, y [][]float64) error {
	for i := range x {
		name := ""
		switch {
		case farthest(x[i], make([]float64, len(x[i]))) == 0:
			name = xName
		case farthest(y[i], make([]float64, len(y[i]))) == 0:
			name = yName
		default:
			continue
		}
		return fmt.Errorf("%s: row %d is 0, expected rows with a direction for the critic vmf", name, i+1)
	}
	return nil
}

// halves returns pairs to train on, drawn in epochs, of the first half, of which a quarter is
// to choose the critic by, and the other half to estimate.
func (s *Settings) halves(x, y [][]float64) *source {
	half := len(x) / 2
	src := &source{dx: len(x[0]), dy: len(y[0])}
	switch {
	case isDiscrete(y):
		src.on = Discrete
	case s.Critic == Directions:
		src.on = Sphere
	}
	if s.Critic == "" {
		src.test = func(int) ([][]float64, [][]float64) { return x[:s.K], y[:s.K] }
		return src
	}
	trained := half - half/4
	for at := trained; at+s.K <= half; at += s.K {
		src.choose = append(src.choose, [2][][]float64{x[at : at+s.K], y[at : at+s.K]})
	}
	src.batches = (len(x) - half) / s.K
	at := half
	src.test = func(n int) (a, b [][]float64) {
		at += n
		return x[at-n : at], y[at-n : at]
	}
	rng := rand.New(rand.NewPCG(s.Seed, 4))
	var order []int
	src.train = func(n int) (a, b [][]float64) {
		if len(order) < n {
			order = rng.Perm(trained)
		}
		a, b = picked(x, order[:n]), picked(y, order[:n])
		order = order[n:]
		return a, b
	}
	return src
}

// isDiscrete reports whether more than half of the rows equal another one, as labels and
// whole numbers do.
func isDiscrete(rows [][]float64) bool { return withEqual(rows, 1) > len(rows)/2 }

func picked(rows [][]float64, order []int) [][]float64 {
	out := make([][]float64, len(order))
	for i, j := range order {
		out[i] = rows[j]
	}
	return out
}
