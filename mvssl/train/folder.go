package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"entrec/internal/files"
	"entrec/internal/lock"
	"entrec/internal/tfevents"
)

// The files of a run's folder.
const (
	ConfigFile     = "config.json"
	MetricsFile    = "metrics.jsonl"
	ThroughputFile = "throughput.jsonl"
	CheckpointFile = "checkpoint.safetensors"
	PreviousFile   = "checkpoint.previous.safetensors" // the checkpoint before it
	SummaryFile    = "summary.json"
	// PredictionsFile is there where Config.Report says so: see [Predictions].
	PredictionsFile = "predictions.json"
)

// Figures are the files of the figures that the command draws of a run.
var Figures = []string{"loss.svg", "knn.svg", "bound.svg"}

// runFiles are the files that a run consists of. The configuration is the first to be
// written and the last to be removed: without it the others are no run's. The checkpoint
// before is removed first: alone it would be gone on with.
var runFiles = []string{PreviousFile, CheckpointFile, MetricsFile, ThroughputFile, SummaryFile, PredictionsFile, ConfigFile}

// Files returns the names of all files of a run's folder.
func Files() []string { return append(slices.Concat(Figures, runFiles), "lock.json") }

// leftover matches the names of files that were being written, or stood for a lock, when
// a process was killed: see files.Write, and package lock.
var leftover = regexp.MustCompile(`^(\.(config\.json|metrics\.jsonl|throughput\.jsonl|checkpoint\.safetensors|summary\.json|predictions\.json|(loss|knn|bound)\.svg)\.[0-9]+|(\.lock-[0-9a-f]{32}|lock-[0-9a-f]{32}\.json))$`)

// ErrForeign is wrapped by the error of a folder with files that have the names of a
// run's and are not: nothing is written over there.
var ErrForeign = errors.New("not a run's")

// Occupied reports whether a folder holds a run. Errors: that of a folder in which a
// process trains (a *lock.Held), or one that wraps [ErrForeign], or the file system's.
func Occupied(dir string) (bool, error) {
	held, err := lock.Holder(dir)
	if err != nil {
		return false, err
	}
	if held != nil {
		return false, held
	}
	return holdsRun(dir)
}

// holdsRun reports whether a folder holds a run. The error wraps [ErrForeign] where files
// only have the names of a run's.
func holdsRun(dir string) (bool, error) {
	some := ""
	for _, name := range slices.Concat(Figures, runFiles) {
		path := filepath.Join(dir, name)
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return false, err
		case !info.Mode().IsRegular():
			return false, foreign(path, "no regular file")
		case name == ConfigFile:
			return true, checkConfig(path, info.Size())
		}
		some = path
	}
	if some != "" {
		return false, foreign(some, "no "+ConfigFile+" beside it")
	}
	return false, nil
}

// maxConfigBytes is far more than any configuration has.
const maxConfigBytes = 1 << 24

// checkConfig reports a file that is no run's configuration, of whatever version.
func checkConfig(path string, size int64) error {
	if size > maxConfigBytes {
		return foreign(path, fmt.Sprintf("%d bytes", size))
	}
	text, err := files.Read(path, maxConfigBytes)
	if err != nil {
		return err
	}
	var tree map[string]any // read strictly once it is taken for a run's
	if json.Unmarshal(text, &tree) != nil || tree == nil {
		return foreign(path, "something else than a JSON object")
	}
	format, _ := tree["format"].(string)
	model, _ := tree["model"].(map[string]any)
	_, old := tree["knn"]
	if !strings.HasPrefix(format, "entrec-run/") && (!old || model["method"] == nil) {
		return foreign(path, "another JSON object")
	}
	return nil
}

func foreign(path, found string) error {
	return fmt.Errorf("%s is %w: found %s, expected a run's configuration, files and figures; nothing in this folder is written over: choose another", path, ErrForeign, found)
}

// Clear removes the files of the run in a folder, and no others. The error wraps
// [ErrForeign] where they are not a run's.
func Clear(dir string) error {
	if _, err := holdsRun(dir); err != nil {
		return err
	}
	events, err := tfevents.Files(dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Concat(events, Figures, runFiles) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := sweepKept(dir, true); err != nil {
		return err
	}
	return sweep(dir)
}

// sweep removes what processes that were killed have left.
func sweep(dir string) error {
	if err := sweepKept(dir, false); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !leftover.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
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
	is, err := holdsRun(dir)
	switch {
	case err != nil:
	case t.opts.Overwrite:
		err = Clear(dir)
	case is && t.opts.Resume:
		err = t.takeUp()
	case is:
		err = fmt.Errorf("%s %w", dir, ErrOccupied)
	}
	t.at.Attempts++
	if err == nil {
		err = t.takeLevel()
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
	var warning string
	if t.log, warning, err = openMetrics(filepath.Join(dir, MetricsFile), step, reported, t.at.Lines); warning != "" {
		t.warn(warning)
	}
	if err != nil {
		return err
	}
	// Of all lines about epochs that were lost, the last one of the run can be made again.
	if t.at.Step == t.steps && step == reported && t.log.reported < step {
		t.at.Reported, t.before.Reported = nil, nil
	}
	// Of times nobody misses a line.
	t.times, _, err = openMetrics(filepath.Join(dir, ThroughputFile), step, -1, nil)
	t.timed = timed{t.at.Step, t.at.TrainSeconds}
	t.board = newBoard(t.cfg, t.split.Train, dir, step+1)
	return err
}

// takeUp goes on from the checkpoint in the run's folder, if there is one.
func (t *trainer[T]) takeUp() error {
	c, err := openLatest(t.opts.Out)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := t.take(c); err != nil {
		return err
	}
	if err := t.resumeAt(c); err != nil {
		return err
	}
	if filepath.Base(c.path) == PreviousFile {
		t.warn(fmt.Sprintf("found no %s; going on from %s, at step %d", filepath.Join(t.opts.Out, CheckpointFile), PreviousFile, c.at.Step))
	}
	return nil
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
