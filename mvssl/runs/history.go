package runs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"entrec/internal/files"
	"entrec/internal/strictjson"
	"entrec/mvssl/train"
)

// History is what a run's folder tells of it.
type History struct {
	Dir    string
	Config train.Config
	Steps  []train.StepMetrics
	Epochs []train.EpochMetrics
	// Summary is nil where the run has not ended.
	Summary *train.Summary
	// Warning says which lines of the metrics are damaged, and so left out here; empty as
	// a rule.
	Warning string
}

// Sphere is by what measure entropies and reconstructions are taken: those on spheres of
// other dimensions or of another κ have no scale in common.
type Sphere struct {
	Dim   int // of the projections
	Kappa float64
}

// Sphere returns that of the run's diagnostics, the zero one where it has none.
func (h *History) Sphere() Sphere {
	if len(h.Epochs) == 0 {
		return Sphere{}
	}
	return Sphere{len(h.Epochs[0].Spectrum), h.Epochs[0].Kappa}
}

// CommonSphere returns the sphere on which most of the runs are, the first of those that are
// equally common; the zero one where none has diagnostics.
func CommonSphere(all []*History) (common Sphere) {
	count := map[Sphere]int{}
	for _, h := range all {
		if s := h.Sphere(); s != (Sphere{}) {
			count[s]++
		}
	}
	for _, h := range all {
		if s := h.Sphere(); count[s] > count[common] {
			common = s
		}
	}
	return common
}

// The most bytes that are read of a run's files: more than any has.
const (
	maxMetricsBytes = 4 << 30
	maxSummaryBytes = 16 << 20
)

// ReadHistory reads the configuration, the metrics and, if it is there, the summary
// of the run in a folder. Errors name the file. One that wraps [os.ErrNotExist] comes with
// what the other files tell where the metrics alone are missing, and with nil else.
func ReadHistory(dir string) (*History, error) {
	h := &History{Dir: dir}
	var err error
	if h.Config, err = train.ReadConfig(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, train.MetricsFile)
	text, missing := files.Read(path, maxMetricsBytes)
	if missing != nil && !errors.Is(missing, os.ErrNotExist) {
		return nil, missing
	}
	h.parseMetrics(path, text)
	path = filepath.Join(dir, train.SummaryFile)
	text, err = files.Read(path, maxSummaryBytes)
	if errors.Is(err, os.ErrNotExist) {
		return h, missing
	}
	if err != nil {
		return nil, err
	}
	h.Summary = &train.Summary{}
	err = strictjson.Unmarshal(text, h.Summary)
	if err == nil {
		err = h.Summary.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s, c := h.Summary, h.Config; s.Method != c.Model.Method || s.Seed != c.Seed {
		return nil, fmt.Errorf("%s: found method %q and seed %d, expected %q and %d of %s", path, s.Method, s.Seed, c.Model.Method, c.Seed, train.ConfigFile)
	}
	return h, missing
}

// parseMetrics reads the content of metrics.jsonl. Lines that are damaged are passed over;
// a last line without an end is one that is being written, and left alone.
func (h *History) parseMetrics(path string, text []byte) {
	damaged := 0
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			break
		}
		text = rest
		if err := h.parseLine(line); err != nil {
			if damaged++; damaged == 1 {
				h.Warning = fmt.Sprintf("%s: line %d is damaged, and passed over: %v", path, n, err)
			}
		}
	}
	if damaged > 1 {
		h.Warning += fmt.Sprintf("; so are %d lines after it", damaged-1)
	}
}

// parseLine reads a line of metrics.jsonl.
func (h *History) parseLine(line []byte) error {
	of, err := train.ParseMetrics(line)
	if err != nil {
		return err
	}
	if of.Kind == "step" {
		var s train.StepMetrics
		if err := strictjson.Unmarshal(line, &s); err != nil {
			return err
		}
		h.Steps = append(h.Steps, s)
		return nil
	}
	var e train.EpochMetrics
	if err := strictjson.Unmarshal(line, &e); err != nil {
		return err
	}
	if last := len(h.Epochs) - 1; last >= 0 && h.Epochs[last].Epoch == e.Epoch {
		h.Epochs = h.Epochs[:last] // of a run that was made longer within that epoch
	}
	h.Epochs = append(h.Epochs, e)
	return nil
}
