package naive

import "math"

// pair is the inputs of an objective of two views.
const pair = "z1(k,d) z2(k,d)"

// globalLocal is the inputs of an objective of local Deep InfoMax.
const globalLocal = "global(k,u) local(k,p,u)"

var contrastive = map[string]op{
	"info_nce": {in: pair, attrs: []attr{positive("temperature")}, answer: atTemperature("z1", "z2", InfoNCE, InfoNCEGrad)},
	"nt_xent":  {in: pair, attrs: []attr{positive("temperature")}, answer: atTemperature("z1", "z2", NTXent, NTXentGrad)},
	"dcl":      {in: pair, attrs: []attr{positive("temperature")}, check: atLeastTwoRows, answer: atTemperature("z1", "z2", DCL, DCLGrad)},
	"dhel":     {in: pair, attrs: []attr{positive("temperature")}, check: atLeastTwoRows, answer: atTemperature("z1", "z2", DHEL, DHELGrad)},
	"dim_jsd":  {in: globalLocal, check: atLeastTwoRows, answer: ofPlaces(DIMJSD, DIMJSDGrad)},
	"dim_nce":  {in: globalLocal, check: atLeastTwoRows, answer: ofPlaces(DIMNCE, DIMNCEGrad)},
	"dim_dv":   {in: globalLocal, check: atLeastTwoRows, answer: ofPlaces(DIMDV, DIMDVGrad)},
	"amdim": {
		in:    "r1(k,u) r5(k,p,u)",
		attrs: []attr{positive("clip"), nonNegative("weight")},
		check: atLeastTwoRows,
		answer: func(q *question) {
			r1, r5, clip, weight := q.rows("r1"), q.blocks("r5"), q.number["clip"], q.number["weight"]
			q.set("loss", AMDIM(r1, r5, clip, weight))
			if q.wants() {
				g1, g5 := AMDIMGrad(r1, r5, clip, weight, q.ctScalar("loss"))
				q.grad("r1", g1)
				q.grad("r5", g5)
			}
		},
	},
	"cpc": {
		in:    "prediction(n,u) target(m,u) positive(n)!",
		check: checkPlaces,
		answer: func(q *question) {
			prediction, target, positive := q.rows("prediction"), q.rows("target"), q.places()
			q.set("loss", CPC(prediction, target, positive))
			if q.wants() {
				gp, gt := CPCGrad(prediction, target, positive, q.ctScalar("loss"))
				q.grad("prediction", gp)
				q.grad("target", gt)
			}
		},
	},
	"moco": {
		in:    "query(k,d) key(k,d)! queue(m,d)!",
		attrs: []attr{positive("temperature")},
		answer: func(q *question) {
			query, key, queue, temperature := q.rows("query"), q.rows("key"), q.rows("queue"), q.number["temperature"]
			q.set("loss", MoCo(query, key, queue, temperature))
			if q.wants() {
				q.grad("query", MoCoGrad(query, key, queue, temperature, q.ctScalar("loss")))
			}
		},
	},
	"alignment": {in: pair, attrs: []attr{positive("alpha")}, answer: func(q *question) {
		z1, z2, alpha := q.rows("z1"), q.rows("z2"), q.number["alpha"]
		q.set("loss", Alignment(z1, z2, alpha))
		if q.wants() {
			g1, g2 := AlignmentGrad(z1, z2, alpha, q.ctScalar("loss"))
			q.grad("z1", g1)
			q.grad("z2", g2)
		}
	}},
	"uniformity": {in: "z(k,d)", attrs: []attr{positive("t")}, check: atLeastTwoRows, answer: func(q *question) {
		z, t := q.rows("z"), q.number["t"]
		q.set("loss", Uniformity(z, t))
		if q.wants() {
			q.grad("z", UniformityGrad(z, t, q.ctScalar("loss")))
		}
	}},
	"koleo": {in: "z(k,d)", attrs: []attr{nonNegative("eps")}, check: atLeastTwoRows, answer: func(q *question) {
		z, eps := q.rows("z"), q.number["eps"]
		q.set("loss", KoLeo(z, eps))
		if q.wants() {
			q.grad("z", KoLeoGrad(z, eps, q.ctScalar("loss")))
		}
	}},
	"tico": {
		in:    pair + " c(d,d)!",
		attrs: []attr{fraction("momentum"), nonNegative("rho")},
		answer: func(q *question) {
			z1, z2, c, momentum, rho := q.rows("z1"), q.rows("z2"), q.rows("c"), q.number["momentum"], q.number["rho"]
			loss, moved := TiCo(z1, z2, c, momentum, rho)
			q.set("loss", loss)
			q.set("c", moved)
			if q.wants() {
				g1, g2 := TiCoGrad(z1, z2, c, momentum, rho, q.ctScalar("loss"), q.ctRows("c"))
				q.grad("z1", g1)
				q.grad("z2", g2)
			}
		},
	},
	"sigreg": {in: "z(n,d) slices(d,m)!", attrs: []attr{count("knots", 2)}, answer: func(q *question) {
		z, slices, knots := q.rows("z"), q.rows("slices"), q.int("knots")
		q.set("loss", SIGReg(z, slices, knots))
		if q.wants() {
			q.grad("z", SIGRegGrad(z, slices, knots, q.ctScalar("loss")))
		}
	}},
	"mmcr": {in: "z(v,k,d)", answer: func(q *question) {
		z := blocksOf(q.in["z"], q.dims["v"], q.dims["k"])
		q.set("loss", MMCR(z))
		if q.wants() {
			q.grad("z", MMCRGrad(z, q.ctScalar("loss")))
		}
	}},
	"barlow_twins": {
		in:    pair,
		attrs: []attr{anyNumber("lambda"), nonNegative("eps")},
		check: atLeastTwoRows,
		answer: func(q *question) {
			z1, z2, lambda, eps := q.rows("z1"), q.rows("z2"), q.number["lambda"], q.number["eps"]
			q.set("loss", BarlowTwins(z1, z2, lambda, eps))
			if q.wants() {
				g1, g2 := BarlowTwinsGrad(z1, z2, lambda, eps, q.ctScalar("loss"))
				q.grad("z1", g1)
				q.grad("z2", g2)
			}
		},
	},
	"corinfomax": {
		in:    "z1(k,d) z2(k,d) r1(d,d)! r2(d,d)!",
		attrs: []attr{decay("decay"), nonNegative("eps"), anyNumber("weight")},
		check: func(q *question) error {
			for _, view := range []string{"1", "2"} {
				r := RunningCovariance(q.rows("z"+view), q.rows("r"+view), q.number["decay"])
				if v := LogDet(lifted(r, q.number["eps"])); v != v {
					return q.refuse("the running covariance of view %s is not positive definite", view)
				}
			}
			return nil
		},
		answer: func(q *question) {
			z1, z2, decay, eps, weight := q.rows("z1"), q.rows("z2"), q.number["decay"], q.number["eps"], q.number["weight"]
			r1, r2 := RunningCovariance(z1, q.rows("r1"), decay), RunningCovariance(z2, q.rows("r2"), decay)
			q.set("loss", CorInfoMax(z1, z2, r1, r2, eps, weight))
			q.set("r1", r1)
			q.set("r2", r2)
			if q.wants() {
				ct := q.ctScalar("loss")
				q.grad("z1", CorInfoMaxGrad(z1, z2, r1, decay, eps, weight, ct, q.ctRows("r1")))
				q.grad("z2", CorInfoMaxGrad(z2, z1, r2, decay, eps, weight, ct, q.ctRows("r2")))
			}
		},
	},
	"vicreg": {
		in:    pair,
		attrs: []attr{anyNumber("sim"), anyNumber("std"), anyNumber("cov"), nonNegative("eps")},
		check: atLeastTwoRows,
		answer: func(q *question) {
			z1, z2 := q.rows("z1"), q.rows("z2")
			w := VICRegWeights{q.number["sim"], q.number["std"], q.number["cov"], q.number["eps"]}
			q.set("loss", VICReg(z1, z2, w))
			if q.wants() {
				g1, g2 := VICRegGrad(z1, z2, w, q.ctScalar("loss"))
				q.grad("z1", g1)
				q.grad("z2", g2)
			}
		},
	},
}

