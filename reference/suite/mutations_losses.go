package suite

import (
	"maps"
	"math"
	"slices"

	"entrec/reference/golden"
)

// lossMutations are errors in the objectives; entropyMutations has those in entropies and
// reconstructions.
var lossMutations = []mutation{
	{"info_nce", "temperature applied twice", asked("temperature", func(t float64) float64 { return t * t })},
	{"info_nce", "multiplied by the temperature", asked("temperature", func(t float64) float64 { return 1 / t })},
	{"info_nce", "both directions", func(c *golden.Case) *golden.Answer {
		return mix(0.5, right(c), 0.5, swappedInputs(c, "z1", "z2"))
	}},
	{"info_nce", "the other direction", func(c *golden.Case) *golden.Answer { return swappedInputs(c, "z1", "z2") }},
	{"info_nce", "second view taken for constant", grad("z2", times(0))},
	{"info_nce", "gradient's sign", grad("z1", times(-1))},
	{"info_nce", "sum over the batch", func(c *golden.Case) *golden.Answer {
		return out("loss", times(float64(c.In["z1"].Shape[0])))(c)
	}},
	{"info_nce", "gradient of rows that are not normalized", func(c *golden.Case) *golden.Answer {
		return given("z1", unitRows)(c)
	}},
	{"nt_xent", "a missing symmetric term", as("info_nce")},
	{"nt_xent", "temperature applied twice", asked("temperature", func(t float64) float64 { return t * t })},
	{"nt_xent", "sum of the views", out("loss", times(2))},
	{"nt_xent", "factor ½ in the gradient", grad("z2", times(0.5))},
	{"nt_xent", "self kept among the others", func(c *golden.Case) *golden.Answer {
		// e^{loss of an anchor} gains e^{1/t − s} of itself; to first order in the mean.
		return out("loss", each(func(v float64) float64 { return math.Log(math.Exp(v) + 1) }))(c)
	}},
	{"dcl", "positive kept in the denominator", as("nt_xent")},
	{"dcl", "temperature applied twice", asked("temperature", func(t float64) float64 { return t * t })},
	{"dcl", "sum of the views", out("loss", times(2))},
	{"dcl", "second view taken for constant", grad("z2", times(0))},
	{"dhel", "negatives of the other view too", as("dcl")},
	{"dhel", "temperature applied twice", asked("temperature", func(t float64) float64 { return t * t })},
	{"dhel", "sum over the batch", func(c *golden.Case) *golden.Answer {
		return out("loss", times(float64(c.In["z1"].Shape[0])))(c)
	}},
	{"dhel", "factor ½ in the gradient", grad("z2", times(0.5))},
	{"dim_jsd", "not shifted by log 4", out("loss", each(func(v float64) float64 { return v + 2*math.Ln2 }))},
	{"dim_jsd", "minus the loss", out("loss", times(-1))},
	{"dim_jsd", "own places among the negatives", func(c *golden.Case) *golden.Answer {
		a := right(c)
		own, others := scoresOf(c)
		for _, u := range own {
			a.Out["loss"].Data[0] += math.Log1p(math.Exp(-math.Abs(u))) + max(u, 0)
		}
		a.Out["loss"].Data[0] /= float64(len(own) + len(others))
		return a
	}},
	{"dim_jsd", "local features taken for constant", grad("local", times(0))},
	{"dim_jsd", "normalized features", given("global", unitRows)},
	{"dim_nce", "other places of the image masked by −10", func(c *golden.Case) *golden.Answer {
		// e^{−10} of each of the p masked places enters the denominator.
		a := right(c)
		own, others := scoresOf(c)
		k := c.In["global"].Shape[0]
		p, loss := len(own)/k, 0.0
		for n := range k {
			negatives := float64(p) * math.Exp(-10)
			for _, u := range others[n*(k-1)*p : (n+1)*(k-1)*p] {
				negatives += math.Exp(u)
			}
			for _, u := range own[n*p : (n+1)*p] {
				loss += math.Log1p(negatives / math.Exp(u))
			}
		}
		a.Out["loss"].Data[0] = loss / float64(len(own))
		return a
	}},
	{"dim_nce", "negatives of the other direction", func(c *golden.Case) *golden.Answer {
		// Each place against all images, in place of each image against all places.
		q := *c
		q.In = maps.Clone(c.In)
		k, p, u := c.In["local"].Shape[0], c.In["local"].Shape[1], c.In["local"].Shape[2]
		loss := 0.0
		for place := range p {
			global := golden.NewArray(k, u)
			for n := range k {
				copy(global.Data[n*u:(n+1)*u], c.In["local"].Data[(n*p+place)*u:(n*p+place+1)*u])
			}
			q.In["global"], q.In["local"] = global, golden.FromSlice(c.In["global"].Data, k, 1, u)
			q.Attrs = golden.Attrs{}
			loss += right(&q).Out["loss"].Data[0] / float64(p)
		}
		a := right(c)
		a.Out["loss"].Data[0] = loss
		return a
	}},
	{"dim_nce", "normalized features", given("local", func(x *golden.Array) *golden.Array {
		return golden.FromSlice(unitRows(golden.FromSlice(x.Data, x.Shape[0]*x.Shape[1], x.Shape[2])).Data, x.Shape...)
	})},
	{"dim_nce", "sum over places", out("loss", times(2))},
	{"dim_nce", "factor ½ in the gradient", grad("local", times(0.5))},
	{"dim_dv", "sum in place of the mean", func(c *golden.Case) *golden.Answer {
		_, others := scoresOf(c)
		return out("loss", each(func(v float64) float64 { return v + math.Log(float64(len(others))) }))(c)
	}},
	{"dim_dv", "10⁻⁶ within the logarithm", func(c *golden.Case) *golden.Answer {
		_, others := scoresOf(c)
		mean := 0.0
		for _, u := range others {
			mean += math.Exp(u) / float64(len(others))
		}
		return out("loss", each(func(v float64) float64 { return v + 1e-2/mean }))(c)
	}},
	{"dim_dv", "own places among the negatives", func(c *golden.Case) *golden.Answer {
		own, others := scoresOf(c)
		mean, all := 0.0, 0.0
		for _, u := range others {
			mean += math.Exp(u) / float64(len(others))
		}
		for _, u := range append(own, others...) {
			all += math.Exp(u) / float64(len(own)+len(others))
		}
		return out("loss", each(func(v float64) float64 { return v + math.Log(all/mean) }))(c)
	}},
	{"dim_dv", "minus the loss", out("loss", times(-1))},
	{"dim_dv", "denominator taken for constant", grad("global", times(0.5))},
	{"koleo", "a row its own neighbor", out("loss", each(func(v float64) float64 { return v + 1 }))},
	{"koleo", "neighbor taken for constant", oneSided},
	{"koleo", "eps left out", asked("eps", 0)},
	{"koleo", "squared distances", func(c *golden.Case) *golden.Answer { a := right(c); return mix(2, a, 0, a) }},
	{"koleo", "sum over the batch", func(c *golden.Case) *golden.Answer {
		a := right(c)
		return mix(float64(c.In["z"].Shape[0]), a, 0, a)
	}},
	{"tico", "moment before this batch", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["loss"] = asked("momentum", 1)(c).Out["loss"]
		return a
	}},
	{"tico", "no gradient through the moment", func(c *golden.Case) *golden.Answer {
		a := right(c)
		fixed := given("c", func(*golden.Array) *golden.Array { return a.Out["c"] })
		q := *c
		q.Attrs = maps.Clone(c.Attrs)
		q.Attrs["momentum"] = 1.0
		a.Grad = fixed(&q).Grad
		return a
	}},
	{"tico", "stale moment", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["c"] = c.In["c"]
		return a
	}},
	{"tico", "momentum exchanged", asked("momentum", func(m float64) float64 { return 1 - m })},
	{"tico", "one side of the moment", func(c *golden.Case) *golden.Answer {
		// Only c's rows, not its columns, in the gradient of z1: as if c were symmetric.
		return given("c", func(x *golden.Array) *golden.Array {
			y := golden.NewArray(x.Shape...)
			for i := range x.Shape[0] {
				for j := range x.Shape[0] {
					y.Data[i*x.Shape[0]+j] = x.Data[min(i, j)*x.Shape[0]+max(i, j)]
				}
			}
			return y
		})(c)
	}},
	{"tico", "second view taken for constant", grad("z2", times(0))},
	{"tico", "twice the invariance", func(c *golden.Case) *golden.Answer {
		a := right(c)
		b := asked("rho", 0)(c)
		a.Out["loss"].Data[0] += b.Out["loss"].Data[0]
		return a
	}},
	{"amdim", "not clipped", asked("clip", 1e9)},
	{"amdim", "penalty on nothing", asked("weight", 0)},
	{"amdim", "penalty on clipped scores", func(c *golden.Case) *golden.Answer {
		a := right(c)
		clip, weight, total := c.Attrs["clip"].(float64), c.Attrs["weight"].(float64), 0.0
		own, others := scoresOf(&golden.Case{In: arrays{"global": c.In["r1"], "local": c.In["r5"]}})
		all := append(own, others...)
		for _, u := range all {
			s := u / math.Sqrt(float64(c.In["r1"].Shape[1]))
			of := clip * math.Tanh(s/clip)
			total += (of*of - s*s) / float64(len(all))
		}
		a.Out["loss"].Data[0] += weight * total
		return a
	}},
	{"amdim", "not divided by √u", given("r1", func(x *golden.Array) *golden.Array {
		return times(math.Sqrt(float64(x.Shape[1])))(x)
	})},
	{"amdim", "own other places among the negatives", func(c *golden.Case) *golden.Answer {
		// By what one more copy of the image's places adds to each denominator.
		a := right(c)
		clip := c.Attrs["clip"].(float64)
		own, others := scoresOf(&golden.Case{In: arrays{"global": c.In["r1"], "local": c.In["r5"]}})
		k := c.In["r1"].Shape[0]
		p := len(own) / k
		e := func(u float64) float64 {
			return math.Exp(clip * math.Tanh(u/math.Sqrt(float64(c.In["r1"].Shape[1]))/clip))
		}
		for n := range k {
			negatives, within := 0.0, 0.0
			for _, u := range others[n*(k-1)*p : (n+1)*(k-1)*p] {
				negatives += e(u)
			}
			for _, u := range own[n*p : (n+1)*p] {
				within += e(u)
			}
			for _, u := range own[n*p : (n+1)*p] {
				a.Out["loss"].Data[0] += math.Log((negatives+within)/(negatives+e(u))) / float64(k*p)
			}
		}
		return a
	}},
	{"sigreg", "half of the integral", func(c *golden.Case) *golden.Answer { a := right(c); return mix(0.5, a, 0, a) }},
	{"sigreg", "not times n", func(c *golden.Case) *golden.Answer {
		a := right(c)
		return mix(1/float64(c.In["z"].Shape[0]), a, 0, a)
	}},
	{"sigreg", "sum over slices", func(c *golden.Case) *golden.Answer {
		a := right(c)
		return mix(float64(c.In["slices"].Shape[1]), a, 0, a)
	}},
	{"sigreg", "one knot more", asked("knots", func(n float64) float64 { return n + 1 })},
	{"sigreg", "sines left out", func(c *golden.Case) *golden.Answer {
		// Of points and their mirror images the mean sine is 0, the mean cosine the same.
		a := right(c)
		mirrored := given("z", func(x *golden.Array) *golden.Array {
			return golden.FromSlice(slices.Concat(x.Data, times(-1)(x).Data), 2*x.Shape[0], x.Shape[1])
		})(c)
		a.Out["loss"].Data[0] = mirrored.Out["loss"].Data[0] / 2
		return a
	}},
	{"sigreg", "rows normalized", given("z", unitRows)},
	{"mmcr", "rows not normalized in the gradient", given("z", unitRows)},
	{"mmcr", "sign", func(c *golden.Case) *golden.Answer { a := right(c); return mix(-1, a, 0, a) }},
	{"mmcr", "sum over the views", func(c *golden.Case) *golden.Answer {
		a := right(c)
		return mix(float64(c.In["z"].Shape[0]), a, 0, a)
	}},
	{"mmcr", "mean over the samples", func(c *golden.Case) *golden.Answer {
		a := right(c)
		return mix(1/float64(c.In["z"].Shape[1]), a, 0, a)
	}},
	{"mmcr", "norm of Frobenius", func(c *golden.Case) *golden.Answer {
		a := right(c)
		z, views := rowsOf(unitRows(c.In["z"])), c.In["z"].Shape[0]
		k, total := len(z)/views, 0.0
		for i := range k {
			for j := range z[i] {
				mean := 0.0
				for v := range views {
					mean += z[v*k+i][j] / float64(views)
				}
				total += mean * mean
			}
		}
		a.Out["loss"].Data[0] = -math.Sqrt(total)
		return a
	}},
	{"mmcr", "first view alone", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["loss"] = given("z", func(x *golden.Array) *golden.Array {
			return golden.FromSlice(x.Data[:len(x.Data)/x.Shape[0]], 1, x.Shape[1], x.Shape[2])
		})(c).Out["loss"]
		return a
	}},
	{"cpc", "positives in order", given("positive", func(x *golden.Array) *golden.Array {
		y := golden.NewArray(x.Shape...)
		for i := range y.Data {
			y.Data[i] = math.Min(float64(i), slices.Max(x.Data))
		}
		return y
	})},
	{"cpc", "sum over the predictions", func(c *golden.Case) *golden.Answer {
		return out("loss", times(float64(c.In["prediction"].Shape[0])))(c)
	}},
	{"cpc", "normalized predictions", given("prediction", unitRows)},
	{"cpc", "divided by √u", given("prediction", func(x *golden.Array) *golden.Array {
		return times(1 / math.Sqrt(float64(x.Shape[1])))(x)
	})},
	{"cpc", "targets taken for constant", grad("target", times(0))},
	{"cpc", "positive left out of the denominator", func(c *golden.Case) *golden.Answer {
		a := right(c)
		n, m, u := c.In["prediction"].Shape[0], c.In["target"].Shape[0], c.In["target"].Shape[1]
		for i := range n {
			with, without := 0.0, 0.0
			for j := range m {
				s := 0.0
				for k := range u {
					s += c.In["prediction"].Data[i*u+k] * c.In["target"].Data[j*u+k]
				}
				with += math.Exp(s)
				if j != int(c.In["positive"].Data[i]) {
					without += math.Exp(s)
				}
			}
			a.Out["loss"].Data[0] += math.Log(without/with) / float64(n)
		}
		return a
	}},
	{"moco", "key among the negatives only", func(c *golden.Case) *golden.Answer {
		q := *c
		q.In = maps.Clone(c.In)
		q.In["key"] = reversedRows(c.In["key"])
		return right(&q)
	}},
	{"moco", "a negative forgotten", func(c *golden.Case) *golden.Answer {
		queue := c.In["queue"]
		if queue.Shape[0] < 2 {
			return right(c)
		}
		d := queue.Shape[1]
		return given("queue", func(x *golden.Array) *golden.Array {
			return golden.FromSlice(x.Data[d:], x.Shape[0]-1, d)
		})(c)
	}},
	{"moco", "temperature applied twice", asked("temperature", func(t float64) float64 { return t * t })},

	{"byol", "mean over the width too", func(c *golden.Case) *golden.Answer {
		a := right(c)
		return mix(1/float64(c.In["target"].Shape[1]), a, 0, a)
	}},
	{"byol", "rows not normalized", given("prediction", unitRows)},
	{"byol", "one minus cosine", func(c *golden.Case) *golden.Answer { a := right(c); return mix(0.5, a, 0, a) }},
	{"dino", "stale center", func(c *golden.Case) *golden.Answer {
		a := right(c)
		a.Out["center"] = c.In["center"]
		return a
	}},
	{"dino", "center's momentum exchanged", asked("center_momentum", func(m float64) float64 { return 1 - m })},
	{"dino", "teacher not centered", func(c *golden.Case) *golden.Answer {
		a := right(c)
		b := given("center", times(0))(c)
		return &golden.Answer{Out: arrays{"loss": b.Out["loss"], "center": a.Out["center"]}, Grad: b.Grad}
	}},
	{"dino", "center moved before the loss", func(c *golden.Case) *golden.Answer {
		a := right(c)
		b := given("center", func(*golden.Array) *golden.Array { return a.Out["center"] })(c)
		return &golden.Answer{Out: arrays{"loss": b.Out["loss"], "center": a.Out["center"]}, Grad: b.Grad}
	}},
	{"dino", "temperatures exchanged", func(c *golden.Case) *golden.Answer {
		return asked("student_temperature", c.Attrs["teacher_temperature"], "teacher_temperature", c.Attrs["student_temperature"])(c)
	}},
	{"dino", "sum over the pairs", func(c *golden.Case) *golden.Answer {
		pairs := c.In["teacher"].Shape[0] * (c.In["student"].Shape[0] - 1)
		return grad("student", times(float64(pairs)))(c)
	}},
	{"sinkhorn", "one iteration less", asked("iterations", func(n float64) float64 { return max(n-1, 0) })},
	{"sinkhorn", "not times k", func(c *golden.Case) *golden.Answer {
		return out("q", times(1/float64(c.In["scores"].Shape[0])))(c)
	}},
	{"sinkhorn", "samples before prototypes", otherAxis("scores", "q")},
	{"sinkhorn", "epsilon doubled", asked("epsilon", func(e float64) float64 { return 2 * e })},
	{"swapped_prediction", "not swapped", func(c *golden.Case) *golden.Answer {
		return mix(1, given("scores2", func(*golden.Array) *golden.Array { return c.In["scores1"] })(c), 0, right(c))
	}},
	{"swapped_prediction", "factor ½", func(c *golden.Case) *golden.Answer { a := right(c); return mix(2, a, 0, a) }},
	{"swapped_prediction", "codes by softmax", asked("iterations", 0)},
	{"swapped_prediction", "a missing symmetric term", grad("scores1", times(0))},
	{"alignment", "always squared", asked("alpha", 2)},
	{"alignment", "second view taken for constant", grad("z2", times(0))},
	{"alignment", "sum over the batch", func(c *golden.Case) *golden.Answer {
		a := right(c)
		return mix(float64(c.In["z1"].Shape[0]), a, 0, a)
	}},
	{"uniformity", "a row with itself counted", func(c *golden.Case) *golden.Answer {
		k := float64(c.In["z"].Shape[0])
		return out("loss", each(func(v float64) float64 { return math.Log((1 + (k-1)*math.Exp(v)) / k) }))(c)
	}},
	{"uniformity", "t doubled", asked("t", func(t float64) float64 { return 2 * t })},
	{"uniformity", "each pair's gradient once", grad("z", times(0.5))},
	{"barlow_twins", "lambda on the diagonal", func(c *golden.Case) *golden.Answer {
		a := right(c)
		return mix(c.Attrs["lambda"].(float64), a, 0, a)
	}},
	{"barlow_twins", "no lambda", asked("lambda", 1)},
	{"barlow_twins", "eps doubled", asked("eps", func(e float64) float64 { return 2 * e })},
	{"vicreg", "biased variance", func(c *golden.Case) *golden.Answer {
		// Rows narrowed by √((k−1)/k) have the unbiased variance that is biased here.
		k := float64(c.In["z1"].Shape[0])
		q := *c
		q.In = arrays{"z1": times(math.Sqrt((k - 1) / k))(c.In["z1"]), "z2": times(math.Sqrt((k - 1) / k))(c.In["z2"])}
		return right(&q)
	}},
	{"vicreg", "no covariance", asked("cov", 0)},
	{"vicreg", "factor ½ of the variances", asked("std", func(s float64) float64 { return 2 * s })},
	{"vicreg", "covariance not over d", func(c *golden.Case) *golden.Answer {
		return asked("cov", c.Attrs["cov"].(float64)*float64(c.In["z1"].Shape[1]))(c)
	}},
}

