package suite

import (
	"math"
	"slices"

	"entrec/reference/golden"
)

// products are the operations that are made of matrix products or convolutions, whose factors
// tf32 rounds.
var products = []string{"matmul", "linear", "conv2d", "attention", "info_nce", "nt_xent", "dcl", "dhel", "dim_jsd", "dim_nce", "dim_dv", "amdim", "cpc",
	"moco", "sigreg", "tico", "er_entropy_sphere", "barlow_twins", "vicreg", "corinfomax"}

// sums are the operations with sums of a thousand terms and more among their cases.
var sums = []string{"matmul", "linear", "conv2d", "attention", "softmax", "logsumexp", "global_avg_pool2d", "layer_norm", "batch_norm"}

const (
	inBfloat16  = "inputs rounded to bfloat16"
	inFloat16   = "inputs rounded to float16"
	accumulated = "sums accumulated in float16"
)

// formatMutations compute in another format than the profile's.
var formatMutations = slices.Concat(
	ofOps(inBfloat16, rounded(golden.BF16), products...),
	ofOps(inFloat16, rounded(golden.F16), products...),
	ofOps(accumulated, inHalf, sums...),
)

// half rounds to float16.
func half(v float64) float64 { return formats[golden.F16].round(v) }

// halfSum adds terms one after another in float16.
func halfSum(n int, term func(i int) float64) (sum float64) {
	for i := range n {
		sum = half(sum + term(i))
	}
	return sum
}

// inHalf answers c with the sums of its outputs accumulated in float16, its products not rounded.
func inHalf(c *golden.Case) *golden.Answer {
	a := right(c)
	switch c.Op {
	case "matmul":
		a.Out["c"] = halfProduct(c.In["a"], flipped(c.In["b"]))
	case "linear", "conv2d":
		x, weight := c.In["x"], c.In["weight"]
		if c.Op == "conv2d" { // one window: the whole image
			if x.Shape[2] != weight.Shape[2] || x.Shape[3] != weight.Shape[3] || c.Attrs["padding"].(float64) > 0 {
				return a
			}
			x, weight = asRows(x), asRows(weight)
		}
		y := halfProduct(x, weight)
		for i := range y.Data {
			y.Data[i] = half(y.Data[i] + element(c.In["bias"], i%weight.Shape[0], 0))
		}
		a.Out["y"].Data = y.Data
	case "attention":
		q, k := c.In["q"], c.In["k"]
		if q.Shape[0]*q.Shape[1] > 1 {
			return a
		}
		t, d := q.Shape[2], q.Shape[3]
		scores := halfProduct(golden.FromSlice(q.Data, t, d), golden.FromSlice(k.Data, t, d))
		for i, row := range rowsOf(scores) {
			p := softmaxOf(row, 1/math.Sqrt(float64(d)))
			for l := range d {
				a.Out["y"].Data[i*d+l] = halfSum(t, func(j int) float64 { return p[j] * c.In["v"].Data[j*d+l] })
			}
		}
	case "softmax", "logsumexp":
		for i, row := range rowsOf(c.In["x"]) {
			largest := slices.Max(row)
			sum := halfSum(len(row), func(j int) float64 { return math.Exp(row[j] - largest) })
			if c.Op == "logsumexp" {
				a.Out["y"].Data[i] = largest + math.Log(sum)
				continue
			}
			for j, v := range row {
				a.Out["y"].Data[i*len(row)+j] = math.Exp(v-largest) / sum
			}
		}
	case "global_avg_pool2d":
		for i, image := range rowsOf(asRows(golden.FromSlice(c.In["x"].Data, len(a.Out["y"].Data), 1, c.In["x"].Shape[2], c.In["x"].Shape[3]))) {
			a.Out["y"].Data[i] = halfSum(len(image), func(j int) float64 { return image[j] }) / float64(len(image))
		}
	case "layer_norm", "batch_norm":
		x := c.In["x"]
		if len(x.Shape) != 2 {
			return a
		}
		rows, columns := x.Shape[0], x.Shape[1]
		at := func(group, j int) int { return j*columns + group }
		groups, n := columns, rows
		if c.Op == "layer_norm" {
			at, groups, n = func(group, j int) int { return group*columns + j }, rows, columns
		}
		for group := range groups {
			mean := halfSum(n, func(j int) float64 { return x.Data[at(group, j)] }) / float64(n)
			variance := halfSum(n, func(j int) float64 { return (x.Data[at(group, j)] - mean) * (x.Data[at(group, j)] - mean) }) / float64(n)
			for j := range n {
				i := at(group, j)
				a.Out["y"].Data[i] = (x.Data[i]-mean)/math.Sqrt(variance+c.Attrs["eps"].(float64))*element(c.In["weight"], i%columns, 1) + element(c.In["bias"], i%columns, 0)
			}
		}
	}
	return a
}

// halfProduct returns x·yᵀ.
func halfProduct(x, y *golden.Array) *golden.Array {
	n, d, m := x.Shape[0], x.Shape[1], y.Shape[0]
	z := golden.NewArray(n, m)
	for i := range n {
		for j := range m {
			z.Data[i*m+j] = halfSum(d, func(l int) float64 { return x.Data[i*d+l] * y.Data[j*d+l] })
		}
	}
	return z
}

// asRows lays each sample out as a row.
func asRows(x *golden.Array) *golden.Array {
	return golden.FromSlice(x.Data, x.Shape[0], len(x.Data)/x.Shape[0])
}

// softmaxOf returns the softmax of scale·row.
func softmaxOf(row []float64, scale float64) []float64 {
	p, sum, largest := make([]float64, len(row)), 0.0, slices.Max(row)
	for i, v := range row {
		p[i] = math.Exp(scale * (v - largest))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
