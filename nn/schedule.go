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
	if step < warmup {
		return float64(step+1) / float64(warmup)
	}
	return Cosine(step-warmup, total-warmup, 1, 0)
}

// Cosine returns the value at a step (from 0) of total on half a cosine from one
// value to another: to + (from−to)·½·(1 + cos(π·step/total)), and to from step
// total on. With from = τ_base and to = 1 it is BYOL's momentum; DINO's momentum
// and weight decay follow it too.
func Cosine(step, total int, from, to float64) float64 {
	if step >= total {
		return to
	}
	return to + (from-to)*0.5*(1+math.Cos(math.Pi*float64(step)/float64(total)))
}

// LinearWarmup returns the value at a step (from 0) that goes from one value to
// another in warmup equal parts and stays there: from + (to−from)·step/warmup.
func LinearWarmup(step, warmup int, from, to float64) float64 {
	if step >= warmup {
		return to
	}
	return from + (to-from)*float64(step)/float64(warmup)
}
