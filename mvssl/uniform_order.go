package mvssl

import "math/rand/v2"

// uniformOrder returns the order of an epoch in which each of the clusters that
// have samples has as many places: ⌊n/clusters⌋ + 1 of its samples, drawn with
// replacement where it has no more, all shuffled and cut to the n that there are
// (deepcluster util.py, UnifLabelSampler).
func uniformOrder[T Float](rng *rand.Rand, labels []T, clusters int) []int {
	members := make([][]int, clusters)
	for i, l := range labels {
		members[int(l)] = append(members[int(l)], i)
	}
	filled := 0
	for _, m := range members {
		if len(m) > 0 {
			filled++
		}
	}
	var order []int
	each := len(labels)/max(filled, 1) + 1
	for _, m := range members {
		switch {
		case len(m) == 0:
		case len(m) <= each:
			for range each {
				order = append(order, m[rng.IntN(len(m))])
			}
		default:
			for _, i := range rng.Perm(len(m))[:each] {
				order = append(order, m[i])
			}
		}
	}
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order[:len(labels)]
}
