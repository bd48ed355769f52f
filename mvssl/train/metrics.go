package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"entrec/mvssl/eval"
)

// StepMetrics is a line of metrics.jsonl about one step.
type StepMetrics struct {
	Kind        string             `json:"kind"` // "step"
	Step        int                `json:"step"` // from 1
	Epoch       float64            `json:"epoch"`
	LR          float64            `json:"lr"`
	WeightDecay float64            `json:"weight_decay"`
	Loss        float64            `json:"loss"`  // in nats where the method's loss is
	Terms       map[string]float64 `json:"terms"` // of the loss
}

// EpochMetrics is a line of metrics.jsonl about the state before training (epoch
// 0) or after an epoch: diagnostics on a fixed batch of held-out images under
// fixed views, and the accuracy of a quick kNN on part of the data.
type EpochMetrics struct {
	Kind  string `json:"kind"` // "epoch"
	Step  int    `json:"step"`
	Epoch int    `json:"epoch"`
	// Loss is the mean over the epoch's steps, in nats where the method's loss is; null for
	// epoch 0.
	Loss *float64 `json:"loss"`
	eval.MethodDiagnostics
	Kappa     float64 `json:"kappa"`
	Self      string  `json:"er_self"`
	QuickKNN  float64 `json:"knn_top1_quick"`
	QuickBank int     `json:"knn_quick_bank"`
	// Warning says which sign of collapse there is, and what to try.
	Warning string `json:"warning,omitempty"`
}

// metricsLog appends lines to a run's metrics.jsonl.
type metricsLog struct{ file *os.File }

// openMetrics opens the file for appending after the lines about steps up to step and
// about epochs that had ended by step reported; later ones, which a killed run wrote
// after its last checkpoint, are cut off.
func openMetrics(path string, step, reported int) (*metricsLog, error) {
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var keep int
	for rest := old; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		var line struct {
			Kind string `json:"kind"`
			Step int    `json:"step"`
		}
		if json.Unmarshal(rest[:end], &line) != nil || line.Step > step || line.Kind == "epoch" && line.Step > reported {
			break
		}
		keep += end + 1
		rest = rest[end+1:]
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	if err = f.Truncate(int64(keep)); err == nil {
		_, err = f.Seek(int64(keep), 0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &metricsLog{f}, nil
}

func (m *metricsLog) write(line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("%s: %w", m.file.Name(), err)
	}
	_, err = m.file.Write(append(text, '\n'))
	return err
}

func (m *metricsLog) close() error { return m.file.Close() }
