package view

import "math/rand/v2"

// Key names a view: what is drawn for it is a function of these four numbers.
type Key struct {
	Seed                uint64
	Epoch, Sample, View int
}

// seed makes rng's stream that of the key. The numbers are mixed by SplitMix64
// (Steele et al., 2014), twice with different constants for PCG's two words.
func (k Key) seed(rng *rand.PCG) {
	var words [2]uint64
	for i := range words {
		h := k.Seed + uint64(i)*0x9e3779b97f4a7c15
		for _, v := range [3]int{k.Epoch, k.Sample, k.View} {
			h = mix(h ^ uint64(v))
		}
		words[i] = h
	}
	rng.Seed(words[0], words[1])
}

func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
