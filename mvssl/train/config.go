package train

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/view"
)

// configFormat is the format of config.json. Files of a run without one are older:
// see upgrade.
const configFormat = "entrec-run/2"

// checkFormat reports the format of another version.
func checkFormat(tree map[string]any) error {
	if format, ok := tree["format"]; ok && format != configFormat {
		return &FieldError{"format", fmt.Errorf("found %s, expected %q: another version wrote it", kindOf(format), configFormat)}
	}
	return nil
}

// Config is everything that determines a run; it is the run's config.json. It is
// complete: [Resolve] makes it of a request and a data set, [ReadConfig] reads it
// from a run's folder, and nobody changes it.
type Config struct {
	Format string `json:"format"`
	Data   string `json:"data"` // a name or path that data.Load knows
	// DataSHA256 is the digest of the data set, whatever of it is used: see data.Split.
	// Configurations of older versions have none.
	DataSHA256 string `json:"data_sha256,omitempty"`
	// SkipBad says that unreadable images of the data set are passed over.
	SkipBad bool `json:"skip_bad,omitempty"`
	// Size is the side in pixels to which images are brought that are not all square and of
	// that size already, as the encoder's configuration has it, too; 0 where they are. Random
	// crops are of the images as they are. Resize says how the others are brought there;
	// empty where nothing is to be done.
	Size   int         `json:"size,omitempty"`
	Resize view.Resize `json:"resize,omitempty"`
	// Holdout is the part of the training images that is set aside for validation, in
	// [0, 1): the last ones of the fixed shuffle that Subset uses. Where it is not 0,
	// accuracies are of these images, and the test images are left alone. Where there are no
	// test images it is [UsualHoldout], unless another is asked for.
	Holdout float64 `json:"holdout"`
	// Subset is how many training images are used, the first of a fixed shuffle; nil
	// is all.
	Subset *int         `json:"subset,omitempty"`
	Images int          `json:"images"` // that are trained on
	Model  mvssl.Config `json:"model"`
	Recipe mvssl.Recipe `json:"recipe"`
	// Init is the file of the weights that the encoder begins with, and InitSHA256 its
	// digest; empty where they are drawn.
	Init       string `json:"init,omitempty"`
	InitSHA256 string `json:"init_sha256,omitempty"`
	// Epochs over the data, each without a last incomplete batch. Steps ends training
	// earlier, nil does not; the learning rate's schedule spans the steps that are made.
	Epochs    int       `json:"epochs"`
	Steps     *int      `json:"steps,omitempty"`
	Batch     int       `json:"batch"` // source images a pass; each becomes several views
	Precision Precision `json:"precision"`
	Seed      uint64    `json:"seed"`
	// Views are those of each image, in order.
	Views       []mvssl.View           `json:"views"`
	KNN         eval.KNNConfig         `json:"knn"`
	Diagnostics eval.DiagnosticsConfig `json:"diagnostics"`
	// Probe says whether a classifier is trained beside the encoder; Classes is how many
	// classes it, or a method that is supervised, tells apart: the data's.
	Probe   Probe        `json:"probe"`
	Classes int          `json:"classes,omitempty"`
	Report  ReportConfig `json:"report"`
	// Quick lists the fields that --quick set, which nobody asked for.
	Quick []string `json:"quick,omitempty"`
	// Extended lists how the run's length was changed when it was resumed.
	Extended []Extension `json:"extended,omitempty"`
}

// Extension is a change of a run's length: the schedules are those of Epochs and
// Steps up to step At, and of the next length from there on.
type Extension struct {
	At     int  `json:"at"`
	Epochs int  `json:"epochs"`
	Steps  *int `json:"steps,omitempty"`
}

// ReportConfig says what a run tells of itself. It does not change what is trained.
type ReportConfig struct {
	LogEvery  int `json:"log_every"`  // steps between lines of metrics.jsonl about steps
	EvalEvery int `json:"eval_every"` // epochs between diagnostics
	// Evaluate says whether there are evaluations at all: of the untrained encoder,
	// during training, and at the end.
	Evaluate mvssl.Switch `json:"evaluate"`
	// Bag is how many augmented crops of an image features are averaged over for a further
	// linear probe at the end; 0: there is none.
	Bag int `json:"bag"`
	// KeepEvery is after how many epochs the encoder is kept each time, in a file of its own
	// in the folder encoders; 0: it is not.
	KeepEvery int `json:"keep_every,omitempty"`
	// KeepPredictions says whether the classes that kNN and the linear probe find at the end
	// are kept: see Predictions.
	KeepPredictions bool `json:"keep_predictions,omitempty"`
	// Log says in which further form numbers are logged: see Log.
	Log Log `json:"log,omitempty"`
}

// Precision is that of a run's numbers.
type Precision string

// The precisions.
const (
	F32 Precision = "f32"
	F64 Precision = "f64"
)

// Choices returns the precisions.
func (Precision) Choices() []string { return []string{string(F32), string(F64)} }

// UnmarshalText takes one of the precisions.
func (p *Precision) UnmarshalText(text []byte) error {
	if !slices.Contains(p.Choices(), string(text)) {
		return fmt.Errorf("found %q, expected %s", text, strings.Join(p.Choices(), " or "))
	}
	*p = Precision(text)
	return nil
}

