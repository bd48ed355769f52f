package naive

import "entrec/reference/golden"

func sphere(k, d int) func(s source) arrays {
	return func(s source) arrays { return arrays{"z": s.unit(k, d)} }
}

func spherePair(k, d int) func(s source) arrays {
	return func(s source) arrays { return arrays{"z1": s.unit(k, d), "z2": s.unit(k, d)} }
}

func assignments(k, c int) func(s source) arrays {
	return func(s source) arrays { return arrays{"p": s.probabilities(k, c)} }
}

func assignmentPair(k, c int) func(s source) arrays {
	return func(s source) arrays { return arrays{"p1": s.probabilities(k, c), "p2": s.probabilities(k, c)} }
}

func logitPair(k, c int) func(s source) arrays {
	return func(s source) arrays { return arrays{"logits1": s.normal(k, c), "logits2": s.normal(k, c)} }
}

func oneHots(classes int, at ...int) *golden.Array {
	a := golden.NewArray(len(at), classes)
	for i, c := range at {
		rowsOf(a)[i][c] = 1
	}
	return a
}

func density(kappa float64, reduction, normalizer string) attrs {
	return attrs{"kappa": kappa, "reduction": reduction, "normalizer": normalizer}
}

func leaveOneOut(a attrs) attrs {
	a["self"] = "exclude"
	return a
}

var entropyCases = []testCase{
	{"average", "er_entropy_sphere", density(10, "average", "exact"), sphere(6, 4), true},
	{"expectation", "er_entropy_sphere", density(5, "expectation", "exact"), sphere(6, 4), true},
	{"official", "er_entropy_sphere", density(10, "average", "official"), sphere(5, 128), true},
	{"official expectation", "er_entropy_sphere", density(10, "expectation", "official"), sphere(5, 64), true},
	{"include", "er_entropy_sphere", attrs{"kappa": 2.0, "reduction": "average", "normalizer": "exact", "self": "include"}, sphere(4, 3), true},
	{"exclude", "er_entropy_sphere", leaveOneOut(density(10, "average", "exact")), sphere(6, 5), true},
	{"exclude expectation", "er_entropy_sphere", leaveOneOut(density(3, "expectation", "exact")), sphere(6, 5), true},
	{"exclude k 2", "er_entropy_sphere", leaveOneOut(density(3, "expectation", "exact")), sphere(2, 3), true},
	{"d 2", "er_entropy_sphere", density(7, "expectation", "exact"), sphere(7, 2), true},
	{"k 1", "er_entropy_sphere", density(7, "expectation", "exact"), sphere(1, 4), true},
	{"flat", "er_entropy_sphere", density(1e-3, "expectation", "exact"), sphere(5, 8), true},
	{"peaked", "er_entropy_sphere", density(1e5, "average", "exact"), sphere(5, 8), false},
	{"peaked expectation", "er_entropy_sphere", leaveOneOut(density(1e5, "expectation", "exact")), sphere(5, 8), false},
	{"duplicates", "er_entropy_sphere", leaveOneOut(density(20, "expectation", "exact")), duplicated(sphere(5, 8)), true},
	{"plain", "er_reconstruction_sphere", attrs{"kappa": 10.0, "normalizer": "exact"}, spherePair(5, 6), true},
	{"official", "er_reconstruction_sphere", attrs{"kappa": 10.0, "normalizer": "official"}, spherePair(3, 256), true},
	{"peaked", "er_reconstruction_sphere", attrs{"kappa": 1e5, "normalizer": "exact"}, spherePair(3, 2), true},
	{"equal views", "er_reconstruction_sphere", attrs{"kappa": 3.0, "normalizer": "exact"}, duplicated(spherePair(3, 4)), true},

	{"expectation", "er_entropy_discrete", attrs{"reduction": "expectation", "eps": 1e-7}, assignments(5, 4), true},
	{"average", "er_entropy_discrete", attrs{"reduction": "average", "eps": 1e-7}, assignments(5, 4), true},
	{"one class", "er_entropy_discrete", attrs{"reduction": "expectation", "eps": 1e-3}, assignments(3, 1), true},
	{"one-hot", "er_entropy_discrete", attrs{"reduction": "expectation", "eps": 1e-7}, func(s source) arrays {
		return arrays{"p": oneHots(4, 0, 2, 2)}
	}, false},
	{"one-hot average", "er_entropy_discrete", attrs{"reduction": "average", "eps": 1e-7}, func(s source) arrays {
		return arrays{"p": oneHots(4, 0, 2, 2)}
	}, false},
	{"plain", "er_discrete", attrs{"temperature": 0.5}, logitPair(5, 4), true},
	{"one row", "er_discrete", attrs{"temperature": 1.0}, logitPair(1, 4), true},
	{"one class", "er_discrete", attrs{"temperature": 1.0}, logitPair(3, 1), true},
	{"cold", "er_discrete", attrs{"temperature": 0.05}, logitPair(6, 5), false},
	{"plain", "er_reconstruction_discrete", attrs{"eps": 1e-7}, assignmentPair(4, 5), true},
	{"one class", "er_reconstruction_discrete", attrs{"eps": 1e-3}, assignmentPair(4, 1), true},
	{"one-hot", "er_reconstruction_discrete", attrs{"eps": 1e-7}, func(s source) arrays {
		return arrays{"p1": oneHots(3, 0, 1, 2), "p2": oneHots(3, 0, 2, 1)}
	}, false},

	{"d 2", "vmf_log_normalizer", attrs{"d": 2.0}, kappas, false},
	{"d 3", "vmf_log_normalizer", attrs{"d": 3.0}, kappas, false},
	{"d 128", "vmf_log_normalizer", attrs{"d": 128.0}, kappas, false},
	{"d 2048", "vmf_log_normalizer", attrs{"d": 2048.0}, kappas, false},
	{"moderate", "vmf_log_normalizer", attrs{"d": 16.0}, func(s source) arrays { return arrays{"kappa": s.uniform(0.5, 30, 6)} }, true},
}

// kappas spans eight powers of ten.
func kappas(s source) arrays {
	a := array([]int{7}, 1e-3, 0.1, 1, 10, 100, 1e4, 1e5)
	for i, v := range a.Data {
		a.Data[i] = float64(float32(v))
	}
	return arrays{"kappa": a}
}
