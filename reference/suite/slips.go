package suite

import (
	"fmt"
	"slices"
)

// slips are questions about what those who write kernels get wrong, one place each: a running
// maximum that begins at 0, a mask that is a finite number, the end of an axis that is longer
// than a tile, the variance as a difference of squares, an input that may be absent.
func (s *sheet) slips() {
	s.lowScores()
	s.highScores()
	s.longAxes()
	s.absentInputs()
	s.edges()
}

// lowScores have all scores of a row below −104, whose exponentials float32 does not hold.
func (s *sheet) lowScores() {
	for _, op := range []string{"info_nce", "nt_xent", "dcl", "dhel"} { // all cosines are −1/3
		c := s.begin(op, "low", "temperature", 0x1p-10).wrt(loss(), "z1", "z2")
		c.values("z1", []int{2, 3}, 1, 1, 1, 1, -1, -1)
		c.values("z2", []int{2, 3}, -1, 1, -1, -1, -1, 1)
	}
	for _, kappa := range []float64{128, 16384} { // below −1e4, a mask that one sees, too
		s.begin("er_entropy_sphere", fmt.Sprintf("low-kappa%g", kappa), "kappa", kappa, "reduction", "average", "normalizer", "exact", "self", "exclude").
			wrt([]string{"entropy"}, "z").values("z", []int{2, 2}, 1, 0, -1, 0)
	}
	s.begin("uniformity", "low", "t", 32).wrt(loss(), "z").values("z", []int{2, 2}, 1, 0, -1, 0)
	s.begin("mi_infonce", "low").wrt([]string{"estimate"}, "scores").values("scores", []int{2, 2}, -128, -129, -130, -128)
	s.begin("mi_dv", "low").wrt([]string{"estimate"}, "scores").values("scores", []int{2, 2}, 0, -128, -129, 0)
	s.begin("mi_js", "low").wrt([]string{"estimate"}, "scores").values("scores", []int{2, 2}, -128, 0, 0, -128)
	c := s.begin("mi_mine", "low", "log_running", 128, "decay", 0.875).wrt([]string{"estimate"}, "scores")
	c.values("scores", []int{2, 2}, 1, 0, 2, 1)

	places := func(op, name string, local ...float64) {
		c := s.begin(op, name).wrt(loss(), "global", "local")
		c.values("global", []int{2, 2}, 16, 0, 0, 16)
		c.values("local", []int{2, 1, 2}, local...)
	}
	places("dim_nce", "low", -16, -16, -16.0625, -16)
	places("dim_dv", "low", 0, -16, -16, 0)
	places("dim_dv", "own-high", 16, 0, 0, 16)
	c = s.begin("cpc", "low").wrt(loss(), "prediction", "target")
	c.values("prediction", []int{2, 2}, 16, 0, 0, 16)
	c.values("target", []int{2, 2}, -16, -16, -16.0625, -16)
	c.values("positive", []int{2}, 0, 1)

	c = s.begin("attention", "low").wrt(y(), "q", "k", "v")
	c.values("q", []int{1, 1, 2, 4}, 256, 0, 0, 2, 256, 0, 0, -2)
	c.values("k", []int{1, 1, 2, 4}, -1, 0, 0, 1, -1, 0, 0, 0)
	c.values("v", []int{1, 1, 2, 4}, 1, 2, 3, 4, 5, 7, 4, 8)
	c = s.begin("dino", "low", "student_temperature", 0.125, "teacher_temperature", 0.125, "center_momentum", 0.5).wrt(loss(), "student")
	c.values("student", []int{2, 1, 2}, -16, -16.25, -17, -16)
	c.values("teacher", []int{2, 1, 2}, -16, -16.25, -16.25, -16)
	c.values("center", []int{2}, 0, 0)
	c = s.begin("swapped_prediction", "low", "temperature", 0.125, "epsilon", 0.125, "iterations", 3).wrt(loss(), "scores1", "scores2")
	c.values("scores1", []int{2, 2}, -16, -16.125, -16.25, -16)
	c.values("scores2", []int{2, 2}, -16, -16.25, -16.125, -16)
}

