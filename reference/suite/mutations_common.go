package suite

import (
	"math"
	"slices"

	"entrec/reference/golden"
)

// commonMutations are the mistakes that are made of many operations.
var commonMutations = append(ofOps("cotangent ignored, ones in its place", ignoringCotangents, "softmax", "conv2d", "nt_xent"),
	mutation{"nt_xent", "gradients of the views exchanged", exchangedGradients("z1", "z2")},
	mutation{"batch_norm", "gradients of weight and bias exchanged", exchangedGradients("weight", "bias")},
	mutation{"info_nce", "gradient without 1/n", func(c *golden.Case) *golden.Answer {
		n := float64(c.In["z1"].Shape[0])
		a := grad("z1", times(n))(c)
		a.Grad["z2"] = times(n)(a.Grad["z2"])
		return a
	}},
	mutation{"conv2d", "padding off by one", func(c *golden.Case) *golden.Answer { // the image lies a row lower
		return given("x", func(x *golden.Array) *golden.Array {
			y, size, width := golden.NewArray(x.Shape...), x.Shape[2]*x.Shape[3], x.Shape[3]
			for i, v := range x.Data {
				if i%size < size-width {
					y.Data[i+width] = v
				}
			}
			return y
		})(c)
	}},
	mutation{"matmul", "a partial sum lost, as in a race", func(c *golden.Case) *golden.Answer { // of the last eighth
		a := right(c)
		a.Out["c"] = given("a", func(x *golden.Array) *golden.Array {
			y, k := times(1)(x), x.Shape[1]
			for i := range y.Data {
				if i%k >= k-max(1, k/8) {
					y.Data[i] = 0
				}
			}
			return y
		})(c).Out["c"]
		return a
	}},
	mutation{"global_avg_pool2d", "a partial sum lost, as in a race", func(c *golden.Case) *golden.Answer { // of the last row
		a := right(c)
		a.Out["y"] = given("x", func(x *golden.Array) *golden.Array {
			y, size, width := times(1)(x), x.Shape[2]*x.Shape[3], x.Shape[3]
			for i := range y.Data {
				if i%size >= size-width {
					y.Data[i] = 0
				}
			}
			return y
		})(c).Out["y"]
		return a
	}},
	mutation{"normalize", "NaN through 0·∞", func(c *golden.Case) *golden.Answer { // at rows of 0
		a := right(c)
		for i, row := range rowsOf(c.In["x"]) {
			if largestOf(golden.FromSlice(row, len(row))) == 0 {
				notNumbers(rowsOf(a.Grad["x"])[i])
			}
		}
		return a
	}},
	mutation{"alignment", "NaN through 0·∞", func(c *golden.Case) *golden.Answer { // at equal rows
		a := right(c)
		for i, row := range rowsOf(c.In["z1"]) {
			if slices.Equal(row, rowsOf(c.In["z2"])[i]) {
				notNumbers(rowsOf(a.Grad["z1"])[i])
			}
		}
		return a
	}},
	mutation{"er_entropy_sphere", "self left out where it is included", func(c *golden.Case) *golden.Answer {
		if c.In["z"].Shape[0] < 2 {
			return right(c)
		}
		return asked("self", "exclude")(c)
	}},
)

func notNumbers(row []float64) {
	for j := range row {
		row[j] = math.NaN()
	}
}

// exchangedGradients has the gradients of two inputs of one shape exchanged.
func exchangedGradients(first, second string) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Grad[first], a.Grad[second] = a.Grad[second], a.Grad[first]
		return a
	}
}
