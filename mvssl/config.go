package mvssl

import (
	"fmt"

	"entrec/mvssl/objective"
	"entrec/nn"
)

// Config says which method with which networks and hyperparameters. Fields that a
// method does not use are zero.
type Config struct {
	Method    string           `json:"method"`
	Encoder   nn.EncoderConfig `json:"encoder"`
	Projector ProjectorConfig  `json:"projector"`
	// Temperature divides similarities: 0.2 for SimCLR.
	Temperature float64 `json:"temperature,omitempty"`
	// Kappa is the concentration of the von Mises–Fisher kernel in ER objectives.
	Kappa float64 `json:"kappa,omitempty"`
	// ERSelf says whether a point is its own neighbour in the kernel density
	// estimate of the entropy.
	ERSelf objective.Self `json:"er_self,omitempty"`
	// EntropyWeight multiplies the entropy in ER objectives; 1 is the bound.
	EntropyWeight float64 `json:"entropy_weight,omitempty"`
}

// ProjectorConfig is the projector's hidden and output width.
type ProjectorConfig struct {
	Hidden int `json:"hidden"`
	Out    int `json:"out"`
}

// Validate reports what is wrong with the configuration, nil if nothing. Which
// hyperparameters there must be depends on the method's row.
func (c Config) Validate() error {
	row, err := Find(c.Method)
	if err != nil {
		return err
	}
	if err := c.Encoder.Validate(); err != nil {
		return err
	}
	if c.Projector.Hidden < 1 || c.Projector.Out < 1 {
		return fmt.Errorf("projector %d-%d: both widths must be at least 1", c.Projector.Hidden, c.Projector.Out)
	}
	for _, h := range []struct {
		name  string
		value float64
	}{{"temperature", c.Temperature}, {"kappa", c.Kappa}, {"entropy_weight", c.EntropyWeight}} {
		switch uses := row.Takes(h.name); {
		case uses && !(h.value > 0 && h.value < 1e9):
			return fmt.Errorf("%s %v of method %s must be positive", h.name, h.value, c.Method)
		case !uses && h.value != 0:
			return fmt.Errorf("%s means nothing to method %s, which takes %v", h.name, c.Method, row.Hyperparameters)
		}
	}
	return nil
}
