package naive

import "entrec/reference/golden"

var contrastiveCases = []testCase{
	{"plain", "info_nce", attrs{"temperature": 0.5}, pairOf(5, 4), true},
	{"k 2", "info_nce", attrs{"temperature": 0.2}, pairOf(2, 3), true},
	{"k 1", "info_nce", attrs{"temperature": 0.2}, pairOf(1, 3), true},
	{"d 1", "info_nce", attrs{"temperature": 0.3}, pairOf(4, 1), true},
	{"cold", "info_nce", attrs{"temperature": 0.01}, pairOf(6, 8), false},
	{"duplicates", "info_nce", attrs{"temperature": 0.1}, duplicated(pairOf(6, 5)), true},
	{"plain", "nt_xent", attrs{"temperature": 0.5}, pairOf(5, 4), true},
	{"k 2", "nt_xent", attrs{"temperature": 0.2}, pairOf(2, 3), true},
	{"k 1", "nt_xent", attrs{"temperature": 0.2}, pairOf(1, 3), true},
	{"d 1", "nt_xent", attrs{"temperature": 0.3}, pairOf(4, 1), true},
	{"cold", "nt_xent", attrs{"temperature": 0.01}, pairOf(6, 8), false},
	{"duplicates", "nt_xent", attrs{"temperature": 0.1}, duplicated(pairOf(6, 5)), true},
	{"plain", "dcl", attrs{"temperature": 0.5}, pairOf(5, 4), true},
	{"k 2", "dcl", attrs{"temperature": 0.2}, pairOf(2, 3), true},
	{"d 1", "dcl", attrs{"temperature": 0.3}, pairOf(4, 1), true},
	{"cold", "dcl", attrs{"temperature": 0.01}, pairOf(6, 8), false},
	{"duplicates", "dcl", attrs{"temperature": 0.1}, duplicated(pairOf(6, 5)), true},
	{"plain", "corinfomax", attrs{"decay": 0.01, "eps": 1e-3, "weight": 25.0}, running(5, 3), true},
	{"one row", "corinfomax", attrs{"decay": 0.5, "eps": 0.0, "weight": 1.0}, running(1, 4), true},
	{"k < d", "corinfomax", attrs{"decay": 0.2, "eps": 1e-3, "weight": -1.0}, running(3, 5), true},
	{"d 1", "corinfomax", attrs{"decay": 0.0, "eps": 1e-3, "weight": 25.0}, running(3, 1), true},
	{"plain", "dhel", attrs{"temperature": 0.5}, pairOf(5, 4), true},
	{"k 2", "dhel", attrs{"temperature": 0.2}, pairOf(2, 3), true},
	{"d 1", "dhel", attrs{"temperature": 0.3}, pairOf(4, 1), true},
	{"cold", "dhel", attrs{"temperature": 0.01}, pairOf(6, 8), false},
	{"duplicates", "dhel", attrs{"temperature": 0.1}, duplicated(pairOf(6, 5)), true},
	{"plain", "amdim", attrs{"clip": 2., "weight": 0.5}, scales(5, 3, 4), true},
	{"two images", "amdim", attrs{"clip": 20., "weight": 0.05}, scales(2, 1, 3), true},
	{"one unit, no penalty", "amdim", attrs{"clip": 1., "weight": 0.}, scales(4, 3, 1), true},
	{"plain", "cpc", attrs{}, predictions(5, 7, 4), true},
	{"one target", "cpc", attrs{}, predictions(3, 1, 4), true},
	{"one unit", "cpc", attrs{}, predictions(4, 4, 1), true},
	{"plain", "dim_jsd", attrs{}, globalLocals(5, 3, 4), true},
	{"two images", "dim_jsd", attrs{}, globalLocals(2, 1, 3), true},
	{"one unit", "dim_jsd", attrs{}, globalLocals(4, 3, 1), true},
	{"plain", "dim_nce", attrs{}, globalLocals(5, 3, 4), true},
	{"two images", "dim_nce", attrs{}, globalLocals(2, 1, 3), true},
	{"one unit", "dim_nce", attrs{}, globalLocals(4, 3, 1), true},
	{"plain", "dim_dv", attrs{}, globalLocals(5, 3, 4), true},
	{"two images", "dim_dv", attrs{}, globalLocals(2, 1, 3), true},
	{"one unit", "dim_dv", attrs{}, globalLocals(4, 3, 1), true},
	{"plain", "koleo", attrs{"eps": 1e-8}, points(7, 4), true},
	{"k 2", "koleo", attrs{"eps": 0.1}, points(2, 3), true},
	{"d 1", "koleo", attrs{"eps": 1e-3}, points(4, 1), true},
	{"duplicates", "koleo", attrs{"eps": 1e-8}, duplicated(points(6, 3)), false},
	{"plain", "sigreg", attrs{"knots": 17.0}, sliced(6, 4, 5), true},
	{"n 1", "sigreg", attrs{"knots": 2.0}, sliced(1, 3, 2), true},
	{"d 1", "sigreg", attrs{"knots": 9.0}, sliced(4, 1, 3), true},
	{"plain", "mmcr", nil, viewsOf(2, 5, 4), true},
	{"wide", "mmcr", nil, viewsOf(3, 4, 7), true},
	{"k 1", "mmcr", nil, viewsOf(2, 1, 3), true},
	{"equal rows", "mmcr", nil, func(s source) arrays {
		z := s.normal(2, 4, 6)
		for i := range 2 {
			copy(z.Data[24*i+6:24*i+12], z.Data[24*i:24*i+6])
		}
		return arrays{"z": z}
	}, false},
	{"plain", "tico", ticoAttrs, withMoment(5, 4), true},
	{"k 1", "tico", ticoAttrs, withMoment(1, 3), true},
	{"d 1", "tico", ticoAttrs, withMoment(4, 1), true},
	{"duplicates", "tico", attrs{"momentum": 0.0, "rho": 20.0}, duplicated(withMoment(6, 5)), true},
}

