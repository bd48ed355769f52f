package nn

import "math"

// WarmupCosine returns the factor of the learning rate at a step (from 0) of
// total: rising linearly to 1 over the first warmup steps, then falling to 0 by
// half a cosine:
//
//	(step+1)/warmup                                for step < warmup
//	½·(1 + cos(π·(step−warmup)/(total−warmup)))   after that
//
// Loshchilov and Hutter (2017), with the warm-up of Goyal et al. (2017).
func WarmupCosine(step, warmup, total int) float64 {
	switch {
	case step < warmup:
		return float64(step+1) / float64(warmup)
	case step >= total:
		return 0
	}
	return Cosine(step-warmup, total-warmup, 1, 0)
}

// Cosine returns the value at a step (from 0) of total on half a cosine from one
// value to another: to + (from−to)·½·(1 + cos(π·step/total)).
func Cosine(step, total int, from, to float64) float64 {
	return to + (from-to)*0.5*(1+math.Cos(math.Pi*float64(step)/float64(total)))
}
