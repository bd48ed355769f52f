package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"entrec/internal/files"
	"entrec/internal/lock"
	"entrec/internal/printable"
	"entrec/internal/strictjson"
	"entrec/mvssl/pictures"
	"entrec/mvssl/special"
	"entrec/mvssl/train"
)

// State is what goes on with a run.
type State string

// The states of a run: a process trains in its folder; it has a summary; it has none, and
// can be gone on with; its folder is gone or holds no run that can be read.
const (
	Training State = "training"
	Ended    State = "ended"
	Stopped  State = "stopped"
	Gone     State = "gone"
)

// Run is what the page knows of a run. All texts in it print by themselves.
type Run struct {
	Name  string `json:"name"`
	Base  string `json:"base"` // the last part of Name
	State State  `json:"state"`
	// Notes are what is wrong with the run's files, a line each.
	Notes    []string        `json:"notes,omitempty"`
	Method   *Method         `json:"method,omitempty"`
	Config   []setting       `json:"config,omitempty"`
	Summary  json.RawMessage `json:"summary,omitempty"` // summary.json
	Progress Progress        `json:"progress"`
	Plane    *Plane          `json:"plane,omitempty"`
	// Latest is what the last line about an epoch says.
	Latest map[string]float64 `json:"latest,omitempty"`
	Series *Series            `json:"series,omitempty"`
	// Pictures are those of the run's images, where a report has them.
	Pictures *pictures.Pictures `json:"pictures,omitempty"`

	dir     string
	made    int // steps, as the summary has them
	metrics metrics
	times   metrics // throughput.jsonl
	loaded  bool
	files   []string // notes about the configuration, the summary and the lock
	seen    [2]stamp // of the configuration and the summary
}

