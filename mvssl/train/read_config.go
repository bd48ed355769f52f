package train

import (
	"fmt"
	"path/filepath"

	"entrec/internal/files"
	"entrec/mvssl"
)

// ReadConfig reads the configuration of the run in a folder. Errors name the file and
// the field.
func ReadConfig(dir string) (Config, error) {
	path := filepath.Join(dir, ConfigFile)
	text, err := files.Read(path, maxConfigBytes)
	if err != nil {
		return Config{}, err
	}
	tree, err := parseTree(text)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	c, err := decode(tree)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	if c.Images == 0 { // an older version's, which knows it by its checkpoint alone
		from, err := openLatest(dir)
		if err != nil {
			return c, err
		}
		c.Images = from.at.Images
	}
	return c, nil
}

// parseConfig is ReadConfig on a text that says nothing of the number of images.
func parseConfig(text []byte) (Config, error) {
	tree, err := parseTree(text)
	if err != nil {
		return Config{}, err
	}
	return decode(tree)
}

// decode reads a whole configuration.
func decode(tree map[string]any) (Config, error) {
	r := &Request{tree: tree}
	c, given, err := r.draft()
	if err != nil {
		return c, err
	}
	for _, must := range []struct{ field, kind string }{
		{"model", "an object"}, {"model.encoder", "an object"}, {"model.encoder.channels", "a whole number"}, {"model.encoder.height", "a whole number"}, {"views", "a list"},
	} {
		if !r.Asks(must.field) {
			return c, &FieldError{must.field, fmt.Errorf("found nothing, expected %s", must.kind)}
		}
	}
	c.Model.Encoder.CompleteWritten() // also by a version whose encoder had fewer parameters
	e := c.Model.Encoder
	if c.Model, err = mvssl.Complete(c.Model, given); err != nil {
		return c, inModel(err)
	}
	if err := c.Model.Validate(); err != nil {
		return c, err
	}
	none := func() (mean, std []float64, err error) { return nil, nil, nil }
	c.Views, err = r.viewsOf(c, Source{Channels: e.Channels, MeanStd: none})
	return c, err
}
