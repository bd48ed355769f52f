package mvssl

import (
	"fmt"

	"entrec/nn"
)

// Part is one of several encoders that a method's encoder consists of.
type Part struct {
	Name    string // which the names of its state begin with, before a dot
	Encoder nn.EncoderConfig
	Input   string // what its channels are
	// Mean and Std, one a channel, are what its images, on a scale of 0 to 1, are
	// normalized by.
	Mean, Std []float64
}

// Composed is implemented by parameters that can ask for an encoder of several parts,
// each with an input of its own.
type Composed interface {
	// Parts returns the parts that an encoder is divided into, in the order of its
	// features; none where it stays whole. The error is one line and says why it cannot be
	// divided.
	Parts(e nn.EncoderConfig) ([]Part, error)
}

// Parts returns the parts of the method's encoder, none where it is one by itself. The
// error is that of [Composed], or says which part is not valid.
func (c Config) Parts() ([]Part, error) {
	composed, ok := c.Parameters.(Composed)
	if !ok {
		return nil, nil
	}
	parts, err := composed.Parts(c.Encoder)
	for _, p := range parts {
		if err := p.Encoder.Validate(); err != nil {
			return nil, fmt.Errorf("part %s: %w", p.Name, err)
		}
	}
	return parts, err
}

// CheckWeights reports why the method's encoder does not begin with the weights of a file,
// which are one encoder's, nil if it may.
func (c Config) CheckWeights(path string) error {
	parts, err := c.Parts()
	if err == nil && len(parts) > 0 {
		err = fmt.Errorf("%s: found weights of one encoder, expected none for a method that has %d", path, len(parts))
	}
	return err
}
