package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"entrec/mvssl"
	"entrec/nn"
	"entrec/tensor"
	"entrec/tensor/safetensors"
)

// The metadata entry "format" of a checkpoint: one with the digests of safetensors.Seal,
// and that of older versions, which wrote none.
const (
	checkpointFormat = "entrec-checkpoint/2"
	unsealedFormat   = "entrec-checkpoint/1"
)

// Numerics is raised whenever training from the same configuration, at the same SIMD
// level, gives other bits than before.
const Numerics = 1

// writeCheckpoint writes the run's state into its folder, wholly or not at all, and keeps
// the checkpoint before.
func writeCheckpoint[T tensor.Float](dir string, cfg *Config, p progress, st []nn.Named[T]) error {
	config, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	where, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return nn.ReplaceState(filepath.Join(dir, CheckpointFile), filepath.Join(dir, PreviousFile), map[string]string{
		"format": checkpointFormat, "config": string(config), "progress": string(where),
	}, st)
}

// checkpoint is the content of a checkpoint's file.
type checkpoint struct {
	path string
	file *safetensors.File
	cfg  Config
	at   progress
}

// CheckpointError is what is wrong with a run's checkpoint, and what goes on without it.
type CheckpointError struct {
	Err    error
	Remedy string // "" where there is none
}

// Error is one line: the file, what is wrong, and the remedy.
func (e *CheckpointError) Error() string {
	if e.Remedy == "" {
		return e.Err.Error()
	}
	return e.Err.Error() + "; " + e.Remedy
}

// Unwrap returns what is wrong.
func (e *CheckpointError) Unwrap() error { return e.Err }

// openCheckpoint reads the checkpoint of the run in a folder. The error is a
// *CheckpointError.
func openCheckpoint(dir string) (*checkpoint, error) {
	c, err := readCheckpoint(filepath.Join(dir, CheckpointFile))
	if err != nil {
		return nil, withRemedy(dir, err)
	}
	return c, nil
}

// openLatest is openCheckpoint that takes the checkpoint before where there is no other:
// what a process leaves that is killed between two names, on a file system without links.
func openLatest(dir string) (*checkpoint, error) {
	_, err := os.Lstat(filepath.Join(dir, CheckpointFile))
	_, none := os.Lstat(filepath.Join(dir, PreviousFile))
	if !errors.Is(err, os.ErrNotExist) || none != nil {
		return openCheckpoint(dir)
	}
	c, err := readCheckpoint(filepath.Join(dir, PreviousFile))
	if err != nil {
		return nil, &CheckpointError{err, beginAnew}
	}
	return c, nil
}

const beginAnew = "there is no other checkpoint: entrec train --overwrite begins the run anew"

// withRemedy says what goes on where a run's checkpoint does not.
func withRemedy(dir string, err error) error {
	previous, broken := readCheckpoint(filepath.Join(dir, PreviousFile))
	switch {
	case broken == nil:
		return &CheckpointError{err, fmt.Sprintf("the checkpoint before it is whole: rename %s to %s, and entrec train --resume goes on from step %d",
			PreviousFile, CheckpointFile, previous.at.Step)}
	case errors.Is(err, os.ErrNotExist):
		return &CheckpointError{err, ""}
	case errors.Is(broken, os.ErrNotExist):
		return &CheckpointError{err, beginAnew}
	}
	return &CheckpointError{err, fmt.Sprintf("neither is %s whole: entrec train --overwrite begins the run anew", PreviousFile)}
}

// readCheckpoint reads a checkpoint's file, checks the digests of all that it holds, and
// that its numbers are finite. Errors name the file and, where it is known, the tensor.
func readCheckpoint(path string) (*checkpoint, error) {
	f, err := safetensors.Read(path)
	if err != nil {
		return nil, err
	}
	format := f.Metadata["format"]
	switch {
	case format != checkpointFormat && format != unsealedFormat:
		return nil, fmt.Errorf("%s: metadata format: found %q, expected %q", path, format, checkpointFormat)
	case format == checkpointFormat || f.Sealed():
		if err := f.Verify(path); err != nil {
			return nil, err
		}
	}
	for _, t := range f.Tensors {
		if err := finiteValues(t); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	c := &checkpoint{path: path, file: f}
	if c.at, err = parseProgress([]byte(f.Metadata["progress"])); err != nil {
		return nil, fmt.Errorf("%s: metadata progress: %w", path, err)
	}
	if c.cfg, err = parseConfig([]byte(f.Metadata["config"])); err != nil {
		return nil, fmt.Errorf("%s: metadata config: %w", path, err)
	}
	if c.cfg.Images == 0 { // an older version's
		c.cfg.Images = c.at.Images
	}
	return c, nil
}

// finiteValues reports the first value of a tensor that is NaN or infinite.
func finiteValues(t safetensors.Tensor) error {
	if t.DType != "F32" && t.DType != "F64" {
		return nil
	}
	values, err := safetensors.Floats[float64](t)
	if err != nil {
		return err
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("tensor %q: found %v at place %d, expected finite numbers", t.Name, v, i)
		}
	}
	return nil
}

