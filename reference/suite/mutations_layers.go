package suite

import (
	"math"
	"slices"

	"entrec/reference/golden"
)

// layerMutations are errors in the operations of networks, optimizers and images.
var layerMutations = []mutation{
	{"matmul", "b transposed", given("b", transposed)},
	{"matmul", "columns beyond a tile left out", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for _, row := range rowsOf(a.Out["c"]) {
			clear(row[min(128, len(row)):])
		}
		return a
	}},
	{"matmul", "gradient of a by b, not its transpose", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Grad["a"] = given("b", transposed)(c).Grad["a"]
		return a
	}},
	{"matmul", "gradients exchanged in sign", grad("b", times(-1))},
	{"logdet", "by the determinant", func(c *golden.Case) *golden.Answer {
		return out("y", each(func(v float64) float64 { return math.Log(float64(float32(math.Exp(v)))) }))(c)
	}},
	{"logdet", "of the lower triangle alone", given("x", func(x *golden.Array) *golden.Array {
		y := transposed(x)
		for i := range x.Shape[0] {
			copy(y.Data[i*x.Shape[0]:i*(x.Shape[0]+1)], x.Data[i*x.Shape[0]:i*(x.Shape[0]+1)])
		}
		return y
	})},
	{"logdet", "of the factor, half of it", out("y", times(0.5))},
	{"logdet", "gradient of the lower triangle alone", grad("x", func(x *golden.Array) *golden.Array {
		y, d := times(1)(x), x.Shape[0]
		for i := range d {
			for j := range i {
				y.Data[i*d+j], y.Data[j*d+i] = 2*y.Data[i*d+j], 0
			}
		}
		return y
	})},
	{"logdet", "gradient of the determinant", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Grad["x"] = times(math.Exp(min(a.Out["y"].Data[0], 700)))(a.Grad["x"])
		return a
	}},
	{"linear", "weight transposed", given("weight", transposed)},
	{"linear", "no bias", given("bias", times(0))},
	{"linear", "gradient of the bias is a mean", func(c *golden.Case) *golden.Answer {
		return grad("bias", times(1/float64(c.In["x"].Shape[0])))(c)
	}},
	{"conv2d", "kernel turned", given("weight", turned)},
	{"conv2d", "gradient of the kernel turned", grad("weight", turned)},
	{"conv2d", "no bias", given("bias", times(0))},
	{"conv2d", "gradient of the kernel is a mean", func(c *golden.Case) *golden.Answer {
		return grad("weight", times(1/float64(c.In["x"].Shape[0])))(c)
	}},
	{"batch_norm", "unbiased variance", rescaled(false, func(v, eps float64, n int) float64 {
		return math.Sqrt((v + eps) / (v*float64(n)/float64(n-1) + eps))
	})},
	{"batch_norm", "eps beside the root", rescaled(false, func(v, eps float64, _ int) float64 {
		return math.Sqrt(v+eps) / (math.Sqrt(v) + eps)
	})},
	{"batch_norm", "no eps", asked("eps", 0)},
	{"batch_norm", "statistics taken for constants", constantStatistics(false)},
	{"batch_norm", "weight and bias exchanged", func(c *golden.Case) *golden.Answer {
		return swappedInputs(c, "weight", "bias")
	}},
	{"layer_norm", "unbiased variance", rescaled(true, func(v, eps float64, n int) float64 {
		return math.Sqrt((v + eps) / (v*float64(n)/math.Max(float64(n-1), 1) + eps))
	})},
	{"layer_norm", "eps beside the root", rescaled(true, func(v, eps float64, _ int) float64 {
		return math.Sqrt(v+eps) / (math.Sqrt(v) + eps)
	})},
	{"layer_norm", "statistics taken for constants", constantStatistics(true)},
	{"relu", "slope 1 at 0", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, v := range c.In["x"].Data {
			if v == 0 {
				a.Grad["x"].Data[i] = c.CT["y"].Data[i]
			}
		}
		return a
	}},
	{"relu", "leaky", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, v := range c.In["x"].Data {
			a.Out["y"].Data[i] = max(v, 0.001*v)
		}
		return a
	}},
	{"gelu", "always by tanh", asked("approximate", "tanh")},
	{"gelu", "never by tanh", asked("approximate", "none")},
	{"softmax", "gradient without the mean", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, y := range a.Out["y"].Data {
			a.Grad["x"].Data[i] = y * c.CT["y"].Data[i]
		}
		return a
	}},
	{"softmax", "over the other axis", otherAxis("x", "y")},
	{"softmax", "not shifted", shifted(byNothing)},
	{"softmax", "shifted by the largest of all rows", shifted(byLargestOfAll)},
	{"softmax", "a running maximum that begins at 0", shifted(byLargestOrZero)},
	{"log_softmax", "not shifted", shifted(byNothing)},
	{"log_softmax", "shifted by the largest of all rows", shifted(byLargestOfAll)},
	{"log_softmax", "a running maximum that begins at 0", shifted(byLargestOrZero)},
	{"log_softmax", "gradient without the softmax", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Grad["x"] = c.CT["y"]
		return a
	}},
	{"logsumexp", "not shifted", shifted(byNothing)},
	{"logsumexp", "shifted by the largest of all rows", shifted(byLargestOfAll)},
	{"logsumexp", "a running maximum that begins at 0", shifted(byLargestOrZero)},
	{"normalize", "eps added", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, row := range rowsOf(c.In["x"]) {
			norm := 0.0
			for _, v := range row {
				norm += v * v
			}
			for j, v := range row {
				a.Out["y"].Data[i*len(row)+j] = v / (math.Sqrt(norm) + c.Attrs["eps"].(float64))
			}
		}
		return a
	}},
	{"normalize", "no eps", asked("eps", func(float64) float64 { return 1e-300 })},
	{"normalize", "norm taken for a constant", func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, v := range c.In["x"].Data {
			if v != 0 {
				a.Grad["x"].Data[i] = c.CT["y"].Data[i] * a.Out["y"].Data[i] / v
			}
		}
		return a
	}},
	{"max_pool2d", "padded with zeros", out("y", each(func(v float64) float64 { return max(v, 0) }))},
	{"max_pool2d", "padded with −10,000", func(c *golden.Case) *golden.Answer {
		if c.Attrs["padding"].(float64) == 0 {
			return right(c)
		}
		return out("y", each(func(v float64) float64 { return max(v, -1e4) }))(c)
	}},
	{"max_pool2d", "gradient to the last of equal ones", func(c *golden.Case) *golden.Answer {
		// Turning the image over turns the first into the last.
		q := *c
		q.In, q.CT = arrays{"x": reversed(c.In["x"])}, arrays{"y": reversed(c.CT["y"])}
		a := right(&q)
		return &golden.Answer{Out: right(c).Out, Grad: arrays{"x": reversed(a.Grad["x"])}}
	}},
	{"avg_pool2d", "padding left out of the mean", func(c *golden.Case) *golden.Answer {
		a := right(c)
		ones := given("x", each(func(float64) float64 { return 1 }))(c).Out["y"]
		for i, share := range ones.Data {
			a.Out["y"].Data[i] /= share
		}
		return a
	}},
	{"avg_pool2d", "sum", func(c *golden.Case) *golden.Answer {
		k := c.Attrs["kernel"].(float64)
		return out("y", times(k*k))(c)
	}},
	{"global_avg_pool2d", "gradient not divided", func(c *golden.Case) *golden.Answer {
		return grad("x", times(float64(c.In["x"].Shape[2]*c.In["x"].Shape[3])))(c)
	}},
	{"attention", "not scaled", func(c *golden.Case) *golden.Answer {
		return given("q", times(math.Sqrt(float64(c.In["q"].Shape[3]))))(c)
	}},
	{"attention", "scaled by d", func(c *golden.Case) *golden.Answer {
		return given("q", times(1/math.Sqrt(float64(c.In["q"].Shape[3]))))(c)
	}},
	{"attention", "queries and keys exchanged", func(c *golden.Case) *golden.Answer {
		return swappedInputs(c, "q", "k")
	}},
	{"attention", "shifted by the largest of all scores", func(c *golden.Case) *golden.Answer {
		a, q, k := right(c), rowsOf(c.In["q"]), rowsOf(c.In["k"])
		t, d := c.In["q"].Shape[2], c.In["q"].Shape[3]
		top := make([]float64, len(q)) // the largest score of each query
		for i := range q {
			head := i / t * t
			top[i] = math.Inf(-1)
			for _, key := range k[head : head+t] {
				score := 0.0
				for j := range key {
					score += q[i][j] * key[j]
				}
				top[i] = max(top[i], score/math.Sqrt(float64(d)))
			}
		}
		for i, row := range rowsOf(a.Out["y"]) {
			if slices.Max(top)-top[i] > 104 { // below float32's smallest number
				for j := range row {
					row[j] = math.NaN()
				}
			}
		}
		return a
	}},

	{"ema_update", "momentum exchanged", asked("momentum", func(m float64) float64 { return 1 - m })},
	{"ema_update", "stale", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["target"] = c.In["target"]
		return a
	}},
	{"sgd_step", "no nesterov", asked("nesterov", false)},
	{"sgd_step", "no decay", asked("weight_decay", 0)},
	{"sgd_step", "decay beside the momentum", func(c *golden.Case) *golden.Answer {
		a := asked("weight_decay", 0)(c)
		for i, p := range c.In["param"].Data {
			a.Out["param"].Data[i] -= c.Attrs["lr"].(float64) * c.Attrs["weight_decay"].(float64) * p
		}
		return a
	}},
	{"sgd_step", "dampened", func(c *golden.Case) *golden.Answer {
		return given("grad", times(1-c.Attrs["momentum"].(float64)))(c)
	}},
	{"adamw_step", "bias not corrected", asked("step", 1000000)},
	{"adamw_step", "decay within the gradient", func(c *golden.Case) *golden.Answer {
		decay := c.Attrs["weight_decay"].(float64)
		q := *c
		q.In = arrays{"m": c.In["m"], "v": c.In["v"], "param": c.In["param"], "grad": golden.NewArray(c.In["grad"].Shape...)}
		for i, g := range c.In["grad"].Data {
			q.In["grad"].Data[i] = g + decay*c.In["param"].Data[i]
		}
		return asked("weight_decay", 0)(&q)
	}},
	{"adamw_step", "one step behind", asked("step", func(step float64) float64 { return step + 1 })},
	{"adamw_step", "betas exchanged", func(c *golden.Case) *golden.Answer {
		return asked("beta1", c.Attrs["beta2"], "beta2", c.Attrs["beta1"])(c)
	}},
	{"lars_step", "no trust", asked("trust", 1)},
	{"lars_step", "no decay", asked("weight_decay", 0)},
	{"lars_step", "stale buffer", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["buffer"] = c.In["buffer"]
		return a
	}},

	{"adjust_brightness", "not clipped", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["y"] = times(c.Attrs["factor"].(float64))(c.In["x"])
		return a
	}},
	{"adjust_contrast", "factor of another half", asked("factor", func(f float64) float64 { return 1 + (f-1)/2 })},
	{"adjust_saturation", "toward contrast's gray", func(c *golden.Case) *golden.Answer {
		q := *c
		q.Op = "adjust_contrast"
		return right(&q)
	}},
	{"adjust_hue", "turned the other way", asked("factor", func(f float64) float64 { return -f })},
	{"rgb_to_grayscale", "another standard's weights", out("y", times(0.299/0.2989))},
	{"rgb_to_grayscale", "red and blue exchanged", given("x", exchanged)},
	{"gaussian_blur", "variance for deviation", asked("sigma", func(s float64) float64 { return s * s })},
	{"gaussian_blur", "a wider kernel's sigma", asked("sigma", func(s float64) float64 { return 1.01 * s })},
	{"solarize", "above, not at", func(c *golden.Case) *golden.Answer {
		return asked("threshold", min(math.Nextafter(c.Attrs["threshold"].(float64), 2), 1))(c)
	}},
	{"resized_crop", "not antialiased", asked("antialias", false)},
	{"resized_crop", "always antialiased", asked("antialias", true)},
	{"resized_crop", "the first image for all", out("y", func(y *golden.Array) *golden.Array {
		first := y.Data[:len(y.Data)/y.Shape[0]]
		return golden.FromSlice(slices.Repeat(first, y.Shape[0]), y.Shape...)
	})},
	{"resized_crop", "a pixel off", func(c *golden.Case) *golden.Answer {
		if left := c.Attrs["left"].(float64); left > 0 {
			return asked("left", left-1)(c)
		}
		return right(c)
	}},
}

