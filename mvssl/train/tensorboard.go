package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entrec/internal/tfevents"
	"entrec/mvssl/data"
	"entrec/mvssl/sheet"
)

// Log says in which further form a run's numbers are logged.
type Log string

// The further forms: none, or TensorBoard's event files in the run's folder.
const (
	NoLog          Log = ""
	TensorBoardLog Log = "tensorboard"
)

// Choices returns the forms, by the names that UnmarshalText takes.
func (Log) Choices() []string { return []string{"none", string(TensorBoardLog)} }

// UnmarshalText takes one of the forms.
func (l *Log) UnmarshalText(text []byte) error {
	if !slices.Contains(l.Choices(), string(text)) && len(text) > 0 {
		return fmt.Errorf("found %q, expected %s", text, strings.Join(l.Choices(), " or "))
	}
	*l = Log(text)
	if *l == "none" {
		*l = NoLog
	}
	return nil
}

// board writes a run's numbers into an event file, which begins with the first of them and, in
// a run's first one, with a sheet of views before. A nil board writes nothing.
type board struct {
	cfg    *Config
	images *data.Dataset
	dir    string
	from   int // the first step of which earlier files count no more
	file   *tfevents.Writer
}

// newBoard returns the board of a run on some images that goes on with a step, nil where none
// is asked for.
func newBoard(cfg *Config, images *data.Dataset, dir string, from int) *board {
	if cfg.Report.Log != TensorBoardLog {
		return nil
	}
	return &board{cfg: cfg, images: images, dir: dir, from: from}
}

// step writes what the lines about a step say.
func (b *board) step(m StepMetrics, t Throughput) error {
	if b == nil {
		return nil
	}
	all := make([]tfevents.Scalar, 0, 5+len(m.Terms)+len(m.Schedules))
	all = append(all, tfevents.Scalar{Tag: "step/epoch", Value: m.Epoch}, tfevents.Scalar{Tag: "step/lr", Value: m.LR},
		tfevents.Scalar{Tag: "step/weight_decay", Value: m.WeightDecay}, tfevents.Scalar{Tag: "step/loss", Value: m.Loss},
		tfevents.Scalar{Tag: "step/images_per_second", Value: t.ImagesPerSecond})
	for _, name := range slices.Sorted(maps.Keys(m.Terms)) {
		all = append(all, tfevents.Scalar{Tag: "step/terms/" + name, Value: m.Terms[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Schedules)) {
		all = append(all, tfevents.Scalar{Tag: "step/schedules/" + name, Value: m.Schedules[name]})
	}
	return b.write(m.Step, all)
}

// epoch writes the numbers of a line about an epoch.
func (b *board) epoch(m EpochMetrics) error {
	if b == nil {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return err
	}
	var all []tfevents.Scalar
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if v, is := tree[name].(float64); is && name != "step" {
			all = append(all, tfevents.Scalar{Tag: "epoch/" + name, Value: v})
		}
	}
	return b.write(m.Step, all)
}

func (b *board) write(step int, all []tfevents.Scalar) error {
	now := time.Now()
	if b.file == nil {
		if err := b.open(now); err != nil {
			return err
		}
	}
	return b.file.Scalars(now, step, all)
}

// open begins the file.
func (b *board) open(now time.Time) error {
	earlier, err := tfevents.Files(b.dir)
	if err != nil {
		return err
	}
	if b.file, err = tfevents.Create(b.dir, now, b.from); err != nil {
		return err
	}
	if len(earlier) > 0 && b.from > 0 { // whose sheet still counts
		return nil
	}
	return b.views(now)
}

// views writes the sheet of views that entrec views draws of the run.
func (b *board) views(now time.Time) error {
	v, err := sheet.NewViews(b.cfg.Views, b.images.Channels)
	if err != nil {
		return err
	}
	drawn, err := v.Draw(b.images, sheet.Spread(b.images, min(sheet.Usual, v.MostImages())), b.cfg.Seed)
	if err != nil {
		return err
	}
	text, err := sheet.PNG(drawn, "entrec train")
	if err != nil {
		return err
	}
	return b.file.Image(now, 0, tfevents.Image{Tag: "views", Width: drawn.Rect.Dx(), Height: drawn.Rect.Dy(), PNG: text})
}

func (b *board) close() error {
	if b == nil || b.file == nil {
		return nil
	}
	return b.file.Close()
}
