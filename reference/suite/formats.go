package suite

import (
	"math"
	"slices"

	"entrec/reference/golden"
)

// formats are cases that tell formats of numbers apart. Products of numbers of eleven
// significant bits are exact in tf32, where a format of fewer bits is off, and have scales that
// float16 does not hold. Products of such numbers that cancel tell bfloat16 from float16. Sums of
// over a thousand terms, the first as large as the others together, stand still in float16.
func (s *sheet) formats() {
	s.exactProducts()
	s.cancellingProducts()
	s.exactObjectives()
	s.longSums()
}

// large and small are scales whose product is 1: float16 holds neither.
const large, small = 0x1p20, 0x1p-20

// eleven adds an input of numbers in ±scale·(1, 2) that need eleven significant bits.
func (d *draft) eleven(name string, scale float64, shape ...int) *golden.Array {
	d.In[name] = fill(d.of(name), golden.NewArray(shape...), func(s *source) float64 {
		return scale * s.sign() * float64(1025+2*s.bits(9)) / 1024
	})
	return d.In[name]
}

func (s *source) sign() float64 { return float64(1 - 2*s.bits(1)) }

// sphere adds an input whose rows have the length scale in exact arithmetic, and numbers that
// are scale times whole multiples of 2⁻¹¹.
func (d *draft) sphere(name string, scale float64, k, width int) *golden.Array {
	d.In[name] = golden.NewArray(k, width)
	random := newSource(d.of(name))
	for _, row := range rowsOf(d.In[name]) {
		for j, v := range random.pythagorean(width) {
			row[j] = scale * random.sign() * float64(v) / 2048
		}
	}
	return d.In[name]
}

// pythagorean returns whole numbers below 2¹¹ whose squares sum to 2²².
func (s *source) pythagorean(n int) []int {
	for {
		all, rest := make([]int, n), 1<<22
		for i := range n - 2 {
			all[i] = 257 + 2*int(s.bits(8))
			rest -= all[i] * all[i]
		}
		for a := 257; a*a < rest; a++ {
			b := int(math.Sqrt(float64(rest - a*a)))
			if b > 256 && b < 2048 && a < 2048 && a*a+b*b == rest {
				all[n-2], all[n-1] = a, b
				return all
			}
		}
	}
}

// balanced adds an input of eight rows whose columns have mean 0 and one variance, which it
// returns: numbers of eleven bits below scale, each with both signs.
func (d *draft) balanced(name string, scale float64, width int) (variance float64) {
	x := golden.NewArray(8, width)
	random := newSource(d.of(name))
	values := make([]float64, 4)
	for i := range values {
		values[i] = scale * float64(1025+2*random.bits(9)) / 2048
		variance += values[i] * values[i] / 4
	}
	for j := range width {
		for i, at := range random.permutation(8) {
			x.Data[i*width+j] = values[at/2] * float64(1-2*(at%2))
		}
	}
	d.In[name] = x
	return variance
}

// cancelling adds an input of rows of eleven bits in pairs that are nearly equal.
func (d *draft) cancelling(name string, scale float64, shape ...int) {
	d.In[name] = golden.NewArray(shape...)
	random := newSource(d.of(name))
	for i := 0; i < len(d.In[name].Data); i += 2 {
		first := 1033 + 2*random.bits(8)
		second := first + 2*(1+random.bits(2))
		d.In[name].Data[i], d.In[name].Data[i+1] = scale*float64(first)/1024, scale*float64(second)/1024
	}
}

// exact starts a case whose cotangents need eleven bits too.
func (s *sheet) exact(op string, outputs []string, inputs []string, attrs ...any) *draft {
	d := s.begin(op, "exact", attrs...).wrt(outputs, inputs...)
	d.coarse = true
	return d
}

func (s *sheet) exactProducts() {
	c := s.exact("matmul", []string{"c"}, []string{"a", "b"})
	c.eleven("a", large, 7, 12)
	c.eleven("b", small, 12, 5)
	c = s.exact("linear", y(), []string{"x", "weight", "bias"})
	c.eleven("x", large, 5, 9)
	c.eleven("weight", small, 6, 9)
	c.eleven("bias", 1, 6)
	c = s.exact("conv2d", y(), []string{"x", "weight", "bias"}, "stride", 1, "padding", 1)
	c.eleven("x", large, 2, 3, 5, 4)
	c.eleven("weight", small, 3, 3, 3, 3)
	c.eleven("bias", 1, 3)
	c = s.exact("attention", y(), []string{"q", "k", "v"})
	c.eleven("q", large, 1, 2, 5, 4)
	c.eleven("k", 4*small, 1, 2, 5, 4)
	c.eleven("v", 1, 1, 2, 5, 4)
}

