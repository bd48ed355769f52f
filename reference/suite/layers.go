package suite

import (
	"fmt"
	"math"

	"entrec/reference/golden"
)

// dims names a shape: 3x4.
func dims(shape ...int) string {
	text := ""
	for i, d := range shape {
		if i > 0 {
			text += "x"
		}
		text += fmt.Sprint(d)
	}
	return text
}

func y() []string { return []string{"y"} }

// products are matmul and linear.
func (s *sheet) products() {
	for _, d := range [][3]int{{1, 1, 1}, {3, 5, 2}, {7, 1, 9}, {1, 17, 1}, {16, 16, 16}, {33, 65, 17}, {5, 300, 3}} {
		c := s.begin("matmul", dims(d[:]...)).wrt([]string{"c"}, "a", "b")
		c.normal("a", 1, d[0], d[1])
		c.normal("b", 1, d[1], d[2])
	}
	c := s.begin("matmul", "scales").wrt([]string{"c"}, "a", "b")
	c.normal("a", 4096, 6, 11)
	c.normal("b", 1.0/1024, 11, 4)
	for _, d := range [][3]int{{1, 1, 1}, {4, 3, 2}, {5, 5, 5}, {17, 31, 7}, {64, 5, 33}, {2, 257, 3}} {
		c := s.begin("linear", dims(d[:]...)).wrt(y(), "x", "weight", "bias")
		c.normal("x", 1, d[0], d[1])
		c.normal("weight", 0.5, d[2], d[1])
		c.normal("bias", 1, d[2])
	}
}

// logDets are matrices of small and large determinants and condition κ. Their errors are
// at most some d·κ·u, u half a unit in the last place, with κ that of the matrix scaled to a
// diagonal of ones, so that one of κ 4e9 by its scale is as good as any. Beyond 1e6 else
// neither float32's tolerance nor float64's 1e-10 would have a meaning.
func (s *sheet) logDets() {
	begin := func(name string) *draft { return s.begin("logdet", name).wrt(y(), "x") }
	begin("1x1").values("x", []int{1, 1}, 3)
	begin("2x2").values("x", []int{2, 2}, 2, -0.75, -0.75, 1)
	for _, d := range []int{5, 17, 33} {
		begin(dims(d, d)).gram("x", 2*d, d, 0.0625)
	}
	begin("identity").values("x", []int{3, 3}, 1, 0, 0, 0, 1, 0, 0, 0, 1)
	begin("diagonal").values("x", []int{4, 4}, 1000, 0, 0, 0, 0, 0.001, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0.75)
	begin("rank-deficient").gram("x", 4, 12, 0.0625)
	c := begin("duplicates") // rows 0 to 3 of B, three times each
	four := rowsOf(c.gram("x", 5, 4, 0))
	c.In["x"] = golden.NewArray(12, 12)
	for i, row := range rowsOf(c.In["x"]) {
		for j := range row {
			row[j] = four[i%4][j%4]
		}
		row[i] = exact(row[i] + 0x1p-7)
	}
	begin("nearly-singular").gram("x", 7, 8, 0x1p-16) // κ 2e5
	scale := func(name string, factor func(i int) float64, d int) {
		x := begin(name).gram("x", 3*d, d, 0.0625)
		for i, row := range rowsOf(x) {
			for j := range row {
				row[j] = exact(row[j] * factor(i) * factor(j))
			}
		}
	}
	scale("graded", func(i int) float64 { return math.Ldexp(1, -i) }, 10) // κ over 1e5
	scale("steep", func(i int) float64 { return math.Ldexp(1, -2*i) }, 9) // κ 4e9
	scale("large", func(int) float64 { return 1 << 20 }, 33)              // its determinant is beyond float64
	scale("tiny", func(int) float64 { return 1.0 / (1 << 20) }, 33)
	c = begin("skewed")
	c.gram("x", 12, 5, 0.0625)
	c.In["x"].Data[1] += 0.5 // with what is off, two matrices have one symmetric part
	c.In["x"].Data[5] -= 0.25
}

