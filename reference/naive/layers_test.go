package naive

import "entrec/reference/golden"

// attrs is shorthand for a case's attributes.
type attrs = golden.Attrs

func pairOf(k, d int) func(s source) arrays {
	return func(s source) arrays { return arrays{"z1": s.normal(k, d), "z2": s.normal(k, d)} }
}

func x(shape ...int) func(s source) arrays {
	return func(s source) arrays { return arrays{"x": s.normal(shape...)} }
}

func distinct(shape ...int) func(s source) arrays {
	return func(s source) arrays { return arrays{"x": s.distinct(shape...)} }
}

var layerCases = []testCase{
	{"3x4x5", "matmul", nil, func(s source) arrays { return arrays{"a": s.normal(3, 4), "b": s.normal(4, 5)} }, true},
	{"1x1x1", "matmul", nil, func(s source) arrays { return arrays{"a": s.normal(1, 1), "b": s.normal(1, 1)} }, true},
	{"1x1", "logdet", nil, func(s source) arrays { return arrays{"x": s.definite(1)} }, true},
	{"2x2", "logdet", nil, func(s source) arrays { return arrays{"x": s.definite(2)} }, true},
	{"17x17", "logdet", nil, func(s source) arrays { return arrays{"x": s.definite(17)} }, true},
	{"nearly singular", "logdet", nil, func(source) arrays { return arrays{"x": array([]int{2, 2}, 338, 239, 239, 169)} }, false},
	{"not symmetric", "logdet", nil, func(source) arrays { return arrays{"x": array([]int{2, 2}, 2, 1, -0.5, 2)} }, true},
	{"7x33x2", "matmul", nil, func(s source) arrays { return arrays{"a": s.normal(7, 33), "b": s.normal(33, 2)} }, true},

	{"bias", "linear", nil, func(s source) arrays {
		return arrays{"x": s.normal(3, 4), "weight": s.normal(5, 4), "bias": s.normal(5)}
	}, true},
	{"no bias", "linear", nil, func(s source) arrays { return arrays{"x": s.normal(6, 2), "weight": s.normal(3, 2)} }, true},

	{"3x3", "conv2d", attrs{"stride": 1.0, "padding": 1.0}, func(s source) arrays {
		return arrays{"x": s.normal(2, 3, 5, 4), "weight": s.normal(4, 3, 3, 3), "bias": s.normal(4)}
	}, true},
	{"stride 2", "conv2d", attrs{"stride": 2.0, "padding": 1.0}, func(s source) arrays {
		return arrays{"x": s.normal(2, 2, 6, 7), "weight": s.normal(3, 2, 3, 3)}
	}, true},
	{"stride above kernel", "conv2d", attrs{"stride": 3.0, "padding": 0.0}, func(s source) arrays {
		return arrays{"x": s.normal(1, 2, 7, 8), "weight": s.normal(2, 2, 2, 1), "bias": s.normal(2)}
	}, true},
	{"padding above kernel", "conv2d", attrs{"stride": 2.0, "padding": 3.0}, func(s source) arrays {
		return arrays{"x": s.normal(1, 1, 2, 3), "weight": s.normal(2, 1, 2, 3), "bias": s.normal(2)}
	}, true},
	{"1x1", "conv2d", attrs{"stride": 2.0, "padding": 0.0}, func(s source) arrays {
		return arrays{"x": s.normal(2, 3, 4, 4), "weight": s.normal(2, 3, 1, 1)}
	}, true},

	{"2d", "batch_norm", attrs{"eps": 1e-5}, func(s source) arrays {
		return arrays{"x": s.normal(5, 3), "weight": s.normal(3), "bias": s.normal(3)}
	}, true},
	{"4d", "batch_norm", attrs{"eps": 1e-3}, func(s source) arrays {
		return arrays{"x": s.normal(2, 3, 2, 3), "weight": s.normal(3), "bias": s.normal(3)}
	}, true},
	{"plain", "batch_norm", attrs{"eps": 1e-5}, x(4, 2), true},
	{"two rows", "batch_norm", attrs{"eps": 1e-5}, x(2, 3), true},
	{"constant column", "batch_norm", attrs{"eps": 1e-5}, func(s source) arrays {
		return arrays{"x": array([]int{3, 2}, 0.1, 1, 0.1, 2, 0.1, -1), "weight": s.normal(2), "bias": s.normal(2)}
	}, false},
	{"far from 0", "batch_norm", attrs{"eps": 1e-5}, func(s source) arrays {
		return arrays{"x": s.uniform(1000, 1001, 6, 2), "weight": s.normal(2), "bias": s.normal(2)}
	}, false},

	{"affine", "layer_norm", attrs{"eps": 1e-5}, func(s source) arrays {
		return arrays{"x": s.normal(3, 6), "weight": s.normal(6), "bias": s.normal(6)}
	}, true},
	{"plain", "layer_norm", attrs{"eps": 1e-6}, x(2, 4), true},
	{"d 1", "layer_norm", attrs{"eps": 1e-5}, func(s source) arrays {
		return arrays{"x": s.normal(3, 1), "weight": s.normal(1), "bias": s.normal(1)}
	}, true},
	{"constant row", "layer_norm", attrs{"eps": 1e-5}, func(s source) arrays {
		return arrays{"x": array([]int{2, 3}, 0.7, 0.7, 0.7, 1, 2, 4), "weight": s.normal(3)}
	}, false},

	{"signs", "relu", nil, x(3, 4), true},
	{"at 0", "relu", nil, func(s source) arrays { return arrays{"x": array([]int{5}, -1, 0, 2, 0, 1e-30)} }, false},
	{"scalar", "relu", nil, func(s source) arrays { return arrays{"x": array([]int{}, 2)} }, true},
	{"none", "gelu", attrs{"approximate": "none"}, x(3, 2, 4), true},
	{"tanh", "gelu", attrs{"approximate": "tanh"}, x(3, 2, 4), true},
	{"none wide", "gelu", attrs{"approximate": "none"}, func(s source) arrays { return arrays{"x": s.uniform(-9, 9, 40)} }, true},
	{"tanh wide", "gelu", attrs{"approximate": "tanh"}, func(s source) arrays { return arrays{"x": s.uniform(-9, 9, 40)} }, true},

	{"rows", "softmax", nil, x(3, 5), true},
	{"one class", "softmax", nil, x(4, 1), true},
	{"overflow", "softmax", nil, func(s source) arrays { return arrays{"x": s.uniform(-2000, 2000, 3, 6)} }, false},
	{"equal", "softmax", nil, func(s source) arrays { return arrays{"x": array([]int{1, 3}, 800, 800, 800)} }, true},
	{"rows", "log_softmax", nil, x(3, 5), true},
	{"one class", "log_softmax", nil, x(4, 1), true},
	{"overflow", "log_softmax", nil, func(s source) arrays { return arrays{"x": s.uniform(-2000, 2000, 3, 6)} }, false},
	{"rows", "logsumexp", nil, x(3, 5), true},
	{"one class", "logsumexp", nil, x(4, 1), true},
	{"overflow", "logsumexp", nil, func(s source) arrays { return arrays{"x": s.uniform(-2000, 2000, 3, 6)} }, false},

	{"rows", "normalize", attrs{"eps": 1e-12}, x(3, 5), true},
	{"d 1", "normalize", attrs{"eps": 1e-12}, x(3, 1), true},
	{"below eps", "normalize", attrs{"eps": 2.0}, func(s source) arrays {
		return arrays{"x": array([]int{2, 2}, 0.1, 0.2, 3, 4)}
	}, true},
	{"at eps", "normalize", attrs{"eps": 5.0}, func(s source) arrays { return arrays{"x": array([]int{1, 2}, 3, 4)} }, false},
	{"zero row", "normalize", attrs{"eps": 1e-3}, func(s source) arrays { return arrays{"x": array([]int{2, 2}, 0, 0, 3, 4)} }, false},

	{"2", "max_pool2d", attrs{"kernel": 2.0, "stride": 2.0, "padding": 0.0}, distinct(2, 2, 4, 5), true},
	{"3 padded", "max_pool2d", attrs{"kernel": 3.0, "stride": 2.0, "padding": 1.0}, distinct(1, 3, 5, 6), true},
	{"overlapping", "max_pool2d", attrs{"kernel": 3.0, "stride": 1.0, "padding": 0.0}, distinct(2, 1, 4, 4), true},
	{"stride above kernel", "max_pool2d", attrs{"kernel": 2.0, "stride": 3.0, "padding": 0.0}, distinct(1, 2, 7, 5), true},
	{"ties", "max_pool2d", attrs{"kernel": 3.0, "stride": 2.0, "padding": 1.0}, func(s source) arrays {
		return arrays{"x": s.filled(func() float64 { return float64(s.IntN(3)) - 2 }, 2, 2, 6, 6)}
	}, false},
	{"2", "avg_pool2d", attrs{"kernel": 2.0, "stride": 2.0, "padding": 0.0}, x(2, 2, 4, 5), true},
	{"3 padded", "avg_pool2d", attrs{"kernel": 3.0, "stride": 2.0, "padding": 1.0}, x(1, 3, 5, 6), true},
	{"stride above kernel", "avg_pool2d", attrs{"kernel": 2.0, "stride": 3.0, "padding": 1.0}, x(1, 2, 7, 5), true},
	{"5x3", "global_avg_pool2d", nil, x(2, 3, 5, 3), true},
	{"1x1", "global_avg_pool2d", nil, x(2, 3, 1, 1), true},

	{"2 heads", "attention", nil, func(s source) arrays {
		return arrays{"q": s.normal(2, 2, 3, 4), "k": s.normal(2, 2, 3, 4), "v": s.normal(2, 2, 3, 4)}
	}, true},
	{"one token", "attention", nil, func(s source) arrays {
		return arrays{"q": s.normal(1, 2, 1, 3), "k": s.normal(1, 2, 1, 3), "v": s.normal(1, 2, 1, 3)}
	}, true},
	{"d 1", "attention", nil, func(s source) arrays {
		return arrays{"q": s.normal(1, 1, 5, 1), "k": s.normal(1, 1, 5, 1), "v": s.normal(1, 1, 5, 1)}
	}, true},
	{"large scores", "attention", nil, func(s source) arrays {
		return arrays{"q": s.uniform(-90, 90, 1, 1, 4, 3), "k": s.uniform(-90, 90, 1, 1, 4, 3), "v": s.normal(1, 1, 4, 3)}
	}, false},
}
