package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/view"
	"entrec/nn"
)

// Source is what a configuration has to know of the images that it is for.
type Source struct {
	Name                    string
	Images                  int // to train on
	Channels, Height, Width int // height and width 0 where they are of several sizes
	// Side is the shorter side of the image in the middle, by these: see data.Dataset.Side.
	Side int
	// Classes is how many classes the labels tell apart; 0 where there are none.
	Classes int
	// MeanStd returns the mean and the standard deviation of each channel, for views that
	// name none, or why there are none.
	MeanStd func() (mean, std []float64, err error)
}

// Resolve makes a complete configuration of a request and a data set, and the part of
// the data set that the run is to use: training images without those held out, cut to
// the subset that is asked for, and the images that accuracies are of. It is the one
// door through which a configuration comes: whatever is wrong with it is found here.
func Resolve(r *Request, full *data.Split) (Config, *data.Split, error) {
	return NewResolver(full).Resolve(r)
}

// Resolver is [Resolve] for many requests of one data set, of which each part is cut out
// and measured once, however many ask for it.
type Resolver struct {
	full  *data.Split
	parts map[partOf]*part
}

// partOf says which part of a data set a request asks for; subset is -1 for all.
type partOf struct {
	holdout float64
	subset  int
}

// part is a part of a data set, with its mean and standard deviation, nil before anybody
// asks for them.
type part struct {
	*data.Split
	mean, std []float64
}

// NewResolver returns a resolver for a data set.
func NewResolver(full *data.Split) *Resolver { return &Resolver{full, map[partOf]*part{}} }

// Resolve is the function of that name. Different requests for one part of the data set
// have the same images.
func (v *Resolver) Resolve(r *Request) (Config, *data.Split, error) {
	c, given, err := r.draft()
	if err != nil {
		return c, nil, err
	}
	if v.full.Test == nil && !r.Asks("holdout") {
		if c.Holdout, err = UsualHoldout(v.full); err != nil {
			return c, nil, err
		}
	}
	if r.quick {
		c.hurry(r, v.full.Train.Len()-int(c.Holdout*float64(v.full.Train.Len())+0.5))
	}
	p, err := v.part(c.Holdout, c.Subset)
	if err != nil {
		return c, nil, err
	}
	if err := c.suits(p.Split); err != nil {
		return c, nil, err
	}
	if err := c.digestInit(); err != nil {
		return c, nil, err
	}
	d := p.Train
	c.DataSHA256 = v.full.SHA256
	meanStd := func() (mean, std []float64, err error) { return r.meanStd(p, v.full) }
	c, err = r.fit(c, given, Source{d.Name, d.Len(), d.Channels, d.Height, d.Width, d.Side(), classes(p.Split), meanStd})
	return c, p.Split, err
}

// UsualHoldout returns the part of the training images that is held out of a data set
// without test images where nobody says which: a tenth, or what makes [MinTest] images of a
// small one. The error is that of a set that is too small for it.
func UsualHoldout(full *data.Split) (float64, error) {
	const usual = 0.1
	n := full.Train.Len()
	if n <= MinTest+1 {
		return 0, fmt.Errorf("%w %s: found %d images and no test images, expected at least %d, of which some are held out", ErrData, full.Train.Name, n, MinTest+2)
	}
	return max(usual, float64(MinTest)/float64(n)), nil
}

// suits reports what a configuration asks of a data set that it does not have.
func (c *Config) suits(s *data.Split) error {
	on := c.Report.Evaluate == mvssl.On
	switch {
	case s.Test == nil && on:
		return &FieldError{"holdout", fmt.Errorf("found 0, expected more: %s has no test images, so that some of its training images are held out, or nothing is measured (--no-eval)", s.Train.Name)}
	case on && s.Test.Len() < MinTest:
		return fmt.Errorf("%w %s: found %d test image, expected at least %d", ErrData, s.Test.Name, s.Test.Len(), MinTest)
	case c.Probe == OnlineProbe && !labeled(s):
		return &FieldError{"probe", fmt.Errorf("found %s, expected %s: the images of %s have no labels", c.Probe, NoProbe, s.Train.Name)}
	case c.Report.KeepPredictions && !labeled(s):
		return &FieldError{"report.keep_predictions", fmt.Errorf("found true, expected false: the images of %s have no labels", s.Train.Name)}
	}
	return nil
}

// classes returns how many classes the labels of a split tell apart, 0 without labels.
func classes(s *data.Split) int {
	if s.Train.Labels == nil {
		return 0
	}
	last := slices.Max(s.Train.Labels)
	if labeled(s) {
		last = max(last, slices.Max(s.Test.Labels))
	}
	return last + 1
}

// labeled reports whether accuracies can be measured.
func labeled(s *data.Split) bool {
	return s.Train.Labels != nil && s.Test != nil && s.Test.Labels != nil
}

