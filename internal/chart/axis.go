package chart

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// axis places values between two pixels.
type axis struct {
	low, high float64 // what is shown
	from, to  float64 // where, in pixels
	ticks     []float64
	labels    []string
}

// place returns the pixel of a value.
func (a axis) place(v float64) float64 {
	return a.from + (v-a.low)/(a.high-a.low)*(a.to-a.from)
}

// newAxis returns an axis that shows all values, with at most so many steps between
// its ticks, and as few of them that the labels fit.
func newAxis(values []float64, steps int, fit func(labels []string) bool) axis {
	low, high := 0., 1.
	if len(values) > 0 {
		low, high = slices.Min(values), slices.Max(values)
	}
	// Values that are all the same, but for roundings, stand in the middle, and what
	// counts from zero on goes no lower.
	if size := max(math.Abs(low), math.Abs(high)); high-low <= 1e-9*size || size == 0 {
		around := max(size/2, 1e-300)
		if size == 0 {
			around = 1
		}
		if low >= 0 {
			low = max(0, low-around)
		} else {
			low -= around
		}
		high += around
	}
	for ; ; steps-- {
		a := roundAxis(low, high, steps)
		if steps == 1 || fit(a.labels) {
			return a
		}
	}
}

// roundAxis returns an axis from one multiple of a round step to another.
func roundAxis(low, high float64, steps int) axis {
	step := roundStep(high/float64(steps) - low/float64(steps))
	first, last := math.Floor(low/step+1e-9), math.Ceil(high/step-1e-9)
	a := axis{low: first * step, high: last * step}
	decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	format := byte('f')
	if size := max(math.Abs(a.low), math.Abs(a.high)); size >= 1e6 || step < 1e-6 {
		format, decimals = 'g', -1
	}
	for i := first; i <= last; i++ {
		v := i * step
		a.ticks = append(a.ticks, v)
		if format == 'g' {
			v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64) // 0.3, not 0.30000000000000004
		}
		label := strconv.FormatFloat(v, format, decimals, 64)
		a.labels = append(a.labels, strings.Replace(label, "-", "−", 1))
	}
	return a
}

// roundStep returns the least of …, 1, 2, 5, 10, … that is at least so large.
func roundStep(least float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= least*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}
