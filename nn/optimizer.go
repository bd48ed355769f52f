package nn

import (
	"encoding"
	"fmt"
	"slices"
	"strings"

	"entrec/autograd"
	"entrec/internal/parallel"
	"entrec/tensor"
)

// Optimizer moves parameters along their gradients. Parameters without a gradient, and
// what is kept for them, stay as they are.
type Optimizer[T Float] interface {
	// Step makes one step with the given learning rate and weight decay, both of
	// which may follow schedules.
	Step(lr, weightDecay float64)
	// State visits what must be saved to go on later.
	State(prefix string, visit Visitor[T])
}

// The optimizers are Optimizers.
var (
	_ Optimizer[float32] = (*SGD[float32])(nil)
	_ Optimizer[float32] = (*AdamW[float32])(nil)
	_ Optimizer[float32] = (*LARS[float32])(nil)
)

// OptimizerConfig says which optimizer [NewOptimizer] makes. Fields that the optimizer
// does not use are ignored. The learning rate and the weight decay are arguments of Step.
type OptimizerConfig struct {
	Name     OptimizerName
	Momentum float64 // of sgd and lars
	Nesterov bool    // of sgd
	// DecayNorms applies weight decay, and the trust ratio of lars, to biases and the
	// weights of norms too: parameters with fewer than two axes.
	DecayNorms bool
	// Beta1, Beta2 and Eps are adamw's; 0 stands for 0.9, 0.999 and 1e-8. Eps is also
	// added to the denominator of lars' ratio, where 0 is 0.
	Beta1, Beta2, Eps float64
	Trust             float64 // of lars; 0 stands for 0.001
}

// OptimizerName is the name of an optimizer, as it stands in configurations.
type OptimizerName string

// The optimizers.
const (
	OptimizerSGD   OptimizerName = "sgd"
	OptimizerAdamW OptimizerName = "adamw"
	OptimizerLARS  OptimizerName = "lars"
)

// OptimizerNames lists the names of all optimizers.
func OptimizerNames() []string {
	return []string{string(OptimizerSGD), string(OptimizerAdamW), string(OptimizerLARS)}
}

var _ encoding.TextUnmarshaler = (*OptimizerName)(nil)

// String returns the name.
func (n OptimizerName) String() string { return string(n) }

// UnmarshalText sets n, or returns an error that lists the names there are.
func (n *OptimizerName) UnmarshalText(text []byte) error {
	if !slices.Contains(OptimizerNames(), string(text)) {
		return fmt.Errorf("optimizer %q is unknown: there are %s", text, strings.Join(OptimizerNames(), ", "))
	}
	*n = OptimizerName(text)
	return nil
}

// Validate reports what is wrong with the configuration, nil if nothing.
func (c OptimizerConfig) Validate() error {
	var known OptimizerName
	if err := known.UnmarshalText([]byte(c.Name)); err != nil {
		return err
	}
	fraction := func(v float64) bool { return v >= 0 && v < 1 }
	switch {
	case !fraction(c.Momentum):
		return fmt.Errorf("optimizer momentum %v is not in [0, 1)", c.Momentum)
	case c.Name == OptimizerSGD && c.Nesterov && c.Momentum == 0:
		return fmt.Errorf("optimizer sgd: Nesterov's momentum needs a momentum above 0")
	case !fraction(c.Beta1) || !fraction(c.Beta2):
		return fmt.Errorf("optimizer betas %v and %v are not in [0, 1)", c.Beta1, c.Beta2)
	case !(c.Eps >= 0 && c.Trust >= 0):
		return fmt.Errorf("optimizer eps %v and trust %v must not be negative", c.Eps, c.Trust)
	}
	return nil
}

// NewOptimizer makes an optimizer of the given parameters: an [SGD], [AdamW] or
// [LARS].
func NewOptimizer[T Float](params []Named[T], c OptimizerConfig) (Optimizer[T], error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	standard := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	standard(&c.Beta1, 0.9)
	standard(&c.Beta2, 0.999)
	standard(&c.Trust, 0.001)
	if c.Name == OptimizerAdamW {
		standard(&c.Eps, 1e-8)
	}
	trained := trained[T]{params, c}
	switch c.Name {
	case OptimizerAdamW:
		return newAdamW(trained), nil
	case OptimizerLARS:
		return &LARS[T]{trained, trained.zeros()}, nil
	default:
		return &SGD[T]{trained, trained.zeros()}, nil
	}
}

// trained is what all optimizers have: the parameters and the configuration.
type trained[T Float] struct {
	params []Named[T]
	cfg    OptimizerConfig
}

// zeros returns a buffer for each parameter.
func (t trained[T]) zeros() []*autograd.Var[T] {
	buffers := make([]*autograd.Var[T], len(t.params))
	for i, p := range t.params {
		buffers[i] = buffer(tensor.NewLike(p.Value, make([]T, p.Value.Len())))
	}
	return buffers
}

// each calls f for each parameter that has a gradient, with its elements and
// those of the gradient in the same order. decays is false where weight decay
// spares it.
func (t trained[T]) each(f func(i int, param, grad []T, decays bool)) {
	parallel.For(len(t.params), func(i int) {
		if p := t.params[i]; p.HasGrad() {
			f(i, p.Value.Data(), p.Grad.Data(), t.cfg.DecayNorms || p.Value.Rank() >= 2)
		}
	})
}

// visit visits one buffer a parameter under kind and the parameter's name.
func (t trained[T]) visit(prefix, kind string, buffers []*autograd.Var[T], visit Visitor[T]) {
	for i, p := range t.params {
		visit(prefix+kind+"."+p.Name, buffers[i])
	}
}