func (v *Resolver) part(holdout float64, subset *int) (*part, error) {
	of := partOf{holdout, -1}
	if subset != nil {
		of.subset = *subset
	}
	if p, ok := v.parts[of]; ok {
		return p, nil
	}
	split, err := v.full.Select(holdout, subset)
	if err != nil {
		return nil, err
	}
	v.parts[of] = &part{Split: split}
	return v.parts[of], nil
}

// meanStd returns the mean and the standard deviation that the configuration brings which
// the request was read from, if they are others than its data have, and those of the
// part's training images otherwise.
func (r *Request) meanStd(p *part, full *data.Split) (mean, std []float64, err error) {
	theirMean, theirStd, err := r.origin.chosen(full)
	if err != nil || theirMean != nil && theirStd != nil {
		return theirMean, theirStd, err
	}
	if p.mean == nil {
		if c := p.Train.SameIn(); c >= 0 {
			return nil, nil, fmt.Errorf("%w %s: all training images are the same in channel %d, expected images that differ", ErrData, p.Train.Name, c)
		}
		p.mean, p.std = p.Train.MeanStd()
	}
	mean, std = slices.Clone(p.mean), slices.Clone(p.std)
	if theirMean != nil {
		mean = theirMean
	}
	if theirStd != nil {
		std = theirStd
	}
	return mean, std, nil
}

// ErrData is wrapped by the error of a data set that no configuration can serve.
var ErrData = errors.New("data set")

// MinTest is how many test images the diagnostics need, which go by their distances.
const MinTest = 2

// ResolveFor is Resolve for images of which only the source's facts are known. A holdout and
// a subset are of their number.
func ResolveFor(r *Request, s Source) (Config, error) {
	c, given, err := r.draft()
	if err != nil {
		return c, err
	}
	if _, s.Images, err = data.Divide(s.Name, s.Images, c.Holdout, c.Subset); err != nil {
		return c, err
	}
	if err := c.digestInit(); err != nil {
		return c, err
	}
	return r.fit(c, given, s)
}

// digestInit fills in the digest of the weights that the encoder begins with. The error is an
// [*InitError].
func (c *Config) digestInit() error {
	if c.Init == "" || c.InitSHA256 != "" {
		return nil
	}
	w, err := readInit(c.Init)
	if err == nil {
		c.InitSHA256 = w.SHA256
	}
	return err
}

// Check reports what is wrong with a request whatever the data, nil if nothing.
func (r *Request) Check() error {
	c, given, err := r.draft()
	if err != nil {
		return err
	}
	row, err := mvssl.Find(c.Model.Method)
	if err != nil {
		return err
	}
	m, err := row.Configure(c.Model.Encoder, c.Model.Projector, given, mvssl.Setting{Samples: 1, Batch: 1, Steps: 1})
	if err == nil {
		err = r.checkAsked(m)
	}
	if err != nil {
		return inModel(err)
	}
	return c.Validate()
}

// checkAsked reports a parameter that means nothing beside the others, where the model was not
// made before.
func (r *Request) checkAsked(m mvssl.Config) error {
	if checker, ok := m.Parameters.(mvssl.AskedChecker); ok && !r.made {
		return checker.CheckAsked()
	}
	return nil
}

// draft returns the configuration but for what depends on the data, and the values
// that are asked for of the method's parameters.
func (r *Request) draft() (c Config, given map[string]json.RawMessage, err error) {
	for _, path := range []string{"data", "model.method", "model.encoder.name", "recipe.optimizer"} {
		if v, asked := r.lookup(path); asked && r.Text(path) == "" {
			return c, nil, &FieldError{path, fmt.Errorf("found %s, expected a name", kindOf(v))}
		}
	}
	row, err := mvssl.Find(r.Method())
	if err != nil {
		return c, nil, err
	}
	c = defaults(row)
	if name := r.Text("recipe.optimizer"); name != "" {
		c.Recipe = c.Recipe.WithOptimizer(nn.OptimizerName(name))
	}
	if name := r.Text("model.encoder.name"); name != "" {
		encoder, err := nn.FindEncoder(name)
		if err != nil {
			return c, nil, err
		}
		c.Model.Encoder = nn.EncoderConfig{Name: name, Width: encoder.StandardWidth}
	}
	if err := checkFormat(r.tree); err != nil {
		return c, nil, err
	}
	rest := maps.Clone(r.tree)
	model, err := object(rest, "model")
	if err != nil {
		return c, nil, err
	}
	delete(rest, "model")
	delete(rest, "views")
	for _, a := range leaves(nil, rest) {
		if err := assign(&c, a); err != nil {
			return c, nil, err
		}
	}
	_, decays := r.lookup("recipe.weight_decay")
	if _, ends := r.lookup("recipe.weight_decay_end"); decays && !ends {
		c.Recipe = c.Recipe.WithWeightDecay(c.Recipe.WeightDecay)
	}
	networks := struct {
		Model struct {
			Encoder   *nn.EncoderConfig      `json:"encoder"`
			Projector *mvssl.ProjectorConfig `json:"projector"`
		} `json:"model"`
	}{}
	networks.Model.Encoder, networks.Model.Projector = &c.Model.Encoder, &c.Model.Projector
	given = map[string]json.RawMessage{}
	for _, key := range slices.Sorted(maps.Keys(model)) {
		switch key {
		case "method":
		case "encoder", "projector":
			for _, a := range leaves([]string{"model", key}, model[key]) {
				if isZero(a.value) {
					return c, nil, &FieldError{join(a.path), errors.New("found 0, expected a positive number")}
				}
				if err := assign(&networks, a); err != nil {
					return c, nil, err
				}
			}
		default:
			for _, known := range []string{"method", "encoder", "projector"} {
				if strings.EqualFold(key, known) {
					return c, nil, &FieldError{"model." + key, fmt.Errorf("found key %q, expected %q", key, known)}
				}
			}
			if given[key], err = json.Marshal(model[key]); err != nil {
				return c, nil, &FieldError{"model." + key, err}
			}
		}
	}
	c.Model.Method, c.Format = row.Name, configFormat
	return c, given, c.Validate()
}

