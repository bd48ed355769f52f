package suite

import "entrec/reference/golden"

func loss() []string { return []string{"loss"} }

// contrastive are the losses that compare a batch with itself: InfoNCE, NT-Xent,
// DCL, DHEL, those of local Deep InfoMax, AMDIM, CPC, KoLeo, TiCo, SIGReg, MMCR, MoCo's and its two parts, alignment
// and uniformity.
func (s *sheet) contrastive() {
	for _, op := range []string{"info_nce", "nt_xent", "dcl", "dhel"} {
		begin := func(name string, temperature float64, k, d int) *draft {
			c := s.begin(op, name, "temperature", temperature).wrt(loss(), "z1", "z2")
			c.normal("z1", 1, k, d)
			c.normal("z2", 1, k, d)
			return c
		}
		begin("2x2", 0.5, 2, 2)
		begin("2x7", 0.2, 2, 7)
		begin("8x16", 0.1, 8, 16)
		begin("17x5", 0.07, 17, 5)
		begin("33x64", 0.5, 33, 64)
		begin("70x9", 1, 70, 9)
		begin("warm", 5, 6, 4)
		begin("cold", 0.01, 12, 8)
		begin("colder", 1e-3, 9, 6)
		begin("coldest", 1e-5, 9, 6)
		c := begin("rank-deficient", 0.2, 8, 6)
		toPlane(c.In["z1"], c.In["z2"])
		c = begin("one-column", 0.5, 6, 1)
		fromZero(c.In["z1"], c.In["z2"])
		c = begin("equal-views", 0.2, 9, 6)
		c.copyOf("z2", "z1")
		c = begin("duplicates", 0.1, 10, 4)
		repeatRow(c.In["z1"], 0, 1, 2)
		repeatRow(c.In["z2"], 0, 1, 5)
		c = begin("all-equal", 0.5, 7, 3)
		repeatRow(c.In["z1"], 0, 1, 2, 3, 4, 5, 6)
		c.copyOf("z2", "z1")
		c = begin("lengths", 0.2, 6, 5)
		for i := range c.In["z1"].Data {
			c.In["z1"].Data[i] *= 4096
			c.In["z2"].Data[i] /= 4096
		}
		c = begin("opposed", 0.01, 5, 3)
		c.copyOf("z2", "z1")
		for i, v := range c.In["z2"].Data {
			c.In["z2"].Data[i] = -v
		}
	}
	for _, op := range []string{"dim_jsd", "dim_nce", "dim_dv"} {
		begin := func(name string, size float64, k, p, u int) *draft {
			c := s.begin(op, name).wrt(loss(), "global", "local")
			c.normal("global", size, k, u)
			c.normal("local", 1, k, p, u)
			return c
		}
		begin("2x1x2", 1, 2, 1, 2)
		begin("2x4x3", 1, 2, 4, 3)
		begin("5x1x7", 1, 5, 1, 7)
		begin("6x9x8", 0.5, 6, 9, 8)
		begin("17x4x5", 1, 17, 4, 5)
		begin("20x16x32", 0.2, 20, 16, 32)
		begin("one-unit", 1, 5, 3, 1)
		begin("large-scores", 30, 6, 4, 5)
		begin("small-scores", 0.01, 6, 4, 5)
		begin("scores-1e5", 1e5, 6, 4, 5)
		c := begin("rank-deficient", 1, 6, 4, 5)
		toPlane(c.In["global"], c.In["local"])
		c = begin("duplicates", 1, 6, 3, 4)
		repeatRow(c.In["global"], 0, 1, 2)
		copy(c.In["local"].Data[3*4:6*4], c.In["local"].Data[:3*4])
		c = begin("told-apart", 1, 5, 3, 6) // each place is its image's global feature, or near it
		for i := range c.In["local"].Data {
			n, j := i/(3*6), i%6
			c.In["local"].Data[i] = c.In["global"].Data[n*6+j] * float64(2+i/6%3) / 2
		}
		c = begin("no-scores", 1, 4, 3, 5)
		clear(c.In["global"].Data)
	}
	koleo := func(name string, eps float64, k, d int) *draft {
		c := s.begin("koleo", name, "eps", eps).wrt(loss(), "z")
		c.unit("z", k, d)
		return c
	}
	koleo("2x2", 1e-8, 2, 2)
	koleo("9x5", 1e-8, 9, 5)
	koleo("33x16", 1e-8, 33, 16)
	koleo("70x64", 1e-8, 70, 64)
	koleo("eps-large", 0.5, 8, 4)
	koleo("no-eps", 0, 6, 3)
	repeatRow(koleo("duplicates", 1e-8, 8, 4).In["z"], 0, 1, 2)
	flat := koleo("rank-deficient", 1e-8, 9, 6).In["z"]
	toPlane(flat)
	toUnit(flat)
	repeatRow(koleo("all-equal", 0.0625, 4, 3).In["z"], 0, 1, 2, 3)
	koleo("ties", 1e-8, 4, 2).values("z", []int{4, 2}, 1, 0, 0, 1, -1, 0, 0, -1)
	koleo("one-column", 1e-8, 3, 1).values("z", []int{3, 1}, 1, -1, 1)
	c := koleo("near", 1e-8, 6, 4)
	copy(rowsOf(c.In["z"])[1], rowsOf(c.In["z"])[0])
	rowsOf(c.In["z"])[1][2] = exact(rowsOf(c.In["z"])[1][2] + 0x1p-10)

	tico := func(name string, momentum, rho float64, k, d int) *draft {
		c := s.begin("tico", name, "momentum", momentum, "rho", rho).wrt(loss(), "z1", "z2")
		c.normal("z1", 1, k, d)
		c.normal("z2", 1, k, d)
		c.uniform("c", -0.125, 0.25, d, d)
		return c
	}
	tico("1x2", 0.9, 8, 1, 2)
	tico("2x7", 0.9, 8, 2, 7)
	tico("17x5", 0.9, 20, 17, 5)
	tico("33x64", 0.5, 8, 33, 64)
	tico("momentum0", 0, 8, 6, 4)
	tico("momentum1", 1, 8, 6, 4)
	tico("invariance-only", 0.9, 0, 6, 4)
	clear(tico("first-step", 0.9, 8, 9, 6).In["c"].Data)
	c = tico("one-column", 0.9, 8, 5, 1)
	fromZero(c.In["z1"], c.In["z2"])
	tico("equal-views", 0.9, 8, 7, 4).copyOf("z2", "z1")
	repeatRow(tico("duplicates", 0.9, 8, 10, 4).In["z1"], 0, 1, 2)
	c = tico("rank-deficient", 0.9, 8, 9, 6)
	toPlane(c.In["z1"], c.In["z2"])
	clear(c.In["c"].Data)
	c = tico("lengths", 0.9, 8, 6, 5)
	for i := range c.In["z1"].Data {
		c.In["z1"].Data[i] *= 4096
		c.In["z2"].Data[i] /= 4096
	}

	amdim := func(name string, clip, weight, size float64, k, p, u int) *draft {
		c := s.begin("amdim", name, "clip", clip, "weight", weight).wrt(loss(), "r1", "r5")
		c.normal("r1", size, k, u)
		c.normal("r5", 1, k, p, u)
		return c
	}
	amdim("2x1x2", 20, 0.05, 1, 2, 1, 2)
	amdim("2x4x3", 10, 0.05, 1, 2, 4, 3)
	amdim("5x1x7", 20, 0, 1, 5, 1, 7)
	amdim("6x9x8", 20, 0.05, 4, 6, 9, 8)
	amdim("17x4x5", 20, 0.05, 1, 17, 4, 5)
	amdim("20x16x32", 20, 0.05, 1, 20, 16, 32)
	amdim("one-unit", 5, 0.5, 1, 5, 3, 1)
	amdim("clipped", 1, 0.05, 2, 6, 4, 5)
	amdim("scores-1e5", 20, 0.05, 1e5, 6, 4, 5)
	c = amdim("rank-deficient", 20, 0.05, 1, 6, 4, 5)
	toPlane(c.In["r1"], c.In["r5"])
	amdim("penalty", 20, 30, 1, 6, 4, 5)
	repeatRow(amdim("duplicates", 20, 0.05, 1, 6, 3, 4).In["r1"], 0, 1, 2)
	clear(amdim("no-scores", 20, 0.05, 1, 4, 3, 5).In["r1"].Data)

	sigreg := func(name string, knots, n, d, m int) *draft {
		c := s.begin("sigreg", name, "knots", knots).wrt(loss(), "z")
		c.normal("z", 1, n, d)
		rows := c.unit("slices", m, d)
		c.In["slices"] = golden.NewArray(d, m)
		for i, v := range rows.Data {
			c.In["slices"].Data[i%d*m+i/d] = v
		}
		return c
	}
	sigreg("1x2", 17, 1, 2, 3)
	sigreg("2x3", 17, 2, 3, 2)
	sigreg("17x5", 17, 17, 5, 8)
	sigreg("64x16", 17, 64, 16, 33)
	sigreg("knots2", 2, 6, 3, 4)
	sigreg("knots33", 33, 6, 3, 4)
	sigreg("one-column", 17, 7, 1, 3)
	sigreg("one-slice", 17, 9, 6, 1)
	clear(sigreg("point", 17, 5, 4, 3).In["z"].Data)
	repeatRow(sigreg("duplicates", 17, 8, 4, 5).In["z"], 0, 1, 2)
	toPlane(sigreg("rank-deficient", 17, 9, 6, 5).In["z"])
	shift(sigreg("far", 17, 8, 4, 5).In["z"], 3)
	c = sigreg("wide", 17, 8, 4, 5)
	for i := range c.In["z"].Data {
		c.In["z"].Data[i] *= 8
	}

	mmcr := func(name string, v, k, d int) *draft {
		c := s.begin("mmcr", name).wrt(loss(), "z")
		c.normal("z", 1, v, k, d)
		return c
	}
	mmcr("2x2x2", 2, 2, 2)
	mmcr("2x9x5", 2, 9, 5)
	mmcr("2x5x9", 2, 5, 9)
	mmcr("3x17x8", 3, 17, 8)
	mmcr("2x33x64", 2, 33, 64)
	mmcr("one-view", 1, 6, 4)
	mmcr("one-row", 2, 1, 5)
	fromZero(mmcr("one-column", 3, 5, 1).In["z"])
	c = mmcr("equal-views", 2, 4, 6)
	copy(c.In["z"].Data[24:], c.In["z"].Data[:24])
	c = mmcr("low-rank", 2, 6, 8) // rows 0, 1 and 2 equal in each view
	repeatRow(c.In["z"], 0, 1, 2)
	repeatRow(c.In["z"], 6, 7, 8)
	z := mmcr("all-equal", 2, 4, 3).In["z"]
	for i := range z.Data { // whose lengths and directions have no rounding
		z.Data[i] = [3]float64{2, 0, 0}[i%3]
	}
	c = mmcr("lengths", 2, 6, 5)
	for i := range c.In["z"].Data {
		c.In["z"].Data[i] *= 4096
	}

	cpc := func(name string, size float64, n, m, u int) *draft {
		c := s.begin("cpc", name).wrt(loss(), "prediction", "target")
		c.normal("prediction", size, n, u)
		c.normal("target", 1, m, u)
		c.whole("positive", 0, m-1, n)
		return c
	}
	cpc("2x2x2", 1, 2, 2, 2)
	cpc("9x9x4", 1, 9, 9, 4)
	cpc("12x12x7", 0.25, 12, 12, 7)
	cpc("33x33x16", 1, 33, 33, 16)
	cpc("70x70x9", 2, 70, 70, 9)
	cpc("5x40x6", 1, 5, 40, 6)
	cpc("30x4x6", 1, 30, 4, 6)
	cpc("two-targets", 1, 3, 2, 4)
	cpc("one-unit", 1, 6, 6, 1)
	cpc("large", 16, 10, 10, 8)
	cpc("small", 1.0/4096, 10, 10, 8)
	cpc("scores-1e5", 1e5, 10, 10, 8)
	c = cpc("rank-deficient", 1, 9, 9, 6)
	toPlane(c.In["prediction"], c.In["target"])
	clear(cpc("no-scores", 1, 5, 5, 3).In["prediction"].Data)
	same := cpc("duplicates", 1, 8, 8, 5)
	repeatRow(same.In["prediction"], 0, 1, 2)
	repeatRow(same.In["target"], 0, 1, 4)
	clear(cpc("all-one-target", 1, 8, 8, 5).In["positive"].Data)
	moco := func(name string, temperature float64, k, d, m int) *draft {
		c := s.begin("moco", name, "temperature", temperature).wrt(loss(), "query")
		c.normal("query", 1, k, d)
		c.normal("key", 1, k, d)
		c.normal("queue", 1, m, d)
		return c
	}
	moco("1x3x1", 0.2, 1, 3, 1)
	moco("2x2x5", 0.07, 2, 2, 5)
	moco("8x16x40", 0.2, 8, 16, 40)
	moco("17x5x3", 1, 17, 5, 3)
	moco("cold", 0.01, 6, 8, 20)
	c = moco("one-column", 0.5, 4, 1, 6)
	fromZero(c.In["query"])
	c = moco("key-in-queue", 0.1, 5, 4, 9)
	copy(c.In["queue"].Data, c.In["key"].Data)
	c = moco("key-is-query", 0.1, 5, 4, 9)
	c.copyOf("key", "query")

	alignment := func(name string, alpha float64, k, d int) *draft {
		c := s.begin("alignment", name, "alpha", alpha).wrt(loss(), "z1", "z2")
		c.unit("z1", k, d)
		c.unit("z2", k, d)
		return c
	}
	alignment("1x2", 2, 1, 2)
	alignment("7x5", 2, 7, 5)
	alignment("16x64", 2, 16, 64)
	alignment("alpha1", 1, 6, 3)
	alignment("alpha3", 3, 5, 4)
	alignment("alpha-half", 0.5, 5, 4)
	c = alignment("equal-row", 2, 6, 3)
	copy(rowsOf(c.In["z2"])[2], rowsOf(c.In["z1"])[2])

	uniformity := func(name string, t float64, k, d int) *draft {
		c := s.begin("uniformity", name, "t", t).wrt(loss(), "z")
		c.unit("z", k, d)
		return c
	}
	uniformity("2x2", 2, 2, 2)
	uniformity("9x5", 2, 9, 5)
	uniformity("33x16", 2, 33, 16)
	uniformity("t-half", 0.5, 8, 4)
	uniformity("t-large", 200, 12, 3)
	uniformity("one-column", 2, 6, 1)
	repeatRow(uniformity("duplicates", 2, 8, 4).In["z"], 0, 1, 2)
}
