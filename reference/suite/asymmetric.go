package suite

// asymmetric are the losses of methods with a teacher, with codes, or with
// statistics over the batch in place of negatives.
func (s *sheet) asymmetric() {
	byol := func(name string, k, d int) *draft {
		c := s.begin("byol", name).wrt(loss(), "prediction")
		c.normal("prediction", 1, k, d)
		c.normal("target", 1, k, d)
		return c
	}
	byol("1x2", 1, 2)
	byol("7x5", 7, 5)
	byol("33x64", 33, 64)
	c := byol("one-column", 5, 1)
	fromZero(c.In["prediction"])
	c = byol("lengths", 6, 4)
	for i := range c.In["target"].Data {
		c.In["prediction"].Data[i] *= 1024
		c.In["target"].Data[i] /= 1024
	}
	c = byol("opposed", 4, 3)
	for i, v := range c.In["prediction"].Data {
		c.In["target"].Data[i] = -v
	}

	dino := func(name string, student, teacher, momentum float64, views, teachers, k, classes int) *draft {
		c := s.begin("dino", name, "student_temperature", student, "teacher_temperature", teacher, "center_momentum", momentum).wrt(loss(), "student")
		c.normal("student", 1, views, k, classes)
		c.normal("teacher", 1, teachers, k, classes)
		c.normal("center", 0.25, classes)
		return c
	}
	dino("2x2x3x5", 0.1, 0.04, 0.9, 2, 2, 3, 5)
	dino("multi-crop", 0.1, 0.07, 0.9, 8, 2, 4, 16)
	dino("one-teacher", 0.1, 0.04, 0.5, 2, 1, 3, 7)
	dino("one-row", 0.2, 0.1, 0.9, 2, 2, 1, 4)
	dino("one-class", 0.1, 0.04, 0.9, 2, 2, 3, 1)
	dino("sharp", 0.1, 0.01, 0.9, 3, 2, 4, 9)
	dino("both-sharp", 0.01, 0.01, 0.99, 2, 2, 3, 6)
	dino("momentum0", 0.1, 0.04, 0, 2, 2, 3, 5)
	dino("momentum1", 0.1, 0.04, 1, 2, 2, 3, 5)
	shift(dino("overflow", 0.1, 0.04, 0.9, 2, 2, 3, 5).In["student"], 200)

	sinkhorn := func(name string, epsilon float64, iterations int, scale float64, k, classes int) *draft {
		c := s.begin("sinkhorn", name, "epsilon", epsilon, "iterations", iterations).wrt([]string{"q"}, "scores")
		c.normal("scores", scale, k, classes)
		return c
	}
	sinkhorn("4x3", 0.05, 3, 0.25, 4, 3)
	sinkhorn("3x7", 0.05, 3, 0.25, 3, 7)
	sinkhorn("64x10", 0.05, 3, 0.25, 64, 10)
	sinkhorn("one-iteration", 0.1, 1, 0.25, 5, 4)
	sinkhorn("ten-iterations", 0.1, 10, 0.25, 5, 4)
	sinkhorn("no-iteration", 0.25, 0, 0.25, 4, 3)
	sinkhorn("one-class", 0.05, 3, 0.25, 5, 1)
	sinkhorn("one-row", 0.05, 3, 0.25, 1, 4)
	sinkhorn("overflow", 0.05, 3, 8, 6, 4)
	sinkhorn("cold", 0.01, 3, 0.0625, 6, 5)
	sinkhorn("ties", 0.5, 3, 1, 5, 3).whole("scores", 0, 1, 5, 3)

	swapped := func(name string, temperature, epsilon float64, iterations, k, classes int) *draft {
		c := s.begin("swapped_prediction", name, "temperature", temperature, "epsilon", epsilon, "iterations", iterations).wrt(loss(), "scores1", "scores2")
		c.normal("scores1", 0.25, k, classes)
		c.normal("scores2", 0.25, k, classes)
		return c
	}
	swapped("4x3", 0.1, 0.05, 3, 4, 3)
	swapped("17x10", 0.1, 0.05, 3, 17, 10)
	swapped("33x65", 0.1, 0.03, 3, 33, 65)
	swapped("cold", 0.01, 0.05, 3, 6, 5)
	swapped("one-iteration", 0.2, 0.1, 1, 5, 4)
	swapped("one-row", 0.1, 0.05, 3, 1, 6)
	swapped("equal-views", 0.1, 0.05, 3, 5, 4).copyOf("scores2", "scores1")
	c = swapped("overflow", 0.1, 0.05, 3, 6, 4)
	for i := range c.In["scores1"].Data {
		c.In["scores1"].Data[i] *= 64
		c.In["scores2"].Data[i] *= 64
	}

	barlow := func(name string, lambda, eps float64, k, d int) *draft {
		c := s.begin("barlow_twins", name, "lambda", lambda, "eps", eps).wrt(loss(), "z1", "z2")
		c.normal("z1", 1, k, d)
		c.normal("z2", 1, k, d)
		return c
	}
	barlow("2x3", 0.005, 1e-5, 2, 3)
	barlow("9x5", 0.005, 1e-5, 9, 5)
	barlow("33x17", 0.005, 1e-5, 33, 17)
	barlow("lambda1", 1, 1e-5, 8, 4)
	barlow("lambda0", 0, 1e-5, 8, 4)
	barlow("one-column", 0.5, 1e-5, 6, 1)
	c = barlow("constant-column", 0.5, 1e-3, 7, 4)
	setColumn(c.In["z1"], 1, 0.3)
	setColumn(c.In["z2"], 2, -0.7)
	barlow("equal-views", 0.5, 1e-3, 7, 4).copyOf("z2", "z1")

	vicreg := func(name string, sim, std, cov, eps float64, k, d int) *draft {
		c := s.begin("vicreg", name, "sim", sim, "std", std, "cov", cov, "eps", eps).wrt(loss(), "z1", "z2")
		c.normal("z1", 0.75, k, d)
		c.normal("z2", 0.75, k, d)
		return c
	}
	vicreg("2x3", 25, 25, 1, 1e-4, 2, 3)
	vicreg("9x5", 25, 25, 1, 1e-4, 9, 5)
	vicreg("33x17", 25, 25, 1, 1e-4, 33, 17)
	vicreg("sim-only", 1, 0, 0, 1e-4, 6, 4)
	vicreg("std-only", 0, 1, 0, 1e-4, 6, 4)
	vicreg("cov-only", 0, 0, 1, 1e-4, 6, 4)
	vicreg("one-column", 25, 25, 1, 1e-4, 5, 1)
	c = vicreg("constant-column", 25, 25, 1, 1e-3, 7, 4)
	setColumn(c.In["z1"], 1, 0.3)
	setColumn(c.In["z2"], 2, -0.7)
	c = vicreg("wide", 25, 25, 1, 1e-4, 8, 4)
	for i := range c.In["z1"].Data {
		c.In["z1"].Data[i] *= 8
	}
}

