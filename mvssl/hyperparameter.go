package mvssl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"entrec/mvssl/objective"
)

// Hyperparameter is a field of [Config] that some methods take.
type Hyperparameter struct {
	Name string // in JSON, and with dashes for underscores as a flag
	Doc  string // one line
	// Remedy says which change of its flag helps against collapse; empty
	// where none does.
	Remedy string
	// field returns a pointer to the field: *int, *float64, *string, *objective.Self.
	field func(c *Config) any
	// want is the range of a number.
	want bounds
}

// bounds is a range of numbers, with its description in an error.
type bounds struct {
	holds func(v float64) bool
	must  string
}

var (
	positive    = bounds{func(v float64) bool { return v > 0 && v < 1e9 }, "be positive and less than 1e9"}
	notNegative = bounds{func(v float64) bool { return v >= 0 && v < 1e9 }, "be at least 0 and less than 1e9"}
	fraction    = bounds{func(v float64) bool { return v >= 0 && v < 1 }, "be in [0, 1)"}
)

// between is the range of a number of something.
func between(least, most int) bounds {
	return bounds{func(v float64) bool { return v >= float64(least) && v <= float64(most) }, fmt.Sprintf("be at least %d and at most %d", least, most)}
}

// maxWidth is the largest width of a layer or number of prototypes, DINO's number;
// maxQueue, maxLocalCrops and maxIterations are as far above what is published.
const (
	maxWidth      = 1 << 16
	maxQueue      = 1 << 24
	maxLocalCrops = 64
	maxIterations = 10000
)

// hyperparameters is the table of them, in the order of Config's fields.
var hyperparameters = []Hyperparameter{
	{"temperature", "what similarities or logits are divided by", "", func(c *Config) any { return &c.Temperature }, positive},
	{"kappa", "concentration of the von Mises-Fisher kernel in ER objectives", "", func(c *Config) any { return &c.Kappa }, positive},
	{"er_self", "whether a point is its own neighbor in the entropy: include or exclude", "", func(c *Config) any { return &c.ERSelf }, bounds{}},
	{"entropy_weight", "weight of the entropy in ER objectives; 1 is the bound", "a larger --entropy-weight", func(c *Config) any { return &c.EntropyWeight }, notNegative},
	{"local_crops", "views of small crops beside the two whole ones", "", func(c *Config) any { return &c.LocalCrops }, between(0, maxLocalCrops)},

	{"ema", "base momentum of the target, which rises to 1 where the method says so; left out: by the run's length", "a larger --ema", func(c *Config) any { return &c.EMA }, fraction},
	{"predictor", "hidden width of the predictor", "", func(c *Config) any { return &c.Predictor }, between(1, maxWidth)},

	{"queue", "projections of earlier batches that are kept; left out: chosen by the method", "", func(c *Config) any { return &c.Queue }, between(0, maxQueue)},
	{"queue_start", "fraction of the run before the queue is used", "", func(c *Config) any { return &c.QueueStart }, fraction},
	{"bn_splits", "parts of a batch with batch norm of their own, those of the keys shuffled", "", func(c *Config) any { return &c.BNSplits }, between(1, maxWidth)},

	{"prototypes", "number of prototypes or clusters; left out: by the number of images", "fewer --prototypes", func(c *Config) any { return &c.Prototypes }, between(2, maxWidth)},
	{"freeze", "fraction of the run in which the prototypes stay as they are", "a longer --freeze", func(c *Config) any { return &c.Freeze }, fraction},
	{"epsilon", "entropy of Sinkhorn's codes", "a smaller --epsilon", func(c *Config) any { return &c.Epsilon }, positive},
	{"iterations", "Sinkhorn's iterations", "", func(c *Config) any { return &c.Iterations }, between(1, maxIterations)},
	{"variant", "which of the method's variants", "", func(c *Config) any { return &c.Variant }, bounds{}},

	{"teacher_temperature", "what the teacher's logits are divided by", "a smaller --teacher-temperature", func(c *Config) any { return &c.TeacherTemperature }, positive},
	{"teacher_temperature_start", "where that begins", "", func(c *Config) any { return &c.TeacherTemperatureStart }, positive},
	{"teacher_warmup", "fraction of the run in which it gets there", "a longer --teacher-warmup", func(c *Config) any { return &c.TeacherWarmup }, fraction},
	{"center_momentum", "momentum of the teacher's center", "", func(c *Config) any { return &c.CenterMomentum }, fraction},

	{"alpha", "power of the distance in the alignment", "", func(c *Config) any { return &c.Alpha }, positive},
	{"t", "scale of the squared distance in the uniformity", "", func(c *Config) any { return &c.T }, positive},
	{"alignment_weight", "weight of the alignment", "", func(c *Config) any { return &c.AlignmentWeight }, notNegative},
	{"uniformity_weight", "weight of the uniformity", "a larger --uniformity-weight", func(c *Config) any { return &c.UniformityWeight }, notNegative},

	{"lambda", "weight of the correlations off the diagonal", "", func(c *Config) any { return &c.Lambda }, positive},
	{"invariance_weight", "weight of the views' distance", "", func(c *Config) any { return &c.InvarianceWeight }, notNegative},
	{"variance_weight", "weight of the hinge on the columns' spread", "a larger --variance-weight", func(c *Config) any { return &c.VarianceWeight }, notNegative},
	{"covariance_weight", "weight of the columns' covariance", "", func(c *Config) any { return &c.CovarianceWeight }, notNegative},
}

