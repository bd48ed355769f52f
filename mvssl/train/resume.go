package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"entrec/mvssl"
	"entrec/mvssl/data"
)

// ErrOtherwise is wrapped by the error of a run that is to go on otherwise than it
// began.
var ErrOtherwise = errors.New("cannot be resumed otherwise than it began")

// ErrChanged is wrapped by the error of data that are not those that a run began with.
var ErrChanged = errors.New("the data changed since the run began")

// CheckData reports, in an error that wraps [ErrChanged], that a data set is not the one
// of the configuration. Of a configuration that does not know, it reports nothing.
func (c *Config) CheckData(full *data.Split) error {
	if c.DataSHA256 == "" || full.SHA256 == "" || c.DataSHA256 == full.SHA256 {
		return nil
	}
	const digits = 12
	expected := ""
	if c.Subset == nil && c.Holdout == 0 {
		expected = fmt.Sprintf("%d of ", c.Images)
	}
	return fmt.Errorf("%w: found %d training images of digest %.*s, expected %sdigest %.*s",
		ErrChanged, full.Train.Len(), digits, full.SHA256, expected, digits, c.DataSHA256)
}

// Resume makes the configuration with which the run in a folder goes on: its own,
// and over it a request, which may differ in the run's length, to make it longer, and
// in what it reports. Values that were once chosen by the length stay. The part of the
// data set is that of [Resolve]. The data set may have moved, but not changed: the error of
// [Config.CheckData]. An error that wraps [ErrOtherwise] says in what the request differs.
func Resume(dir string, stored Config, r *Request, full *data.Split) (Config, *data.Split, error) {
	merged, err := over(stored, r)
	if err != nil {
		return stored, nil, err
	}
	otherwise := func(err error) error { return fmt.Errorf("%s %w: %w", dir, ErrOtherwise, err) }
	if theirs := merged.Method(); theirs != stored.Model.Method { // what follows from it comes later
		return stored, nil, otherwise(fmt.Errorf("model.method: found %q, expected %q", theirs, stored.Model.Method))
	}
	if err := stored.CheckData(full); err != nil {
		return stored, nil, fmt.Errorf("%s: %w", dir, err)
	}
	c, split, err := Resolve(merged, full)
	if err != nil {
		return c, nil, err
	}
	if err := c.Same(&stored); err != nil {
		return c, nil, otherwise(err)
	}
	if before, now := stored.TotalSteps(), c.TotalSteps(); now < before {
		return c, nil, otherwise(fmt.Errorf("found %d steps, expected the run's %d or more", now, before))
	} else if now == before {
		return c, split, nil
	}
	from, err := openLatest(dir)
	if errors.Is(err, os.ErrNotExist) { // it begins anew
		return c, split, nil
	}
	if err != nil {
		return c, nil, err
	}
	c.Extended = append(c.Extended, Extension{from.at.Step, stored.Epochs, stored.Steps})
	return c, split, nil
}

// over lays a request over a configuration. More epochs lift a limit of the steps that
// the request does not repeat, more steps than the epochs have raise their number.
func over(c Config, r *Request) (*Request, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	tree, err := parseTree(text)
	if err != nil {
		return nil, err
	}
	merged := &Request{tree: tree, views: r.views, origin: r.origin}
	if _, ok := r.lookup("epochs"); ok {
		delete(tree, "steps")
	}
	if r.Asks("init") {
		delete(tree, "init_sha256") // which tells whether it is the same
	}
	for _, a := range leaves(nil, r.tree) {
		if _, chosen := merged.lookup(join(a.path)); chosen && a.value == mvssl.Auto {
			continue // what was once chosen stays
		}
		merged.Set(join(a.path), a.value)
	}
	merged.made = true
	if _, ok := r.lookup("epochs"); ok {
		return merged, nil
	}
	if steps, ok := r.lookup("steps"); ok {
		if n, err := strconv.Atoi(fmt.Sprint(steps)); err == nil && n > c.Epochs*c.StepsPerEpoch() {
			merged.Set("epochs", (n-1)/c.StepsPerEpoch()+1)
		}
	}
	return merged, nil
}

// resumeAt takes up a run where its checkpoint stands.
func (t *trainer[T]) resumeAt(c *checkpoint) error {
	at := c.at
	if at.Numerics != Numerics {
		return fmt.Errorf("%s: found numerics %d, this version has %d, so that the run would not be what it began as: resume it with the version that began it, or begin anew", c.path, at.Numerics, Numerics)
	}
	t.at, t.before = at, at
	if at.Step == t.steps {
		return nil
	}
	t.at.Final = final{}
	// A run that is made longer has not ended any more.
	for _, name := range []string{SummaryFile, PredictionsFile} {
		if err := os.Remove(filepath.Join(t.opts.Out, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
