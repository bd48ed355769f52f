package bench

import (
	"slices"
	"time"
)

var started = time.Now()

// WallTime returns the time since the program started.
func WallTime() time.Duration { return time.Since(started) }

// Median returns the median of some values; there must be one at least.
func Median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// QuickTime returns the processor time of a call of f, in seconds, as [Quickest]
// measures it.
func QuickTime(f func(), seconds float64) float64 {
	return Quickest(seconds, func(n int) float64 {
		began := ProcessorTime()
		for range n {
			f()
		}
		return (ProcessorTime() - began).Seconds()
	})[0]
}

// Quickest returns the processor time of a call, in seconds, for each of the measures.
// A measure returns the time of n calls. The measures take turns, at least five each and
// for about as many seconds as are given. A turn is as many calls as take a millisecond,
// since one call may be too short for the clock. What counts is the lower quartile of the
// turns: other programs' use of the caches only adds to a time, while the least may be an
// error of a clock that is corrected now and then.
func Quickest(seconds float64, measures ...func(n int) float64) []float64 {
	calls, times := make([]int, len(measures)), make([][]float64, len(measures))
	for i, measure := range measures {
		measure(1) // to warm up
		for calls[i] = 1; measure(calls[i]) < 1e-3; {
			calls[i] *= 2
		}
	}
	for began := ProcessorTime(); len(times[0]) < 5 || (ProcessorTime()-began).Seconds() < seconds; {
		for i, measure := range measures {
			took := measure(calls[i])
			for took < 1e-4 { // the calls were counted while something else took the time
				calls[i] *= 2
				took = measure(calls[i])
			}
			times[i] = append(times[i], took/float64(calls[i]))
		}
	}
	best := make([]float64, len(measures))
	for i, t := range times {
		slices.Sort(t)
		best[i] = t[len(t)/4]
	}
	return best
}
