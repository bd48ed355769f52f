package mvssl

import (
	"fmt"

	"entrec/mvssl/objective"
	"entrec/nn"
)

// Config says which method with which networks and hyperparameters. Those that a
// method does not take are zero and do not stand in its JSON; [Hyperparameters]
// describes them.
type Config struct {
	Method    string           `json:"method"`
	Encoder   nn.EncoderConfig `json:"encoder"`
	Projector ProjectorConfig  `json:"projector"`

	Temperature   float64        `json:"temperature"`
	Kappa         float64        `json:"kappa"`
	ERSelf        objective.Self `json:"er_self"`
	EntropyWeight float64        `json:"entropy_weight"`
	LocalCrops    int            `json:"local_crops"`

	EMA       float64 `json:"ema"`
	Predictor int     `json:"predictor"`

	Queue      int     `json:"queue"`
	QueueStart float64 `json:"queue_start"`
	BNSplits   int     `json:"bn_splits"`

	Prototypes int     `json:"prototypes"`
	Freeze     float64 `json:"freeze"`
	Epsilon    float64 `json:"epsilon"`
	Iterations int     `json:"iterations"`
	Variant    string  `json:"variant"`

	TeacherTemperature      float64 `json:"teacher_temperature"`
	TeacherTemperatureStart float64 `json:"teacher_temperature_start"`
	TeacherWarmup           float64 `json:"teacher_warmup"`
	CenterMomentum          float64 `json:"center_momentum"`

	Alpha            float64 `json:"alpha"`
	T                float64 `json:"t"`
	AlignmentWeight  float64 `json:"alignment_weight"`
	UniformityWeight float64 `json:"uniformity_weight"`

	Lambda           float64 `json:"lambda"`
	InvarianceWeight float64 `json:"invariance_weight"`
	VarianceWeight   float64 `json:"variance_weight"`
	CovarianceWeight float64 `json:"covariance_weight"`
}

// ProjectorConfig is the projector's hidden and output width.
type ProjectorConfig struct {
	Hidden int `json:"hidden"`
	Out    int `json:"out"`
}

// Setting is the part of a run that a method has to fit in.
type Setting struct {
	Samples int // of the training set
	Batch   int // samples in a pass
	Steps   int // of the run
	Views   []View
}

// Fit fills in what is zero in a configuration and follows from the length of the
// run and the size of the data.
func Fit(c *Config, s Setting) error {
	row, err := Find(c.Method)
	if err == nil && row.Fit != nil {
		row.Fit(c, s)
	}
	return err
}

// Validate reports what is wrong with the configuration by itself, nil if nothing.
// Which hyperparameters there must be depends on the method's row.
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
	for _, h := range hyperparameters {
		if err := h.check(&c, row); err != nil {
			return err
		}
	}
	return nil
}

// ValidateIn reports what is wrong with the configuration in a run, nil if
// nothing: views that do not fit, queues, batches and data that do not go
// together.
func (c Config) ValidateIn(s Setting) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if err := checkViews(c, s.Views); err != nil {
		return err
	}
	row, err := Find(c.Method)
	if err == nil && row.Check != nil {
		err = row.Check(c, s)
	}
	return err
}
