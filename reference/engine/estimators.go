package engine

import (
	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/tensor"
)

// estimators returns those of mutual information by a critic's scores.
func estimators[T tensor.Float]() map[string]op[T] {
	type variable = *autograd.Var[T]
	// with is an estimator of scores and of further inputs.
	with := func(inputs, constants string, f func(q *question[T], s *objective.Scores[T]) variable) op[T] {
		return op[T]{in: "scores" + inputs, out: "estimate", constants: constants, answer: one(func(q *question[T]) variable {
			return f(q, objective.ScoreMatrix(q.in("scores", 2)))
		})}
	}
	scored := func(f func(s *objective.Scores[T]) variable) op[T] {
		return with("", "", func(_ *question[T], s *objective.Scores[T]) variable { return f(s) })
	}
	return map[string]op[T]{
		"mi_dv":      scored(objective.DV[T]),
		"mi_nwj":     scored(objective.NWJ[T]),
		"mi_js":      scored(objective.JS[T]),
		"mi_infonce": scored(objective.InfoNCEOf[T]),
		"mi_club":    scored(objective.CLUB[T]),
		"mi_smile": with("", "", func(q *question[T], s *objective.Scores[T]) variable {
			return objective.SMILE(s, q.float("tau", positive))
		}),
		"mi_tuba": with(" log_baseline", "", func(q *question[T], s *objective.Scores[T]) variable {
			return objective.TUBA(s, q.in("log_baseline", 1))
		}),
		"mi_interpolated": with(" log_baseline", "log_baseline", func(q *question[T], s *objective.Scores[T]) variable {
			return objective.Interpolated(s, q.in("log_baseline", 1).Value, q.float("alpha", fraction))
		}),
		"mi_mine": {in: "scores", out: "estimate log_running", answer: func(q *question[T]) []variable {
			s := objective.ScoreMatrix(q.in("scores", 2))
			estimate, next := objective.MINE(s, q.float("log_running", finite), q.float("decay", belowOne))
			return []variable{estimate, q.tape.Constant(tensor.Scalar(T(next)))}
		}},
	}
}
