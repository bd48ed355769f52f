package data

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func ExampleOrder() {
	for epoch := range 2 {
		fmt.Println(Order(8, 1, epoch))
	}
	// Output:
	// [2 5 6 4 3 7 1 0]
	// [2 3 1 0 6 7 4 5]
}

func TestOrderIsAPermutation(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 10, 1000} {
		p := Order(n, 3, 5)
		require.Equal(t, p, Order(n, 3, 5), "same arguments, same order")
		slices.Sort(p)
		for i := range n {
			require.Equal(t, i, p[i])
		}
		require.Len(t, p, n)
	}
}

// Whoever resumes a run must meet the same order: these values may never change.
func TestOrderIsPinned(t *testing.T) {
	require.Equal(t, []int{0, 3, 4, 2, 1}, Order(5, 0, 0))
	require.Equal(t, []int{1, 0, 4, 2, 3}, Order(5, 42, 7))
	require.Equal(t, []int{2, 1, 0, 3, 4}, shuffled(5, 42, streamSubset))
}

func TestOrderDiffersBySeedEpochAndPurpose(t *testing.T) {
	seen := make(map[string]string)
	for seed := range uint64(8) {
		for epoch := range 8 {
			key := fmt.Sprint(Order(50, seed, epoch))
			require.Empty(t, seen[key], "seed %d epoch %d", seed, epoch)
			seen[key] = fmt.Sprint(seed, epoch)
		}
		key := fmt.Sprint(shuffled(50, seed, streamSubset))
		require.Empty(t, seen[key])
		seen[key] = "subset"
	}
}

// Where each element lands must be uniform, over seeds and over epochs. A chi-squared
// statistic with f degrees of freedom has mean f and variance 2f; the seeds are fixed,
// and six standard deviations would not be met by chance.
func TestOrderIsUniform(t *testing.T) {
	const n, draws = 8, 4000
	for _, by := range []struct {
		name  string
		order func(i int) []int
	}{
		{"seed", func(i int) []int { return Order(n, uint64(i), 0) }},
		{"epoch", func(i int) []int { return Order(n, 1, i) }},
	} {
		t.Run(by.name, func(t *testing.T) {
			var count [n][n]float64
			for i := range draws {
				for position, element := range by.order(i) {
					count[position][element]++
				}
			}
			const want = float64(draws) / n
			chi := 0.0
			for _, row := range count {
				for _, c := range row {
					chi += (c - want) * (c - want) / want
				}
			}
			// Rows and columns both sum to draws: (n-1)² degrees of freedom, scaled by n/(n-1).
			const freedom = (n - 1) * (n - 1)
			require.InDelta(t, freedom, chi*(n-1)/n, 6*9.9, "6 standard deviations of √(2·49)")
		})
	}
}

func TestOrderPanics(t *testing.T) {
	require.Panics(t, func() { Order(-1, 0, 0) })
	require.Panics(t, func() { Order(1, 0, -1) })
}
