package bench

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"entrec/mvssl/train"
)

// Step is a training step of SimCLR with a ResNet-18 on images of 3×32×32.
type Step struct {
	Width  int  `json:"width"`  // of the first stage
	Batch  int  `json:"batch"`  // source images, each seen in two views
	Double bool `json:"double"` // in double precision
}

var stepForm = regexp.MustCompile(`^w([1-9]\d{0,3})b([1-9]\d{0,5})(f64)?$`)

// ParseSteps reads a list such as "w16b256,w64b64f64".
func ParseSteps(list string) ([]Step, error) {
	var steps []Step
	for name := range strings.SplitSeq(list, ",") {
		m := stepForm.FindStringSubmatch(name)
		if m == nil {
			return nil, fmt.Errorf("step %q: expected a width and a batch, as in w16b256, and f64 behind it for double precision", name)
		}
		s := Step{Double: m[3] != ""}
		s.Width, _ = strconv.Atoi(m[1]) // digits
		s.Batch, _ = strconv.Atoi(m[2])
		steps = append(steps, s)
	}
	return steps, nil
}

// Precision returns f32 or f64.
func (s Step) Precision() string {
	if s.Double {
		return "f64"
	}
	return "f32"
}

// String names the step in reports.
func (s Step) String() string {
	return fmt.Sprintf("simclr resnet18 w%d b%d %s", s.Width, s.Batch, s.Precision())
}

// Config returns the step's configuration.
func (s Step) Config() (train.Config, error) {
	r := &train.Request{}
	r.Set("model.method", "simclr")
	r.Set("model.encoder.width", s.Width)
	r.Set("batch", s.Batch)
	r.Set("precision", s.Precision())
	return train.ResolveFor(r, train.BenchSource())
}

// ImagesPerSecond returns the speed of the step in source images a second: the median of
// some steps after two to warm up.
func (s Step) ImagesPerSecond(steps int) (float64, error) {
	cfg, err := s.Config()
	if err != nil {
		return 0, err
	}
	res, err := train.Bench(context.Background(), cfg, steps)
	return res.ImagesPerSecond, err
}
