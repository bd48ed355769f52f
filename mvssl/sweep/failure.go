package sweep

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"entrec/internal/files"
	"entrec/internal/lock"
	"entrec/internal/strictjson"
)

// FailureFile is the file in a run's folder that says how its last attempt failed. It goes
// once another attempt has written a checkpoint that has more, or has ended well.
const FailureFile = "failed.json"

// Failure is how an attempt at a run ended without a summary.
type Failure struct {
	Error string `json:"error"` // one line
	// Code is the exit code: 1 where another attempt may succeed, 4 where a figure was not
	// finite, which it will be again.
	Code int    `json:"code"`
	Host string `json:"host"`
}

// NotFinite is the exit code of a run with a figure that is not finite.
const NotFinite = 4

// Final reports whether another attempt would fail in the same way.
func (f Failure) Final() bool { return f.Code == NotFinite }

// maxFailureBytes is more than any has.
const maxFailureBytes = 1 << 20

// Write writes the failure into a run's folder, which it makes where the run failed before
// it had one.
func (f Failure) Write(dir string) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return files.Write(filepath.Join(dir, FailureFile), append(text, '\n'))
}

// Report is Write for who is not the process that made the run, in a folder that nobody holds:
// one that a dead process held is taken over. It leaves alone a run that another process makes,
// or has ended.
func (f Failure) Report(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	l, err := lock.Acquire(dir)
	var held *lock.Held
	if errors.As(err, &held) {
		return nil
	}
	if err != nil {
		return err
	}
	if h, damage := ReadRun(dir); damage != nil || h.Summary == nil {
		err = f.Write(dir)
	}
	return errors.Join(err, l.Release())
}

// ReadFailure reads how the last attempt at the run in a folder failed. The error is
// os.ErrNotExist where it did not.
func ReadFailure(dir string) (f Failure, err error) {
	text, err := files.Read(filepath.Join(dir, FailureFile), maxFailureBytes)
	if err != nil {
		return f, err
	}
	return f, strictjson.Unmarshal(text, &f)
}

// ForgetFailure removes what [Failure.Write] wrote.
func ForgetFailure(dir string) error {
	if err := os.Remove(filepath.Join(dir, FailureFile)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
