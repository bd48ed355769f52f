package naive

func parameters(names ...string) func(s source) arrays {
	return func(s source) arrays {
		all := arrays{}
		for _, name := range names {
			all[name] = s.normal(3, 4)
			if name == "v" {
				all[name] = s.uniform(0.1, 2, 3, 4)
			}
		}
		return all
	}
}

func sgd(lr, momentum, decay float64, nesterov bool) attrs {
	return attrs{"lr": lr, "momentum": momentum, "weight_decay": decay, "nesterov": nesterov}
}

func adamw(step, lr, beta1, beta2, eps, decay float64) attrs {
	return attrs{"step": step, "lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": decay}
}

func lars(lr, momentum, decay, trust, eps float64) attrs {
	return attrs{"lr": lr, "momentum": momentum, "weight_decay": decay, "trust": trust, "eps": eps}
}

// zeroed sets an input to zeros.
func zeroed(name string, in func(s source) arrays) func(s source) arrays {
	return func(s source) arrays {
		all := in(s)
		clear(all[name].Data)
		return all
	}
}

var step = parameters("param", "grad", "buffer")

var optimizerCases = []testCase{
	{"0.99", "ema_update", attrs{"momentum": 0.99}, parameters("target", "online"), true},
	{"0", "ema_update", attrs{"momentum": 0.0}, parameters("target", "online"), true},
	{"1", "ema_update", attrs{"momentum": 1.0}, parameters("target", "online"), true},

	{"plain", "sgd_step", sgd(0.1, 0, 0, false), step, true},
	{"decay", "sgd_step", sgd(0.1, 0, 0.01, false), step, true},
	{"momentum", "sgd_step", sgd(0.1, 0.9, 0.01, false), step, true},
	{"nesterov", "sgd_step", sgd(0.1, 0.9, 0.01, true), step, true},

	{"first", "adamw_step", adamw(1, 0.1, 0.9, 0.999, 1e-8, 0.05), parameters("param", "grad", "m", "v"), true},
	{"tenth", "adamw_step", adamw(10, 0.1, 0.9, 0.999, 1e-8, 0), parameters("param", "grad", "m", "v"), true},
	{"late", "adamw_step", adamw(100000, 0.1, 0.5, 0.99, 1e-3, 0.05), parameters("param", "grad", "m", "v"), true},
	{"no memory", "adamw_step", adamw(3, 0.1, 0, 0, 1e-3, 0.05), parameters("param", "grad", "m", "v"), false},

	{"plain", "lars_step", lars(0.1, 0.9, 1e-2, 0.1, 1e-8), step, true},
	{"large eps", "lars_step", lars(0.5, 0.9, 0, 0.02, 0.5), step, true},
	{"zero param", "lars_step", lars(0.1, 0.9, 1e-2, 0.1, 1e-8), zeroed("param", step), false},
	{"zero grad", "lars_step", lars(0.1, 0.9, 1e-2, 0.1, 1e-8), zeroed("grad", step), false},
}
