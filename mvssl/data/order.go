package data

import (
	"math/bits"
	"math/rand/v2"
)

// Streams of the shuffles of a subset and of what has labels, apart from that of every
// epoch, whatever the seed: epoch e has the stream e.
const (
	streamSubset = 1<<63 + iota
	streamLabeled
)

// Order returns the order in which epoch takes n images: a permutation of 0..n-1
// that is a pure function of n, seed and epoch. The shuffle is Fisher and Yates's,
// driven by a PCG whose two seed words are hashes of seed and epoch, so that
// neighboring seeds or epochs have unrelated orders. The same arguments give the
// same order on every machine and in every version of Go. It panics if n or epoch is
// negative.
func Order(n int, seed uint64, epoch int) []int {
	if n < 0 || epoch < 0 {
		panic("data: Order: negative n or epoch")
	}
	return shuffled(n, seed, uint64(epoch))
}

// shuffled returns a permutation of 0..n-1, a function of its arguments alone. It
// spells the shuffle out because only the PCG's outputs, not what rand.Perm makes
// of them, are sure to stay the same.
func shuffled(n int, seed, stream uint64) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	pcg := rand.NewPCG(splitmix(seed), splitmix(stream))
	for i := n - 1; i > 0; i-- {
		// The high word of a product maps 64 random bits to [0, i+1) with a bias of
		// at most (i+1)/2⁶⁴ (Lemire 2019, without his rejection step).
		j, _ := bits.Mul64(pcg.Uint64(), uint64(i+1))
		p[i], p[j] = p[j], p[i]
	}
	return p
}

// splitmix is the output function of SplitMix64 (Steele, Lea and Flood 2014), a
// bijection whose output bits each depend on every input bit.
func splitmix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
