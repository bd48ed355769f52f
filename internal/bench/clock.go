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

// Timer measures calls that may be too short for the clock.
type Timer struct {
	measure func(n int) float64
	calls   int // of a measurement
}

// NewTimer returns a timer by a measure, which returns the time of n calls in seconds. A
// measurement is as many calls as take a millisecond.
func NewTimer(measure func(n int) float64) Timer {
	t := Timer{measure, 1}
	for measure(t.calls) < 1e-3 {
		t.calls *= 2
	}
	return t
}

// Call returns the time of a call, by one measurement.
func (t *Timer) Call() float64 {
	took := t.measure(t.calls)
	for took < 1e-4 { // the calls were counted while something else took the time
		t.calls *= 2
		took = t.measure(t.calls)
	}
	return took / float64(t.calls)
}

// Quickest returns the processor time of a call, in seconds, for each of the measures.
// A measure returns the time of n calls. The measures take turns, at least five each and
// for about as many seconds as are given. A turn is a measurement of a [Timer]. What counts
// is the lower quartile of the turns: other programs' use of the caches only adds to a time, while the least may be an
// error of a clock that is corrected now and then.
func Quickest(seconds float64, measures ...func(n int) float64) []float64 {
	timers, times := make([]Timer, len(measures)), make([][]float64, len(measures))
	for i, measure := range measures {
		measure(1) // to warm up
		timers[i] = NewTimer(measure)
	}
	for began := ProcessorTime(); len(times[0]) < 5 || (ProcessorTime()-began).Seconds() < seconds; {
		for i := range timers {
			times[i] = append(times[i], timers[i].Call())
		}
	}
	best := make([]float64, len(measures))
	for i, t := range times {
		slices.Sort(t)
		best[i] = t[len(t)/4]
	}
	return best
}
