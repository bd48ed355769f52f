package golden

import "math"

// The bounds of what a question's attributes may ask for. They are above what any sensible
// case needs, and every question within them ends in seconds.
const (
	MaxElements   = 1 << 24 // of an output, and of an input with its padding
	MaxProducts   = 1 << 30 // of a window's elements with what it is laid on, over all windows
	MaxIterations = 1000
	MaxPairs      = 1 << 26 // of rows that an operation compares with one another
)

// CheckBounds refuses, by a *[RefusedError], attributes that ask for more work or memory
// than the bounds of an operation allow (the table in docs/operations.md), given the shapes of
// its inputs. It says nothing of inputs and attributes that are missing, of the wrong kind or
// out of range otherwise.
func CheckBounds(op string, attrs Attrs, shapes map[string][]int) error {
	b := bounds{op: op, attrs: attrs, shapes: shapes}
	b.pairs()
	switch op {
	case "conv2d":
		if weight := b.shape("weight"); weight != nil {
			b.windows(weight[0], weight[2], weight[3], weight[1])
		}
	case "max_pool2d", "avg_pool2d":
		if x := b.shape("x"); x != nil {
			b.windows(x[1], b.number("kernel"), b.number("kernel"), 1)
		}
	case "gaussian_blur":
		if x := b.shape("x"); x != nil {
			kernel := b.number("kernel")
			b.atMost("kernel", "products", product(x...)*kernel*kernel, MaxProducts)
		}
	case "resized_crop":
		if x := b.shape("x"); x != nil {
			size := b.number("size")
			b.atMost("size", "elements", x[0]*x[1]*size*size, MaxElements)
			b.atMost("size", "products", (x[2]+x[3])*(x[2]*x[3]+size*size), MaxProducts)
		}
	case "sigreg":
		z, slices, knots := shapes["z"], shapes["slices"], b.number("knots")
		b.atMost("knots", "knots", knots, MaxIterations)
		if len(z) == 2 && len(slices) == 2 {
			b.atMost("knots", "elements", knots*float64(z[0])*float64(slices[1]), MaxElements)
			b.inputs("products", product(floats(z)...)*float64(slices[1]), MaxProducts)
		}
	case "sinkhorn", "swapped_prediction":
		iterations := b.number("iterations")
		b.atMost("iterations", "iterations", iterations, MaxIterations)
		for _, name := range sortedNames(shapes) {
			b.atMost("iterations", "elements", iterations*product(floats(shapes[name])...), MaxElements)
		}
	}
	return b.err
}

