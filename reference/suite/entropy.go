package suite

import "fmt"

// entropies are the terms of the entropy and reconstruction bound, on the sphere
// and of discrete projections.
func (s *sheet) entropies() {
	entropy := func(name string, kappa float64, reduction, normalizer, self string, k, d int) *draft {
		c := s.begin("er_entropy_sphere", name, "kappa", kappa, "reduction", reduction, "normalizer", normalizer).
			wrt([]string{"entropy"}, "z")
		if self != "" {
			c.Attrs["self"] = self
		}
		c.unit("z", k, d)
		return c
	}
	for _, reduction := range []string{"average", "expectation"} {
		for _, normalizer := range []string{"exact", "official"} {
			for _, self := range []string{"", "include", "exclude"} {
				name := reduction + "-" + normalizer
				if self != "" {
					name += "-" + self
				}
				entropy(name, 5, reduction, normalizer, self, 12, 8)
			}
		}
		entropy(reduction+"-2x2", 1, reduction, "exact", "exclude", 2, 2)
		entropy(reduction+"-33x64", 10, reduction, "exact", "", 33, 64)
		entropy(reduction+"-70x5", 20, reduction, "exact", "exclude", 70, 5)
		for _, kappa := range []float64{1e-3, 0.1, 100, 1e3, 1e5} {
			entropy(fmt.Sprintf("%s-kappa%g", reduction, kappa), kappa, reduction, "exact", "", 9, 6)
		}
		entropy(reduction+"-cold-exclude", 1e3, reduction, "exact", "exclude", 9, 6)
		repeatRow(entropy(reduction+"-duplicates", 50, reduction, "exact", "exclude", 10, 4).In["z"], 0, 1, 2)
		entropy(reduction+"-official-underflow", 5, reduction, "official", "", 6, 300)
		entropy(reduction+"-high-dimension", 30, reduction, "exact", "exclude", 7, 512)
	}
	entropy("average-one-row", 3, "average", "exact", "", 1, 5)

	reconstruction := func(name string, kappa float64, normalizer string, k, d int) {
		c := s.begin("er_reconstruction_sphere", name, "kappa", kappa, "normalizer", normalizer).wrt([]string{"reconstruction"}, "z1", "z2")
		c.unit("z1", k, d)
		c.unit("z2", k, d)
	}
	reconstruction("1x2", 1, "exact", 1, 2)
	reconstruction("8x16", 5, "exact", 8, 16)
	reconstruction("17x5", 20, "exact", 17, 5)
	reconstruction("33x64", 10, "exact", 33, 64)
	reconstruction("official", 5, "official", 8, 16)
	reconstruction("official-underflow", 5, "official", 4, 300)
	for _, kappa := range []float64{1e-3, 0.1, 1e3, 1e5} {
		reconstruction(fmt.Sprintf("kappa%g", kappa), kappa, "exact", 6, 7)
	}

	for _, reduction := range []string{"average", "expectation"} {
		discrete := func(name string, eps float64) *draft {
			return s.begin("er_entropy_discrete", reduction+"-"+name, "reduction", reduction, "eps", eps).wrt([]string{"entropy"}, "p")
		}
		discrete("4x3", 1e-8).probabilities("p", 4, 3)
		discrete("17x10", 1e-8).probabilities("p", 17, 10)
		discrete("33x65", 1e-6).probabilities("p", 33, 65)
		discrete("one-row", 1e-8).probabilities("p", 1, 5)
		discrete("one-class", 1e-3).values("p", []int{3, 1}, 1, 1, 1)
		discrete("one-hot", 1e-6).values("p", []int{4, 3}, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1)
		discrete("empty-class", 1e-6).values("p", []int{3, 4}, 0.5, 0.5, 0, 0, 0.25, 0.75, 0, 0, 0.125, 0.625, 0.25, 0)
		discrete("unused-class", 1e-4).values("p", []int{2, 3}, 0.5, 0.5, 0, 0.25, 0.75, 0)
		discrete("eps-large", 0.125).probabilities("p", 6, 4)
	}
	pair := func(name string, eps float64, k, classes int) *draft {
		c := s.begin("er_reconstruction_discrete", name, "eps", eps).wrt([]string{"reconstruction"}, "p1", "p2")
		c.probabilities("p1", k, classes)
		c.probabilities("p2", k, classes)
		return c
	}
	pair("4x3", 1e-8, 4, 3)
	pair("17x10", 1e-8, 17, 10)
	pair("33x65", 1e-6, 33, 65)
	pair("one-row", 1e-8, 1, 5)
	pair("eps-large", 0.125, 6, 4)
	pair("one-class", 1e-3, 3, 1)
	c := pair("one-hot", 1e-6, 3, 3)
	c.values("p1", []int{3, 3}, 1, 0, 0, 0, 1, 0, 0, 0, 1)
	c.values("p2", []int{3, 3}, 1, 0, 0, 0, 0, 1, 0.25, 0.5, 0.25)
	pair("equal-views", 1e-8, 5, 4).copyOf("p2", "p1")

	assigned := func(name string, temperature float64, k, classes int) *draft {
		c := s.begin("er_discrete", name, "temperature", temperature).wrt(loss(), "logits1", "logits2")
		c.normal("logits1", 2, k, classes)
		c.normal("logits2", 2, k, classes)
		return c
	}
	assigned("2x2", 1, 2, 2)
	assigned("4x3", 1, 4, 3)
	assigned("17x10", 0.5, 17, 10)
	assigned("33x65", 0.2, 33, 65)
	assigned("one-row", 1, 1, 5)
	assigned("warm", 20, 6, 4)
	assigned("cold", 0.05, 6, 5)
	assigned("colder", 1e-3, 6, 5)
	assigned("coldest", 1e-5, 6, 5)
	c = assigned("rank-deficient", 0.5, 8, 5)
	toPlane(c.In["logits1"], c.In["logits2"])
	repeatRow(assigned("duplicates", 0.5, 7, 4).In["logits1"], 0, 1, 2)
	assigned("unused-class", 1, 3, 3).values("logits1", []int{3, 3}, 1, 0, -300, 0, 1, -300, 0.5, 0.25, -300)
	assigned("equal-views", 0.5, 5, 4).copyOf("logits2", "logits1")

	for _, d := range []int{2, 3, 4, 8, 16, 64, 128, 512, 1000, 2048, 8192} {
		begin := func(name string, kappas ...float64) {
			s.begin("vmf_log_normalizer", fmt.Sprintf("d%d-%s", d, name), "d", d).wrt([]string{"log_c"}, "kappa").
				values("kappa", []int{len(kappas)}, kappas...)
		}
		begin("small", 1e-3, 0.01, 0.1, 0.5, 1)
		begin("middle", 2, 5, 19.5, 20.5, 100)
		begin("large", 1e3, 1e4, 1e5)
	}
}
