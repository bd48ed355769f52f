package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"entrec/internal/files"
	"entrec/internal/strictjson"
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
	// Schedules are the other numbers by which the step was made, where the method has some:
	// "ema", the coefficient of its target's average, "temperature" and "teacher_temperature".
	Schedules map[string]float64 `json:"schedules,omitempty"`
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
	// HeldOut is how many images the diagnostics are of: the k of the InfoNCE bound's ceiling,
	// log k. Lines of older versions have none.
	HeldOut int `json:"held_out,omitempty"`
	eval.MethodDiagnostics
	Kappa float64 `json:"kappa"`
	Self  string  `json:"er_self"`
	// QuickKNN is nil, and QuickBank 0, where images have no labels.
	QuickKNN  *float64 `json:"knn_top1_quick,omitempty"`
	QuickBank int      `json:"knn_quick_bank,omitempty"`
	// ProbeOnline is the accuracy, on the images of the quick kNN, of the classifier trained
	// beside the encoder; nil where there is none, and before the first step.
	ProbeOnline *float64 `json:"probe_online"`
	// Warning says which sign of collapse there is, and what to try.
	Warning string `json:"warning,omitempty"`
}

// Throughput is a line of throughput.jsonl: there is one for each line of metrics.jsonl about
// a step. Times stand in a file of their own, so that those of the same run are the same.
type Throughput struct {
	Kind  string  `json:"kind"` // "step"
	Step  int     `json:"step"`
	Epoch float64 `json:"epoch"`
	Time  float64 `json:"time"` // at which the step ended, in seconds since 1970
	// ImagesPerSecond are source images, since the line before, in training alone.
	ImagesPerSecond float64 `json:"images_per_second"`
}

// metricsLog appends lines to a run's metrics.jsonl, or to a file like it.
type metricsLog struct {
	file     *os.File
	lines    int // in the file
	reported int // the step of its last line about an epoch when it was opened, -1 without one
}

// maxMetricsBytes is more than any run writes.
const maxMetricsBytes = 4 << 30

// openMetrics opens the file for appending after the lines about steps up to step and
// about epochs that had ended by step reported; later ones, which a killed run wrote
// after its last checkpoint, are left out. So are lines that are damaged, and warning
// says which, or how many are missing of those that the file had at the checkpoint, where
// that is known; it is "" where all is well.
func openMetrics(path string, step, reported int, had *int) (log *metricsLog, warning string, err error) {
	old, err := files.Read(path, maxMetricsBytes)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, "", err
	}
	kept, last, warning := keptLines(old, step, reported, had)
	if warning != "" {
		warning = path + ": " + warning
	}
	if !bytes.HasPrefix(old, kept) {
		if err := files.Write(path, kept); err != nil {
			return nil, "", err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, "", err
	}
	if err = f.Truncate(int64(len(kept))); err == nil {
		_, err = f.Seek(int64(len(kept)), io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, "", err
	}
	return &metricsLog{f, bytes.Count(kept, []byte("\n")), last}, warning, nil
}

// keptLines returns the lines that openMetrics keeps, the step of the last one about an
// epoch, -1 where there is none, and its warning.
func keptLines(text []byte, step, reported int, had *int) (kept []byte, last int, warning string) {
	type damage struct {
		line int
		err  error
	}
	var damaged []damage
	inside, lines := 0, 0 // the damaged lines before the last one kept; the lines kept
	last = -1
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			break
		}
		text = rest
		at, err := ParseMetrics(line)
		switch {
		case err != nil:
			damaged = append(damaged, damage{n, err})
		case at.Step <= step && (at.Kind == "step" || at.Step <= reported):
			kept = append(append(kept, line...), '\n')
			inside = len(damaged)
			lines++
			if at.Kind == "epoch" {
				last = at.Step
			}
		}
	}
	if had != nil { // lines at the end that are damaged may be those that the file had
		inside = min(len(damaged), max(inside, *had-lines))
	}
	var all []string
	switch damaged = damaged[:inside]; {
	case inside == 1:
		all = append(all, fmt.Sprintf("line %d is damaged, and left out: %v", damaged[0].line, damaged[0].err))
	case inside > 1:
		all = append(all, fmt.Sprintf("%d lines are damaged, and left out, the first line %d: %v", inside, damaged[0].line, damaged[0].err))
	}
	if had != nil && *had > lines+inside {
		all = append(all, fmt.Sprintf("%d of the %d lines up to step %d are missing", *had-lines-inside, *had, step))
	}
	return kept, last, strings.Join(all, "; ")
}

// MetricsLine says what a line of metrics.jsonl is about.
type MetricsLine struct {
	Kind string `json:"kind"` // "step" or "epoch"
	Step int    `json:"step"`
}

// ParseMetrics reads what a line of metrics.jsonl is about. It errors where the line is
// not one JSON object of a kind that there is, about a step that there can be.
func ParseMetrics(line []byte) (m MetricsLine, err error) {
	if err := strictjson.Unmarshal(line, &m); err != nil {
		return m, err
	}
	if m.Kind != "step" && m.Kind != "epoch" {
		return m, fmt.Errorf("field %q: found %q, expected step or epoch", "kind", m.Kind)
	}
	if m.Step < 0 {
		return m, fmt.Errorf("field %q: found %d, expected none below 0", "step", m.Step)
	}
	return m, nil
}

func (m *metricsLog) write(line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("%s: %w", m.file.Name(), err)
	}
	_, err = m.file.Write(append(text, '\n'))
	m.lines++
	return err
}

// sync makes the lines outlive a power cut.
func (m *metricsLog) sync() error { return m.file.Sync() }

func (m *metricsLog) close() error { return m.file.Close() }