// highScores have exponentials that overflow where nothing is subtracted, and rows that are far
// apart.
func (s *sheet) highScores() {
	c := s.begin("moco", "rows-apart", "temperature", 0x1p-7).wrt(loss(), "query")
	c.values("query", []int{2, 2}, 1, 0, -1, 0)
	c.values("key", []int{2, 2}, 1, 0, 1, 0)
	c.values("queue", []int{2, 2}, 1, 0, 3, 4)
	s.begin("mi_nwj", "high").wrt([]string{"estimate"}, "scores").values("scores", []int{2, 2}, 24, 25, 22, 24)
	c = s.begin("mi_tuba", "high").wrt([]string{"estimate"}, "scores", "log_baseline")
	c.values("scores", []int{2, 2}, 24, 25, 22, 24)
	c.values("log_baseline", []int{2}, 1, -1)
}

// longAxes are longer than a tile of 128, or of 64 where a sum is over all pairs, which some add
// up one after another. What rises last is where a streamed maximum has to be exchanged, and
// what stands last is what a loop over whole tiles leaves out.
func (s *sheet) longAxes() {
	for _, op := range []string{"softmax", "log_softmax", "logsumexp"} {
		rising := make([]float64, 1025)
		rising[1024] = 8
		s.begin(op, "rising").wrt(y(), "x").values("x", []int{1, 1025}, rising...)
	}
	c := s.begin("attention", "rising").wrt(y(), "q", "k", "v")
	ones, last := slices.Repeat([]float64{1}, 130), make([]float64, 130)
	last[129] = 1
	c.values("q", []int{1, 1, 130, 1}, ones...)
	c.values("v", []int{1, 1, 130, 1}, last...)
	last[129] = 8
	c.values("k", []int{1, 1, 130, 1}, last...)
	c = s.begin("moco", "rising", "temperature", 0.125).wrt(loss(), "query")
	c.values("query", []int{1, 2}, 0, 1)
	c.values("key", []int{1, 2}, 1, 0)
	c.values("queue", []int{130, 2}, append(slices.Repeat([]float64{1, 0}, 129), 0, 1)...)

	c = s.begin("matmul", "long-3x130x131").wrt([]string{"c"}, "a", "b")
	c.normal("a", 1, 3, 130)
	c.normal("b", 1, 130, 131)
	for _, op := range []string{"info_nce", "nt_xent", "dcl", "dhel"} {
		c := s.begin(op, "long-131x3", "temperature", 0.5).wrt(loss(), "z1", "z2")
		c.normal("z1", 1, 131, 3)
		c.normal("z2", 1, 131, 3)
	}
	for _, c := range s.ofColumns("long-5x67", 1e-3) {
		c.normal("z1", 0.5, 5, 67)
		c.normal("z2", 0.5, 5, 67)
	}
	c = s.begin("dino", "long-131-classes", "student_temperature", 0.5, "teacher_temperature", 0.25, "center_momentum", 0.5).wrt(loss(), "student")
	c.normal("student", 1, 2, 3, 131)
	c.normal("teacher", 1, 2, 3, 131)
	c.normal("center", 0.25, 131)
	s.begin("sinkhorn", "long-5x131", "epsilon", 0.5, "iterations", 3).wrt([]string{"q"}, "scores").normal("scores", 1, 5, 131)
	c = s.begin("alignment", "long-131x33", "alpha", 2).wrt(loss(), "z1", "z2")
	c.unit("z1", 131, 33)
	c.unit("z2", 131, 33)
	s.begin("koleo", "long-131x33", "eps", 1e-8).wrt(loss(), "z").unit("z", 131, 33)
	s.begin("er_entropy_sphere", "long-131x33", "kappa", 5, "reduction", "average", "normalizer", "exact").
		wrt([]string{"entropy"}, "z").unit("z", 131, 33)
	s.begin("uniformity", "long-67x33", "t", 2).wrt(loss(), "z").unit("z", 67, 33)
	for _, op := range []string{"mi_infonce", "mi_dv"} {
		s.scored(op, "long-67x67", 0.5, 67)
	}
}

// ofColumns begins a case of each loss that compares columns.
func (s *sheet) ofColumns(name string, eps float64) []*draft {
	return []*draft{
		s.begin("barlow_twins", name, "lambda", 0.5, "eps", eps).wrt(loss(), "z1", "z2"),
		s.begin("vicreg", name, "sim", 1, "std", 1, "cov", 1, "eps", eps).wrt(loss(), "z1", "z2"),
	}
}

