package mvssl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/nn"
)

// TestOptions holds what options are refused, and what the refusal says would do.
func TestOptions(t *testing.T) {
	for _, test := range []struct{ method, name, value, want string }{
		{"simclr", "ema", "0.99", "ema means nothing to method simclr, which takes [temperature]"},
		{"swav", "predictor", "512", "predictor means nothing to method swav, which takes [temperature prototypes"},
		{"byol", "queue", "512", "queue means nothing to method byol"},
		{"byol", "ema", "0", `ema "0": 0 is no value; leave it out for the choice of method byol`},
		{"moco", "queue", "0", `queue "0": 0 is no value; leave it out for the choice of method moco`},
		{"byol", "ema", "1", "ema 1 of method byol must be in [0, 1)"},
		{"byol", "ema", "-0.1", "ema -0.1 of method byol must be in [0, 1)"},
		{"byol", "ema", "NaN", "ema NaN of method byol must be in [0, 1)"},
		{"byol", "ema", "much", `ema "much": found "much", expected a number`},
		{"byol", "predictor", "5.5", `predictor "5.5": found "5.5", expected a whole number`},
		{"byol", "predictor", "0", "predictor 0 of method byol must be at least 1 and at most 65536"},
		{"moco", "temperature", "0", "temperature 0 of method moco must be positive and less than 1e9"},
		{"simclr-er", "kappa", "1e300", "kappa 1e+300 of method simclr-er must be positive and less than 1e9"},
		{"moco", "queue", "-4", "queue -4 of method moco must be at least 0"},
		{"swav", "local_crops", "900000000", "local_crops 900000000 of method swav must be at least 0 and at most 64"},
		{"swav", "prototypes", "1", "prototypes 1 of method swav must be at least 2 and at most 65536"},
		{"simclr-er", "er_self", "both", `er_self "both": found "both", expected one of [include exclude]`},
		{"simclr", "speed", "9", "speed means nothing to method simclr"},
		{"nothing", "ema", "0", `method "nothing" is unknown: there are simclr`},
	} {
		c := mvssl.Config{Method: test.method}
		require.ErrorContains(t, c.Set(test.name, test.value), test.want)
	}
	c := mvssl.Config{Method: "simclr-er"}
	require.NoError(t, c.Set("er_self", "exclude"))
	require.NoError(t, c.Set("kappa", "7.5"))
	require.Equal(t, mvssl.Config{Method: "simclr-er", ERSelf: 1, Kappa: 7.5}, c)
	c = mvssl.Config{Method: "swav", Queue: 5}
	require.NoError(t, c.Set("queue", "0"), "none")
	require.Equal(t, mvssl.Config{Method: "swav"}, c)
	c = mvssl.Config{Method: "deepcluster"}
	require.NoError(t, c.Set("variant", "v2"))
	require.NoError(t, c.Set("prototypes", "12"))
	require.Equal(t, mvssl.Config{Method: "deepcluster", Variant: "v2", Prototypes: 12}, c)
}

// TestSetting holds options that do not fit the run.
func TestSetting(t *testing.T) {
	for _, test := range []struct {
		method string
		change func(c *mvssl.Config, r *mvssl.Recipe)
		want   string
	}{
		{"moco", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Queue = 8 }, "queue 8 must be a multiple of 16 (batch × 2 views): --queue 16 would do"},
		{"moco", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Queue = 40 }, "queue 40 must be a multiple of 16 (batch × 2 views): --queue 32 or 48 would do"},
		{"moco", func(c *mvssl.Config, _ *mvssl.Recipe) { c.BNSplits = 3 }, "bn_splits 3 must divide the 16 views of a batch"},
		{"moco", func(c *mvssl.Config, _ *mvssl.Recipe) { c.BNSplits = 16 }, "into parts of at least 2"},
		{"swav", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Queue = 12 }, "queue 12 must be a multiple of 8 (batch): --queue 8 or 16 would do"},
		{"swav", func(c *mvssl.Config, _ *mvssl.Recipe) { c.QueueStart = 0.5 }, "queue_start 0.5 needs a queue"},
		{"swav", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Prototypes = 25 }, "prototypes 25 are more than the 24 training images"},
		{"dino", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Prototypes = 25 }, "prototypes 25 are more than the 24 training images"},
		{"dino-er", func(c *mvssl.Config, _ *mvssl.Recipe) { c.CenterMomentum = 0.9 }, "center_momentum means nothing to method dino-er"},
		{"dino", func(c *mvssl.Config, _ *mvssl.Recipe) { c.TeacherTemperatureStart = 0.9 }, "teacher_temperature_start 0.9 needs a teacher_warmup"},
		{"dino-er", func(c *mvssl.Config, _ *mvssl.Recipe) { c.TeacherTemperatureStart = 0.9 }, "teacher_temperature_start 0.9 needs a teacher_warmup"},
		{"vicreg", func(c *mvssl.Config, _ *mvssl.Recipe) {
			c.InvarianceWeight, c.VarianceWeight, c.CovarianceWeight = 0, 0, 0
		}, "one at least must be positive"},
		{"align-uniform", func(c *mvssl.Config, _ *mvssl.Recipe) { c.AlignmentWeight, c.UniformityWeight = 0, 0 }, "one at least must be positive"},
		{"simclr-er", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Projector.Out = 1 }, "projector 9-1: the widths must be at least 1 and 2, and at most 65536"},
		{"simclr-er", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Projector.Hidden = 1 << 40 }, "projector 1099511627776-6: the widths"},
		{"deepcluster", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Prototypes = 25 }, "prototypes 25 are more than the 24 training images"},
		{"deepcluster", func(c *mvssl.Config, _ *mvssl.Recipe) { c.Variant = "v3" }, `variant "v3" of deepcluster is unknown: there are original, v2`},
	} {
		c, _, s := small(t, test.method, test.change)
		require.ErrorContains(t, c.ValidateIn(s), test.want)
	}
}