// cancellingProducts are small beside their terms, whose rounding shows.
func (s *sheet) cancellingProducts() {
	begin := func(op string, outputs, inputs []string, attrs ...any) *draft {
		d := s.begin(op, "cancelling", attrs...).wrt(outputs, inputs...)
		d.coarse = true
		return d
	}
	signs := func(scales ...float64) (all []float64) {
		for _, scale := range scales {
			all = append(all, repeated(8, scale, -scale)...)
		}
		return all
	}
	c := begin("matmul", []string{"c"}, []string{"a", "b"})
	c.cancelling("a", 1, 3, 8)
	c.values("b", []int{8, 1}, signs(1)...)
	c = begin("linear", y(), []string{"x", "weight", "bias"})
	c.cancelling("x", 1, 3, 8)
	c.values("weight", []int{2, 8}, signs(1, -2)...)
	c.values("bias", []int{2}, 0.0078125, -0.00390625)
	c = begin("conv2d", y(), []string{"x", "weight", "bias"}, "stride", 1, "padding", 0)
	c.cancelling("x", 1, 3, 2, 2, 2)
	c.values("weight", []int{2, 2, 2, 2}, signs(1, -2)...)
	c.values("bias", []int{2}, 0.0078125, -0.00390625)
	c = begin("attention", y(), []string{"q", "k", "v"})
	c.cancelling("q", 8, 1, 1, 3, 8)
	c.values("k", []int{1, 1, 3, 8}, signs(8, -8, 4)...)
	c.eleven("v", 1, 1, 1, 3, 8)
}

// exactObjectives have rows that are exact when they are normalized, or columns that are when they
// are centered or standardized.
func (s *sheet) exactObjectives() {
	views := []string{"z1", "z2"}
	for _, op := range []string{"info_nce", "nt_xent", "dcl", "dhel"} {
		c := s.exact(op, loss(), views, "temperature", 0.0625)
		c.sphere("z1", large, 6, 8)
		c.sphere("z2", small, 6, 8)
	}
	c := s.exact("moco", loss(), []string{"query"}, "temperature", 0.0625)
	c.sphere("query", large, 4, 8)
	c.sphere("key", small, 4, 8)
	c.sphere("queue", large, 9, 8)
	c = s.exact("er_entropy_sphere", []string{"entropy"}, []string{"z"}, "kappa", 64, "reduction", "average", "normalizer", "exact")
	c.sphere("z", 1, 7, 8)
	for _, op := range []string{"dim_jsd", "dim_nce", "dim_dv"} {
		c = s.exact(op, loss(), []string{"global", "local"})
		c.eleven("global", large, 4, 8)
		c.eleven("local", small, 4, 3, 8)
	}
	c = s.exact("amdim", loss(), []string{"r1", "r5"}, "clip", 20, "weight", 0.0625)
	c.eleven("r1", large, 4, 4)
	c.eleven("r5", small, 4, 3, 4)
	c = s.exact("cpc", loss(), []string{"prediction", "target"})
	c.eleven("prediction", large, 5, 8)
	c.eleven("target", small, 6, 8)
	c.whole("positive", 0, 5, 5)
	c = s.exact("sigreg", loss(), []string{"z"}, "knots", 17)
	c.eleven("z", large, 6, 4)
	c.eleven("slices", small/2, 4, 5)
	c = s.exact("barlow_twins", loss(), views, "lambda", 0.25)
	c.Attrs["eps"] = large*large - c.balanced("z1", large, 4)
	c.In["z2"] = golden.NewArray(8, 4) // columns of the same numbers in another order
	for j, from := range []int{1, 3, 0, 2} {
		for i := range 8 {
			c.In["z2"].Data[i*4+j] = c.In["z1"].Data[(i+3)%8*4+from]
		}
	}
	c = s.exact("vicreg", loss(), views, "sim", 1, "std", 1, "cov", 8, "eps", 1e-4)
	c.balanced("z1", large, 4)
	c.balanced("z2", large, 4)
	c = s.exact("corinfomax", []string{"r1", "r2"}, views, "decay", 0.5, "eps", large*large/16, "weight", small*small)
	c.balanced("z1", large, 4)
	c.balanced("z2", large, 4)
	const one = large * large
	for _, name := range []string{"r1", "r2"} {
		c.values(name, []int{4, 4}, one, 0, 0, 0, 0, one, 0, 0, 0, 0, one, 0, 0, 0, 0, one)
	}
	c = s.exact("tico", []string{"c"}, views, "momentum", 0.5, "rho", 8)
	c.sphere("z1", large, 6, 8)
	c.sphere("z2", small, 6, 8)
	c.In["c"] = golden.NewArray(8, 8)
}