// absentInputs are those that an operation can do without.
func (s *sheet) absentInputs() {
	c := s.begin("linear", "no-bias").wrt(y(), "x", "weight")
	c.normal("x", 1, 3, 4)
	c.normal("weight", 1, 2, 4)
	c = s.begin("conv2d", "no-bias", "stride", 1, "padding", 1).wrt(y(), "x", "weight")
	c.normal("x", 1, 2, 3, 5, 4)
	c.normal("weight", 0.5, 4, 3, 3, 3)
	for _, op := range []string{"batch_norm", "layer_norm"} {
		for _, only := range []string{"weight", "bias"} {
			c := s.begin(op, only+"-alone", "eps", 0.125).wrt(y(), "x", only)
			c.normal("x", 1, 5, 4)
			c.normal(only, 1, 4)
		}
		s.begin(op, "neither", "eps", 0.125).wrt(y(), "x").normal("x", 1, 5, 4)
	}
	two := s.begin("resized_crop", "two-images", "top", 1, "left", 0, "height", 4, "width", 5, "size", 3, "antialias", false).wrt(y(), "x")
	two.normal("x", 1, 2, 3, 6, 5)
}

// edges are kinks, conventions and cancellation that a formula written another way misses.
func (s *sheet) edges() {
	for _, c := range s.ofColumns("offset", 0x1p-10) { // means are exact, squares are not
		const o = 8192
		c.values("z1", []int{4, 2}, o, o+0.5, o+0.5, o+1.5, o+1, o, o+1.5, o+1)
		c.values("z2", []int{4, 2}, o, o, o+0.5, o+0.5, o+1, o+1.5, o+0.5, o+1)
	}
	for name, alpha := range map[string]float64{"alpha1": 1, "alpha-half": 0.5} { // of a distance of 0 the gradient is 0
		c := s.begin("alignment", "equal-row-"+name, "alpha", alpha).wrt(loss(), "z1", "z2")
		c.values("z1", []int{2, 2}, 1, 0, 0, 1)
		c.values("z2", []int{2, 2}, 1, 0, 1, 0)
	}
	c := s.begin("er_reconstruction_sphere", "equal-views", "kappa", 4, "normalizer", "exact").wrt([]string{"reconstruction"}, "z1", "z2")
	c.values("z1", []int{2, 2}, 1, 0, -1, 0)
	c.copyOf("z2", "z1")
	c = s.begin("mmcr", "short").wrt(loss(), "z")
	const tiny = 0x1p-12
	c.values("z", []int{2, 2, 2}, 3*tiny, 4*tiny, 4*tiny, -3*tiny, 5*tiny, 0, 0, 5*tiny)
	s.begin("mmcr", "small-singular-value").wrt(loss(), "z").values("z", []int{1, 2, 2}, 1, 0, 1, 0x1p-10)
	c = s.begin("vicreg", "deviation-1", "sim", 0, "std", 1, "cov", 0, "eps", 0).wrt(loss(), "z1", "z2")
	c.values("z1", []int{3, 1}, -1, 0, 1)
	c.values("z2", []int{3, 1}, -0.5, 0, 0.5)
	far := s.begin("max_pool2d", "far-below", "kernel", 2, "stride", 2, "padding", 1).wrt(y(), "x")
	far.values("x", []int{1, 1, 2, 2}, -0x1p17, -0x1p18, -0x1p19, -0x1p18)
	s.begin("adjust_hue", "cyan", "factor", 0.5).values("x", []int{1, 3, 1, 1}, 0, 1, 1)
	c = s.begin("lars_step", "rate-over-1", "lr", 0.5, "momentum", 0.5, "weight_decay", 0, "trust", 1, "eps", 0)
	c.values("param", []int{2}, 3, 4)
	c.values("grad", []int{2}, 0.75, -1)
	c.values("buffer", []int{2}, 0.5, 0.25)
	for _, d := range []int{5, 9, 33, 100, 256, 768} {
		s.begin("vmf_log_normalizer", fmt.Sprintf("d%d-between", d), "d", d).wrt([]string{"log_c"}, "kappa").values("kappa", []int{4}, 4, 50, 200, 500)
	}
}
