package pictures

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"entrec/internal/printable"
	"entrec/mvssl/data"
	"entrec/mvssl/eval"
	"entrec/mvssl/sheet"
	"entrec/mvssl/train"
	"entrec/tensor"
)

// format is that of pictures that are kept: it is raised when others are made.
const format = "entrec-pictures/1"

// How many images pictures are made of, and shown in them.
const (
	queryImages  = 1000 // that are asked about, for each of which searched are searched
	searched     = 4
	usualSide    = 64 // of images in pixels, of larger of which there are fewer
	leastBank    = 1000
	viewedImages = 6
	viewsOfEach  = 12
	shownImages  = 8
	neighbors    = 6
	keptStages   = 6 // encoders that the run has kept
	viewSide     = 64
	imageSide    = 48
	pointSide    = 32
)

// MostPoints is how many points a map has at most.
const MostPoints = queryImages

// Options say how pictures are made.
type Options struct {
	// Points is how many points a map has at most, 0: MostPoints.
	Points int
	// CacheDir is where pictures are kept; "" means the folder entrec/pictures in
	// os.UserCacheDir.
	CacheDir string
	// Progress, if not nil, is told what takes its time: of it done of total is done, total
	// 0 where nobody knows.
	Progress func(what string, done, total int)
}

// tell reports progress.
func (o Options) tell(what string, done, total int) {
	if o.Progress != nil {
		o.Progress(what, done, total)
	}
}

// Names of what may be missing, beside those of fields.
const (
	all       = "all"
	untrained = "untrained"
)

