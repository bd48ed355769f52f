package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
)

// Config is everything that determines a run; it is the run's config.json.
type Config struct {
	Data   string       `json:"data"`             // a name or path that data.Load knows
	Subset int          `json:"subset,omitempty"` // that many training images; 0 is all
	Model  mvssl.Config `json:"model"`
	Recipe mvssl.Recipe `json:"recipe"`
	// Epochs over the data, each without a last incomplete batch. Steps, if not 0,
	// ends training earlier; the learning rate's schedule spans the steps that are
	// made.
	Epochs    int    `json:"epochs"`
	Steps     int    `json:"steps,omitempty"`
	Batch     int    `json:"batch"`     // source images a pass; each becomes several views
	Precision string `json:"precision"` // f32 or f64
	Seed      uint64 `json:"seed"`
	// Views are those of each image, in order; nil until [Config.Complete] fills them
	// in with the method's.
	Views       []mvssl.View           `json:"views"`
	KNN         eval.KNNConfig         `json:"knn"`
	Diagnostics eval.DiagnosticsConfig `json:"diagnostics"`
}

// Defaults returns a good configuration for a method.
func Defaults(method string) (Config, error) {
	row, err := mvssl.Find(method)
	if err != nil {
		return Config{}, err
	}
	model, recipe := row.Defaults()
	model.Method = method
	model.Encoder.Name, model.Encoder.Width = "resnet18", 8
	return Config{
		Data: "fashion-mini", Model: model, Recipe: recipe,
		Epochs: 3, Batch: 32, Precision: "f32", Seed: 0,
		KNN:         eval.KNNConfig{K: 200, Temperature: 0.1},
		Diagnostics: eval.DiagnosticsConfig{Kappa: 10},
	}, nil
}

// Complete fills in what depends on the data: the shape of the encoder's input,
// and the views where none are given.
func (c *Config) Complete(d *data.Dataset) error {
	if err := c.shape(d); err != nil {
		return err
	}
	c.Model.Encoder.Complete()
	if d.Height != d.Width {
		return fmt.Errorf("config: the images of %s are %d×%d; square ones are needed", c.Data, d.Height, d.Width)
	}
	if err := c.Validate(); err != nil {
		return err
	}
	if n := d.Len(); c.Batch > n/c.Recipe.Passes() {
		return fmt.Errorf("config: batch %d × %d is larger than the %d training images of %s", c.Batch, c.Recipe.Passes(), n, c.Data)
	}
	if err := c.fit(d.Len(), d.MeanStd); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return nil
}

// shape fills in the shape of the encoder's input, or reports that the images have
// another.
func (c *Config) shape(d *data.Dataset) error {
	e := &c.Model.Encoder
	for _, f := range []struct {
		name     string
		have     *int
		expected int
	}{{"channels", &e.Channels, d.Channels}, {"height", &e.Height, d.Height}, {"image_width", &e.ImgWidth, d.Width}} {
		if *f.have != 0 && *f.have != f.expected {
			return fmt.Errorf("config: model.encoder.%s is %d, the images of %s have %d", f.name, *f.have, d.Name, f.expected)
		}
		*f.have = f.expected
	}
	return nil
}

// fit fills in what is left to the method, for images whose channels have the given
// statistics, and reports what does not fit.
func (c *Config) fit(images int, meanStd func() (mean, std []float64)) error {
	if err := mvssl.Fit(&c.Model, c.setting(images)); err != nil {
		return err
	}
	if c.Views == nil {
		views, err := mvssl.DefaultViews(c.Model, c.Model.Encoder.Channels, c.Model.Encoder.Height)
		if err != nil {
			return err
		}
		mean, std := meanStd()
		for i := range views {
			views[i].Mean, views[i].Std = mean, std
		}
		c.Views = views
	}
	return c.Model.ValidateIn(c.setting(images))
}

// HasUsualViews reports whether the views are those that the method has as a rule,
// whatever the mean and the standard deviation.
func (c *Config) HasUsualViews() bool {
	e := c.Model.Encoder
	if len(c.Views) == 0 || e.Validate() != nil {
		return false
	}
	usual, err := mvssl.DefaultViews(c.Model, e.Channels, e.Height)
	for i := range usual {
		usual[i].Mean, usual[i].Std = c.Views[0].Mean, c.Views[0].Std
	}
	return err == nil && reflect.DeepEqual(usual, c.Views)
}

// setting describes the run to the method.
func (c *Config) setting(images int) mvssl.Setting {
	return mvssl.Setting{Samples: images, Batch: c.Batch, Steps: c.totalSteps(images), Views: c.Views}
}

// maxEpochs keeps the number of steps within an int, maxBatch that of a batch's
// pixels.
const (
	maxEpochs = 1 << 20
	maxBatch  = 1 << 16
)

// Validate reports what is wrong with a configuration apart from its model, nil if
// nothing.
func (c *Config) Validate() error {
	switch {
	case c.Epochs < 1 || c.Epochs > maxEpochs:
		return fmt.Errorf("config: epochs %d must be at least 1 and at most %d", c.Epochs, maxEpochs)
	case c.Steps < 0:
		return fmt.Errorf("config: steps %d must not be negative", c.Steps)
	case c.Batch < 2 || c.Batch > maxBatch:
		return fmt.Errorf("config: batch %d must be at least 2 and at most %d", c.Batch, maxBatch)
	case c.Subset < 0:
		return fmt.Errorf("config: subset %d must not be negative", c.Subset)
	case c.Precision != "f32" && c.Precision != "f64":
		return fmt.Errorf("config: precision %q must be f32 or f64", c.Precision)
	case c.KNN.K < 1 || !(c.KNN.Temperature > 0):
		return fmt.Errorf("config: knn with k %d and temperature %v: both must be positive", c.KNN.K, c.KNN.Temperature)
	case !(c.Diagnostics.Kappa > 0 && c.Diagnostics.Kappa < 1e9):
		return fmt.Errorf("config: diagnostics.kappa %v must be positive and less than 1e9", c.Diagnostics.Kappa)
	}
	if err := c.Recipe.Validate(); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return nil
}

// ReadConfig reads a configuration over base: fields that the file does not have
// keep base's values. Errors name the file and the field.
func ReadConfig(path string, base Config) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	return ParseConfig(path, text, base)
}

// ParseConfig is [ReadConfig] on the content of a file called name.
func ParseConfig(name string, text []byte, base Config) (Config, error) {
	c := base
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(&c)
	if err == nil {
		if _, extra := dec.Token(); extra != io.EOF {
			err = errors.New("more text after the object")
		}
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return c, nil
	case errors.As(err, &syntax):
		return Config{}, fmt.Errorf("%s: at byte %d: %w", name, syntax.Offset, err)
	case errors.As(err, &kind):
		return Config{}, fmt.Errorf("%s: field %q: found %s, expected %s", name, kind.Field, kind.Value, kind.Type)
	}
	return Config{}, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "json: "))
}

// stepsPerEpoch and totalSteps follow from the configuration and the number of
// training images.
func (c *Config) stepsPerEpoch(images int) int { return images / (c.Batch * c.Recipe.Passes()) }

func (c *Config) totalSteps(images int) int {
	total := c.Epochs * c.stepsPerEpoch(images)
	if c.Steps > 0 {
		total = min(total, c.Steps)
	}
	return total
}