// object returns the object under a key, empty where there is none.
func object(tree map[string]any, key string) (map[string]any, error) {
	v, ok := tree[key]
	if !ok {
		return nil, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, &FieldError{key, fmt.Errorf("found %s, expected an object", kindOf(v))}
	}
	return m, nil
}

// inModel says of a parameter's error where the parameter stands.
func inModel(err error) error {
	var p *mvssl.ParameterError
	if errors.As(err, &p) {
		return &FieldError{"model." + p.Name, p.Err}
	}
	return err
}

// fit completes a draft for a source.
func (r *Request) fit(c Config, given map[string]json.RawMessage, s Source) (Config, error) {
	side := c.Size
	if side == 0 {
		side = s.usualSide()
	}
	if err := c.shape(s, side); err != nil {
		return c, err
	}
	if s.Height == side && s.Width == side { // they are what they should be
		c.Size, c.Resize = 0, ""
	} else {
		c.Size, c.Resize = side, cmp.Or(c.Resize, view.Shorter)
	}
	c.Model.Encoder.Complete()
	c.Images = s.Images
	if c.StepsPerEpoch() < 1 {
		return c, fmt.Errorf("batch %d × %d is larger than the %d training images of %s", c.Batch, c.Recipe.Accumulate, s.Images, s.Name)
	}
	row, err := mvssl.Find(c.Model.Method)
	if err != nil {
		return c, err
	}
	if row.Supervised && s.Classes < 2 {
		have := map[int]string{0: "no labels", 1: "labels of one class"}[s.Classes]
		return c, &FieldError{"model.method", fmt.Errorf("found %s, expected a method that learns without labels: the images of %s have %s", row.Name, s.Name, have)}
	}
	if c.Classes = 0; row.Supervised || c.Probe == OnlineProbe {
		c.Classes = s.Classes
	}
	if c.Model, err = row.Configure(c.Model.Encoder, c.Model.Projector, given, c.setting()); err == nil {
		err = r.checkAsked(c.Model)
	}
	if err != nil {
		return c, inModel(err)
	}
	if err := c.Model.Validate(); err != nil {
		return c, err
	}
	if c.Views, err = r.viewsOf(c, s); err != nil {
		return c, err
	}
	if err := c.Model.ValidateIn(c.setting()); err != nil || c.Init == "" {
		return c, err
	}
	if err := c.Model.CheckWeights(c.Init); err != nil {
		return c, &FieldError{"init", err}
	}
	return c, nil
}

// MaxUsualSide is the largest side to which images that are not square, or of several
// sizes, are brought where nobody asks for one: STL-10's.
const MaxUsualSide = 96

// usualSide returns the side to which images are brought where nobody asks for one: that of
// square ones of one size, and else the shorter side of the image in the middle, at most
// MaxUsualSide, and without what is over a multiple of 4, by which encoders shrink images.
func (s Source) usualSide() int {
	if s.Height > 0 && s.Height == s.Width {
		return s.Height
	}
	side := min(s.Side, MaxUsualSide)
	if side > 4 {
		side -= side % 4
	}
	return side
}

// shape fills in the shape of the encoder's input, or reports that it is to have another.
func (c *Config) shape(s Source, side int) error {
	e := &c.Model.Encoder
	if had := max(e.Height, e.ImgWidth); c.Size != 0 && had != 0 && had != side {
		return &FieldError{"size", fmt.Errorf("found %d, expected %d, as the encoder has it", side, had)}
	}
	for _, f := range []struct {
		name     string
		have     *int
		expected int
	}{{"channels", &e.Channels, s.Channels}, {"height", &e.Height, side}, {"image_width", &e.ImgWidth, side}} {
		if *f.have != 0 && *f.have != f.expected {
			return &FieldError{"model.encoder." + f.name, fmt.Errorf("found %d, the images of %s have %d", *f.have, s.Name, f.expected)}
		}
		*f.have = f.expected
	}
	return nil
}
