//go:build !race

package nn_test

// underRace says that the race detector is on, which has sync.Pool forget at random.
const underRace = false
