package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"entrec/mvssl/train"
	"entrec/tensor"
)

// stepPrefix begins the one argument of a child process that measures our step,
// so that its peak memory is that of one kind of step.
const stepPrefix = "--step-child="

// work is a training step of SimCLR with a resnet18.
type work struct {
	Width, Batch, Threads, Steps int
	Precision                    string
}

func (w work) String() string {
	return fmt.Sprintf("step: resnet18 w%d b%d %s, %d threads", w.Width, w.Batch, w.Precision, w.Threads)
}

// steps compares training steps with PyTorch's in both memory layouts.
func steps(b *bench) {
	for _, w := range []work{
		{16, 256, b.threads, b.steps, "f32"}, {16, 256, 1, b.steps, "f32"}, {16, 32, b.threads, b.steps, "f32"},
		{32, 256, b.threads, b.steps, "f32"}, {64, 64, b.threads, b.steps, "f32"}, {16, 128, b.threads, b.steps, "f64"},
	} {
		for _, layout := range []string{"NCHW", "channels-last"} {
			var mine, theirs train.BenchResult
			r := b.pair(w.String(), "PyTorch "+layout, "images/s", func() (float64, error) {
				err := ourStep(w, &mine)
				return mine.ImagesPerSecond, err
			}, func() (float64, error) {
				err := once(map[string]any{"do": "step", "width": w.Width, "batch": w.Batch, "threads": w.Threads,
					"steps": w.Steps, "precision": w.Precision, "channels_last": layout == "channels-last"}, &theirs)
				return theirs.ImagesPerSecond, err
			})
			r.OursRSS, r.TheirsRSS = mine.PeakRSSBytes, theirs.PeakRSSBytes
		}
	}
}

// ourStep measures our step in a process of its own.
func ourStep(w work, res *train.BenchResult) error {
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	out, err := exec.Command(self, stepPrefix+string(text)).Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(out, res)
}

// stepChild is the child's main.
func stepChild(arg string) {
	var w work
	err := json.Unmarshal([]byte(strings.TrimPrefix(arg, stepPrefix)), &w)
	var res train.BenchResult
	if err == nil {
		res, err = benchStep(w)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(res)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func benchStep(w work) (train.BenchResult, error) {
	cfg, err := train.Defaults("simclr")
	if err != nil {
		return train.BenchResult{}, err
	}
	tensor.SetThreads(w.Threads)
	cfg.Batch, cfg.Precision = w.Batch, w.Precision
	e := &cfg.Model.Encoder
	e.Name, e.Width, e.Channels, e.Height, e.ImgWidth = "resnet18", w.Width, 3, 32, 32
	return train.Bench(cfg, w.Steps)
}
