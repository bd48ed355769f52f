package naive

// pair is the inputs of an objective of two views.
const pair = "z1(k,d) z2(k,d)"

// globalLocal is the inputs of an objective of local Deep InfoMax.
const globalLocal = "global(k,u) local(k,p,u)"

var contrastive = map[string]op{
	"info_nce": {in: pair, attrs: []attr{positive("temperature")}, answer: func(q *question) {
		z1, z2, temperature := q.rows("z1"), q.rows("z2"), q.number["temperature"]
		q.set("loss", InfoNCE(z1, z2, temperature))
		if q.wants() {
			g1, g2 := InfoNCEGrad(z1, z2, temperature, q.ctScalar("loss"))
			q.grad("z1", g1)
			q.grad("z2", g2)
		}
	}},
	"nt_xent": {in: pair, attrs: []attr{positive("temperature")}, answer: func(q *question) {
		z1, z2, temperature := q.rows("z1"), q.rows("z2"), q.number["temperature"]
		q.set("loss", NTXent(z1, z2, temperature))
		if q.wants() {
			g1, g2 := NTXentGrad(z1, z2, temperature, q.ctScalar("loss"))
			q.grad("z1", g1)
			q.grad("z2", g2)
		}
	}},
	"dcl": {in: pair, attrs: []attr{positive("temperature")}, check: atLeastTwoRows, answer: func(q *question) {
		z1, z2, temperature := q.rows("z1"), q.rows("z2"), q.number["temperature"]
		q.set("loss", DCL(z1, z2, temperature))
		if q.wants() {
			g1, g2 := DCLGrad(z1, z2, temperature, q.ctScalar("loss"))
			q.grad("z1", g1)
			q.grad("z2", g2)
		}
	}},
	"dhel": {in: pair, attrs: []attr{positive("temperature")}, check: atLeastTwoRows, answer: func(q *question) {
		z1, z2, temperature := q.rows("z1"), q.rows("z2"), q.number["temperature"]
		q.set("loss", DHEL(z1, z2, temperature))
		if q.wants() {
			g1, g2 := DHELGrad(z1, z2, temperature, q.ctScalar("loss"))
			q.grad("z1", g1)
			q.grad("z2", g2)
		}
	}},
	"dim_jsd": {in: globalLocal, check: atLeastTwoRows, answer: func(q *question) {
		global, local := q.rows("global"), q.blocks("local")
		q.set("loss", DIMJSD(global, local))
		if q.wants() {
			gg, gl := DIMJSDGrad(global, local, q.ctScalar("loss"))
			q.grad("global", gg)
			q.grad("local", gl)
		}
	}},
	"dim_nce": {in: globalLocal, check: atLeastTwoRows, answer: func(q *question) {
		global, local := q.rows("global"), q.blocks("local")
		q.set("loss", DIMNCE(global, local))
		if q.wants() {
			gg, gl := DIMNCEGrad(global, local, q.ctScalar("loss"))
			q.grad("global", gg)
			q.grad("local", gl)
		}
	}},
	"dim_dv": {in: globalLocal, check: atLeastTwoRows, answer: func(q *question) {
		global, local := q.rows("global"), q.blocks("local")
		q.set("loss", DIMDV(global, local))
		if q.wants() {
			gg, gl := DIMDVGrad(global, local, q.ctScalar("loss"))
			q.grad("global", gg)
			q.grad("local", gl)
		}
	}},
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

// atLeastTwoRows refuses a batch of one, where pairs of samples are needed.
func atLeastTwoRows(q *question) error {
	if q.dims["k"] < 2 {
		return q.refuse("found k = %d rows, expected at least 2", q.dims["k"])
	}
	return nil
}