// defaults returns a good configuration for a method, without what depends on data.
func defaults(row mvssl.Row) Config {
	c := Config{
		Format: configFormat, Data: "fashion-mini", Recipe: row.Recipe,
		Epochs: 3, Batch: 32, Precision: F32, Seed: 0,
		KNN:         eval.KNNConfig{K: 200, Temperature: 0.1},
		Diagnostics: eval.DiagnosticsConfig{Kappa: 10},
		Probe:       NoProbe,
		Report:      ReportConfig{LogEvery: 10, EvalEvery: 1, Evaluate: mvssl.On, Bag: row.Bag},
	}
	c.Model.Encoder.Name, c.Model.Encoder.Width = cmp.Or(row.Encoder, "resnet18"), 8
	c.Model.Projector = row.Projector
	return c
}

// The most epochs, images of a batch, and steps or epochs between two reports: what
// keeps the number of steps, and of a batch's pixels, within an int.
const (
	maxClasses = 1 << 20
	maxEpochs  = 1 << 20
	maxBatch   = 1 << 16
	maxPause   = 1 << 30
	maxSize    = 1 << 12
)

// MaxBag is the most crops of a bag.
const MaxBag = 4096

// minKNNTemperature keeps a vote, e^(cosine/temperature), finite.
const minKNNTemperature = 0.002

var isSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Validate reports what is wrong with a configuration apart from its model, nil if
// nothing.
func (c *Config) Validate() error {
	switch {
	case c.DataSHA256 != "" && !isSHA256.MatchString(c.DataSHA256):
		return fmt.Errorf("data_sha256 %q must be 64 hexadecimal digits", c.DataSHA256)
	case c.InitSHA256 != "" && !isSHA256.MatchString(c.InitSHA256):
		return fmt.Errorf("init_sha256 %q must be 64 hexadecimal digits", c.InitSHA256)
	case c.Epochs < 1 || c.Epochs > maxEpochs:
		return fmt.Errorf("epochs %d must be at least 1 and at most %d", c.Epochs, maxEpochs)
	case c.Steps != nil && *c.Steps < 1:
		return fmt.Errorf("steps %d must be at least 1", *c.Steps)
	case c.Batch < 2 || c.Batch > maxBatch:
		return fmt.Errorf("batch %d must be at least 2 and at most %d", c.Batch, maxBatch)
	case c.Subset != nil && *c.Subset < 1:
		return fmt.Errorf("subset %d must be at least 1", *c.Subset)
	case c.Size < 0 || c.Size > maxSize:
		return &FieldError{"size", fmt.Errorf("found %d, expected at least 1 and at most %d, or 0 for what suits the images", c.Size, maxSize)}
	case c.Resize != "" && !slices.Contains(c.Resize.Choices(), string(c.Resize)):
		return &FieldError{"resize", fmt.Errorf("found %q, expected one of %s", c.Resize, strings.Join(c.Resize.Choices(), ", "))}
	case !(c.Holdout >= 0 && c.Holdout < 1):
		return fmt.Errorf("holdout %v must be in [0, 1)", c.Holdout)
	case c.KNN.K < 1 || !(c.KNN.Temperature >= minKNNTemperature):
		return fmt.Errorf("knn with k %d and temperature %v: k must be at least 1 and the temperature at least %v", c.KNN.K, c.KNN.Temperature, minKNNTemperature)
	case !(c.Diagnostics.Kappa > 0 && c.Diagnostics.Kappa < 1e9):
		return fmt.Errorf("diagnostics.kappa %v must be positive and less than 1e9", c.Diagnostics.Kappa)
	case c.Classes < 0 || c.Classes > maxClasses:
		return fmt.Errorf("classes %d must be at least 0 and at most %d", c.Classes, maxClasses)
	case c.Report.LogEvery < 1 || c.Report.LogEvery > maxPause:
		return fmt.Errorf("report.log_every %d must be at least 1 and at most %d", c.Report.LogEvery, maxPause)
	case c.Report.EvalEvery < 1 || c.Report.EvalEvery > maxPause:
		return fmt.Errorf("report.eval_every %d must be at least 1 and at most %d", c.Report.EvalEvery, maxPause)
	case c.Report.KeepEvery < 0 || c.Report.KeepEvery > maxPause:
		return &FieldError{"report.keep_every", fmt.Errorf("found %d, expected 1 to %d, or 0 to keep none", c.Report.KeepEvery, maxPause)}
	case c.Report.Bag < 0 || c.Report.Bag > MaxBag:
		return fmt.Errorf("report.bag %d must be at least 0 and at most %d", c.Report.Bag, MaxBag)
	}
	if c.Report.KeepPredictions && c.Report.Evaluate != mvssl.On {
		return &FieldError{"report.keep_predictions", fmt.Errorf("found true without evaluations, expected report.evaluate %s", mvssl.On)}
	}
	return c.Recipe.Validate()
}

// StepsPerEpoch returns the number of steps in a pass over the training images.
func (c *Config) StepsPerEpoch() int { return c.Images / (c.Batch * c.Recipe.Accumulate) }

// TotalSteps returns the number of steps of the run.
func (c *Config) TotalSteps() int {
	total := c.Epochs * c.StepsPerEpoch()
	if c.Steps != nil {
		total = min(total, *c.Steps)
	}
	return total
}

// EvalSplit returns which images accuracies are of.
func (c *Config) EvalSplit() data.Part {
	if c.Holdout > 0 {
		return data.Validation
	}
	return data.Test
}

// setting describes the run to the method.
func (c *Config) setting() mvssl.Setting {
	return mvssl.Setting{Samples: c.Images, Batch: c.Batch, Steps: c.TotalSteps(), Views: c.Views, Classes: c.Classes}
}

// supervised reports whether the method learns from labels.
func (c *Config) supervised() bool {
	row, err := mvssl.Find(c.Model.Method)
	return err == nil && row.Supervised
}
