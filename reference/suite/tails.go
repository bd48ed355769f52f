package suite

import "math"

// tails are elements that are small beside the largest: where exp vanishes, where 1 + erf
// cancels, and subnormal numbers. All inputs of GELU are exact in bfloat16 too.
func (s *sheet) tails() {
	for _, op := range []string{"softmax", "logsumexp"} {
		s.begin(op, "tails").wrt(y(), "x").values("x", []int{2, 8}, 0, -1, -10, -20, -40, -80, -87, -95, 3, -4, 2.5, -17, -33, -60, -75, -90)
	}
	for _, form := range []string{"none", "tanh"} {
		s.begin("gelu", form+"-tail", "approximate", form).wrt(y(), "x").
			values("x", []int{3, 4}, -2.5, -2.75, -3, -3.25, -3.5, -3.75, -4, -4.25, -4.5, -5, -5.5, -6)
	}
	s.begin("relu", "tiny").wrt(y(), "x").values("x", []int{2, 4}, 1e-40, -1e-40, 3e-42, 0x1p-126, 5e-39, -5e-39, 1e-30, 2)
	for _, op := range []string{"max_pool2d", "avg_pool2d"} {
		x := s.begin(op, "tiny", "kernel", 2, "stride", 2, "padding", 0).wrt(y(), "x").whole("x", 1, 60, 1, 2, 4, 4)
		for i, v := range x.Data[:16] { // the first channel
			x.Data[i] = math.Ldexp(v, -140)
		}
	}
	c := s.begin("ema_update", "tiny", "momentum", 0.5).wrt([]string{"target"}, "target", "online")
	c.values("target", []int{5}, 1e-40, 4e-39, -1e-20, 3, 1e-41)
	c.values("online", []int{5}, 3e-40, 1e-39, -2e-20, 1, 1e-41)
	c = s.begin("adamw_step", "tiny", "step", 3, "lr", 1e-2, "beta1", 0.9, "beta2", 0.99, "eps", 1e-8, "weight_decay", 0.01)
	c.normal("param", 1, 6)
	c.values("grad", []int{6}, 1e-20, -3e-19, 1e-12, 1, -2, 0)
	c.values("m", []int{6}, 1e-40, -1e-20, 1e-13, 0.5, -1, 2e-40)
	c.values("v", []int{6}, 1e-40, 1e-39, 1e-24, 1, 2, 5e-41)
}
