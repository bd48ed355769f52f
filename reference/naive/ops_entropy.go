package naive

var (
	normalizers = choice("normalizer", "exact", "official")
	reductions  = choice("reduction", "average", "expectation")
)

var entropies = map[string]op{
	"er_entropy_sphere": {
		in:    "z(k,d)",
		attrs: []attr{positive("kappa"), reductions, normalizers, choice("self", "include?", "exclude")},
		check: func(q *question) error {
			if SelfTerm(q.choice["self"]) == ExcludeSelf && q.dims["k"] < 2 {
				return q.refuse("self = exclude: found k = %d rows, expected at least 2", q.dims["k"])
			}
			return onSphere(q)
		},
		answer: func(q *question) {
			z, kappa, self := q.rows("z"), q.number["kappa"], SelfTerm(q.choice["self"])
			entropy, entropyGrad := EntropyAverage, EntropyAverageGrad
			if q.choice["reduction"] == "expectation" {
				entropy, entropyGrad = EntropyExpectation, EntropyExpectationGrad
			}
			logp := LogDensities(z, kappa, logNormalizer(q.choice["normalizer"], q.dims["d"], kappa), self)
			q.set("entropy", entropy(logp))
			if q.wants() {
				q.grad("z", LogDensitiesGrad(z, kappa, self, entropyGrad(logp, q.ctScalar("entropy"))))
			}
		},
	},
	"er_reconstruction_sphere": {
		in:    pair,
		attrs: []attr{positive("kappa"), normalizers},
		check: onSphere,
		answer: func(q *question) {
			z1, z2, kappa := q.rows("z1"), q.rows("z2"), q.number["kappa"]
			logC := logNormalizer(q.choice["normalizer"], q.dims["d"], kappa)
			q.set("reconstruction", ReconstructionSphere(z1, z2, kappa, logC))
			if q.wants() {
				g1, g2 := ReconstructionSphereGrad(z1, z2, kappa, q.ctScalar("reconstruction"))
				q.grad("z1", g1)
				q.grad("z2", g2)
			}
		},
	},
	"er_entropy_discrete": {
		in:    "p(k,c)",
		attrs: []attr{reductions, nonNegative("eps")},
		answer: func(q *question) {
			p, eps := q.rows("p"), q.number["eps"]
			entropy, entropyGrad := EntropyDiscreteAverage, EntropyDiscreteAverageGrad
			if q.choice["reduction"] == "expectation" {
				entropy, entropyGrad = EntropyDiscrete, EntropyDiscreteGrad
			}
			mean := MeanRow(p)
			q.set("entropy", entropy(mean, eps))
			if q.wants() {
				q.grad("p", MeanRowGrad(len(p), entropyGrad(mean, eps, q.ctScalar("entropy"))))
			}
		},
	},
	"er_discrete": {
		in:     "logits1(k,c) logits2(k,c)",
		attrs:  []attr{positive("temperature")},
		answer: atTemperature("logits1", "logits2", ERDiscrete, ERDiscreteGrad),
	},
	"er_reconstruction_discrete": {
		in:    "p1(k,c) p2(k,c)",
		attrs: []attr{nonNegative("eps")},
		answer: func(q *question) {
			p1, p2, eps := q.rows("p1"), q.rows("p2"), q.number["eps"]
			q.set("reconstruction", ReconstructionDiscrete(p1, p2, eps))
			if q.wants() {
				g1, g2 := ReconstructionDiscreteGrad(p1, p2, eps, q.ctScalar("reconstruction"))
				q.grad("p1", g1)
				q.grad("p2", g2)
			}
		},
	},
	"vmf_log_normalizer": {in: "kappa(n)", attrs: []attr{count("d", 2)}, check: positiveKappa, answer: func(q *question) {
		kappa, d := q.vector("kappa"), q.int("d")
		q.set("log_c", VMFLogNormalizer(kappa, d))
		if q.wants() {
			q.grad("kappa", VMFLogNormalizerGrad(kappa, d, q.ctVector("log_c")))
		}
	}},
}

// onSphere refuses d = 1, where there is no density.
func onSphere(q *question) error {
	if q.dims["d"] < 2 {
		return q.refuse("found rows of d = %d, expected at least 2", q.dims["d"])
	}
	return nil
}

func positiveKappa(q *question) error {
	for i, k := range q.vector("kappa") {
		if !(k > 0) {
			return q.refuse("input \"kappa\": found %v at %d, expected numbers above 0", k, i)
		}
	}
	return nil
}
