package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Encoder maps images (n, channels, h, w) to features (n, Dim).
type Encoder[T Float] interface {
	Module[T]
	Dim() int
}

// NewEncoderFunc builds an encoder with weights drawn from rng, in float64 so that
// both precisions start from the same numbers, for a configuration that is complete
// and valid.
type NewEncoderFunc[T Float] func(rng *rand.Rand, c EncoderConfig) Encoder[T]

// EncoderRow is an encoder in the table of encoders.
type EncoderRow struct {
	Name          string
	Doc           string // one line; says what the width is of
	StandardWidth int    // where none is asked for
	// Parameters are the encoder's own, beside its width and the images' shape.
	Parameters []EncoderParameter
	// Sizes says which images the encoder takes once it is built as c, which is
	// complete; nil: only those of the size that it was built for.
	Sizes func(c EncoderConfig) ImageSizes
	// Maps returns how many rows both maps of a [Staged] encoder have that is built as c,
	// which is complete, of images so many pixels high, and so how many columns of images
	// so many pixels wide; nil where the encoder has no maps.
	Maps func(c EncoderConfig, side int) [2]int
	// SeesPatches says that each place of the last map sees a patch of its image and
	// nothing else, in training too.
	SeesPatches bool
	// Check reports what does not go together in a complete configuration whose
	// numbers are each in range, nil if nothing; it may be nil itself.
	Check func(c EncoderConfig) error
	// New32 and New64 build the encoder in either precision.
	New32 NewEncoderFunc[float32]
	New64 NewEncoderFunc[float64]
}

// EncoderParameter is a whole number that an encoder has beside its width, or a choice.
type EncoderParameter struct {
	Name string // in JSON and as a flag
	Doc  string // one line
	Max  int    // the largest value; the smallest is 1
	// Words are the choices, which JSON and flags have for the values from 1 on, as many as
	// Max; nil for a number.
	Words []string
	// Absent is the value that a configuration stands for that was written without the
	// parameter, by a version whose encoder had none; 0 where that is the default. Where it
	// is the default too, it is not written.
	Absent int
	// Default returns the value where none is given, for a configuration whose width
	// and images are known; Usual says it in words.
	Default func(c EncoderConfig) int
	Usual   string
}

// ImageSizes says which sizes of images an encoder takes, in pixels.
type ImageSizes struct {
	Any      bool // not only the size that it was built for
	Smallest int  // least height and width; 0 is 1
	Multiple int  // which height and width must be multiples of; 0 is 1
}

// The largest width of encoders, and the largest side and number of channels of
// images: more than any published network has.
const (
	maxWidth = 4096
	maxImage = 4096
)

var encoders = []EncoderRow{flatNetRow, convNetRow, resNet18Row, resNet34Row, resNet50Row, vitRow, patchNetRow}

// Encoders returns the table of encoders.
func Encoders() []EncoderRow { return slices.Clone(encoders) }

// EncoderNames lists what EncoderConfig.Name may be.
func EncoderNames() []string {
	var names []string
	for _, r := range encoders {
		names = append(names, r.Name)
	}
	return names
}

// FindEncoder returns the row of an encoder; the error for an unknown name lists the
// names that there are.
func FindEncoder(name string) (EncoderRow, error) {
	for _, r := range encoders {
		if r.Name == name {
			return r, nil
		}
	}
	return EncoderRow{}, fmt.Errorf("encoder %q is unknown: there are %s", name, strings.Join(EncoderNames(), ", "))
}

// RegisterEncoder adds an encoder to the table. It panics where the name is taken, or
// a parameter has the name of a field of [EncoderConfig]. It must be called before
// encoders are looked up, in an init function as a rule.
func RegisterEncoder(r EncoderRow) {
	if _, err := FindEncoder(r.Name); err == nil {
		panic(fmt.Sprintf("nn.RegisterEncoder: encoder %q is there already", r.Name))
	}
	for _, p := range r.Parameters {
		if isEncoderField(p.Name) {
			panic(fmt.Sprintf("nn.RegisterEncoder: encoder %q: every encoder has a %s", r.Name, p.Name))
		}
	}
	encoders = append(encoders, r)
}

// EncoderParameters lists the parameters that any encoder has beside its width, each
// name once.
func EncoderParameters() []EncoderParameter {
	var all []EncoderParameter
	for _, r := range encoders {
		for _, p := range r.Parameters {
			if !slices.ContainsFunc(all, func(q EncoderParameter) bool { return q.Name == p.Name }) {
				all = append(all, p)
			}
		}
	}
	return all
}

// takers lists the encoders that have a parameter of that name.
func takers(name string) []string {
	var names []string
	for _, r := range encoders {
		if r.takes(name) {
			names = append(names, r.Name)
		}
	}
	return names
}

// takes reports whether the encoder has a parameter of that name.
func (r EncoderRow) takes(name string) bool {
	return slices.ContainsFunc(r.Parameters, func(p EncoderParameter) bool { return p.Name == name })
}

// NewEncoder builds an encoder with weights drawn from rng. The configuration
// must be valid; what is open in it is filled in.
func NewEncoder[T Float](rng *rand.Rand, c EncoderConfig) (Encoder[T], error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.Complete()
	row, err := FindEncoder(c.Name)
	if err != nil {
		return nil, err
	}
	if build, ok := any(row.New32).(NewEncoderFunc[T]); ok {
		return build(rng, c), nil
	}
	return any(row.New64).(NewEncoderFunc[T])(rng, c), nil
}
