//go:build race

package autograd_test

// underRace says that the race detector is on, which has sync.Pool forget at random.
const underRace = true