func (s *sheet) convolutions() {
	for _, g := range []struct {
		name                               string
		n, c, h, w, o, kh, kw, stride, pad int
	}{
		{"1x1", 2, 3, 4, 5, 2, 1, 1, 1, 0},
		{"3x3", 2, 3, 6, 7, 4, 3, 3, 1, 1},
		{"3x3-valid", 1, 2, 5, 4, 3, 3, 3, 1, 0},
		{"3x3-stride2", 2, 3, 9, 8, 5, 3, 3, 2, 1},
		{"5x5-stride3", 1, 2, 11, 13, 3, 5, 5, 3, 2},
		{"1x3", 2, 2, 5, 7, 3, 1, 3, 1, 1},
		{"3x2", 1, 3, 6, 5, 2, 3, 2, 2, 0},
		{"stride-over-kernel", 2, 2, 8, 9, 3, 2, 2, 3, 1},
		{"1x1-stride2", 2, 4, 7, 6, 3, 1, 1, 2, 0},
		{"whole-image", 3, 2, 4, 4, 5, 4, 4, 1, 0},
		{"one-channel", 4, 1, 8, 8, 1, 3, 3, 1, 1},
		{"wide-padding", 1, 2, 3, 3, 2, 3, 3, 1, 3},
		{"many-channels", 2, 17, 8, 8, 19, 3, 3, 1, 1},
	} {
		c := s.begin("conv2d", g.name, "stride", g.stride, "padding", g.pad).wrt(y(), "x", "weight", "bias")
		c.normal("x", 1, g.n, g.c, g.h, g.w)
		c.normal("weight", 0.5, g.o, g.c, g.kh, g.kw)
		c.normal("bias", 1, g.o)
	}
}

func (s *sheet) normalizations() {
	norm := func(op, name string, eps float64, shape ...int) *draft {
		c := s.begin(op, name, "eps", eps).wrt(y(), "x", "weight", "bias")
		c.normal("x", 1, shape...)
		width := shape[1]
		c.uniform("weight", -2, 2, width)
		c.normal("bias", 1, width)
		return c
	}
	for _, shape := range [][]int{{2, 1}, {2, 5}, {8, 3}, {33, 7}, {2, 3, 4, 5}, {4, 2, 1, 1}, {3, 5, 7, 1}, {8, 6, 5, 5}} {
		norm("batch_norm", dims(shape...), 1e-5, shape...)
	}
	norm("batch_norm", "eps-large", 0.125, 9, 4)
	norm("batch_norm", "eps-as-variance", 1, 9, 4)
	c := norm("batch_norm", "constant-column", 1e-3, 8, 3)
	setColumn(c.In["x"], 1, 0.3)
	shift(norm("batch_norm", "offset", 1e-5, 16, 4).In["x"], 100)

	for _, shape := range [][]int{{3, 2}, {5, 17}, {4, 64}, {2, 300}} {
		norm("layer_norm", dims(shape...), 1e-5, shape...)
	}
	norm("layer_norm", "one-column", 0.125, 4, 1)
	norm("layer_norm", "eps-large", 0.125, 3, 9)
	norm("layer_norm", "eps-as-variance", 1, 3, 9)
	c = norm("layer_norm", "constant-row", 1e-3, 4, 6)
	for j := range 6 {
		c.In["x"].Data[6+j] = exact(-0.7)
	}
	shift(norm("layer_norm", "offset", 1e-5, 5, 24).In["x"], 100)

	unit := func(name string, eps float64, scale float64, n, d int) *draft {
		c := s.begin("normalize", name, "eps", eps).wrt(y(), "x")
		c.normal("x", scale, n, d)
		return c
	}
	unit("3x5", 1e-12, 1, 3, 5)
	unit("9x64", 1e-12, 1, 9, 64)
	fromZero(unit("one-column", 1e-12, 1, 5, 1).In["x"])
	unit("large", 1e-12, 1<<30, 4, 7)
	unit("below-eps", 1e-3, 1e-5, 4, 6)
	unit("around-eps", 2, 1, 8, 3)
	c = unit("zero-row", 1e-3, 1, 4, 5)
	for j := range 5 {
		c.In["x"].Data[10+j] = 0
	}
}

func (s *sheet) activations() {
	for _, shape := range [][]int{{7}, {3, 5}, {2, 3, 4, 5}} {
		s.begin("relu", dims(shape...)).wrt(y(), "x").normal("x", 1, shape...)
	}
	s.begin("relu", "kink-small").wrt(y(), "x").values("x", []int{6}, -1, 0, math.Copysign(0, -1), 1, 0, 0.5)
	s.begin("relu", "kink").wrt(y(), "x").values("x", []int{2, 4}, -1, 0, math.Copysign(0, -1), 1, 1e-30, -1e-30, 1e30, -1e30)
	for _, form := range []string{"none", "tanh"} {
		for _, shape := range [][]int{{9}, {5, 7}, {2, 3, 4, 5}} {
			s.begin("gelu", form+"-"+dims(shape...), "approximate", form).wrt(y(), "x").normal("x", 1, shape...)
		}
		s.begin("gelu", form+"-wide", "approximate", form).wrt(y(), "x").uniform("x", -12, 12, 8, 12)
		s.begin("gelu", form+"-tails", "approximate", form).wrt(y(), "x").values("x", []int{10}, 0, 1e-20, -1e-20, 5, -5, 8, -8, 100, -100, -3)
	}
}

