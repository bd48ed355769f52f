package golden

import "math"

// The bounds of what a question's attributes may ask for. They are above what any sensible
// case needs, and every question within them ends in seconds.
const (
	MaxElements   = 1 << 24 // of an output, and of an input with its padding
	MaxProducts   = 1 << 30 // of a window's elements with what it is laid on, over all windows
	MaxIterations = 1000
)

// CheckBounds refuses, by a *[RefusedError], attributes that ask for more work or memory
// than the bounds of an operation allow (the table in docs/oracle.md), given the shapes of
// its inputs. It says nothing of inputs and attributes that are missing, of the wrong kind or
// out of range otherwise.
func CheckBounds(op string, attrs Attrs, shapes map[string][]int) error {
	b := bounds{op: op, attrs: attrs, shapes: shapes}
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
	case "sinkhorn", "swapped_prediction":
		iterations := b.number("iterations")
		b.atMost("iterations", "iterations", iterations, MaxIterations)
		for _, name := range sortedNames(shapes) {
			b.atMost("iterations", "elements", iterations*product(floats(shapes[name])...), MaxElements)
		}
	}
	return b.err
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
