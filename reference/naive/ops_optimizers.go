package naive

var optimizers = map[string]op{
	"ema_update": {in: "target(*) online(*)", attrs: []attr{fraction("momentum")}, answer: func(q *question) {
		momentum := q.number["momentum"]
		q.setLike("target", "target", EMAUpdate(q.vector("target"), q.vector("online"), momentum))
		if q.wants() {
			gtarget, gonline := EMAUpdateGrad(momentum, q.ctVector("target"))
			q.grad("target", gtarget)
			q.grad("online", gonline)
		}
	}},
	"sgd_step": {
		in:    "param(*) grad(*) buffer(*)",
		attrs: []attr{nonNegative("lr"), nonNegative("momentum"), nonNegative("weight_decay"), flag("nesterov")},
		check: func(q *question) error {
			if q.flag["nesterov"] && q.number["momentum"] == 0 {
				return q.refuse("nesterov: found momentum 0, expected a number above 0")
			}
			return nil
		},
		answer: func(q *question) {
			o := SGD{q.number["lr"], q.number["momentum"], q.number["weight_decay"], q.flag["nesterov"]}
			q.setStep(o.Step(q.vector("param"), q.vector("grad"), q.vector("buffer")))
			if q.wants() {
				q.gradStep(o.StepGrad(q.ctVector("param"), q.ctVector("buffer")))
			}
		},
	},
	"lars_step": {
		in:    "param(*) grad(*) buffer(*)",
		attrs: []attr{nonNegative("lr"), nonNegative("momentum"), nonNegative("weight_decay"), nonNegative("trust"), nonNegative("eps")},
		answer: func(q *question) {
			o := LARS{q.number["lr"], q.number["momentum"], q.number["weight_decay"], q.number["trust"], q.number["eps"]}
			param, grad := q.vector("param"), q.vector("grad")
			q.setStep(o.Step(param, grad, q.vector("buffer")))
			if q.wants() {
				q.gradStep(o.StepGrad(param, grad, q.ctVector("param"), q.ctVector("buffer")))
			}
		},
	},
	"adamw_step": {
		in: "param(*) grad(*) m(*) v(*)",
		attrs: []attr{count("step", 1), nonNegative("lr"), decay("beta1"), decay("beta2"),
			nonNegative("eps"), nonNegative("weight_decay")},
		answer: func(q *question) {
			o := AdamW{q.number["step"], q.number["lr"], q.number["beta1"], q.number["beta2"], q.number["eps"], q.number["weight_decay"]}
			param, grad, m, v := q.vector("param"), q.vector("grad"), q.vector("m"), q.vector("v")
			newParam, newM, newV := o.Update(param, grad, m, v)
			q.setLike("param", "param", newParam)
			q.setLike("m", "m", newM)
			q.setLike("v", "v", newV)
			if q.wants() {
				gparam, ggrad, gm, gv := o.UpdateGrad(param, grad, m, v, q.ctVector("param"), q.ctVector("m"), q.ctVector("v"))
				q.grad("param", gparam)
				q.grad("grad", ggrad)
				q.grad("m", gm)
				q.grad("v", gv)
			}
		},
	},
}

// setStep stores a step's outputs.
func (q *question) setStep(param, buffer []float64) {
	q.setLike("param", "param", param)
	q.setLike("buffer", "buffer", buffer)
}

// gradStep stores a step's gradients.
func (q *question) gradStep(param, grad, buffer []float64) {
	q.grad("param", param)
	q.grad("grad", grad)
	q.grad("buffer", buffer)
}