// pairs bounds what an operation makes of its inputs' shapes alone: all pairs of rows, a
// product of two matrices, a cube.
func (b *bounds) pairs() {
	rows := func(names ...string) float64 {
		total := 0.0
		for _, name := range names {
			if shape := b.shapes[name]; len(shape) == 2 {
				total += float64(shape[0])
			}
		}
		return total
	}
	switch b.op {
	case "info_nce", "nt_xent", "dcl", "dhel", "er_entropy_sphere", "uniformity", "koleo":
		n := rows("z", "z1", "z2")
		b.inputs("pairs of rows", n*n, MaxPairs)
	case "dim_jsd", "dim_nce", "dim_dv", "amdim":
		for _, name := range []string{"local", "r5"} {
			if x := b.shapes[name]; len(x) == 3 {
				b.inputs("pairs of an image and a place", float64(x[0])*float64(x[0])*float64(x[1]), MaxPairs)
			}
		}
	case "mi_interpolated":
		k := rows("scores")
		b.inputs("triples of rows", k*k*k, MaxPairs)
	case "moco":
		b.inputs("pairs of rows", rows("query")*rows("queue"), MaxPairs)
	case "cpc":
		b.inputs("pairs of rows", rows("prediction")*rows("target"), MaxPairs)
	case "barlow_twins", "vicreg", "tico":
		if z := b.shapes["z1"]; len(z) == 2 {
			d := float64(z[1])
			b.inputs("pairs of columns", d*d, MaxPairs)
		}
	case "attention":
		if q := b.shapes["q"]; len(q) == 4 {
			b.inputs("pairs of tokens", product(floats(q[:3])...)*float64(q[2]), MaxPairs)
		}
	case "matmul":
		if x, y := b.shapes["a"], b.shapes["b"]; len(x) == 2 && len(y) == 2 {
			b.inputs("elements", float64(x[0])*float64(y[1]), MaxElements)
			b.inputs("products", float64(x[0])*float64(y[1])*float64(x[1]), MaxProducts)
		}
	case "linear":
		if x, w := b.shapes["x"], b.shapes["weight"]; len(x) == 2 && len(w) == 2 {
			b.inputs("elements", float64(x[0])*float64(w[0]), MaxElements)
			b.inputs("products", float64(x[0])*float64(w[0])*float64(x[1]), MaxProducts)
		}
	case "mmcr":
		if z := b.shapes["z"]; len(z) == 3 {
			k, d := float64(z[1]), float64(z[2])
			b.inputs("products", k*d*min(k, d), MaxProducts)
		}
	case "logdet", "corinfomax":
		matrix := b.shapes["x"]
		if b.op == "corinfomax" {
			matrix = b.shapes["r1"]
		}
		if len(matrix) == 2 {
			d := float64(matrix[0])
			b.inputs("products", d*d*d, MaxProducts)
		}
	}
}

// inputs bounds what the shapes of the inputs ask for.
func (b *bounds) inputs(what string, found, most float64) {
	if b.err == nil && found > most {
		b.err = Refuse(b.op, "inputs: ask for %.6g %s, expected at most %.0f", found, what, most)
	}
}

// Shapes returns the shapes of arrays by name.
func Shapes(arrays map[string]*Array) map[string][]int {
	shapes := map[string][]int{}
	for name, a := range arrays {
		shapes[name] = a.Shape
	}
	return shapes
}

// bounds holds attributes against bounds, in float64, which does not overflow.
type bounds struct {
	op     string
	attrs  Attrs
	shapes map[string][]int
	err    error // the first
}

// number returns an attribute, 0 where it is no number.
func (b *bounds) number(name string) float64 {
	v, _ := b.attrs[name].(float64)
	return v
}

// shape returns the shape of an input of four axes, nil where it has not four.
func (b *bounds) shape(name string) []float64 {
	if len(b.shapes[name]) != 4 {
		return nil
	}
	return floats(b.shapes[name])
}

func floats(shape []int) []float64 {
	f := make([]float64, len(shape))
	for i, d := range shape {
		f[i] = float64(d)
	}
	return f
}

func product(sizes ...float64) float64 {
	p := 1.0
	for _, d := range sizes {
		p *= d
	}
	return p
}

// windows bounds windows of kh×kw of depth channels that are laid on x and make
// an output of the given channels.
func (b *bounds) windows(channels, kh, kw, depth float64) {
	x := b.shape("x")
	if x == nil {
		return
	}
	stride, padding := b.number("stride"), b.number("padding")
	h, w := x[2]+2*padding, x[3]+2*padding
	b.atMost("padding", "elements", x[0]*x[1]*h*w, MaxElements)
	if !(stride >= 1 && kh <= h && kw <= w) {
		return // there are no windows
	}
	outputs := x[0] * channels * (math.Floor((h-kh)/stride) + 1) * (math.Floor((w-kw)/stride) + 1)
	b.atMost("padding", "elements", outputs, MaxElements)
	b.atMost("kernel", "products", outputs*kh*kw*depth, MaxProducts)
}

func (b *bounds) atMost(attr, what string, found, most float64) {
	if b.err == nil && found > most {
		b.err = Refuse(b.op, "attribute %q: asks for %.6g %s, expected at most %.0f", attr, found, what, most)
	}
}