// Hyperparameters returns the table of what methods may take; [Row.Takes] says
// which do.
func Hyperparameters() []Hyperparameter { return slices.Clone(hyperparameters) }

// Set stores a value, as written on a command line, in the hyperparameter of that
// name. The error says what the method takes where it does not take this one, or
// what value was expected.
func (c *Config) Set(name, value string) error {
	row, err := Find(c.Method)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(hyperparameters, func(h Hyperparameter) bool { return h.Name == name })
	if i < 0 || !row.Takes(name) {
		return row.refuse(name)
	}
	switch field := hyperparameters[i].field(c).(type) {
	case *int:
		if *field, err = strconv.Atoi(value); err != nil {
			err = fmt.Errorf("found %q, expected a whole number", value)
		}
	case *float64:
		if *field, err = strconv.ParseFloat(value, 64); err != nil {
			err = fmt.Errorf("found %q, expected a number", value)
		}
	case *string:
		*field = value
	case *objective.Self:
		err = field.UnmarshalText([]byte(value))
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", name, value, err)
	}
	if hyperparameters[i].chosen(*c, row) {
		return fmt.Errorf("%s %q: 0 is no value; leave it out for the choice of method %s", name, value, row.Name)
	}
	return hyperparameters[i].check(c, row)
}

// chosen reports whether the method would put a value of its own in the place of a
// number that is zero.
func (h Hyperparameter) chosen(c Config, row Row) bool {
	if row.Fit == nil || !h.isZero(&c) {
		return false
	}
	row.Fit(&c, Setting{Samples: 1, Batch: 1, Steps: 1})
	return !h.isZero(&c)
}

func (h Hyperparameter) isZero(c *Config) bool {
	switch field := h.field(c).(type) {
	case *int:
		return *field == 0
	case *float64:
		return *field == 0
	case *string:
		return *field == ""
	case *objective.Self:
		return *field == 0
	}
	return false
}

// MarshalJSON writes the method, its networks and all hyperparameters that it
// takes, zeros too: what is read over a method's defaults is then the same again.
// An unknown method takes none.
func (c Config) MarshalJSON() ([]byte, error) {
	row, _ := Find(c.Method)
	names := []string{"method", "encoder", "projector"}
	values := []any{c.Method, c.Encoder, c.Projector}
	for _, h := range hyperparameters {
		if row.Takes(h.Name) {
			names, values = append(names, h.Name), append(values, h.field(&c))
		}
	}
	text := []byte{'{'}
	for i, name := range names {
		value, err := json.Marshal(values[i])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(strconv.AppendQuote(text, name), ':'), value...)
	}
	return append(text, '}'), nil
}

// refuse is the error for a hyperparameter that the method does not take.
func (r Row) refuse(name string) error {
	return fmt.Errorf("%s means nothing to method %s, which takes %v", name, r.Name, r.Hyperparameters)
}

// check reports a value out of range, or one for a method that takes none.
func (h Hyperparameter) check(c *Config, row Row) error {
	if !row.Takes(h.Name) {
		if h.isZero(c) {
			return nil
		}
		return row.refuse(h.Name)
	}
	held, shown := true, any(nil)
	switch field := h.field(c).(type) {
	case *int:
		held, shown = h.want.holds(float64(*field)), *field
	case *float64:
		held, shown = h.want.holds(*field), *field
	}
	if !held {
		return fmt.Errorf("%s %v of method %s must %s", h.Name, shown, row.Name, h.want.must)
	}
	return nil
}

// Remedies lists what may help the method against collapse: what the original
// authors and their users report (swav README; dino issue 43).
func Remedies(method string) []string {
	tries := []string{"a smaller --lr", "a longer warmup (recipe.warmup in a --config)"}
	row, err := Find(method)
	if err != nil {
		return tries
	}
	for _, h := range hyperparameters {
		if h.Remedy != "" && row.Takes(h.Name) {
			tries = append(tries, h.Remedy)
		}
	}
	return tries
}
