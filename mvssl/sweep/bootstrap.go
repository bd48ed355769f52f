package sweep

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Interval is a 95 % interval of a bootstrap over seeds and images: see [Bootstrap].
type Interval struct {
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Images int     `json:"images"` // that accuracies are of
}

// Resamples is how often [Bootstrap] draws.
const Resamples = 10000

// Bootstrap returns the middle 95 % of the means of resamples of values, one list a seed,
// in which each image has its place: a resample draws as many seeds as there are, and as
// many images, which are the same for all seeds, each with replacement. The random numbers
// are always the same, and sums are whole numbers, so the same values have the same
// interval on every machine. It panics where there are no values, or lists of different
// lengths.
func Bootstrap(values [][]int32) Interval {
	seeds, images := len(values), len(values[0])
	// Images on which all seeds have the same values are counted, not told apart.
	kinds, kindOf, known := [][]int32{}, make([]int, images), map[string]int{}
	for i := range kindOf {
		kind, word := make([]int32, seeds), []byte(nil)
		for s, of := range values {
			if len(of) != images {
				panic("sweep.Bootstrap: seeds have different numbers of images")
			}
			kind[s], word = of[i], binary.LittleEndian.AppendUint32(word, uint32(of[i]))
		}
		k, ok := known[string(word)]
		if !ok {
			k = len(kinds)
			kinds, known[string(word)] = append(kinds, kind), k
		}
		kindOf[i] = k
	}
	random := rand.NewPCG(bootstrapStream, 0)
	draw := func(n int) uint64 { high, _ := bits.Mul64(random.Uint64(), uint64(n)); return high }
	means, drawn, count := make([]float64, Resamples), make([]int, seeds), make([]int, len(kinds))
	for r := range means {
		clear(drawn)
		clear(count)
		for range seeds {
			drawn[draw(seeds)]++
		}
		for range images {
			count[kindOf[draw(images)]]++
		}
		sum := 0
		for k, kind := range kinds {
			for s, v := range kind {
				sum += count[k] * drawn[s] * int(v)
			}
		}
		means[r] = float64(sum) / float64(seeds*images)
	}
	slices.Sort(means)
	const out = Resamples * 25 / 1000 // on each side
	return Interval{means[out], means[Resamples-1-out], images}
}

// bootstrapStream is that of the bootstrap's random numbers.
const bootstrapStream = 0x626f6f74
