package mi

import (
	"math/rand/v2"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
)

// Learner trains encoders f and g by what an estimator says of I(f(X); g(Y)), with a critic
// of the codes that is trained beside them (Hjelm et al., 2019; Tschannen et al., 2020).
type Learner struct {
	trainer *trainer
	lr      float64
}

// NewLearner returns one for encoders whose codes have dx and dy numbers. Of the settings
// the estimator, the critic, the learning rate and the seed count. It errs with a
// [UsageError] where these do not fit each other, or the estimator is not one of a critic's
// scores.
func NewLearner(s Settings, f, g nn.Module[float32], dx, dy int) (*Learner, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.Estimator.scores == nil {
		return nil, usage("%s: found an estimator that is not of a critic's scores, expected one that is, such as infonce", s.Estimator.Name)
	}
	if err := s.fits(s.Estimator, &source{dx: dx, dy: dy}); err != nil {
		return nil, err
	}
	t := newTrainer([]Estimator{s.Estimator}, s.Critic, rand.New(rand.NewPCG(s.Seed, 2)), dx, dy, s.Kappa, nil)
	t.scorer = &ofCodes{f, g, t.scorer}
	t.begin()
	return &Learner{t, s.LR}, nil
}

// Step moves the encoders and the critic by a batch of pairs, and returns what it was
// estimated at before. An estimate that is not finite moves nothing, and is an error.
func (l *Learner) Step(x, y [][]float64) (float64, error) {
	var o outcome
	v := l.trainer.step(x, y, l.lr)[0]
	o.tell(v, "", "a lower learning rate")
	return v, o.err
}

// Estimate returns what the estimator says of a batch, and trains nothing.
func (l *Learner) Estimate(x, y [][]float64) float64 { return l.trainer.estimate(x, y)[0] }

// ofCodes is a critic of codes f(x) and g(y).
type ofCodes struct {
	f, g   nn.Module[float32]
	critic scorer
}

func (o *ofCodes) State(prefix string, visit nn.Visitor[float32]) {
	o.f.State(prefix+"f.", visit)
	o.g.State(prefix+"g.", visit)
	o.critic.State(prefix+"critic.", visit)
}

func (o *ofCodes) scores(x, y *autograd.Var[float32]) *objective.Scores[float32] {
	ctx := nn.Context{Training: true}
	return o.critic.scores(o.f.Forward(ctx, x), o.g.Forward(ctx, y))
}