// longSums have 2048 first and then numbers just above 1, of which float16, in which 2048 and
// 2050 are neighbors, takes 2 or none.
func (s *sheet) longSums() {
	const n, term = 1165, 271.0 / 256
	long := func(op string, outputs, inputs []string, attrs ...any) *draft {
		d := s.begin(op, "long", attrs...).wrt(outputs, inputs...)
		d.coarse = true
		return d
	}
	terms := func(scales ...float64) (all []float64) {
		for _, scale := range scales {
			all = append(all, 2048*scale)
			for range n - 1 {
				all = append(all, term*scale)
			}
		}
		return all
	}
	same := func(scales ...float64) (all []float64) {
		for _, scale := range scales {
			for range n {
				all = append(all, scale)
			}
		}
		return all
	}
	c := long("matmul", []string{"c"}, []string{"a", "b"})
	c.values("a", []int{2, n}, terms(1, -2)...)
	c.values("b", []int{n, 1}, same(0.5)...)
	c = long("linear", y(), []string{"x", "weight", "bias"})
	c.values("x", []int{2, n}, terms(1, -2)...)
	c.values("weight", []int{2, n}, same(1, -0.5)...)
	c.values("bias", []int{2}, 3, -4)
	c = long("conv2d", y(), []string{"x", "weight", "bias"}, "stride", 1, "padding", 0)
	c.values("x", []int{2, n, 1, 1}, terms(1, -2)...)
	c.values("weight", []int{2, n, 1, 1}, same(1, -0.5)...)
	c.values("bias", []int{2}, 3, -4)
	c = long("attention", y(), []string{"q", "k", "v"}) // scores that are small again at the end of their sums
	c.values("q", []int{1, 1, 2, n + 1}, slices.Concat(terms(1), []float64{-3280}, terms(-0.5), []float64{1640})...)
	c.values("k", []int{1, 1, 2, n + 1}, slices.Concat(repeated(n+1, 0.5), repeated(n+1, -0.25))...)
	c.eleven("v", 1, 1, 1, 2, n+1)
	c = long("global_avg_pool2d", y(), []string{"x"})
	c.values("x", []int{2, 1, 5, n / 5}, terms(1, -2)...)
	// Exponentials that are 1, or next to nothing: float32 sums them exactly in any order. Of
	// logsumexp's gradient honest engines leave 1 − Σp at each of the largest.
	equal := repeated(3000, append(repeated(29, -7), -27)...)
	long("softmax", y(), []string{"x"}).values("x", []int{1, 3000}, equal...)
	s.begin("logsumexp", "long").values("x", []int{1, 3000}, equal...)
	const wide = 2600 // 2048 and what is less than 1 is 2048 in float16
	c = long("layer_norm", y(), []string{"x", "weight", "bias"}, "eps", 1e-5)
	c.values("x", []int{1, wide}, repeated(wide, 0.75, 0.9375)...)
	c.values("weight", []int{wide}, repeated(wide, 1, 0.5)...)
	c.values("bias", []int{wide}, repeated(wide, 0, 0.25)...)
	c = long("batch_norm", y(), []string{"x", "weight", "bias"}, "eps", 1e-5)
	c.values("x", []int{wide, 1}, repeated(wide, 0.75, 0.9375)...)
	c.values("weight", []int{1}, 1)
	c.values("bias", []int{1}, 0.5)
}

// repeated returns n numbers, the given ones again and again.
func repeated(n int, values ...float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = values[i%len(values)]
	}
	return all
}
