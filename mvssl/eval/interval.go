package eval

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// Interval returns the percentile bootstrap interval, of the given level, of an
// accuracy measured on n images: what another sample of test images might have
// given. A resample of n images holds a Binomial(n, accuracy) number of right
// answers, so its quantiles are computed, not simulated (Efron, 1979). The level is
// 0.95 as a rule. It panics unless n is positive and accuracy and level are in
// [0, 1].
func Interval(accuracy float64, n int, level float64) (lo, hi float64) {
	if n < 1 || !(accuracy >= 0 && accuracy <= 1) || !(level >= 0 && level <= 1) {
		panic(fmt.Sprintf("eval.Interval: accuracy %v of %d images, level %v", accuracy, n, level))
	}
	tail := (1 - level) / 2
	return float64(binomialQuantile(tail, n, accuracy)) / float64(n), float64(binomialQuantile(1-tail, n, accuracy)) / float64(n)
}

// binomialQuantile returns the smallest k with P(Binomial(n, p) ≤ k) ≥ q.
func binomialQuantile(q float64, n int, p float64) int {
	if p == 0 || p == 1 {
		return int(math.Round(float64(n) * p))
	}
	// P(X ≤ k) = I_{1−p}(n−k, k+1), the regularized incomplete beta function.
	return sort.Search(n, func(k int) bool { return mathext.RegIncBeta(float64(n-k), float64(k+1), 1-p) >= q })
}
