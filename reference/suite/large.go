package suite

import (
	"entrec/reference/golden"
)

// Large returns seeded questions of the sizes that a GPU works on: edges of tiles, sums that
// are split, reductions of more rows than a grid has blocks on an axis. They are no part of the
// suite's files, and nothing is expected of them yet.
func Large() []*golden.Case {
	s := &sheet{}
	ask := func(d *draft, output string, shape []int, inputs ...string) {
		d.wrt([]string{output}, inputs...)
		d.CT = map[string]*golden.Array{output: fill(d.of("cotangent of "+output), golden.NewArray(shape...), (*source).cotangent)}
	}
	d := s.begin("matmul", "large-257x1031x513")
	d.normal("a", 1, 257, 1031)
	d.normal("b", 1, 1031, 513)
	ask(d, "c", []int{257, 513}, "a", "b")

	for _, op := range []string{"softmax", "log_softmax"} {
		d = s.begin(op, "large-8x70000")
		d.normal("x", 2, 8, 70000)
		ask(d, "y", []int{8, 70000}, "x")
	}
	d = s.begin("logsumexp", "large-70001x5")
	d.normal("x", 2, 70001, 5)
	ask(d, "y", []int{70001}, "x")

	d = s.begin("conv2d", "large-64x128x32x32", "stride", 1, "padding", 1)
	d.normal("x", 1, 64, 128, 32, 32)
	d.normal("weight", 0.03125, 8, 128, 3, 3)
	d.normal("bias", 1, 8)
	ask(d, "y", []int{64, 8, 32, 32}, "x", "weight", "bias")

	d = s.begin("global_avg_pool2d", "large-66000x1x3x5")
	d.normal("x", 1, 66000, 1, 3, 5)
	ask(d, "y", []int{66000, 1}, "x")

	d = s.begin("layer_norm", "large-66001x9", "eps", 1e-5)
	d.normal("x", 1, 66001, 9)
	d.normal("weight", 1, 9)
	d.normal("bias", 1, 9)
	ask(d, "y", []int{66001, 9}, "x", "weight", "bias")

	d = s.begin("batch_norm", "large-70003x3", "eps", 1e-5)
	d.normal("x", 1, 70003, 3)
	d.normal("weight", 1, 3)
	d.normal("bias", 1, 3)
	ask(d, "y", []int{70003, 3}, "x", "weight", "bias")

	d = s.begin("nt_xent", "large-4096x128", "temperature", 0.5)
	d.normal("z1", 1, 4096, 128)
	d.normal("z2", 1, 4096, 128)
	ask(d, "loss", nil, "z1", "z2")

	d = s.begin("er_entropy_sphere", "large-4096x128", "kappa", 10, "reduction", "average", "normalizer", "exact")
	d.unit("z", 4096, 128)
	ask(d, "entropy", nil, "z")

	var all []*golden.Case
	for _, d := range s.drafts {
		all = append(all, &d.Case)
	}
	return all
}

// Tolerances returns a case's tolerances by profile and tensor, from how far evaluations lie
// from what it expects, by tensor; and the tensors that a profile leaves out, with the reasons.
// The error is of a tensor without a spread, or of a case that an answer of zeros would pass.
func Tolerances(c *golden.Case, spreads map[string]Spread) (map[golden.Profile]map[string]golden.Tolerance, map[golden.Profile]map[string]string, error) {
	return tolerances(c, spreads)
}
