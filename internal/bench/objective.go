package bench

import (
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/simd"
	"entrec/tensor"
)

// Objective is an objective of pairs of projections.
type Objective struct {
	Name string `json:"name"` // ntxent or er
	K    int    `json:"k"`    // pairs
	D    int    `json:"d"`    // dimension
}

// Pass returns what computes the objective forward and backward and returns its value.
// The projections are numbers that other programs can make, too: the n-th of all is the
// upper 24 bits of n·2654435761 mod 2³², between −0.5 and 0.5, with rows then normalized.
func (o Objective) Pass() func() float64 {
	z := make([]*tensor.Tensor[float32], 2)
	for v := range z {
		z[v] = tensor.New[float32](o.K, o.D)
		for i := range o.K {
			row, norm := z[v].Data()[i*o.D:(i+1)*o.D], 0.0
			for j := range row {
				number := uint32(v*o.K*o.D+i*o.D+j) * 2654435761
				row[j] = float32(float64(number/256)/(1<<24) - 0.5)
				norm += float64(row[j]) * float64(row[j])
			}
			simd.Scale(row, row, float32(1/math.Sqrt(norm)))
		}
	}
	tape := autograd.NewTape[float32]()
	return func() float64 {
		x, y := tape.Leaf(z[0]), tape.Leaf(z[1])
		var loss *autograd.Var[float32]
		if o.Name == "ntxent" {
			loss = objective.NTXent(x, y, 0.2)
		} else {
			loss = objective.ER(x, y, objective.ERConfig{EntropyConfig: objective.EntropyConfig{Kappa: 5}, EntropyWeight: 1}).Loss
		}
		value := float64(loss.Value.Item())
		tape.Backward(loss)
		tape.Reset()
		return value
	}
}
