package nn

import (
	"math"
	"math/rand/v2"
	"strconv"

	"entrec/tensor"
)

// torchUniform draws from U(−1/√fanIn, 1/√fanIn), PyTorch's default for weights
// and biases of Linear and Conv2d (kaiming_uniform_ with a = √5). It draws in
// float64, in row-major order, so that both precisions start from the same numbers.
func torchUniform[T Float](rng *rand.Rand, fanIn int, shape ...int) *tensor.Tensor[T] {
	bound := 1 / math.Sqrt(float64(fanIn))
	t := tensor.New[T](shape...)
	for i := range t.Data() {
		t.Data()[i] = T(bound * (2*rng.Float64() - 1))
	}
	return t
}

// kaimingNormalFanOut draws from N(0, 2/fanOut), as torchvision's ResNet
// initializes its convolutions (kaiming_normal_, fan_out, relu).
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
