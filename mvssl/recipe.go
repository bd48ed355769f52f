package mvssl

import (
	"fmt"
	"math"
	"slices"

	"entrec/nn"
)

// Recipe is how parameters are trained. Fields that its optimizer does not use are
// zero.
type Recipe struct {
	Optimizer   nn.OptimizerName `json:"optimizer"` // by which parameters are trained
	LR          float64          `json:"lr"`        // at its peak
	Momentum    float64          `json:"momentum"`
	WeightDecay float64          `json:"weight_decay"`
	// WeightDecayEnd is where half a cosine over the run brings the weight decay.
	WeightDecayEnd float64 `json:"weight_decay_end"`
	// DecayNorms also decays biases and norms, PyTorch's default.
	DecayNorms bool `json:"decay_norms"`
	// Warmup is the fraction of the steps over which the learning rate rises linearly,
	// so that it grows with the length of the run.
	Warmup   float64  `json:"warmup"`
	Schedule Schedule `json:"schedule"` // what follows the warm-up
	// Clip is the largest norm that gradients keep, nil for any: of all together or,
	// with ClipEach, of each parameter's by itself.
	Clip     *float64 `json:"clip"`
	ClipEach bool     `json:"clip_each"`
	// Accumulate is the number of batches whose mean gradient makes a step. Each batch
	// is a world of its own for everything that compares samples.
	Accumulate int `json:"accumulate"`
}

// Schedule is how the learning rate goes after the warm-up.
type Schedule string

// The schedules: half a cosine to 0, or constant.
const (
	Cosine   Schedule = "cosine"
	Constant Schedule = "constant"
)

// Choices returns the schedules.
func (Schedule) Choices() []string { return []string{string(Cosine), string(Constant)} }

// UnmarshalText takes one of the schedules.
func (s *Schedule) UnmarshalText(text []byte) error { return choose(s, text) }

// maxAccumulate keeps the images of a step within an int.
const maxAccumulate = 1 << 16

// Validate reports what is wrong with the recipe, nil if nothing.
func (r Recipe) Validate() error {
	if err := r.OptimizerConfig().Validate(); err != nil {
		return err
	}
	switch {
	case r.Optimizer == nn.OptimizerAdamW && r.Momentum != 0:
		return fmt.Errorf("momentum %v means nothing to adamw, only to sgd and lars", r.Momentum)
	case !(r.LR > 0 && r.LR < 1e6):
		return fmt.Errorf("lr %v must be positive and less than 1e6", r.LR)
	case !(r.WeightDecay >= 0 && r.WeightDecay < 1e6):
		return fmt.Errorf("weight_decay %v must be at least 0 and less than 1e6", r.WeightDecay)
	case !(r.WeightDecayEnd >= 0 && r.WeightDecayEnd < 1e6):
		return fmt.Errorf("weight_decay_end %v must be at least 0 and less than 1e6", r.WeightDecayEnd)
	case !(r.Warmup >= 0 && r.Warmup <= 1):
		return fmt.Errorf("warmup %v must be in [0, 1]", r.Warmup)
	case !slices.Contains(r.Schedule.Choices(), string(r.Schedule)):
		return fmt.Errorf("schedule %q is unknown: there are cosine, constant", r.Schedule)
	case r.Clip != nil && !(*r.Clip > 0 && *r.Clip < 1e9):
		return fmt.Errorf("clip %v must be positive and less than 1e9, or null for none", *r.Clip)
	case r.ClipEach && r.Clip == nil:
		return fmt.Errorf("clip_each needs a clip, the norm to clip at")
	case r.Accumulate < 1 || r.Accumulate > maxAccumulate:
		return fmt.Errorf("accumulate %d must be at least 1 and at most %d", r.Accumulate, maxAccumulate)
	}
	return nil
}

// OptimizerConfig returns the optimizer that the recipe asks for.
func (r Recipe) OptimizerConfig() nn.OptimizerConfig {
	return nn.OptimizerConfig{Name: r.Optimizer, Momentum: r.Momentum, DecayNorms: r.DecayNorms}
}

// clone returns a recipe that shares nothing with r.
func (r Recipe) clone() Recipe {
	if r.Clip != nil {
		clip := *r.Clip
		r.Clip = &clip
	}
	return r
}

// WithLR returns the recipe with another learning rate.
func (r Recipe) WithLR(lr float64) Recipe {
	r.LR = lr
	return r
}

// WithWeightDecay returns the recipe with another weight decay, which stays.
func (r Recipe) WithWeightDecay(decay float64) Recipe {
	r.WeightDecay, r.WeightDecayEnd = decay, decay
	return r
}

// WithClipEach returns the recipe with the largest norm that each parameter's gradient
// keeps.
func (r Recipe) WithClipEach(norm float64) Recipe {
	r.Clip, r.ClipEach = &norm, true
	return r
}

// WithOptimizer returns the recipe with another optimizer, at the rates that are
// usual for it at batches of 64 to 128; the rest stays.
func (r Recipe) WithOptimizer(name nn.OptimizerName) Recipe {
	var usual Recipe
	switch name {
	case r.Optimizer:
		return r
	case nn.OptimizerAdamW:
		usual = adamRecipe
	case nn.OptimizerLARS:
		usual = larsRecipe
	default:
		usual = contrastiveRecipe
	}
	r.Optimizer, r.LR, r.Momentum = name, usual.LR, usual.Momentum
	r.DecayNorms = usual.DecayNorms
	return r.WithWeightDecay(usual.WeightDecay)
}

// Rate returns the learning rate and the weight decay of a step.
func (r Recipe) Rate(p Progress) (lr, weightDecay float64) {
	warmup := int(math.Round(r.Warmup * float64(p.Steps)))
	lr, weightDecay = r.LR, r.WeightDecay
	if r.Schedule == Cosine || p.Step < warmup {
		lr *= nn.WarmupCosine(p.Step, warmup, p.Steps)
	}
	if r.WeightDecayEnd != r.WeightDecay {
		weightDecay = nn.Cosine(p.Step, p.Steps, r.WeightDecay, r.WeightDecayEnd)
	}
	return lr, weightDecay
}

// contrastiveRecipe is lightly's for CIFAR-10 at batch 128 (cifar10_benchmark.py),
// with a warm-up over a tenth of the steps.
var contrastiveRecipe = Recipe{Optimizer: "sgd", LR: 0.06, Momentum: 0.9, WeightDecay: 5e-4, WeightDecayEnd: 5e-4, DecayNorms: true, Warmup: 0.1, Schedule: Cosine, Accumulate: 1}

// adamRecipe is for methods that show little in short runs with the other:
// distillation, clustering and those that go by correlations. It serves long runs
// too.
var adamRecipe = Recipe{Optimizer: "adamw", LR: 0.002, WeightDecay: 1e-4, WeightDecayEnd: 1e-4, DecayNorms: true, Warmup: 0.1, Schedule: Cosine, Accumulate: 1}

// larsRecipe is solo-learn's for SimCLR on CIFAR-10 (0.4 at batch 256), scaled to
// batch 64; biases and norms are left out, as in the official LARS.
var larsRecipe = Recipe{Optimizer: "lars", LR: 0.1, Momentum: 0.9, WeightDecay: 1e-4, WeightDecayEnd: 1e-4, Warmup: 0.1, Schedule: Cosine, Accumulate: 1}

// smallProjector is the projector for small images and encoders: lightly's for
// CIFAR-10 (cifar10_benchmark.py).
var smallProjector = ProjectorConfig{Hidden: 512, Out: 128}
