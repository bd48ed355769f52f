package main

import (
	"slices"
	"time"
)

var started = time.Now()

// quickTime returns the processor time of a call of f, in seconds; see [quickest].
func quickTime(f func(), seconds float64) float64 {
	return quickest(seconds, func(n int) float64 {
		began := processorTime()
		for range n {
			f()
		}
		return (processorTime() - began).Seconds()
	})[0]
}

// quickest returns the processor time of a call, in seconds, for each of the measures,
// which measure n calls, after a first one: of some calls together where one is too short
// for the clock. The measures take turns, at least five each and for about as many seconds
// as are given, and what counts is the lower quartile: others' use of the caches only
// adds, while the least may be an error of a clock that is corrected now and then.
func quickest(seconds float64, measures ...func(n int) float64) []float64 {
	calls, times := make([]int, len(measures)), make([][]float64, len(measures))
	for i, measure := range measures {
		measure(1)
		for calls[i] = 1; measure(calls[i]) < 1e-3; {
			calls[i] *= 2
		}
	}
	for began := processorTime(); len(times[0]) < 5 || (processorTime()-began).Seconds() < seconds; {
		for i, measure := range measures {
			times[i] = append(times[i], measure(calls[i])/float64(calls[i]))
		}
	}
	best := make([]float64, len(measures))
	for i, t := range times {
		slices.Sort(t)
		best[i] = t[len(t)/4]
	}
	return best
}