// load copies the state into st, of a run whose configuration is cfg. Errors name the file
// and the first thing that does not fit.
func load[T tensor.Float](c *checkpoint, cfg *Config, st []nn.Named[T], prepares bool) error {
	saved := c.cfg
	if saved.DataSHA256 == "" { // an older version's, or config.json has it only since
		saved.Data, saved.DataSHA256 = cfg.Data, cfg.DataSHA256
	}
	if err := saved.Same(cfg); err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	if err := c.at.check(cfg, prepares); err != nil {
		return fmt.Errorf("%s: metadata progress: %w", c.path, err)
	}
	return nn.SetState(c.path, c.file, st)
}

// take copies a checkpoint's state into the networks.
func (n *Networks[T]) take(c *checkpoint) error {
	_, prepares := n.Method.(mvssl.Preparer[T])
	if err := load(c, n.cfg, n.state, prepares); err != nil {
		return err
	}
	if m, ok := n.Method.(mvssl.StateChecker); ok {
		if err := m.CheckState(); err != nil {
			return fmt.Errorf("%s: %w", c.path, err)
		}
	}
	n.at = c.at
	return nil
}

// Same reports, in an error, the first field in which another configuration, the
// expected one, differs in what determines the training: its length and what it
// reports do not, nor where the data are if both know which.
func (c *Config) Same(other *Config) error {
	if mine, theirs := c.Model.Method, other.Model.Method; mine != theirs { // what follows from it comes later
		return fmt.Errorf("model.method: found %q, expected %q", mine, theirs)
	}
	known := c.DataSHA256 != "" && other.DataSHA256 != ""
	mine, err := fields(c, known)
	if err != nil {
		return err
	}
	theirs, err := fields(other, known)
	if err != nil {
		return err
	}
	return firstDifference("", mine, theirs)
}

// fields returns what determines the training, the data by their digest where that is
// known and else by their place.
func fields(c *Config, known bool) (tree any, err error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	v, err := parseJSON(text) // numbers as they are written: seeds have 64 bits
	if err != nil {
		return nil, err
	}
	members := v.(map[string]any)
	for _, key := range []string{"epochs", "steps", "report", "extended", "quick", "skip_bad", "init"} {
		delete(members, key)
	}
	if known {
		delete(members, "data")
	} else {
		delete(members, "data_sha256")
	}
	return members, nil
}

// firstDifference walks two JSON trees in the order of sortedKeys.
func firstDifference(at string, found, expected any) error {
	inside := func(key string) string { return strings.TrimPrefix(at+"."+key, ".") }
	switch f := found.(type) {
	case map[string]any:
		e, ok := expected.(map[string]any)
		if !ok {
			break
		}
		for _, key := range sortedKeys(f, e) {
			if err := firstDifference(inside(key), f[key], e[key]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		e, ok := expected.([]any)
		if !ok {
			break
		}
		if len(f) != len(e) {
			return fmt.Errorf("%s: found %d of them, expected %d", at, len(f), len(e))
		}
		for i := range f {
			if err := firstDifference(inside(strconv.Itoa(i)), f[i], e[i]); err != nil {
				return err
			}
		}
		return nil
	}
	a, _ := json.Marshal(found)
	b, _ := json.Marshal(expected)
	if string(a) != string(b) {
		return fmt.Errorf("%s: found %s, expected %s", at, a, b)
	}
	return nil
}

// chosenFirst are the keys of what other fields of a configuration follow from.
var chosenFirst = []string{"method", "name", "optimizer", "variant", "size", "subset", "probe"}

// sortedKeys returns the keys of all trees, those of chosenFirst before the others.
func sortedKeys(trees ...map[string]any) []string {
	var keys []string
	for _, t := range trees {
		keys = slices.AppendSeq(keys, maps.Keys(t))
	}
	rank := func(key string) int {
		if i := slices.Index(chosenFirst, key); i >= 0 {
			return i
		}
		return len(chosenFirst)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	return slices.Compact(keys)
}

// Spent returns the steps that the run in a folder had made at its last checkpoint, and
// the seconds that they took, with their evaluations.
func Spent(dir string) (steps int, seconds float64, err error) {
	c, err := openLatest(dir)
	if err != nil {
		return 0, 0, err
	}
	return c.at.Step, c.at.WallSeconds, nil
}