// TestFit checks what is chosen where few images are, and that a temperature of the
// teacher by itself is no warm-up.
func TestFit(t *testing.T) {
	for _, test := range []struct{ samples, prototypes int }{{2, 2}, {15, 2}, {24, 3}, {5000, 256}} {
		c := mvssl.Config{Method: "dino"}
		require.NoError(t, mvssl.Fit(&c, mvssl.Setting{Samples: test.samples, Batch: 2, Steps: 1}))
		require.Equal(t, test.prototypes, c.Prototypes)
	}
	c, _, s := small(t, "dino", func(c *mvssl.Config, _ *mvssl.Recipe) { c.TeacherTemperature = 0.07 })
	require.NoError(t, c.ValidateIn(s))
}

// TestRows checks that the table of methods is whole, and that what each row says
// it takes there is.
func TestRows(t *testing.T) {
	known := map[string]bool{}
	for _, h := range mvssl.Hyperparameters() {
		require.NotEmpty(t, h.Doc, h.Name)
		known[h.Name] = true
	}
	taken := map[string]bool{}
	for _, r := range mvssl.Rows() {
		for _, text := range []string{r.Name, r.Branches, r.Projections, r.Objective, r.Paper} {
			require.NotEmpty(t, text, r.Name)
		}
		for _, name := range r.Hyperparameters {
			require.True(t, known[name], "%s takes %s", r.Name, name)
			taken[name] = true
		}
		c, _, s := small(t, r.Name, nil)
		require.NoError(t, c.ValidateIn(s), r.Name)
	}
	require.Len(t, taken, len(known), "each hyperparameter is some method's")
	require.PanicsWithValue(t, `mvssl.Register: method "simclr" is there already`, func() { mvssl.Register(mvssl.Row{Name: "simclr"}) })
	require.Contains(t, mvssl.Remedies("dino"), "a smaller --teacher-temperature")
	require.NotContains(t, mvssl.Remedies("simclr"), "a larger --ema")
}

// TestRecipe holds the schedules of learning rate and weight decay.
func TestRecipe(t *testing.T) {
	r := mvssl.Recipe{Optimizer: "adamw", LR: 2, WeightDecay: 0.04, WeightDecayEnd: 0.4, Warmup: 0.2, Schedule: "cosine"}
	at := func(step int) (float64, float64) { return r.Rate(mvssl.Progress{Step: step, Steps: 10}) }
	for _, test := range []struct {
		step      int
		lr, decay float64
	}{{0, 1, 0.04}, {1, 2, 0.04 + 0.36*0.5*(1-0.9510565162951535)}, {2, 2, 0.04 + 0.36*0.5*(1-0.8090169943749475)}, {6, 1, 0.04 + 0.36*0.5*(1+0.30901699437494745)}} {
		lr, decay := at(test.step)
		require.InDelta(t, test.lr, lr, 1e-12, "step %d", test.step)
		require.InDelta(t, test.decay, decay, 1e-12, "step %d", test.step)
	}
	r.Schedule, r.WeightDecayEnd = "constant", 0
	lr, decay := at(9)
	require.Equal(t, 2.0, lr)
	require.Equal(t, 0.04, decay)
	lr, _ = at(0)
	require.Equal(t, 1.0, lr)

	for _, name := range nn.OptimizerNames() {
		o := r.WithOptimizer(name)
		require.NoError(t, o.Validate())
		require.Equal(t, name == r.Optimizer, o == r, name)
		require.Equal(t, r.Schedule, o.Schedule)
		require.Less(t, o.LR, 2.1)
	}
	require.ErrorContains(t, r.WithOptimizer("adam").Validate(), `optimizer "adam" is unknown`)
}