func reversedRows(x *golden.Array) *golden.Array {
	y := golden.NewArray(x.Shape...)
	rows := rowsOf(y)
	for i, row := range rowsOf(x) {
		copy(rows[len(rows)-1-i], row)
	}
	return y
}

// scoresOf returns the scores of a question of local Deep InfoMax: of each image with its
// own places, and with all places of the others.
func scoresOf(c *golden.Case) (own, others []float64) {
	global, local := c.In["global"], c.In["local"]
	k, p, u := local.Shape[0], local.Shape[1], local.Shape[2]
	for n := range k {
		for place := range k * p {
			s := 0.0
			for j := range u {
				s += global.Data[n*u+j] * local.Data[place*u+j]
			}
			if place/p == n {
				own = append(own, s)
			} else {
				others = append(others, s)
			}
		}
	}
	return own, others
}

// oneSided is the gradient of koleo that flows through the first end of each distance
// alone.
func oneSided(c *golden.Case) *golden.Answer {
	a := right(c)
	z, eps := rowsOf(c.In["z"]), c.Attrs["eps"].(float64)
	k := len(z)
	distance := func(i, j int) float64 {
		s := 0.0
		for l, v := range z[i] {
			s += (v - z[j][l]) * (v - z[j][l])
		}
		return math.Sqrt(s)
	}
	g := golden.NewArray(a.Grad["z"].Shape...)
	for i, row := range rowsOf(g) {
		nearest := -1
		for j := range z {
			if j != i && (nearest < 0 || distance(i, j) < distance(i, nearest)) {
				nearest = j
			}
		}
		if d := distance(i, nearest); d > 0 {
			for l := range row {
				row[l] = -c.CT["loss"].Data[0] / float64(k) / (d + eps) / d * (z[i][l] - z[nearest][l])
			}
		}
	}
	a.Grad["z"] = g
	return a
}
