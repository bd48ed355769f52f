package mvssl

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// newPrototypes returns a layer of scores ⟨z, c_j⟩ of c prototypes in d dimensions:
// (c, d), without bias, with PyTorch's initialization.
func newPrototypes[T Float](rng *rand.Rand, d, c int) *nn.Linear[T] {
	return nn.NewLinear[T](rng, d, c, nn.NoBias)
}

// logits returns the cosines of projections, not normalized, with prototypes: a
// weight-normed linear layer whose gains are 1 and fixed (Salimans and Kingma,
// 2016), as DINO's last one.
func logits[T Float](z *autograd.Var[T], prototypes *nn.Linear[T]) *autograd.Var[T] {
	return autograd.Linear(autograd.Normalize(z, normalizeEps), autograd.Normalize(prototypes.Weight, normalizeEps), nil)
}

// logSoftmax returns the logarithm of softmax(scores/temperature), by rows.
func logSoftmax[T Float](scores *tensor.Tensor[T], temperature float64) *tensor.Tensor[T] {
	return autograd.LogSoftmax(autograd.Scale(&autograd.Var[T]{Value: scores}, 1/temperature)).Value
}

// normalizeRows divides the rows of x (n, d) by their norms, in place.
func normalizeRows[T Float](x *tensor.Tensor[T]) {
	tensor.CopyTo(x, autograd.Normalize(&autograd.Var[T]{Value: x}, normalizeEps).Value)
}

// choosePrototypes returns a number of prototypes: 256, or fewer so that eight samples
// come on each, but at least two. ImageNet's 1.3 million images have 3000 (SwAV) to
// 65536 (DINO).
func choosePrototypes(s Setting) int { return max(min(256, s.Samples/8), 2) }

// checkPrototypes reports more prototypes than samples, of which some would stay
// empty.
func checkPrototypes(prototypes int, s Setting) error {
	if prototypes > s.Samples {
		return fmt.Errorf("prototypes %d are more than the %d training images: at most that many would do", prototypes, s.Samples)
	}
	return nil
}
