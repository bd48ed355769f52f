package mi

import "slices"

// best keeps the parameters of the critic that did best on pairs that it was not trained on:
// one that is trained on few pairs for long learns them by heart.
type best struct {
	value  float64
	params [][]float32
}

// look keeps the critic as it is where it does better than any before.
func (b *best) look(t *trainer, batches [][2][][]float64) {
	sum := 0.0
	for _, pairs := range batches {
		sum += t.worth(t.points(pairs[0], pairs[1]))
	}
	if !(sum > b.value) {
		return
	}
	b.value = sum
	b.params = b.params[:0]
	for _, p := range t.params {
		b.params = append(b.params, slices.Clone(p.Value.Data()))
	}
}

// restore brings back the best critic, if there was a look at any.
func (b *best) restore(t *trainer) {
	for i, values := range b.params {
		copy(t.params[i].Value.Data(), values)
	}
}
