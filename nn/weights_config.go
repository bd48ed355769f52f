package nn

import (
	"fmt"
	"math"
	"strings"

	"entrec/internal/strictjson"
)

// Complete fills in what is open in the configuration of an encoder, and can be read off
// the weights: its width, its channels, the parameters of its own, and the size of the
// images that a vision transformer has positions for. An export of this project says all of
// it. What is not to be found stays open.
func (w *Weights) Complete(c EncoderConfig) EncoderConfig {
	if said := (EncoderConfig{}); strictjson.Unmarshal([]byte(w.file.Metadata["encoder"]), &said) == nil && said.Name == c.Name {
		return over(c, said)
	}
	found := EncoderConfig{Name: c.Name}
	dim := func(name string, axis int) int {
		if s := w.shapeOf(name); axis < len(s) {
			return s[axis]
		}
		return 0
	}
	switch c.Name {
	case "vit":
		found.Width, found.Channels = dim("cls_token", 2), dim("patch_embed.proj.weight", 1)
		patch, positions := dim("patch_embed.proj.weight", 2), dim("pos_embed", 1)
		found.set("patch", patch)
		found.set("depth", w.blocks())
		if side := int(math.Sqrt(float64(positions - 1))); patch > 0 && side > 0 && side*side == positions-1 {
			found.Height, found.ImgWidth = side*patch, side*patch
		}
	case "mlp":
		found.Width = dim("fc1.weight", 0)
	case "patchnet":
		found.Width, found.Channels = dim("conv1.weight", 0), dim("conv1.weight", 1)
		found.set("patch", 2*dim("conv1.weight", 2))
	default:
		found.Width, found.Channels = dim("conv1.weight", 0), dim("conv1.weight", 1)
		found.set("features", dim("features.conv.weight", 0))
		if row, err := FindEncoder(c.Name); err == nil && row.takes("stem") {
			found.Set("stem", stemCIFAR)
			if dim("conv1.weight", 2) > 3 {
				found.Set("stem", stemImageNet)
			}
		}
	}
	return over(c, found)
}

// Encoder returns the name of the encoder that an export of this project says it is of; ""
// where the file does not.
func (w *Weights) Encoder() string {
	var said EncoderConfig
	if strictjson.Unmarshal([]byte(w.file.Metadata["encoder"]), &said) != nil {
		return ""
	}
	return said.Name
}

// set gives a parameter a value that was found.
func (c *EncoderConfig) set(name string, value int) {
	if value > 0 {
		c.Set(name, value)
	}
}

// over returns a configuration with what another has where it is open.
func over(c, other EncoderConfig) EncoderConfig {
	for _, f := range []struct {
		to   *int
		from int
	}{{&c.Width, other.Width}, {&c.Channels, other.Channels}, {&c.Height, other.Height}, {&c.ImgWidth, other.ImgWidth}} {
		if *f.to == 0 {
			*f.to = f.from
		}
	}
	for name, v := range other.Parameters {
		if _, given := c.Parameters[name]; !given {
			c.Set(name, v)
		}
	}
	return c
}

// shapeOf returns the shape of the tensor of that name whose prefix is the shortest, nil
// where there is none.
func (w *Weights) shapeOf(name string) (shape []int) {
	shortest := math.MaxInt
	for _, t := range w.file.Tensors {
		if prefix, is := strings.CutSuffix(t.Name, name); is && (prefix == "" || strings.HasSuffix(prefix, ".")) && len(prefix) < shortest {
			shortest, shape = len(prefix), t.Shape
		}
	}
	return shape
}

// blocks returns how many blocks a vision transformer has.
func (w *Weights) blocks() int {
	n := 0
	for w.shapeOf(fmt.Sprintf("blocks.%d.norm1.weight", n)) != nil {
		n++
	}
	return n
}
