package engine

import (
	"maps"
	"math"
	"math/rand/v2"

	"entrec/reference/golden"
)

// specimens returns a well-formed question of each operation.
func specimens() map[string]*golden.Case {
	rng := rand.New(rand.NewPCG(7, 11))
	normal := func(shape ...int) *golden.Array {
		a := golden.NewArray(shape...)
		for i := range a.Data {
			a.Data[i] = float64(float32(rng.NormFloat64()))
		}
		return a
	}
	uniform := func(shape ...int) *golden.Array {
		a := golden.NewArray(shape...)
		for i := range a.Data {
			a.Data[i] = float64(float32(rng.Float64()))
		}
		return a
	}
	rows := func(a *golden.Array, norm func(row []float64) float64) *golden.Array {
		d := a.Shape[len(a.Shape)-1]
		for r := 0; r < len(a.Data); r += d {
			n := norm(a.Data[r : r+d])
			for i := range d {
				a.Data[r+i] = float64(float32(a.Data[r+i] / n))
			}
		}
		return a
	}
	unit := func(shape ...int) *golden.Array {
		return rows(normal(shape...), func(row []float64) float64 {
			s := 0.0
			for _, v := range row {
				s += v * v
			}
			return math.Sqrt(s)
		})
	}
	image := func() *golden.Array { return uniform(2, 3, 6, 5) }
	type in = map[string]*golden.Array
	type attrs = golden.Attrs
	all := map[string]*golden.Case{}
	add := func(op string, inputs in, a attrs, outs in, wrt ...any) {
		a = maps.Clone(a)
		if len(wrt) > 0 {
			a["wrt"] = wrt
		}
		all[op] = &golden.Case{Name: op, Op: op, Attrs: a, In: inputs, CT: outs}
	}
	add("matmul", in{"a": normal(3, 4), "b": normal(4, 2)}, attrs{}, in{"c": normal(3, 2)}, "a", "b")
	add("logdet", in{"x": golden.FromSlice([]float64{2, -0.5, -0.5, 1}, 2, 2)}, attrs{}, in{"y": golden.Scalar(-1.5)}, "x")
	add("linear", in{"x": normal(3, 4), "weight": normal(2, 4), "bias": normal(2)}, attrs{}, in{"y": normal(3, 2)}, "x", "weight", "bias")
	add("conv2d", in{"x": normal(2, 3, 5, 4), "weight": normal(2, 3, 3, 2), "bias": normal(2)}, attrs{"stride": 2., "padding": 1.}, in{"y": normal(2, 2, 3, 3)}, "x", "weight", "bias")
	add("batch_norm", in{"x": normal(4, 3), "weight": normal(3), "bias": normal(3)}, attrs{"eps": 1e-5}, in{"y": normal(4, 3)}, "x", "weight", "bias")
	add("layer_norm", in{"x": normal(4, 3), "weight": normal(3), "bias": normal(3)}, attrs{"eps": 1e-5}, in{"y": normal(4, 3)}, "x", "weight", "bias")
	add("relu", in{"x": normal(4, 3)}, attrs{}, in{"y": normal(4, 3)}, "x")
	add("gelu", in{"x": normal(4, 3)}, attrs{"approximate": "tanh"}, in{"y": normal(4, 3)}, "x")
	add("softmax", in{"x": normal(4, 3)}, attrs{}, in{"y": normal(4, 3)}, "x")
	add("log_softmax", in{"x": normal(4, 3)}, attrs{}, in{"y": normal(4, 3)}, "x")
	add("logsumexp", in{"x": normal(4, 3)}, attrs{}, in{"y": normal(4)}, "x")
	add("normalize", in{"x": normal(4, 3)}, attrs{"eps": 1e-12}, in{"y": normal(4, 3)}, "x")
	add("max_pool2d", in{"x": normal(2, 3, 5, 4)}, attrs{"kernel": 3., "stride": 2., "padding": 1.}, in{"y": normal(2, 3, 3, 2)}, "x")
	add("avg_pool2d", in{"x": normal(2, 3, 5, 4)}, attrs{"kernel": 3., "stride": 2., "padding": 1.}, in{"y": normal(2, 3, 3, 2)}, "x")
	add("global_avg_pool2d", in{"x": normal(2, 3, 5, 4)}, attrs{}, in{"y": normal(2, 3)}, "x")
	add("attention", in{"q": normal(2, 2, 4, 3), "k": normal(2, 2, 4, 3), "v": normal(2, 2, 4, 3)}, attrs{}, in{"y": normal(2, 2, 4, 3)}, "q", "k", "v")
	scalar := func() *golden.Array { return golden.Scalar(-1.5) }
	add("info_nce", in{"z1": normal(5, 4), "z2": normal(5, 4)}, attrs{"temperature": 0.2}, in{"loss": scalar()}, "z1", "z2")
	add("nt_xent", in{"z1": normal(5, 4), "z2": normal(5, 4)}, attrs{"temperature": 0.2}, in{"loss": scalar()}, "z1", "z2")
	eye := func() *golden.Array { return golden.FromSlice([]float64{1, 0, 0, 1}, 2, 2) }
	add("corinfomax", in{"z1": normal(5, 2), "z2": normal(5, 2), "r1": eye(), "r2": eye()}, attrs{"decay": 0.1, "eps": 0.01, "weight": 25.}, in{"loss": scalar()}, "z1", "z2")
	add("dcl", in{"z1": normal(5, 4), "z2": normal(5, 4)}, attrs{"temperature": 0.2}, in{"loss": scalar()}, "z1", "z2")
	add("dhel", in{"z1": normal(5, 4), "z2": normal(5, 4)}, attrs{"temperature": 0.2}, in{"loss": scalar()}, "z1", "z2")
	for _, op := range []string{"dim_jsd", "dim_nce", "dim_dv"} {
		add(op, in{"global": normal(5, 4), "local": normal(5, 3, 4)}, attrs{}, in{"loss": scalar()}, "global", "local")
	}
	for _, op := range []string{"mi_dv", "mi_nwj", "mi_js", "mi_infonce", "mi_club"} {
		add(op, in{"scores": normal(5, 5)}, attrs{}, in{"estimate": scalar()}, "scores")
	}
	add("mi_smile", in{"scores": normal(5, 5)}, attrs{"tau": 0.5}, in{"estimate": scalar()}, "scores")
	add("mi_mine", in{"scores": normal(5, 5)}, attrs{"log_running": 0.25, "decay": 0.9}, in{"estimate": scalar()}, "scores")
	add("mi_tuba", in{"scores": normal(5, 5), "log_baseline": normal(5)}, attrs{}, in{"estimate": scalar()}, "scores", "log_baseline")
	add("mi_interpolated", in{"scores": normal(5, 5), "log_baseline": normal(5)}, attrs{"alpha": 0.25}, in{"estimate": scalar()}, "scores")
	add("koleo", in{"z": unit(5, 4)}, attrs{"eps": 1e-8}, in{"loss": scalar()}, "z")
	add("tico", in{"z1": normal(5, 4), "z2": normal(5, 4), "c": normal(4, 4)}, attrs{"momentum": 0.9, "rho": 8.}, in{"loss": scalar(), "c": normal(4, 4)}, "z1", "z2")
	add("amdim", in{"r1": normal(5, 4), "r5": normal(5, 3, 4)}, attrs{"clip": 10., "weight": 0.05}, in{"loss": scalar()}, "r1", "r5")
	add("sigreg", in{"z": normal(5, 4), "slices": unit(4, 3)}, attrs{"knots": 17.}, in{"loss": scalar()}, "z")
	add("mmcr", in{"z": normal(2, 5, 4)}, attrs{}, in{"loss": scalar()}, "z")
	add("cpc", in{"prediction": normal(5, 4), "target": normal(6, 4), "positive": golden.FromSlice([]float64{0, 3, 5, 3, 1}, 5)}, attrs{}, in{"loss": scalar()}, "prediction", "target")
	add("er_entropy_sphere", in{"z": unit(5, 4)}, attrs{"kappa": 5., "reduction": "expectation", "normalizer": "exact", "self": "exclude"}, in{"entropy": scalar()}, "z")
	add("er_reconstruction_sphere", in{"z1": unit(5, 4), "z2": unit(5, 4)}, attrs{"kappa": 5., "normalizer": "official"}, in{"reconstruction": scalar()}, "z1", "z2")
	add("vmf_log_normalizer", in{"kappa": golden.FromSlice([]float64{0.5, 10, 1000}, 3)}, attrs{"d": 64.}, in{"log_c": normal(3)}, "kappa")
	add("alignment", in{"z1": unit(5, 4), "z2": unit(5, 4)}, attrs{"alpha": 2.}, in{"loss": scalar()}, "z1", "z2")
	add("uniformity", in{"z": unit(5, 4)}, attrs{"t": 2.}, in{"loss": scalar()}, "z")
	distributions := func(shape ...int) *golden.Array {
		return rows(uniform(shape...), func(row []float64) float64 {
			s := 0.0
			for _, v := range row {
				s += v
			}
			return s
		})
	}
	add("er_entropy_discrete", in{"p": distributions(5, 4)}, attrs{"reduction": "expectation", "eps": 1e-7}, in{"entropy": scalar()}, "p")
	add("er_discrete", in{"logits1": normal(5, 4), "logits2": normal(5, 4)}, attrs{"temperature": 0.5}, in{"loss": scalar()}, "logits1", "logits2")
	add("er_reconstruction_discrete", in{"p1": distributions(5, 4), "p2": distributions(5, 4)}, attrs{"eps": 1e-7}, in{"reconstruction": scalar()}, "p1", "p2")
	add("moco", in{"query": normal(5, 4), "key": normal(5, 4), "queue": normal(7, 4)}, attrs{"temperature": 0.2}, in{"loss": scalar()}, "query")
	add("byol", in{"prediction": normal(5, 4), "target": normal(5, 4)}, attrs{}, in{"loss": scalar()}, "prediction")
	add("dino", in{"student": normal(3, 5, 4), "teacher": normal(2, 5, 4), "center": normal(4)}, attrs{"student_temperature": 0.1, "teacher_temperature": 0.04, "center_momentum": 0.9}, in{"loss": scalar(), "center": normal(4)}, "student")
	add("sinkhorn", in{"scores": normal(5, 4)}, attrs{"epsilon": 0.5, "iterations": 3.}, in{"q": normal(5, 4)}, "scores")
	add("swapped_prediction", in{"scores1": normal(5, 4), "scores2": normal(5, 4)}, attrs{"temperature": 0.1, "epsilon": 0.05, "iterations": 3.}, in{"loss": scalar()}, "scores1", "scores2")
	add("barlow_twins", in{"z1": normal(5, 4), "z2": normal(5, 4)}, attrs{"lambda": 0.005, "eps": 1e-5}, in{"loss": scalar()}, "z1", "z2")
	add("vicreg", in{"z1": normal(5, 4), "z2": normal(5, 4)}, attrs{"sim": 25., "std": 25., "cov": 1., "eps": 1e-4}, in{"loss": scalar()}, "z1", "z2")
	add("ema_update", in{"target": normal(3, 2), "online": normal(3, 2)}, attrs{"momentum": 0.996}, in{"target": normal(3, 2)}, "target", "online")
	add("adamw_step", in{"param": normal(3, 2), "grad": normal(3, 2), "m": normal(3, 2), "v": uniform(3, 2)}, attrs{"step": 3., "lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01}, in{"param": normal(3, 2), "m": normal(3, 2), "v": normal(3, 2)}, "param", "grad", "m", "v")
	add("lars_step", in{"param": normal(3, 2), "grad": normal(3, 2), "buffer": normal(3, 2)}, attrs{"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "trust": 0.02, "eps": 1e-8}, in{"param": normal(3, 2), "buffer": normal(3, 2)}, "param", "grad", "buffer")
	add("sgd_step", in{"param": normal(3, 2), "grad": normal(3, 2), "buffer": normal(3, 2)}, attrs{"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": true}, in{"param": normal(3, 2), "buffer": normal(3, 2)}, "param", "grad", "buffer")
	for _, op := range []string{"adjust_brightness", "adjust_contrast", "adjust_saturation"} {
		add(op, in{"x": image()}, attrs{"factor": 1.25}, in{"y": normal(2, 3, 6, 5)}, "x")
	}
	add("adjust_hue", in{"x": image()}, attrs{"factor": 0.125}, in{"y": normal(2, 3, 6, 5)}, "x")
	add("rgb_to_grayscale", in{"x": image()}, attrs{}, in{"y": normal(2, 3, 6, 5)}, "x")
	add("gaussian_blur", in{"x": image()}, attrs{"kernel": 3., "sigma": 0.75}, in{"y": normal(2, 3, 6, 5)}, "x")
	add("solarize", in{"x": image()}, attrs{"threshold": 0.5}, in{"y": normal(2, 3, 6, 5)}, "x")
	add("resized_crop", in{"x": image()}, attrs{"top": 1., "left": 0., "height": 4., "width": 3., "size": 5., "antialias": true}, in{"y": normal(2, 3, 5, 5)}, "x")
	return all
}
