package naive

func scoresOf(k, c int) func(s source) arrays {
	return func(s source) arrays { return arrays{"scores": s.uniform(-1, 1, k, c)} }
}

func scorePair(k, c int) func(s source) arrays {
	return func(s source) arrays {
		return arrays{"scores1": s.uniform(-1, 1, k, c), "scores2": s.uniform(-1, 1, k, c)}
	}
}

func regression(k, d int) func(s source) arrays {
	return func(s source) arrays { return arrays{"prediction": s.normal(k, d), "target": s.normal(k, d)} }
}

func views(s, t, k, c int) func(s source) arrays {
	return func(r source) arrays {
		return arrays{"student": r.normal(s, k, c), "teacher": r.normal(t, k, c), "center": r.normal(c)}
	}
}

func sharpening(student, teacher, momentum float64) attrs {
	return attrs{"student_temperature": student, "teacher_temperature": teacher, "center_momentum": momentum}
}

func sinkhornAttrs(epsilon, iterations float64) attrs {
	return attrs{"epsilon": epsilon, "iterations": iterations}
}

func swapAttrs(temperature, epsilon, iterations float64) attrs {
	return attrs{"temperature": temperature, "epsilon": epsilon, "iterations": iterations}
}

var distillationCases = []testCase{
	{"plain", "byol", nil, regression(5, 4), true},
	{"k 1", "byol", nil, regression(1, 3), true},
	{"d 1", "byol", nil, regression(4, 1), false},
	{"equal", "byol", nil, func(s source) arrays {
		p := s.normal(3, 4)
		return arrays{"prediction": p, "target": array([]int{3, 4}, p.Data...)}
	}, false},
	{"zero row", "byol", nil, func(s source) arrays {
		return arrays{"prediction": array([]int{2, 2}, 0, 0, 1, 2), "target": s.normal(2, 2)}
	}, false},

	{"two crops", "dino", sharpening(0.1, 0.04, 0.9), views(2, 2, 3, 5), false},
	{"warm", "dino", sharpening(0.5, 0.3, 0.9), views(2, 2, 3, 5), true},
	{"multi-crop", "dino", sharpening(0.5, 0.3, 0.5), views(5, 2, 3, 4), true},
	{"more teachers", "dino", sharpening(0.5, 0.3, 0), views(1, 3, 2, 4), true},
	{"one class", "dino", sharpening(0.5, 0.3, 1), views(3, 2, 2, 1), true},
	{"cold", "dino", sharpening(0.01, 0.01, 0.99), views(3, 2, 2, 6), false},

	{"three iterations", "sinkhorn", sinkhornAttrs(0.5, 3), scoresOf(5, 4), true},
	{"none", "sinkhorn", sinkhornAttrs(0.5, 0), scoresOf(5, 4), true},
	{"one", "sinkhorn", sinkhornAttrs(0.3, 1), scoresOf(3, 6), true},
	{"swav", "sinkhorn", sinkhornAttrs(0.05, 3), scoresOf(6, 5), false},
	{"one prototype", "sinkhorn", sinkhornAttrs(0.5, 3), scoresOf(4, 1), true},
	{"one sample", "sinkhorn", sinkhornAttrs(0.5, 3), scoresOf(1, 4), true},
	{"overflow", "sinkhorn", sinkhornAttrs(0.05, 3), func(s source) arrays { return arrays{"scores": s.uniform(-60, 60, 6, 5)} }, false},
	{"duplicates", "sinkhorn", sinkhornAttrs(0.5, 3), duplicated(scoresOf(5, 4)), true},

	{"swav", "swapped_prediction", swapAttrs(0.1, 0.05, 3), scorePair(5, 4), false},
	{"one class", "swapped_prediction", swapAttrs(0.1, 0.05, 3), scorePair(5, 1), false},
	{"k 1", "swapped_prediction", swapAttrs(0.5, 0.5, 2), scorePair(1, 3), false},
	{"no iterations", "swapped_prediction", swapAttrs(0.5, 0.5, 0), scorePair(3, 3), false},
	{"overflow", "swapped_prediction", swapAttrs(0.01, 0.05, 3), func(s source) arrays {
		return arrays{"scores1": s.uniform(-60, 60, 6, 5), "scores2": s.uniform(-60, 60, 6, 5)}
	}, false},
}
