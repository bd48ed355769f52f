package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"

	"entrec/internal/bench"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// question asks for a measurement in a process of its own, so that its memory is its own:
// of steps, or of the first pass of an objective.
type question struct {
	Step      *bench.Step      `json:"step,omitempty"`
	Repeats   int              `json:"repeats,omitempty"` // of the step
	Objective *bench.Objective `json:"objective,omitempty"`
}

// reply answers a question.
type reply struct {
	ImagesPerSecond float64 `json:"images_per_second"`
	Allocated       uint64  `json:"allocated_bytes"`
	PeakRSS         int64   `json:"peak_rss_bytes"`
}

// asker has a question answered.
type asker func(question) (reply, error)

// process returns an asker that starts this program anew for each question.
func process(self string) asker {
	return func(q question) (r reply, err error) {
		text, err := json.Marshal(q)
		if err != nil {
			return r, err
		}
		cmd := exec.Command(self, "turn", string(text))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return r, fmt.Errorf("a process of its own for %s: %w", text, err)
		}
		return r, json.Unmarshal(out, &r)
	}
}

// answer is the other side of process.
func answer(text string, w io.Writer) error {
	var q question
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		return err
	}
	r, err := q.answer()
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(r)
}

// answer measures what is asked for, on one thread.
func (q question) answer() (r reply, err error) {
	tensor.SetThreads(1)
	runtime.GOMAXPROCS(1)
	switch {
	case q.Step != nil:
		r.ImagesPerSecond, err = q.Step.ImagesPerSecond(q.Repeats)
	case q.Objective != nil:
		pass := q.Objective.Pass()
		r.Allocated = allocated(func() { pass() })
	default:
		err = errors.New("neither a step nor an objective to measure")
	}
	r.PeakRSS = train.PeakRSS()
	return r, err
}

// allocated returns the bytes of heap that f asks for. In a process that has done nothing
// like it before, that is no less than f needs at any time.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
