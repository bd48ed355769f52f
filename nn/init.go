package nn

import (
	"math"
	"math/rand/v2"
	"strconv"

	"entrec/tensor"
)

// kaimingUniform draws from U(−b, b) with b = gain·√(3/fanIn), He et al. (2015),
// as torch.nn.init.kaiming_uniform_. PyTorch's layers use gain 1/√3, that is
// b = 1/√fanIn, for weights and biases alike.
func kaimingUniform[T Float](rng *rand.Rand, gain float64, fanIn int, shape ...int) *tensor.Tensor[T] {
	return uniform[T](rng, gain*math.Sqrt(3/float64(fanIn)), shape...)
}

// uniform draws from U(−bound, bound) in float64, in row-major order, so that
// both precisions start from the same numbers.
func uniform[T Float](rng *rand.Rand, bound float64, shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	for i := range t.Data() {
		t.Data()[i] = T(bound * (2*rng.Float64() - 1))
	}
	return t
}

// kaimingNormalFanOut draws from N(0, 2/fanOut), as torchvision's ResNet
// initialises its convolutions (kaiming_normal_, fan_out, relu).
func kaimingNormalFanOut[T Float](rng *rand.Rand, fanOut int, shape ...int) *tensor.Tensor[T] {
	return normal[T](rng, math.Sqrt(2/float64(fanOut)), shape...)
}

// normal draws from N(0, std²).
func normal[T Float](rng *rand.Rand, std float64, shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	for i := range t.Data() {
		t.Data()[i] = T(std * rng.NormFloat64())
	}
	return t
}

func constant[T Float](v T, shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	t.Fill(v)
	return t
}

func indexName(i int) string { return strconv.Itoa(i) + "." }