func (s *sheet) softmaxes() {
	for _, op := range []string{"softmax", "log_softmax", "logsumexp"} {
		begin := func(name string) *draft { return s.begin(op, name).wrt(y(), "x") }
		for _, shape := range [][]int{{3, 5}, {7, 33}, {2, 300}} {
			begin(dims(shape...)).normal("x", 2, shape...)
		}
		if op == "logsumexp" {
			begin("one-column").normal("x", 1, 4, 1)
		}
		begin("equal").values("x", []int{2, 4}, 1, 1, 1, 1, -3, -3, -3, -3)
		begin("ties").whole("x", 0, 2, 5, 6)
		shift(begin("overflow").normal("x", 1, 4, 6), 1000)
		shift(begin("underflow").normal("x", 1, 4, 6), -1000)
		begin("peaked").normal("x", 50, 5, 8)
		begin("rows-apart").values("x", []int{3, 2}, 1000, 996, 0, 1, -1000, -996)
	}
}

func (s *sheet) attentions() {
	begin := func(name string, scale float64, b, heads, t, d int) *draft {
		c := s.begin("attention", name).wrt(y(), "q", "k", "v")
		c.normal("q", scale, b, heads, t, d)
		c.normal("k", 1, b, heads, t, d)
		c.normal("v", 1, b, heads, t, d)
		return c
	}
	begin("1x1x2x1", 1, 1, 1, 2, 1)
	begin("2x3x5x4", 1, 2, 3, 5, 4)
	begin("1x2x7x8", 1, 1, 2, 7, 8)
	begin("2x1x17x16", 1, 2, 1, 17, 16)
	begin("one-token", 1, 2, 2, 1, 3)
	begin("large-scores", 8, 1, 2, 4, 4)
	repeatRow(begin("equal-keys", 1, 1, 1, 5, 3).In["k"], 0, 1, 2)
	far := begin("rows-apart", 1, 1, 1, 3, 4).In["q"] // the scores of one query are far above the others'
	for j := range 4 {
		far.Data[j] *= 1024
	}
}

// pooling has windows on ties, beyond the edges and further apart than they are
// wide.
func (s *sheet) pooling() {
	for _, op := range []string{"max_pool2d", "avg_pool2d"} {
		for _, g := range []struct {
			name                            string
			n, c, h, w, kernel, stride, pad int
		}{
			{"2-2", 2, 3, 4, 6, 2, 2, 0},
			{"3-2-1", 1, 2, 7, 8, 3, 2, 1},
			{"3-1-1", 2, 1, 5, 5, 3, 1, 1},
			{"2-3", 1, 3, 8, 9, 2, 3, 0},
			{"odd", 2, 2, 5, 7, 2, 2, 0},
			{"one-pixel", 3, 2, 4, 4, 1, 2, 0},
			{"whole-image", 2, 3, 5, 5, 5, 1, 0},
			{"5-2-2", 1, 1, 9, 6, 5, 2, 2},
		} {
			s.begin(op, g.name, "kernel", g.kernel, "stride", g.stride, "padding", g.pad).wrt(y(), "x").
				normal("x", 1, g.n, g.c, g.h, g.w)
		}
		s.begin(op, "ties", "kernel", 3, "stride", 2, "padding", 1).wrt(y(), "x").whole("x", 0, 2, 2, 2, 7, 7)
		s.begin(op, "constant", "kernel", 2, "stride", 1, "padding", 0).wrt(y(), "x").whole("x", 3, 3, 1, 2, 4, 4)
		shift(s.begin(op, "negative", "kernel", 3, "stride", 1, "padding", 1).wrt(y(), "x").normal("x", 1, 1, 2, 4, 5), -8)
	}
	for _, shape := range [][]int{{1, 1, 1, 1}, {2, 3, 4, 5}, {3, 7, 1, 1}, {2, 2, 9, 7}} {
		s.begin("global_avg_pool2d", dims(shape...)).wrt(y(), "x").normal("x", 1, shape...)
	}
}
