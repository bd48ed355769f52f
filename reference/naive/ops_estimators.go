package naive

// scored is the input of an estimator of mutual information.
const scored = "scores(k,k)"

// estimators are operations of the scores that a critic gives to k pairs.
var estimators = map[string]op{
	"mi_dv":      {in: scored, check: atLeastTwoRows, answer: ofScores(MIDV, MIDVGrad)},
	"mi_nwj":     {in: scored, check: atLeastTwoRows, answer: ofScores(MINWJ, MINWJGrad)},
	"mi_js":      {in: scored, check: atLeastTwoRows, answer: ofScores(MINWJ, MIJSGrad)},
	"mi_infonce": {in: scored, check: atLeastTwoRows, answer: ofScores(MIInfoNCE, MIInfoNCEGrad)},
	"mi_club":    {in: scored, check: atLeastTwoRows, answer: ofScores(MICLUB, MICLUBGrad)},
	"mi_smile": {in: scored, attrs: []attr{positive("tau")}, check: atLeastTwoRows, answer: func(q *question) {
		ofScores(func(s [][]float64) float64 { return MISMILE(s, q.number["tau"]) }, MIJSGrad)(q)
	}},
	"mi_mine": {in: scored, attrs: []attr{anyNumber("log_running"), decay("decay")}, check: atLeastTwoRows, answer: func(q *question) {
		s, logRunning, decay := q.rows("scores"), q.number["log_running"], q.number["decay"]
		estimate, next := MIMINE(s, logRunning, decay)
		q.set("estimate", estimate)
		q.set("log_running", next)
		if q.wants() {
			q.grad("scores", MIMINEGrad(s, logRunning, decay, q.ctScalar("estimate")))
		}
	}},
	"mi_tuba": {in: scored + " log_baseline(k)", check: atLeastTwoRows, answer: func(q *question) {
		s, b := q.rows("scores"), q.vector("log_baseline")
		q.set("estimate", MITUBA(s, b))
		if q.wants() {
			gs, gb := MITUBAGrad(s, b, q.ctScalar("estimate"))
			q.grad("scores", gs)
			q.grad("log_baseline", gb)
		}
	}},
	"mi_interpolated": {in: scored + " log_baseline(k)!", attrs: []attr{fraction("alpha")}, check: atLeastTwoRows, answer: func(q *question) {
		s, b, alpha := q.rows("scores"), q.vector("log_baseline"), q.number["alpha"]
		q.set("estimate", MIInterpolated(s, b, alpha))
		if q.wants() {
			q.grad("scores", MIInterpolatedGrad(s, b, alpha, q.ctScalar("estimate")))
		}
	}},
}

// ofScores answers an estimate of scores, and what its critic is trained by.
func ofScores(estimate func(s [][]float64) float64, grad func(s [][]float64, ct float64) [][]float64) func(q *question) {
	return func(q *question) {
		s := q.rows("scores")
		q.set("estimate", estimate(s))
		if q.wants() {
			q.grad("scores", grad(s, q.ctScalar("estimate")))
		}
	}
}
