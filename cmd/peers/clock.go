package main

import (
	"math"
	"time"
)

var started = time.Now()

// leastTime returns the least processor time of a call of f, in seconds, after a
// first one: of some calls together where one is too short for the clock. It tries
// at least three times, and for about as many seconds as are given. With a single
// thread it is what f takes on an idle machine, but for the caches that others use.
func leastTime(f func(), seconds float64) float64 {
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
	least := math.Inf(1)
	for i, spent := 0, 0.0; i < 3 || spent < seconds; i++ {
		t := measure(n)
		spent += t
		least = min(least, t/float64(n))
	}
	return least
}
