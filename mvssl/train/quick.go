package train

import (
	"fmt"
	"strings"
)

// What a quick run has of what nobody asked for.
const (
	quickImages = 512 // training images at most, or two batches
	quickWidth  = 4   // of the encoder, where none is asked for
	quickEpochs = 2
)

// Quick asks for a run of seconds that does all that others do: few training images, a
// narrow encoder, two epochs. What is asked for otherwise stays. The configuration lists in
// Quick what was set.
func (r *Request) Quick() { r.quick = true }

// hurry sets what a quick run has of what the request leaves open, where so many training
// images are to be had.
func (c *Config) hurry(r *Request, images int) {
	set := func(path string, open bool, to func()) {
		if open && !r.Asks(path) {
			to()
			c.Quick = append(c.Quick, path)
		}
	}
	few := max(quickImages, 2*c.Batch*c.Recipe.Accumulate)
	set("subset", few < images, func() { c.Subset = &few })
	set("model.encoder.width", !r.Asks("model.encoder.name"), func() { c.Model.Encoder.Width = quickWidth })
	set("epochs", !r.Asks("steps"), func() { c.Epochs = quickEpochs })
}

// QuickWords says what a quick run was set to, by the names of flags; nothing of another
// run.
func (c *Config) QuickWords() string {
	values := map[string]any{"model.encoder.width": c.Model.Encoder.Width, "epochs": c.Epochs}
	if c.Subset != nil {
		values["subset"] = *c.Subset
	}
	var words []string
	for _, path := range c.Quick {
		words = append(words, fmt.Sprintf("%s %v", path[strings.LastIndex(path, ".")+1:], values[path]))
	}
	return strings.Join(words, ", ")
}