// Make returns the pictures of the run in a folder: those that are kept of this state of it
// or else, in a while, new ones, which are then kept. What cannot be made is said in them.
// Nothing is fetched and nothing of the run is changed. The error is that of a canceled
// context.
func Make(ctx context.Context, dir string, o Options) (*Pictures, error) {
	key, err := keyOf(dir, o)
	if err == nil {
		if p := key.read(o); p != nil {
			return p, nil
		}
	}
	p, err := produce(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	if len(p.Missing) == 0 {
		p.Missing = nil // as what is read again
	}
	if key.valid() && p.Missing[all] == "" {
		key.write(o, p)
	}
	return p, nil
}

// Find returns the pictures of this state of the run in a folder that are kept, nil where
// none are.
func Find(dir string, o Options) *Pictures {
	key, err := keyOf(dir, o)
	if err != nil {
		return nil
	}
	return key.read(o)
}

// Without returns pictures of which there are none, and why.
func Without(why string) *Pictures {
	return &Pictures{Missing: map[string]string{all: printable.Text(why)}}
}

// maker makes pictures.
type maker[T tensor.Float] struct {
	*Pictures
	o     Options
	dir   string
	cfg   train.Config
	train *data.Dataset // as the run has it
	sets  sets
	tiles atlas
}

// sets are the images that pictures are made of.
type sets struct{ bank, queries *data.Dataset }

func produce(ctx context.Context, dir string, o Options) (*Pictures, error) {
	cfg, err := train.ReadConfig(dir)
	if err != nil {
		return Without(err.Error()), nil
	}
	o.Points = o.points()
	full, err := load(ctx, cfg, dir, o)
	if err == nil {
		err = cfg.CheckData(full)
	}
	if err == nil {
		full, err = full.Select(cfg.Holdout, cfg.Subset)
	}
	if err == nil && full.Train.Channels != cfg.Model.Encoder.Channels {
		err = fmt.Errorf("data set %s: found images of %d channels, expected %d", full.Train.Name, full.Train.Channels, cfg.Model.Encoder.Channels)
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return Without(err.Error()), nil
	case cfg.Precision == train.F64:
		return newMaker[float64](dir, cfg, full, o).make(ctx)
	}
	return newMaker[float32](dir, cfg, full, o).make(ctx)
}

// load loads the data of a run from where they are.
func load(ctx context.Context, cfg train.Config, dir string, o Options) (*data.Split, error) {
	full, err := data.Load(ctx, cfg.Data, data.Options{Local: true, SkipBad: cfg.SkipBad, Reading: o.tell})
	var gone *data.UnknownError
	if errors.As(err, &gone) {
		return nil, fmt.Errorf("%s: found nothing at %s, expected the data of the run", dir, cfg.Data)
	}
	return full, err
}

func newMaker[T tensor.Float](dir string, cfg train.Config, split *data.Split, o Options) *maker[T] {
	m := &maker[T]{o: o, dir: dir, cfg: cfg, train: split.Train, tiles: atlas{most: imageSide}}
	m.Pictures = &Pictures{Format: format, Seed: cfg.Seed, Missing: map[string]string{}}
	if split.Train.Labels != nil {
		for _, name := range split.Train.Classes {
			m.Classes = append(m.Classes, printable.Text(name))
		}
	}
	m.sets, m.Part = choose(split, cfg.Model.Encoder.Height)
	if m.sets.bank != nil {
		m.Bank, m.Queries = m.sets.bank.Len(), m.sets.queries.Len()
	}
	return m
}

// choose returns images to search and images to ask about, and which these are. Where a set
// has no test images, the latter are training images that are not searched; there are none
// of a set of fewer than two. Of large images, which take long, there are fewer.
func choose(split *data.Split, side int) (s sets, part string) {
	n := split.Train.Len()
	bank := max(leastBank, searched*queryImages*usualSide*usualSide/max(side, usualSide)/max(side, usualSide))
	queries := bank / searched
	if split.Test != nil && split.Test.Len() > 0 {
		return sets{sample(split.Train, bank), sample(split.Test, queries)}, split.Part.Words()
	}
	if n < 2 {
		return s, ""
	}
	queries = max(1, min(queries, n/(searched+1)))
	bank = min(bank, n-queries)
	apart, err := split.Select(float64(queries)/float64(n), &bank)
	if err != nil {
		return s, ""
	}
	return sets{apart.Train, apart.Test}, data.Training.Words()
}

// sample returns n images of a fixed choice, all where there are fewer.
func sample(d *data.Dataset, n int) *data.Dataset {
	s, err := d.Subset(min(n, d.Len()), 0)
	if err != nil {
		panic(err) // the size is in range
	}
	return s
}

// miss says why something is not there.
func (m *maker[T]) miss(what string, err error) { m.Missing[what] = printable.Text(err.Error()) }

func (m *maker[T]) make(ctx context.Context) (*Pictures, error) {
	if err := m.views(); err != nil {
		m.miss("views", err)
	}
	if m.sets.bank == nil {
		m.miss("stages", fmt.Errorf("data set %s: found %d image, expected at least 2", m.train.Name, m.train.Len()))
		return m.Pictures, nil
	}
	if err := m.points(); err != nil {
		m.miss("points", err)
	}
	ctx = eval.WithProgress(ctx, m.o.tell)
	if err := m.stages(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		m.miss("stages", err)
	}
	if len(m.tiles.tiles) > 0 {
		images, err := m.tiles.encode(false, looked)
		if err != nil {
			return nil, err
		}
		m.Images = &images
	}
	return m.Pictures, nil
}

// views makes the sheet of views.
func (m *maker[T]) views() error {
	m.o.tell("drawing views", 0, 0)
	v, err := sheet.NewViews(m.cfg.Views, m.train.Channels)
	if err != nil {
		return err
	}
	tiles := atlas{most: viewSide}
	s := &Views{Each: min(v.Len(), viewsOfEach), All: v.Len()}
	for _, i := range sheet.Spread(m.train, viewedImages) {
		im, err := sheet.Image(m.train, i)
		if err != nil {
			return err
		}
		views, err := v.Of(m.train, i, m.cfg.Seed)
		if err != nil {
			return err
		}
		tiles.add(im)
		for _, view := range views[:s.Each] {
			tiles.add(view)
		}
		s.Images = append(s.Images, fmt.Sprintf("%s:%d", data.Training, i))
		if m.train.Labels != nil {
			s.Labels = append(s.Labels, m.train.Labels[i])
		}
	}
	const small = 32 // whose pixels are to be seen
	exact := true
	for k := range v.Len() {
		exact = exact && v.Size(k) <= small
	}
	s.Atlas, err = tiles.encode(exact, looked)
	m.Views = s
	return err
}

// points makes the images of the points of maps.
func (m *maker[T]) points() error {
	m.o.tell("drawing points", 0, 0)
	tiles := atlas{most: pointSide}
	for i := range min(m.o.Points, m.Queries) {
		im, err := sheet.Image(m.sets.queries, i)
		if err != nil {
			return err
		}
		tiles.add(im)
	}
	encoded, err := tiles.encode(false, glanced)
	if err != nil {
		return err
	}
	m.Points = &encoded
	if labels := m.sets.queries.Labels; labels != nil {
		m.Labels = labels[:min(m.o.Points, m.Queries)]
	}
	return nil
}

// tile adds an image to those of neighbors and clusters.
func (m *maker[T]) tile(d *data.Dataset, i int, prefix string, value float64) (Tile, error) {
	im, err := sheet.Image(d, i)
	if err != nil {
		return Tile{}, err
	}
	t := Tile{At: m.tiles.add(im), Image: prefix, Value: value}
	if d.Files != nil {
		t.Image = printable.Text(d.Files[i])
	}
	if d.Labels != nil {
		t.Label = &d.Labels[i]
	}
	return t, nil
}

// checkpointed reports whether the run in a folder has a checkpoint.
func checkpointed(dir string) error {
	_, err := os.Stat(filepath.Join(dir, train.CheckpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("the run has no checkpoint yet: one is written after five minutes, and at its end")
	}
	return err
}