// stamp tells one content of a file from another.
type stamp struct {
	size     int64
	modified time.Time
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

// Progress is how far a run is.
type Progress struct {
	Step     int     `json:"step"`
	Steps    int     `json:"steps"` // 0 where nobody knows
	PerEpoch int     `json:"per_epoch"`
	Epoch    float64 `json:"epoch"`
	Epochs   int     `json:"epochs"`
	Images   int     `json:"images_per_step"`
	// Written is when a line was written last, in seconds since 1970; 0 where none was.
	Written float64 `json:"written"`
	// Rate is in steps a second, Left in seconds; 0 where nobody knows.
	Rate float64 `json:"rate,omitempty"`
	Left float64 `json:"seconds_left,omitempty"`
}

// Plane is the frame of entropy and reconstruction on the sphere of Dim dimensions under a
// kernel of concentration Kappa, in nats.
type Plane struct {
	Kappa   float64 `json:"kappa"`
	Dim     int     `json:"dim"`
	Uniform float64 `json:"uniform"` // the most entropy: the log of the sphere's area
	Most    float64 `json:"most"`    // the most reconstruction, κ + log C_d(κ)
	// Images are those that the bounds are of at most, where the run does not say how many.
	Images int `json:"images"`
}

// Series are a run's numbers over time.
type Series struct {
	Steps  table `json:"steps"`
	Epochs table `json:"epochs"`
	// Throughput is nil of runs that did not write it.
	Throughput *table     `json:"throughput,omitempty"`
	Spectra    []spectrum `json:"spectra,omitempty"`
	// Warnings are those of the run, at their epochs.
	Warnings []warning `json:"warnings,omitempty"`
	// Rows is how many lines about steps there are, Shown how many of them are here.
	Rows  int `json:"rows"`
	Shown int `json:"shown"`
	// Ranges are the least and the largest number of each column of all lines about steps,
	// Untrained what that about step 1 says: both are of the whole run, whichever part is here.
	Ranges    map[string][2]float64 `json:"ranges,omitempty"`
	Untrained map[string]float64    `json:"untrained,omitempty"`
}

// Read reads the run in a folder. There is no error: what cannot be read is said in
// Notes, and a folder without a run has the state [Gone].
func Read(dir, name string) *Run {
	r := Open(dir, name)
	r.Load()
	return r
}

// Open is [Read] of the configuration and the summary alone, and of the metrics' end.
func Open(dir, name string) *Run {
	r := &Run{Name: ShownName(name), Base: ShownName(base(dir, name)), dir: dir}
	r.Refresh()
	r.glance()
	return r
}

// ShownName returns a run's name as it is shown.
func ShownName(name string) string { return printable.Text(name) }

// base returns the last part of a run's name, the folder's own where it is named by dots.
func base(dir, name string) string {
	last := filepath.Base(name)
	if last != "." && last != ".." {
		return last
	}
	if absolute, err := filepath.Abs(dir); err == nil {
		last = filepath.Base(absolute)
	}
	return last
}

// Refresh reads again what has changed of a run's configuration, summary and state. It
// reports whether there was something. What was read of a run that is gone stays.
func (r *Run) Refresh() bool {
	state := r.currentState()
	seen := [2]stamp{stampOf(r.path(train.ConfigFile)), stampOf(r.path(train.SummaryFile))}
	if state == r.State && seen == r.seen {
		return false
	}
	r.State, r.seen, r.files = state, seen, nil
	if state == Gone {
		if _, err := os.Stat(r.path(train.ConfigFile)); err != nil {
			r.note(err)
		}
		r.compose()
		return true
	}
	r.Method, r.Config, r.Summary, r.Plane, r.made = nil, nil, nil, nil, 0
	r.readConfig()
	if err := r.readSummary(); err != nil {
		r.note(err)
	}
	r.end()
	r.compose()
	return true
}

// Dir returns the run's folder.
func (r *Run) Dir() string { return r.dir }

func (r *Run) path(name string) string { return filepath.Join(r.dir, name) }

// currentState returns the run's state, and notes a lock that cannot be read.
func (r *Run) currentState() State {
	if _, err := os.Stat(r.path(train.ConfigFile)); err != nil {
		return Gone
	}
	if held, err := lock.Holder(r.dir); err == nil && held != nil {
		return Training
	}
	if _, err := os.Stat(r.path(train.SummaryFile)); err == nil {
		return Ended
	}
	return Stopped
}

// The most bytes of a configuration and of a summary.
const maxFileBytes = 16 << 20

func (r *Run) readConfig() {
	text, err := files.Read(r.path(train.ConfigFile), maxFileBytes)
	if err != nil {
		r.note(err)
		return
	}
	if r.Config, err = settings(text); err != nil {
		r.note(fmt.Errorf("%s: %w", r.path(train.ConfigFile), err))
		return
	}
	r.Progress = Progress{Step: r.Progress.Step, Epoch: r.Progress.Epoch, Written: r.Progress.Written}
	c, err := train.ReadConfig(r.dir)
	if err != nil { // of another version, or of a program with methods of its own
		r.note(err)
		r.Method = &Method{Name: r.setting("model.method")}
		return
	}
	p := &r.Progress
	p.Steps, p.PerEpoch, p.Epochs, p.Images = c.TotalSteps(), c.StepsPerEpoch(), c.Epochs, c.Batch*c.Recipe.Accumulate
	if r.Method, err = describe(c.Model.Method); err != nil {
		r.note(err)
	}
	r.Plane = planeOf(c)
}

// setting returns the value of a field of the configuration.
func (r *Run) setting(path string) string {
	for _, s := range r.Config {
		if s[0] == path {
			return s[1]
		}
	}
	return ""
}

// planeOf returns the frame of the plane, nil where the projections' width is not known.
func planeOf(c train.Config) *Plane {
	d, kappa := c.Model.Projector.Out, c.Diagnostics.Kappa
	p := &Plane{
		Kappa: kappa, Dim: d, Images: train.HeldOut,
		Uniform: -special.LogVMFNormalizer(d, 0), Most: kappa + special.LogVMFNormalizer(d, kappa),
	}
	if math.IsNaN(p.Uniform) || math.IsInf(p.Most, 0) || math.IsNaN(p.Most) {
		return nil
	}
	return p
}

func (r *Run) readSummary() error {
	path := r.path(train.SummaryFile)
	text, err := files.Read(path, maxFileBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var s train.Summary
	err = strictjson.Unmarshal(text, &s)
	if err == nil {
		err = s.Validate()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for key, v := range tree {
		if s, is := v.(string); is {
			tree[key] = printable.Text(s)
		}
	}
	r.made = s.Steps
	r.Summary, err = json.Marshal(tree)
	return err
}

// note adds what is wrong with the run's files.
func (r *Run) note(err error) { r.files = append(r.files, printable.Text(err.Error())) }

// compose sets Notes.
func (r *Run) compose() {
	r.Notes = slices.Clone(r.files)
	for _, m := range []*metrics{&r.metrics, &r.times} {
		if m.damaged == 0 {
			continue
		}
		text := m.damage
		if m.damaged > 1 {
			text += fmt.Sprintf("; so are %d lines after it", m.damaged-1)
		}
		r.Notes = append(r.Notes, printable.Text(text))
	}
}

// Load reads the metrics as far as they are new. It reports whether there were some.
func (r *Run) Load() bool {
	if r.State == Gone {
		return false
	}
	news, err := r.metrics.update(r.path(train.MetricsFile))
	later, err2 := r.times.update(r.path(train.ThroughputFile))
	news = news || later
	r.compose()
	for _, err := range []error{err, err2} {
		if err != nil {
			r.Notes = append(r.Notes, printable.Text(err.Error()))
		}
	}
	r.loaded = true
	r.stand(&r.metrics)
	return news
}

// Unload forgets the metrics.
func (r *Run) Unload() { r.metrics, r.times, r.loaded, r.Series = metrics{}, metrics{}, false, nil }

// Bytes is about how much memory the metrics take.
func (r *Run) Bytes() int { return r.metrics.bytes() + r.times.bytes() }

// Look reads what is new of the metrics of a run that is not loaded: where it stands by
// their end. It reports whether they have changed.
func (r *Run) Look() bool {
	before := r.Progress
	if r.loaded {
		return r.Load()
	}
	r.glance()
	return r.Progress != before
}

// glanceBytes is how much of the metrics' end is read of a run that is not loaded.
const glanceBytes = 64 << 10

// glance reads where the run stands by the end of its metrics.
func (r *Run) glance() {
	f, size, err := files.Open(r.path(train.MetricsFile), maxMetricsBytes)
	if err != nil {
		return // Load says why
	}
	defer f.Close()
	text := make([]byte, min(size, glanceBytes))
	if _, err := f.ReadAt(text, size-int64(len(text))); err != nil && err != io.EOF {
		return
	}
	if int64(len(text)) < size {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	var end metrics
	if end.lines(bytes.NewReader(text), f.Name()) == nil {
		r.stand(&end)
	}
}

// stand sets where the run stands.
func (r *Run) stand(m *metrics) {
	p := &r.Progress
	for _, t := range []*table{&m.steps, &m.epochs} {
		n := len(t.steps)
		if n == 0 {
			continue
		}
		if epochs := t.values("epoch"); int(t.steps[n-1]) >= p.Step && epochs != nil {
			p.Step, p.Epoch = int(t.steps[n-1]), r.epochAt(int(t.steps[n-1]), float64(epochs[n-1]))
		}
	}
	r.end()
	if info, err := os.Stat(r.path(train.MetricsFile)); err == nil {
		p.Written = float64(info.ModTime().UnixMilli()) / 1000
	}
	if n := len(m.epochs.steps); n > 0 {
		r.Latest = map[string]float64{}
		for _, c := range m.epochs.columns {
			if v := float64(c.values[n-1]); !math.IsNaN(v) && !math.IsInf(v, 0) {
				r.Latest[c.name] = v
			}
		}
	}
}

// end takes in where the run ended: not every step is logged.
func (r *Run) end() {
	if p := &r.Progress; r.made > p.Step {
		p.Step = r.made
		if p.PerEpoch > 0 {
			p.Epoch = float64(r.made) / float64(p.PerEpoch)
		}
	}
}

// epochAt returns where a line about an epoch stands: at its epoch, or where a pass over the
// data was cut short at the part of it that was made.
func (r *Run) epochAt(step int, epoch float64) float64 {
	if per := r.Progress.PerEpoch; per > 0 {
		return min(epoch, float64(step)/float64(per))
	}
	return epoch
}

// At sets Series to the numbers of steps from … to, about points of them at most: of
// more, those that are extreme are kept.
func (r *Run) At(from, to float64, points int) {
	m := &r.metrics
	which := m.steps.thin(from, to, points)
	r.Series = &Series{
		Steps:    m.steps.rows(which),
		Epochs:   m.epochs.rows(m.epochs.thin(math.Inf(-1), math.Inf(1), points)),
		Spectra:  slices.Clone(m.spectra),
		Warnings: slices.Clone(m.warnings),
		Rows:     len(m.steps.steps),
		Shown:    len(which),
		Ranges:   m.steps.ranges(),
	}
	epochs := r.Series.Epochs.values("epoch")
	for i := range epochs {
		epochs[i] = float32(r.epochAt(int(r.Series.Epochs.steps[i]), float64(epochs[i])))
	}
	for i, s := range r.Series.Spectra {
		r.Series.Spectra[i].Epoch = r.epochAt(s.step, s.Epoch)
	}
	for i, w := range r.Series.Warnings {
		r.Series.Warnings[i].Epoch = r.epochAt(w.step, w.Epoch)
	}
	if len(m.steps.steps) > 0 && m.steps.steps[0] == 1 {
		r.Series.Untrained = m.steps.row(0)
	}
	if t := &r.times.steps; len(t.steps) > 0 {
		// The page draws one number of them, and a few hundred points show how it went.
		thin := t.only("epoch", "images_per_second").thinned(from, to, points/8)
		r.Series.Throughput = &thin
	}
}
