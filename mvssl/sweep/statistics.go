package sweep

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is what some values tell of the mean that they were drawn around.
type Estimate struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	// Half is half the length of the 95 % t-interval around Mean; nil where N is 1.
	Half *float64 `json:"half"`
}

// level is that of all intervals.
const level = 0.95

// EstimateOf returns the mean of values, at least one, and its interval by Student's t
// with n − 1 degrees of freedom.
func EstimateOf(values []float64) Estimate {
	e := Estimate{N: len(values), Mean: stat.Mean(values, nil)}
	if e.N > 1 {
		n := float64(e.N)
		half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+level)/2) * stat.StdDev(values, nil) / math.Sqrt(n)
		e.Half = &half
	}
	return e
}

// MaxSigns is how many differences [SignFlip] takes: it looks at 2^n sums.
const MaxSigns = 20

// SignFlip returns the p-value of paired differences, two-sided and exact: which part of
// all choices of their signs has a sum that is as far from 0 as theirs (Fisher's
// randomization test). It is never below 2^(1−n). It panics where there are no
// differences or more than [MaxSigns].
func SignFlip(differences []float64) float64 {
	n := len(differences)
	if n < 1 || n > MaxSigns {
		panic("sweep.SignFlip: the number of differences is not in 1 to 20")
	}
	observed, scale := 0.0, 0.0
	for _, d := range differences {
		observed += d
		scale += math.Abs(d)
	}
	// Sums that are the same but for rounding are the same.
	least := math.Abs(observed) - 1e-12*scale
	extreme := 0
	for signs := range 1 << n {
		sum := 0.0
		for i, d := range differences {
			if signs>>i&1 == 1 {
				d = -d
			}
			sum += d
		}
		if math.Abs(sum) >= least {
			extreme++
		}
	}
	return float64(extreme) / float64(int(1)<<n)
}

// Holm returns p-values adjusted for being looked at together (Holm, 1979): below α are
// those that are rejected where the probability of any wrong rejection is to be α.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	adjusted, largest := make([]float64, len(p)), 0.0
	for rank, i := range order {
		largest = max(largest, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = largest
	}
	return adjusted
}
