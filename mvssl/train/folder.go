package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entrec/internal/lock"
)

// The files of a run's folder.
const (
	ConfigFile     = "config.json"
	MetricsFile    = "metrics.jsonl"
	CheckpointFile = "checkpoint.safetensors"
	SummaryFile    = "summary.json"
	lockFile       = "lock.json"
)

// Figures are the files of the figures that the command draws of a run.
var Figures = []string{"loss.svg", "knn.svg", "bound.svg"}

// runFiles are the files that make a folder a run's.
var runFiles = []string{ConfigFile, MetricsFile, CheckpointFile, SummaryFile}

// leftovers are how the names of files begin that were being written.
var leftovers = []string{"." + ConfigFile + ".", "." + MetricsFile + ".", "." + CheckpointFile + ".", "." + SummaryFile + ".", ".lock-"}

// Occupied reports whether a folder holds anything of a run, or a process is in it.
// The error is the file system's.
func Occupied(dir string) (bool, error) { return holds(dir, append(slices.Clone(runFiles), lockFile)) }

// holdsRun reports whether a folder holds anything of a run.
func holdsRun(dir string) (bool, error) { return holds(dir, runFiles) }

func holds(dir string, files []string) (bool, error) {
	for _, name := range files {
		_, err := os.Lstat(filepath.Join(dir, name))
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// Clear removes the files of the run in a folder, and no others.
func Clear(dir string) error {
	for _, name := range append(slices.Clone(runFiles), Figures...) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return sweep(dir)
}

// sweep removes what a process that was killed while it wrote a file left in its
// place: see safetensors.WriteFile, and package lock.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		for _, prefix := range leftovers {
			if strings.HasPrefix(e.Name(), prefix) {
				if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// open takes the run's folder and prepares it: for a run that goes on by reading its
// checkpoint. A run that was killed before its first checkpoint begins anew.
func (t *trainer[T]) open() error {
	dir := t.opts.Out
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var err error
	if t.lock, err = lock.Acquire(dir); err != nil {
		return err
	}
	switch {
	case t.opts.Resume:
		err = t.takeUp()
	case t.opts.Overwrite:
		err = Clear(dir)
	default:
		var is bool
		if is, err = holdsRun(dir); is {
			err = fmt.Errorf("%s %w", dir, ErrOccupied)
		}
	}
	if err != nil {
		return err
	}
	if err := sweep(dir); err != nil {
		return err
	}
	if err := writeJSON(dir, ConfigFile, t.cfg); err != nil {
		return err
	}
	step, reported := t.logged()
	t.log, err = openMetrics(filepath.Join(dir, MetricsFile), step, reported)
	return err
}

// takeUp goes on from the checkpoint in the run's folder, if there is one.
func (t *trainer[T]) takeUp() error {
	at, err := readCheckpoint(filepath.Join(t.opts.Out, CheckpointFile), t.cfg, t.state)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.resumeAt(at)
}

// logged returns the last step, and the step of the last epoch, whose lines belong in
// metrics.jsonl; -1 where none does.
func (t *trainer[T]) logged() (step, reported int) {
	step, reported = t.at.Step, -1
	if t.at.Reported != nil {
		reported = *t.at.Reported
	}
	if step == 0 {
		step = reported
	}
	return step, reported
}
