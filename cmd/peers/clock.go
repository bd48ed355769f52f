package main

import (
	"slices"
	"time"
)

var started = time.Now()

// quickTime returns the processor time of a call of f, in seconds, after a first one:
// of some calls together where one is too short for the clock. It tries at least
// five times, and for about as many seconds as are given, and returns the lower
// quartile: others' use of the caches only adds, while the least may be an error of a
// clock that is corrected now and then.
func quickTime(f func(), seconds float64) float64 {
	measure := func(n int) float64 {
		began := processorTime()
		for range n {
			f()
		}
		return (processorTime() - began).Seconds()
	}
	measure(1)
	n := 1
	for measure(n) < 1e-3 {
		n *= 2
	}
	var times []float64
	for spent := 0.0; len(times) < 5 || spent < seconds; {
		t := measure(n)
		spent += t
		times = append(times, t/float64(n))
	}
	slices.Sort(times)
	return times[len(times)/4]
}
