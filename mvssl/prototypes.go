package mvssl

import (
	"fmt"
	"math/rand/v2"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// newPrototypes returns a layer of scores ⟨z, c_j⟩ of c prototypes in d dimensions:
// (c, d), without bias, with PyTorch's initialisation.
func newPrototypes[T Float](rng *rand.Rand, d, c int) *nn.Linear[T] {
	return nn.NewLinear[T](rng, d, c, false)
}

// logits returns the cosines of projections, not normalised, with prototypes.
func logits[T Float](z *autograd.Var[T], prototypes *nn.Linear[T]) *autograd.Var[T] {
	return directional(autograd.Normalize(z, normalizeEps), prototypes.Weight)
}

// directional returns the scores x·v̂ᵀ of rows x (n, d) with the directions v̂_j =
// v_j/‖v_j‖ of v (c, d): a weight-normed linear layer whose gains are 1 and fixed
// (Salimans and Kingma, 2016), as DINO's last one. With h = gᵀ·x,
//
//	dx = g·v̂,  dv_j = ( h_j − ⟨h_j, v̂_j⟩·v̂_j )/‖v_j‖
func directional[T Float](x, v *autograd.Var[T]) *autograd.Var[T] {
	unit := autograd.Normalize(&autograd.Var[T]{Value: v.Value}, normalizeEps).Value
	n, c := x.Value.Dim(0), v.Value.Dim(0)
	y := tensor.New[T](n, c)
	tensor.MatMulTo(y, x.Value, unit, false, true, false)
	return autograd.Function(y, func(g *tensor.Tensor[T], dst []*tensor.Tensor[T]) {
		if dst[0] != nil {
			tensor.MatMulTo(dst[0], g, unit, false, false, false)
		}
		if dst[1] != nil {
			leaf := autograd.NewTape[T]()
			rows := leaf.Leaf(v.Value)
			h := tensor.New[T](v.Shape()...)
			tensor.MatMulTo(h, g, x.Value, true, false, false)
			leaf.BackwardFrom([]*autograd.Var[T]{autograd.Normalize(rows, normalizeEps)}, []*tensor.Tensor[T]{h})
			tensor.CopyTo(dst[1], rows.Grad)
		}
	}, x, v)
}

// normalizeRows divides the rows of x (n, d) by their norms, in place.
func normalizeRows[T Float](x *tensor.Tensor[T]) {
	tensor.CopyTo(x, autograd.Normalize(&autograd.Var[T]{Value: x}, normalizeEps).Value)
}

// fitPrototypes chooses a number of prototypes: 256, or fewer so that eight samples
// come on each. ImageNet's 1.3 million images have 3000 (SwAV) to 65536 (DINO).
func fitPrototypes(c *Config, s Setting) {
	if c.Prototypes == 0 {
		c.Prototypes = max(min(256, s.Samples/8), 1)
	}
}

// checkPrototypes reports more prototypes than samples, of which some would stay
// empty.
func checkPrototypes(c Config, s Setting) error {
	if c.Prototypes > s.Samples {
		return fmt.Errorf("prototypes %d are more than the %d training images: at most that many would do", c.Prototypes, s.Samples)
	}
	return nil
}

// joined returns all views of a batch, by views, from what is made of each group.
func joined[T Float](b Batch[T], f func(images *autograd.Var[T]) *autograd.Var[T]) *autograd.Var[T] {
	parts := make([]*autograd.Var[T], len(b.Groups))
	for i, g := range b.Groups {
		parts[i] = f(g)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return autograd.Concat(0, parts...)
}

// wholes returns the images of the two whole views.
func wholes[T Float](b Batch[T]) *autograd.Var[T] {
	n := wholeViews * len(b.Samples)
	if b.Groups[0].Value.Dim(0) == n {
		return b.Groups[0]
	}
	return autograd.Slice(b.Groups[0], 0, 0, n)
}