func sliced(n, d, m int) func(s source) arrays {
	return func(s source) arrays { return arrays{"z": s.normal(n, d), "slices": s.normal(d, m)} }
}

func viewsOf(v, k, d int) func(s source) arrays {
	return func(s source) arrays { return arrays{"z": s.normal(v, k, d)} }
}

var ticoAttrs = attrs{"momentum": 0.9, "rho": 8.0}

func globalLocals(k, p, u int) func(s source) arrays {
	return func(s source) arrays { return arrays{"global": s.normal(k, u), "local": s.normal(k, p, u)} }
}

func points(k, d int) func(s source) arrays {
	return func(s source) arrays { return arrays{"z": s.normal(k, d)} }
}

// withMoment has a second moment that is not symmetric, so that its sides differ.
func withMoment(k, d int) func(s source) arrays {
	return func(s source) arrays {
		return arrays{"z1": s.normal(k, d), "z2": s.normal(k, d), "c": s.normal(d, d)}
	}
}

func predictions(n, m, u int) func(s source) arrays {
	return func(s source) arrays {
		positive := golden.NewArray(n)
		for i := range positive.Data {
			positive.Data[i] = float64((2*i + 1) % m)
		}
		return arrays{"prediction": s.normal(n, u), "target": s.normal(m, u), "positive": positive}
	}
}

func scales(k, p, u int) func(s source) arrays {
	return func(s source) arrays { return arrays{"r1": s.normal(k, u), "r5": s.normal(k, p, u)} }
}

// running are two views with running covariances.
func running(k, d int) func(s source) arrays {
	return func(s source) arrays {
		return arrays{"z1": s.normal(k, d), "z2": s.normal(k, d), "r1": s.definite(d), "r2": s.definite(d)}
	}
}

// duplicated makes rows 0 and 1 of every input equal, and row 2 of z2 equal to row
// 2 of z1.
func duplicated(in func(s source) arrays) func(s source) arrays {
	return func(s source) arrays {
		all := in(s)
		for _, name := range sortedKeys(all) {
			rows := rowsOf(all[name])
			copy(rows[1], rows[0])
		}
		if all["z2"] != nil {
			copy(rowsOf(all["z2"])[2], rowsOf(all["z1"])[2])
		}
		return all
	}
}

func keysAndQueue(k, m, d int) func(s source) arrays {
	return func(s source) arrays {
		return arrays{"query": s.normal(k, d), "key": s.normal(k, d), "queue": s.normal(m, d)}
	}
}

