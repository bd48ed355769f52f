package naive

var distillation = map[string]op{
	"byol": {in: "prediction(k,d) target(k,d)!", answer: func(q *question) {
		prediction, target := q.rows("prediction"), q.rows("target")
		q.set("loss", BYOL(prediction, target))
		if q.wants() {
			q.grad("prediction", BYOLGrad(prediction, target, q.ctScalar("loss")))
		}
	}},
	"dino": {
		in:    "student(s,k,c) teacher(t,k,c)! center(c)!",
		attrs: []attr{positive("student_temperature"), positive("teacher_temperature"), fraction("center_momentum")},
		check: func(q *question) error {
			if q.dims["s"] == 1 && q.dims["t"] == 1 {
				return q.refuse("there is no pair of different views among 1 of the student and 1 of the teacher")
			}
			return nil
		},
		answer: func(q *question) {
			student := blocksOf(q.in["student"], q.dims["s"], q.dims["k"])
			teacher := blocksOf(q.in["teacher"], q.dims["t"], q.dims["k"])
			center := q.vector("center")
			ts, tt := q.number["student_temperature"], q.number["teacher_temperature"]
			q.set("loss", DINO(student, teacher, center, ts, tt))
			q.set("center", DINOCenter(teacher, center, q.number["center_momentum"]))
			if q.wants() {
				q.grad("student", DINOGrad(student, teacher, center, ts, tt, q.ctScalar("loss")))
			}
		},
	},
	"sinkhorn": {
		in:    "scores(k,c)",
		attrs: []attr{positive("epsilon"), count("iterations", 0)},
		answer: func(q *question) {
			scores, epsilon, iterations := q.rows("scores"), q.number["epsilon"], q.int("iterations")
			q.set("q", Sinkhorn(scores, epsilon, iterations))
			if q.wants() {
				q.grad("scores", SinkhornGrad(scores, epsilon, iterations, q.ctRows("q")))
			}
		},
	},
	"swapped_prediction": {
		in:    "scores1(k,c) scores2(k,c)",
		attrs: []attr{positive("temperature"), positive("epsilon"), count("iterations", 0)},
		answer: func(q *question) {
			scores1, scores2 := q.rows("scores1"), q.rows("scores2")
			temperature, epsilon, iterations := q.number["temperature"], q.number["epsilon"], q.int("iterations")
			q.set("loss", SwappedPrediction(scores1, scores2, temperature, epsilon, iterations))
			if q.wants() {
				g1, g2 := SwappedPredictionGrad(scores1, scores2, temperature, epsilon, iterations, q.ctScalar("loss"))
				q.grad("scores1", g1)
				q.grad("scores2", g2)
			}
		},
	},
}
