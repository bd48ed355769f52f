package runs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

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
}

// ReadHistory reads the configuration, the metrics and, if it is there, the summary
// of the run in a folder. Errors name the file and, for metrics, the line.
func ReadHistory(dir string) (*History, error) {
	h := &History{Dir: dir}
	var err error
	if h.Config, err = train.ReadConfig(dir); err != nil {
		return nil, err
	}
	if err := h.readMetrics(filepath.Join(dir, train.MetricsFile)); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, train.SummaryFile)
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return h, nil
	}
	if err != nil {
		return nil, err
	}
	h.Summary = &train.Summary{}
	if err := json.Unmarshal(text, h.Summary); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// readMetrics reads metrics.jsonl.
func (h *History) readMetrics(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return h.parseMetrics(path, text)
}

// parseMetrics is readMetrics on the content of the file. A last line without an end
// is one that is being written, and left alone.
func (h *History) parseMetrics(path string, text []byte) error {
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return nil
		}
		text = rest
		var kind struct {
			Kind string `json:"kind"`
		}
		err := json.Unmarshal(line, &kind)
		switch {
		case err != nil:
		case kind.Kind == "step":
			h.Steps = append(h.Steps, train.StepMetrics{})
			err = json.Unmarshal(line, &h.Steps[len(h.Steps)-1])
		case kind.Kind == "epoch":
			var e train.EpochMetrics
			if err = json.Unmarshal(line, &e); err == nil {
				if last := len(h.Epochs) - 1; last >= 0 && h.Epochs[last].Epoch == e.Epoch {
					h.Epochs = h.Epochs[:last] // of a run that was made longer within that epoch
				}
				h.Epochs = append(h.Epochs, e)
			}
		default:
			err = fmt.Errorf("field %q: found %q, expected step or epoch", "kind", kind.Kind)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", path, n, err)
		}
	}
}
