package mi

import (
	"errors"
	"fmt"
	"slices"

	"entrec/internal/files"
	"entrec/internal/strictjson"
)

// Record is what a bench has found so far: the content of its bench.json.
type Record struct {
	Items []Item `json:"items"`
}

// maxRecord is the largest record that is read.
const maxRecord = 64 << 20

// ReadRecord reads a record, whose items have run. Errors are those of the file system, or one
// line with the file.
func ReadRecord(path string) (r Record, err error) {
	text, err := files.Read(path, maxRecord)
	if err != nil {
		return r, err
	}
	if err := strictjson.UnmarshalKnown(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	for n, i := range r.Items {
		if err := i.check(); err != nil {
			return r, fmt.Errorf("%s: item %d: %w", path, n+1, err)
		}
	}
	return r, nil
}

// check reports what no item of a bench that has run is.
func (i Item) check() error {
	if !slices.Contains(Parts(), i.Part) {
		return fmt.Errorf("found the part %q, expected one of %s", i.Part, joined(Parts()))
	}
	e, err := FindEstimator(i.Estimator)
	if err != nil {
		return err
	}
	switch critics := e.Critics(); {
	case critics == nil && i.Critic != "":
		return fmt.Errorf("found the critic %q of %s, expected none", i.Critic, e.Name)
	case critics != nil && !slices.Contains(critics, i.Critic):
		return fmt.Errorf("found the critic %q of %s, expected one of %s", i.Critic, e.Name, joined(critics))
	case i.K < 2:
		return fmt.Errorf("found k = %d, expected at least 2", i.K)
	case len(i.Cells) == 0:
		return errors.New("found no cells, expected one of each task")
	}
	return nil
}
