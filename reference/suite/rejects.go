package suite

import (
	"errors"

	"entrec/reference/golden"
)

func isRefusal(err error) bool {
	var refused *golden.RefusedError
	return errors.As(err, &refused)
}

// refuse adds the question reject/OP-NAME: a sound question of the operation that
// spoil makes one that must be refused.
func (s *sheet) refuse(op, name string, spoil func(c *draft)) {
	c := sound(op)
	c.Name, c.reject = "reject/"+op+"-"+name, true
	spoil(c)
	s.drafts = append(s.drafts, c)
}

// sound returns a small sound question of an operation.
func sound(op string) *draft {
	all := &sheet{}
	all.operations()
	for _, d := range all.drafts {
		if d.Op == op {
			return d
		}
	}
	panic("suite: no case of " + op)
}

// set spoils an attribute.
func set(name string, v any) func(c *draft) {
	return func(c *draft) { c.Attrs[name] = jsonValue(v) }
}

// shape puts zeros of some shape in an input's place.
func shape(name string, shape ...int) func(c *draft) {
	return func(c *draft) { c.In[name] = golden.NewArray(shape...) }
}

func missing(attribute string) func(c *draft) {
	return func(c *draft) { delete(c.Attrs, attribute) }
}

func (s *sheet) rejects() {
	for _, r := range []struct {
		op, name string
		spoil    func(c *draft)
	}{
		{"matmul", "inner", func(c *draft) { shape("a", 2, 3)(c); shape("b", 4, 2)(c) }},
		{"matmul", "vector", shape("b", 3)},
		{"matmul", "no-rows", func(c *draft) { shape("a", 0, 3)(c); shape("b", 3, 2)(c) }},
		{"matmul", "missing-input", func(c *draft) { delete(c.In, "b") }},
		{"matmul", "unknown-input", shape("c", 2, 2)},
		{"matmul", "wrt-unknown", set("wrt", []string{"c"})},
		{"matmul", "wrt-without-cotangent", set("wrt", []string{"a"})},
		{"matmul", "cotangent-shape", func(c *draft) {
			set("wrt", []string{"a"})(c)
			c.CT = map[string]*golden.Array{"c": golden.NewArray(9, 9)}
		}},
		{"logdet", "rectangle", shape("x", 2, 3)},
		{"logdet", "indefinite", func(c *draft) { c.values("x", []int{2, 2}, 1, 2, 2, 1) }},
		{"logdet", "singular", func(c *draft) { c.values("x", []int{2, 2}, 1, 1, 1, 1) }},
		{"linear", "width", func(c *draft) { shape("x", 2, 3)(c); shape("weight", 4, 5)(c); shape("bias", 4)(c) }},
		{"linear", "bias", func(c *draft) { shape("x", 2, 3)(c); shape("weight", 4, 3)(c); shape("bias", 3)(c) }},
		{"conv2d", "channels", func(c *draft) { shape("x", 1, 2, 5, 5)(c); shape("weight", 3, 4, 3, 3)(c); shape("bias", 3)(c) }},
		{"conv2d", "kernel-over-image", func(c *draft) {
			shape("x", 1, 2, 4, 4)(c)
			shape("weight", 3, 2, 7, 7)(c)
			shape("bias", 3)(c)
			set("padding", 1)(c)
		}},
		{"conv2d", "stride-zero", set("stride", 0)},
		{"conv2d", "stride-fraction", set("stride", 1.5)},
		{"conv2d", "padding-negative", set("padding", -1)},
		{"batch_norm", "weight", shape("weight", 17)},
		{"batch_norm", "three-axes", shape("x", 2, 1, 3)},
		{"batch_norm", "eps-negative", set("eps", -1e-5)},
		{"batch_norm", "one-value", func(c *draft) { shape("x", 1, 3)(c); shape("weight", 3)(c); shape("bias", 3)(c) }},
		{"layer_norm", "bias", shape("bias", 17)},
		{"gelu", "approximate", set("approximate", "erf")},
		{"softmax", "vector", shape("x", 5)},
		{"logsumexp", "no-columns", shape("x", 3, 0)},
		{"normalize", "eps-word", set("eps", "small")},
		{"max_pool2d", "kernel-zero", set("kernel", 0)},
		{"max_pool2d", "padding-over-half", func(c *draft) { set("kernel", 2)(c); set("padding", 2)(c) }},
		{"avg_pool2d", "kernel-over-image", func(c *draft) { set("kernel", 99)(c); set("padding", 0)(c) }},
		{"global_avg_pool2d", "rows", shape("x", 3, 4)},
		{"attention", "widths", func(c *draft) { shape("q", 1, 2, 3, 4)(c); shape("k", 1, 2, 3, 5)(c) }},
		{"info_nce", "rows", func(c *draft) { shape("z1", 4, 3)(c); shape("z2", 5, 3)(c) }},
		{"info_nce", "temperature-zero", set("temperature", 0)},
		{"info_nce", "temperature-missing", missing("temperature")},
		{"dcl", "one-row", func(c *draft) { shape("z1", 1, 3)(c); shape("z2", 1, 3)(c) }},
		{"dhel", "one-row", func(c *draft) { shape("z1", 1, 3)(c); shape("z2", 1, 3)(c) }},
		{"dim_jsd", "one-image", func(c *draft) { shape("global", 1, 3)(c); shape("local", 1, 4, 3)(c) }},
		{"dim_nce", "images", func(c *draft) { shape("global", 4, 3)(c); shape("local", 5, 2, 3)(c) }},
		{"dim_nce", "one-image", func(c *draft) { shape("global", 1, 3)(c); shape("local", 1, 4, 3)(c) }},
		{"dim_dv", "widths", func(c *draft) { shape("global", 4, 3)(c); shape("local", 4, 2, 4)(c) }},
		{"dim_dv", "matrix", func(c *draft) { shape("global", 4, 3)(c); shape("local", 4, 3)(c) }},
		{"mi_dv", "one-pair", shape("scores", 1, 1)},
		{"mi_nwj", "not-square", shape("scores", 4, 3)},
		{"mi_infonce", "one-pair", shape("scores", 1, 1)},
		{"mi_js", "vector", shape("scores", 4)},
		{"mi_smile", "tau-zero", set("tau", 0)},
		{"mi_mine", "decay-one", set("decay", 1)},
		{"mi_mine", "log-running-missing", missing("log_running")},
		{"mi_tuba", "baseline", func(c *draft) { shape("scores", 4, 4)(c); shape("log_baseline", 3)(c) }},
		{"mi_interpolated", "alpha-over-one", set("alpha", 1.5)},
		{"mi_interpolated", "wrt-constant", set("wrt", []string{"log_baseline"})},
		{"koleo", "one-row", func(c *draft) { c.unit("z", 1, 4) }},
		{"koleo", "eps-negative", set("eps", -1e-8)},
		{"tico", "moment", func(c *draft) { shape("z1", 4, 3)(c); shape("z2", 4, 3)(c); shape("c", 3, 4)(c) }},
		{"tico", "momentum-over-one", set("momentum", 1.5)},
		{"tico", "wrt-constant", set("wrt", []string{"c"})},
		{"amdim", "clip-zero", set("clip", 0)},
		{"amdim", "weight-missing", missing("weight")},
		{"amdim", "one-image", func(c *draft) { shape("r1", 1, 3)(c); shape("r5", 1, 4, 3)(c) }},
		{"sigreg", "slices", func(c *draft) { shape("z", 4, 3)(c); shape("slices", 4, 3)(c) }},
		{"sigreg", "one-knot", set("knots", 1)},
		{"sigreg", "wrt-constant", set("wrt", []string{"slices"})},
		{"mmcr", "one-view-less", shape("z", 4, 3)},
		{"cpc", "places", func(c *draft) { c.values("positive", []int{2}, 0, 2) }},
		{"cpc", "place-negative", func(c *draft) { c.values("positive", []int{2}, -1, 0) }},
		{"cpc", "place-between", func(c *draft) { c.values("positive", []int{2}, 0, 0.5) }},
		{"cpc", "place-missing", shape("positive", 1)},
		{"cpc", "wrt-constant", set("wrt", []string{"positive"})},
		{"nt_xent", "widths", func(c *draft) { shape("z1", 4, 3)(c); shape("z2", 4, 2)(c) }},
		{"nt_xent", "temperature-negative", set("temperature", -0.5)},
		{"nt_xent", "temperature-word", set("temperature", "0.5")},
		{"moco", "queue-width", shape("queue", 4, 99)},
		{"moco", "wrt-constant", set("wrt", []string{"key"})},
		{"er_entropy_sphere", "kappa-zero", set("kappa", 0)},
		{"er_entropy_sphere", "reduction", set("reduction", "sum")},
		{"er_entropy_sphere", "normalizer", set("normalizer", "none")},
		{"er_entropy_sphere", "self", set("self", "maybe")},
		{"er_entropy_sphere", "self-alone", func(c *draft) { c.unit("z", 1, 4); set("self", "exclude")(c) }},
		{"er_reconstruction_sphere", "rows", func(c *draft) { c.unit("z1", 3, 4); c.unit("z2", 2, 4) }},
		{"er_reconstruction_sphere", "normalizer-missing", missing("normalizer")},
		{"er_entropy_discrete", "reduction-missing", missing("reduction")},
		{"er_entropy_discrete", "eps-negative", set("eps", -1)},
		{"er_discrete", "classes", func(c *draft) { shape("logits1", 3, 4)(c); shape("logits2", 3, 5)(c) }},
		{"er_discrete", "temperature-zero", set("temperature", 0)},
		{"er_reconstruction_discrete", "classes", func(c *draft) { c.probabilities("p1", 3, 4); c.probabilities("p2", 3, 5) }},
		{"vmf_log_normalizer", "d-one", set("d", 1)},
		{"vmf_log_normalizer", "kappa-zero", func(c *draft) { c.values("kappa", []int{2}, 1, 0) }},
		{"byol", "widths", func(c *draft) { shape("prediction", 4, 3)(c); shape("target", 4, 2)(c) }},
		{"byol", "wrt-constant", set("wrt", []string{"target"})},
		{"dino", "center", shape("center", 99)},
		{"dino", "no-pair", func(c *draft) { c.normal("student", 1, 1, 3, 5); c.normal("teacher", 1, 1, 3, 5) }},
		{"sinkhorn", "epsilon-zero", set("epsilon", 0)},
		{"sinkhorn", "iterations-negative", set("iterations", -1)},
		{"swapped_prediction", "classes", func(c *draft) { shape("scores1", 3, 4)(c); shape("scores2", 3, 5)(c) }},
		{"alignment", "rows", func(c *draft) { c.unit("z1", 3, 4); c.unit("z2", 2, 4) }},
		{"uniformity", "one-row", func(c *draft) { c.unit("z", 1, 4) }},
		{"barlow_twins", "widths", func(c *draft) { shape("z1", 4, 3)(c); shape("z2", 4, 2)(c) }},
		{"vicreg", "one-row", func(c *draft) { c.normal("z1", 1, 1, 4); c.normal("z2", 1, 1, 4) }},
		{"corinfomax", "width", func(c *draft) { shape("r1", 9, 9)(c); shape("r2", 9, 9)(c) }},
		{"corinfomax", "decay-one", set("decay", 1)},
		{"corinfomax", "eps-negative", set("eps", -0.001)},
		{"corinfomax", "wrt-constant", set("wrt", []string{"r1"})},
		{"corinfomax", "singular", func(c *draft) {
			shape("z1", 3, 2)(c)
			shape("z2", 3, 2)(c)
			shape("r1", 2, 2)(c)
			shape("r2", 2, 2)(c)
			set("eps", 0)(c)
		}},
		{"ema_update", "shapes", func(c *draft) { shape("target", 3)(c); shape("online", 4)(c) }},
		{"ema_update", "momentum-over-one", set("momentum", 1.5)},
		{"sgd_step", "nesterov-number", set("nesterov", 1)},
		{"sgd_step", "shapes", shape("buffer", 2, 2)},
		{"adamw_step", "step-zero", set("step", 0)},
		{"lars_step", "shapes", shape("grad", 2, 2)},
		{"adjust_brightness", "factor-negative", set("factor", -0.5)},
		{"adjust_hue", "factor-over-half", set("factor", 0.6)},
		{"rgb_to_grayscale", "two-channels", shape("x", 1, 2, 3, 3)},
		{"gaussian_blur", "kernel-even", set("kernel", 4)},
		{"gaussian_blur", "kernel-over-image", set("kernel", 99)},
		{"solarize", "threshold-missing", missing("threshold")},
		{"resized_crop", "outside", set("left", 99)},
		{"resized_crop", "size-zero", set("size", 0)},
		{"resized_crop", "antialias-word", set("antialias", "yes")},
	} {
		s.refuse(r.op, r.name, func(c *draft) {
			delete(c.Attrs, "wrt")
			r.spoil(c)
		})
	}
}
