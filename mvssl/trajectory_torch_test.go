package mvssl_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/foreign"
	"entrec/mvssl"
)

// TestTrajectory holds, for each optimizer, 100 steps of DINO against PyTorch, with
// everything on that can stand around an optimizer's step: the mean gradient of two
// passes, clipping at the norm of all gradients, freezing, and schedules of the
// learning rate, the weight decay, the target's momentum and the teacher's
// temperature. The methods' own steps are [TestTorch]'s.
func TestTrajectory(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: PyTorch")
	}
	const steps, passes = 100, 2
	clip := 1.5
	c, _, s := small(t, "dino", `{"temperature":0.3,"teacher_temperature_start":0.2,"teacher_temperature":0.1,"teacher_warmup":0.3,"ema":0.9,"freeze":0.05}`, nil)
	s.Steps = steps
	recipes := []mvssl.Recipe{
		{Optimizer: "sgd", LR: 0.03, Momentum: 0.9},
		{Optimizer: "adamw", LR: 0.005},
		{Optimizer: "lars", LR: 0.5, Momentum: 0.9},
	}
	var questions []traced
	var got []answer
	for i := range recipes {
		r := &recipes[i]
		r.WeightDecay, r.WeightDecayEnd, r.Warmup, r.Schedule = 0.01, 0.1, 0.1, mvssl.Cosine
		r.Clip, r.Accumulate = &clip, passes
		q, a := trace(t, c, *r, s, steps, passes)
		questions, got = append(questions, q), append(got, a)
	}
	var want []answer
	foreign.Run(t, []string{"torch"}, torchMethods, questions, &want)
	require.Len(t, want, len(got))
	for i, r := range recipes {
		t.Run(r.Optimizer.String(), func(t *testing.T) {
			require.Len(t, want[i].Losses, steps*passes)
			require.Greater(t, slices.Max(want[i].Norms), clip, "nothing was clipped")
			require.Less(t, slices.Min(want[i].Norms), clip, "everything was clipped")
			// The roundings of a step move the state by some 1e-15 of itself, and do not all
			// point the same way: √100·1e-15 in all. What moves the initial state by 1e-12 of
			// itself moves the outcome by 7.4e-12 at most (measured, with sgd): 8·1e-14. 4.9e-15
			// is measured.
			const bound = 1e-13
			d, where := apart(t, got[i], want[i])
			t.Logf("largest difference %.1e", d)
			require.LessOrEqual(t, d, bound, where)

			// Were one of the parts missing, or another, it would show: by 1.6e-3 at least
			// (measured, for the sum with adamw, which sees it through clipping alone).
			for _, part := range []struct {
				name   string
				change func(p *mvssl.DINO, r *mvssl.Recipe)
			}{
				{"a sum of gradients", func(_ *mvssl.DINO, r *mvssl.Recipe) { r.Accumulate = 1 }},
				{"no clipping", func(_ *mvssl.DINO, r *mvssl.Recipe) { r.Clip = nil }},
				{"clipping one by one", func(_ *mvssl.DINO, r *mvssl.Recipe) { r.ClipEach = true }},
				{"no warm-up", func(_ *mvssl.DINO, r *mvssl.Recipe) { r.Warmup = 0 }},
				{"a constant learning rate", func(_ *mvssl.DINO, r *mvssl.Recipe) { r.Schedule = mvssl.Constant }},
				{"a constant weight decay", func(_ *mvssl.DINO, r *mvssl.Recipe) { r.WeightDecayEnd = r.WeightDecay }},
				{"weight decay of norms", func(_ *mvssl.DINO, r *mvssl.Recipe) { r.DecayNorms = true }},
				{"another momentum of the target", func(p *mvssl.DINO, _ *mvssl.Recipe) { p.EMA = 0.901 }},
				{"a constant temperature", func(p *mvssl.DINO, _ *mvssl.Recipe) { p.TeacherTemperatureStart = p.TeacherTemperature }},
				{"nothing frozen", func(p *mvssl.DINO, _ *mvssl.Recipe) { p.Freeze = 0 }},
			} {
				c, p, r := c, c.Parameters.(mvssl.DINO), r
				part.change(&p, &r)
				c.Parameters = p
				_, other := trace(t, c, r, s, steps, passes)
				d, _ := apart(t, other, want[i])
				require.Greater(t, d, 1e-4, part.name)
			}
		})
	}
}
