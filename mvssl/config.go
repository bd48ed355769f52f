package mvssl

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"entrec/nn"
)

// Config says which method with which networks and parameters. It is complete:
// nothing in it is left open.
type Config struct {
	Method    string
	Encoder   nn.EncoderConfig
	Projector ProjectorConfig
	// Parameters is the method's struct, a value of the type of its row's.
	Parameters any
}

// ProjectorConfig is the projector's hidden and output width.
type ProjectorConfig struct {
	Hidden int `json:"hidden"`
	Out    int `json:"out"`
}

// maxWidth is the largest width of a layer or number of prototypes, DINO's number.
const maxWidth = 1 << 16

// Setting is the part of a run that a method has to fit in.
type Setting struct {
	Samples int // of the training set
	Batch   int // samples in a pass
	Steps   int // of the run
	Views   []View
	Classes int // of the labels; 0 where nothing learns from them
	// Weights are those that the encoder begins with; nil where they are drawn.
	Weights *nn.Weights
}

// Configure returns the method's complete configuration for a run in the setting:
// values of the parameters given as JSON by their names, the method's defaults for
// the others, and its choice for those that are left to it. The error is a
// [ParameterError].
func (r Row) Configure(e nn.EncoderConfig, p ProjectorConfig, given map[string]json.RawMessage, s Setting) (Config, error) {
	parameters, err := complete(r.Name, r.Parameters, given, &s)
	return Config{r.Name, e, p, parameters}, err
}

// MarshalJSON writes one object: the method, its networks, and all its parameters
// by their names.
func (c Config) MarshalJSON() ([]byte, error) {
	keys := []string{"method", "encoder", "projector"}
	values := []any{c.Method, c.Encoder, c.Projector}
	if c.Parameters != nil {
		for _, f := range lookAt(c.Parameters) {
			value := f.value.Interface()
			if f.Choices != nil {
				value = fmt.Sprint(value)
			}
			keys, values = append(keys, f.Name), append(values, value)
		}
	}
	text := []byte{'{'}
	for i, key := range keys {
		value, err := json.Marshal(values[i])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(strconv.AppendQuote(text, key), ':'), value...)
	}
	return append(text, '}'), nil
}

// Complete returns c with the parameters that are given as JSON by their names, and
// the method's defaults for the others. One that the method would choose must be
// given. The error is a [ParameterError].
func Complete(c Config, given map[string]json.RawMessage) (Config, error) {
	row, err := Find(c.Method)
	if err != nil {
		return c, err
	}
	c.Parameters, err = complete(row.Name, row.Parameters, given, nil)
	return c, err
}

// ParameterError is what is wrong with a parameter.
type ParameterError struct {
	Name string // in JSON
	Err  error
}

// Error is one line: the parameter and what is wrong.
func (e *ParameterError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *ParameterError) Unwrap() error { return e.Err }

func sortedNames(given map[string]json.RawMessage) []string {
	return slices.Sorted(maps.Keys(given))
}

// Validate reports what is wrong with the configuration by itself, nil if nothing.
func (c Config) Validate() error {
	row, err := Find(c.Method)
	if err != nil {
		return err
	}
	if err := c.Encoder.Validate(); err != nil {
		return err
	}
	if p := c.Projector; p.Hidden < 1 || p.Hidden > maxWidth || p.Out < 2 || p.Out > maxWidth {
		return fmt.Errorf("projector %d-%d: the widths must be at least 1 and 2, and at most %d", p.Hidden, p.Out, maxWidth)
	}
	if found, expected := reflect.TypeOf(c.Parameters), reflect.TypeOf(row.Parameters); found != expected {
		return fmt.Errorf("parameters of method %s: found a %v, expected a %v", c.Method, found, expected)
	}
	for _, f := range lookAt(c.Parameters) {
		if err := f.check(); err != nil {
			return &ParameterError{f.Name, err}
		}
	}
	return nil
}

// ValidateIn reports what is wrong with the configuration in a run, nil if
// nothing: views that do not fit, queues, batches, data and encoders that do not
// go together.
func (c Config) ValidateIn(s Setting) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if _, err := c.Parts(); err != nil {
		return err
	}
	if s.Weights != nil {
		if err := c.CheckWeights(s.Weights.Path); err != nil {
			return err
		}
	}
	if err := checkViews(c, s.Views); err != nil {
		return err
	}
	if checker, ok := c.Parameters.(Checker); ok {
		if err := checker.Check(s); err != nil {
			return err
		}
	}
	if checker, ok := c.Parameters.(EncoderChecker); ok {
		return checker.CheckEncoder(c.Encoder, s)
	}
	return nil
}

// LocalCrops returns how many views of small crops the method sees of each sample.
func (c Config) LocalCrops() int {
	for _, f := range lookAt(c.Parameters) {
		if f.Name == "local_crops" {
			return int(f.value.Int())
		}
	}
	return 0
}