func vicregAttrs(sim, std, cov, eps float64) attrs {
	return attrs{"sim": sim, "std": std, "cov": cov, "eps": eps}
}

func small(in func(s source) arrays) func(s source) arrays {
	return func(s source) arrays {
		all := in(s)
		for _, name := range sortedKeys(all) {
			for i := range all[name].Data {
				all[name].Data[i] /= 4
			}
		}
		return all
	}
}

// constantColumn makes column 0 of every input constant.
func constantColumn(in func(s source) arrays) func(s source) arrays {
	return func(s source) arrays {
		all := in(s)
		for _, name := range sortedKeys(all) {
			for _, row := range rowsOf(all[name]) {
				row[0] = 0.5
			}
		}
		return all
	}
}

var redundancyCases = []testCase{
	{"plain", "moco", attrs{"temperature": 0.2}, keysAndQueue(4, 7, 5), true},
	{"cold", "moco", attrs{"temperature": 0.01}, keysAndQueue(4, 7, 5), false},
	{"one of each", "moco", attrs{"temperature": 0.2}, keysAndQueue(1, 1, 3), true},
	{"d 1", "moco", attrs{"temperature": 0.5}, keysAndQueue(3, 4, 1), true},
	{"zero query", "moco", attrs{"temperature": 0.5}, func(s source) arrays {
		return arrays{"query": array([]int{2, 2}, 0, 0, 1, 2), "key": s.normal(2, 2), "queue": s.normal(3, 2)}
	}, false},

	{"alpha 2", "alignment", attrs{"alpha": 2.0}, spherePair(5, 4), true},
	{"alpha 1", "alignment", attrs{"alpha": 1.0}, spherePair(5, 4), true},
	{"alpha 3", "alignment", attrs{"alpha": 3.0}, spherePair(5, 4), true},
	{"equal rows, alpha 2", "alignment", attrs{"alpha": 2.0}, duplicated(spherePair(5, 4)), true},
	{"equal rows, alpha 1", "alignment", attrs{"alpha": 1.0}, duplicated(spherePair(5, 4)), false},
	{"plain", "uniformity", attrs{"t": 2.0}, sphere(6, 4), true},
	{"k 2", "uniformity", attrs{"t": 2.0}, sphere(2, 4), true},
	{"d 1", "uniformity", attrs{"t": 2.0}, sphere(5, 1), false},
	{"duplicates", "uniformity", attrs{"t": 3.0}, duplicated(sphere(6, 4)), false},
	{"sharp", "uniformity", attrs{"t": 150.0}, sphere(6, 4), false},

	{"plain", "barlow_twins", attrs{"lambda": 0.0051, "eps": 1e-5}, pairOf(6, 4), true},
	{"k 2", "barlow_twins", attrs{"lambda": 0.5, "eps": 1e-3}, pairOf(2, 3), true},
	{"d 1", "barlow_twins", attrs{"lambda": 0.5, "eps": 1e-5}, pairOf(6, 1), true},
	{"constant column", "barlow_twins", attrs{"lambda": 0.5, "eps": 1e-5}, constantColumn(pairOf(5, 3)), false},
	{"plain", "vicreg", vicregAttrs(25, 25, 1, 1e-4), small(pairOf(6, 4)), true},
	{"no hinge", "vicreg", vicregAttrs(1, 2, 3, 1e-4), func(s source) arrays {
		return arrays{"z1": s.uniform(-9, 9, 9, 3), "z2": s.uniform(-9, 9, 9, 3)}
	}, true},
	{"k 2", "vicreg", vicregAttrs(25, 25, 1, 1e-4), small(pairOf(2, 3)), false},
	{"d 1", "vicreg", vicregAttrs(25, 25, 1, 1e-4), small(pairOf(4, 1)), true},
	{"constant column", "vicreg", vicregAttrs(25, 25, 1, 1e-4), constantColumn(small(pairOf(5, 3))), false},
	{"hinge at 1", "vicreg", vicregAttrs(0.5, 25, 1, 0), func(s source) arrays {
		return arrays{"z1": array([]int{3, 1}, -1, 0, 1), "z2": array([]int{3, 1}, 3, 4, 5)}
	}, false},
}