// The shifts of a row's exponentials that are not by its largest element.
func byNothing(_, _ []float64) float64         { return 0 }
func byLargestOfAll(all, _ []float64) float64  { return slices.Max(all) }
func byLargestOrZero(_, row []float64) float64 { return max(0, slices.Max(row)) }

// shifted answers softmax, log_softmax and logsumexp in float32, with exponentials of elements
// less another number than the largest of their row.
func shifted(by func(all, row []float64) float64) func(c *golden.Case) *golden.Answer {
	return func(c *golden.Case) *golden.Answer {
		a := right(c)
		for i, row := range rowsOf(c.In["x"]) {
			shift, sum := by(c.In["x"].Data, row), 0.0
			exp := func(v float64) float64 { return float64(float32(math.Exp(v - shift))) }
			for _, v := range row {
				sum += exp(v)
			}
			for j, v := range row {
				switch at := i*len(row) + j; c.Op {
				case "softmax":
					a.Out["y"].Data[at] = exp(v) / sum
				case "log_softmax":
					a.Out["y"].Data[at] = v - shift - math.Log(sum)
				case "logsumexp":
					a.Out["y"].Data[i] = shift + math.Log(sum)
				}
			}
		}
		return a
	}
}

// reversed turns an array's elements around: for images, of one sample and channel
// at a time they are turned by half a turn.
func reversed(x *golden.Array) *golden.Array {
	y := golden.FromSlice(slices.Clone(x.Data), x.Shape...)
	size := x.Shape[2] * x.Shape[3]
	for image := range slices.Chunk(y.Data, size) {
		slices.Reverse(image)
	}
	return y
}

// exchanged puts the blue channel in the place of the red one.
func exchanged(x *golden.Array) *golden.Array {
	y := golden.FromSlice(slices.Clone(x.Data), x.Shape...)
	size := x.Shape[2] * x.Shape[3]
	for n := range x.Shape[0] {
		red, blue := (3*n)*size, (3*n+2)*size
		for i := range size {
			y.Data[red+i], y.Data[blue+i] = y.Data[blue+i], y.Data[red+i]
		}
	}
	return y
}