// atTemperature answers a loss of two inputs of rows at a temperature.
func atTemperature(first, second string, loss func(a, b [][]float64, temperature float64) float64,
	grad func(a, b [][]float64, temperature, ct float64) (ga, gb [][]float64)) func(q *question) {
	return func(q *question) {
		a, b, temperature := q.rows(first), q.rows(second), q.number["temperature"]
		q.set("loss", loss(a, b, temperature))
		if q.wants() {
			ga, gb := grad(a, b, temperature, q.ctScalar("loss"))
			q.grad(first, ga)
			q.grad(second, gb)
		}
	}
}

// ofPlaces answers a loss of global and local features.
func ofPlaces(loss func(global [][]float64, local [][][]float64) float64,
	grad func(global [][]float64, local [][][]float64, ct float64) (gg [][]float64, gl [][][]float64)) func(q *question) {
	return func(q *question) {
		global, local := q.rows("global"), q.blocks("local")
		q.set("loss", loss(global, local))
		if q.wants() {
			gg, gl := grad(global, local, q.ctScalar("loss"))
			q.grad("global", gg)
			q.grad("local", gl)
		}
	}
}

// atLeastTwoRows refuses a batch of one, where pairs of samples are needed.
func atLeastTwoRows(q *question) error {
	if q.dims["k"] < 2 {
		return q.refuse("found k = %d rows, expected at least 2", q.dims["k"])
	}
	return nil
}

// checkPlaces refuses what is no row of the targets.
func checkPlaces(q *question) error {
	for i, v := range q.vector("positive") {
		if !(v >= 0 && v < float64(q.dims["m"]) && v == math.Floor(v)) {
			return q.refuse("input \"positive\" at %d: found %v, expected a whole number from 0 to %d", i, v, q.dims["m"]-1)
		}
	}
	return nil
}

// places returns the rows of the targets that are positives.
func (q *question) places() []int {
	var rows []int
	for _, v := range q.vector("positive") {
		rows = append(rows, int(v))
	}
	return rows
}