// updates are the steps of optimizers and of moving averages.
func (s *sheet) updates() {
	ema := func(name string, momentum float64, shape ...int) {
		c := s.begin("ema_update", name, "momentum", momentum).wrt([]string{"target"}, "target", "online")
		c.normal("target", 1, shape...)
		c.normal("online", 1, shape...)
	}
	ema("7", 0.996, 7)
	ema("3x5", 0.5, 3, 5)
	ema("momentum0", 0, 4)
	ema("momentum1", 1, 4)
	ema("2x3x3x3", 0.9, 2, 3, 3, 3)

	sgd := func(name string, lr, momentum, decay float64, nesterov bool, shape ...int) *draft {
		c := s.begin("sgd_step", name, "lr", lr, "momentum", momentum, "weight_decay", decay, "nesterov", nesterov)
		for _, tensor := range []string{"param", "grad", "buffer"} {
			c.normal(tensor, 1, shape...)
		}
		return c
	}
	sgd("9", 0.1, 0.9, 5e-4, false, 9)
	sgd("4x7", 0.06, 0.9, 1e-4, false, 4, 7)
	sgd("nesterov", 0.1, 0.9, 1e-2, true, 3, 5)
	sgd("plain", 0.5, 0, 0, false, 6)
	sgd("decay", 0.5, 0, 0.25, false, 6)
	sgd("no-rate", 0, 0.9, 0.1, false, 6)

	adamw := func(name string, step int, lr, beta1, beta2, eps, decay float64, shape ...int) *draft {
		c := s.begin("adamw_step", name, "step", step, "lr", lr, "beta1", beta1, "beta2", beta2, "eps", eps, "weight_decay", decay)
		for _, tensor := range []string{"param", "grad", "m"} {
			c.normal(tensor, 1, shape...)
		}
		c.uniform("v", 0, 2, shape...)
		return c
	}
	c := adamw("first", 1, 1e-3, 0.9, 0.999, 1e-8, 0.01, 8)
	clear(c.In["m"].Data)
	clear(c.In["v"].Data)
	adamw("tenth", 10, 1e-2, 0.9, 0.999, 1e-8, 0.05, 4, 6)
	adamw("late", 5000, 1e-2, 0.9, 0.95, 1e-8, 0.1, 5, 3)
	adamw("no-decay", 3, 0.1, 0.8, 0.9, 1e-6, 0, 7)
	adamw("no-momentum", 2, 0.1, 0, 0, 1e-3, 0.01, 7)
	adamw("eps-large", 2, 0.1, 0.9, 0.99, 0.5, 0.01, 7)
	clear(adamw("zero-gradient", 4, 0.1, 0.9, 0.99, 1e-8, 0.01, 7).In["grad"].Data)

	lars := func(name string, lr, momentum, decay, trust, eps float64, shape ...int) *draft {
		c := s.begin("lars_step", name, "lr", lr, "momentum", momentum, "weight_decay", decay, "trust", trust, "eps", eps)
		for _, tensor := range []string{"param", "grad", "buffer"} {
			c.normal(tensor, 1, shape...)
		}
		return c
	}
	lars("9", 0.3, 0.9, 1e-6, 1e-3, 1e-8, 9)
	lars("4x7", 4.8, 0.9, 1e-2, 1e-3, 0, 4, 7)
	lars("no-momentum", 1, 0, 0.5, 0.02, 1e-8, 6)
	lars("eps-large", 1, 0.5, 0.5, 0.02, 2, 6)
	lars("one", 0.5, 0.9, 0.1, 0.5, 1e-8, 1)
	clear(lars("zero-param", 0.3, 0.9, 1e-2, 1e-3, 1e-8, 5).In["param"].Data)
	clear(lars("zero-gradient", 0.3, 0.9, 1e-2, 1e-3, 1e-8, 5).In["grad"].Data)

	corInfoMax := func(name string, decay, eps, weight float64, k, d int) *draft {
		c := s.begin("corinfomax", name, "decay", decay, "eps", eps, "weight", weight).wrt(loss(), "z1", "z2")
		c.normal("z1", 1, k, d)
		c.normal("z2", 1, k, d)
		c.gram("r1", 2*d, d, 0.25)
		c.gram("r2", 2*d, d, 0.25)
		return c
	}
	corInfoMax("2x1", 0.5, 0.001, 25, 2, 1)
	corInfoMax("5x3", 0.25, 0.001, 25, 5, 3)
	corInfoMax("33x16", 0.01, 1e-8, 250, 33, 16)
	c = corInfoMax("first", 0.01, 1e-8, 250, 12, 5)
	for _, name := range []string{"r1", "r2"} {
		for i := range c.In[name].Data {
			c.In[name].Data[i] = 0
			if i%6 == 0 {
				c.In[name].Data[i] = 1
			}
		}
	}
	corInfoMax("fewer-rows-than-columns", 0.125, 0.001, 250, 4, 9)
	corInfoMax("without-past", 0, 0.001, 1, 12, 4)
	corInfoMax("long-memory", 0.9, 0.001, 250, 8, 4)
	corInfoMax("one-row", 0.5, 0.001, 25, 1, 4)
	corInfoMax("weight0", 0.25, 0.0625, 0, 7, 4)
	corInfoMax("eps0", 0.5, 0, 25, 7, 4)
	corInfoMax("equal-views", 0.25, 0.001, 25, 6, 4).copyOf("z2", "z1")
	c = corInfoMax("duplicates", 0.25, 0.001, 25, 8, 5)
	repeatRow(c.In["z1"], 0, 1, 2)
	repeatRow(c.In["z2"], 0, 1, 4)
	corInfoMax("rank-deficient", 0, 0.0078125, 25, 4, 9)
	c = corInfoMax("nearly-singular", 0.5, 0x1p-14, 25, 9, 6) // κ some 1e4 to 1e5
	toPlane(c.In["z1"], c.In["z2"])
	clear(c.In["r1"].Data)
	clear(c.In["r2"].Data)
	repeatRow(corInfoMax("collapsed", 0.5, 0.001, 25, 4, 3).In["z1"], 0, 1, 2, 3)
	shift(corInfoMax("offset", 0.25, 0.001, 25, 9, 4).In["z2"], 10)
}
