package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"entrec/internal/strictjson"
)

// EncoderConfig says which encoder [NewEncoder] builds. In JSON the parameters of the
// encoder's own stand beside the other fields.
type EncoderConfig struct {
	Name     string `json:"name"`     // one of [EncoderNames]
	Width    int    `json:"width"`    // of what, the encoder's row says; 0: its standard width
	Channels int    `json:"channels"` // of the images
	Height   int    `json:"height"`
	ImgWidth int    `json:"image_width"`
	// Parameters are those that the encoder's row lists, by name. One that is not there
	// is left to the row. [EncoderConfig.Set] changes one; the map itself may be another
	// configuration's too.
	Parameters map[string]int `json:"-"`
}

// Set gives a parameter of the encoder's own a value.
func (c *EncoderConfig) Set(name string, value int) {
	own := maps.Clone(c.Parameters)
	if own == nil {
		own = map[string]int{}
	}
	own[name] = value
	c.Parameters = own
}

// Complete fills in what is open: the standard width, and the parameters that the
// encoder's row lists, in that order. Of an unknown encoder it fills in nothing.
func (c *EncoderConfig) Complete() {
	row, err := FindEncoder(c.Name)
	if err != nil {
		return
	}
	if c.Width == 0 {
		c.Width = row.StandardWidth
	}
	for _, p := range row.Parameters {
		if _, given := c.Parameters[p.Name]; !given {
			c.Set(p.Name, p.Default(*c))
		}
	}
}

// CompleteWritten is Complete for a configuration that was written whole, where parameters
// may be absent.
func (c *EncoderConfig) CompleteWritten() {
	row, err := FindEncoder(c.Name)
	if err != nil {
		return
	}
	for _, p := range row.Parameters {
		if _, given := c.Parameters[p.Name]; !given && p.Absent > 0 {
			c.Set(p.Name, p.Absent)
		}
	}
	c.Complete()
}

// Word returns the word that a parameter's value stands for; "" where it is a number.
func (c EncoderConfig) Word(name string) string {
	if words := wordsOf(name); words != nil && c.Parameters[name] >= 1 && c.Parameters[name] <= len(words) {
		return words[c.Parameters[name]-1]
	}
	return ""
}

// wordsOf returns the choices of a parameter; nil for a number.
func wordsOf(name string) []string {
	for _, p := range EncoderParameters() {
		if p.Name == name {
			return p.Words
		}
	}
	return nil
}

// silent reports whether a parameter goes without saying.
func (c EncoderConfig) silent(name string) bool {
	for _, p := range EncoderParameters() {
		if p.Name == name && p.Absent > 0 {
			return c.Parameters[name] == p.Absent && p.Default(c) == p.Absent
		}
	}
	return false
}

// Validate reports what is wrong with the configuration once it is complete, nil if
// nothing.
func (c EncoderConfig) Validate() error {
	row, err := FindEncoder(c.Name)
	if err != nil {
		return err
	}
	c.Complete()
	switch {
	case c.Width < 1 || c.Width > maxWidth:
		return fmt.Errorf("encoder width %d must be at least 1 and at most %d", c.Width, maxWidth)
	case min(c.Channels, c.Height, c.ImgWidth) < 1:
		return fmt.Errorf("encoder: images of %d×%d×%d are empty", c.Channels, c.Height, c.ImgWidth)
	case max(c.Channels, c.Height, c.ImgWidth) > maxImage:
		return fmt.Errorf("encoder: images of %d×%d×%d are larger than %d", c.Channels, c.Height, c.ImgWidth, maxImage)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Parameters)) {
		if !row.takes(name) {
			return fmt.Errorf("encoder %s: %s means nothing to it, only to %s", c.Name, name, strings.Join(takers(name), ", "))
		}
	}
	for _, p := range row.Parameters {
		if v := c.Parameters[p.Name]; p.Words != nil && (v < 1 || v > len(p.Words)) {
			return fmt.Errorf("encoder %s: %s %d must be one of %s", c.Name, p.Name, v, strings.Join(p.Words, ", "))
		} else if p.Words == nil && (v < 1 || v > p.Max) {
			return fmt.Errorf("encoder %s: %s %d must be at least 1 and at most %d", c.Name, p.Name, v, p.Max)
		}
	}
	if row.Check != nil {
		if err := row.Check(c); err != nil {
			return err
		}
	}
	return c.CheckSize(c.Height, c.ImgWidth)
}

// sizes returns which images the encoder takes; only those that it is built for where
// the encoder is unknown.
func (c EncoderConfig) sizes() ImageSizes {
	row, err := FindEncoder(c.Name)
	if err != nil || row.Sizes == nil {
		return ImageSizes{}
	}
	c.Complete()
	return row.Sizes(c)
}

// TakesAnySize reports whether the encoder takes images of other sizes than the one
// that it is built for.
func (c EncoderConfig) TakesAnySize() bool { return c.sizes().Any }

// Maps returns how many rows and columns both maps of the encoder have of square images of
// so many pixels a side. The error says that it has none.
func (c EncoderConfig) Maps(side int) ([2]int, error) {
	row, err := FindEncoder(c.Name)
	if err != nil {
		return [2]int{}, err
	}
	if row.Maps == nil {
		return [2]int{}, fmt.Errorf("encoder %s returns features alone, expected one that returns maps too (nn.EncoderRow.Maps)", c.Name)
	}
	c.Complete()
	return row.Maps(c, side), nil
}

// CheckSize reports why the encoder does not take images of height×width pixels, nil
// if it does.
func (c EncoderConfig) CheckSize(height, width int) error {
	s := c.sizes()
	smallest, multiple := max(s.Smallest, 1), max(s.Multiple, 1)
	switch {
	case !s.Any && (height != c.Height || width != c.ImgWidth):
		return fmt.Errorf("encoder %s: found images of %d×%d, expected the %d×%d that it is built for, alone", c.Name, height, width, c.Height, c.ImgWidth)
	case min(height, width) < smallest:
		return fmt.Errorf("encoder %s: found images of %d×%d, expected at least %d×%d", c.Name, height, width, smallest, smallest)
	case height%multiple != 0 || width%multiple != 0:
		return fmt.Errorf("encoder %s: found images of %d×%d, expected multiples of %d", c.Name, height, width, multiple)
	}
	return nil
}

// encoderFields is EncoderConfig without its way to and from JSON.
type encoderFields EncoderConfig

// isEncoderField reports whether a field that every encoder has goes by that name in
// JSON.
func isEncoderField(name string) bool {
	t := reflect.TypeFor[encoderFields]()
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("json") == name {
			return true
		}
	}
	return false
}

// MarshalJSON writes the encoder's own parameters after the fields that every encoder
// has, in the order of its row.
func (c EncoderConfig) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(encoderFields(c))
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(c.Parameters))
	if row, err := FindEncoder(c.Name); err == nil {
		at := func(name string) int {
			return slices.IndexFunc(row.Parameters, func(p EncoderParameter) bool { return p.Name == name })
		}
		slices.SortStableFunc(names, func(a, b string) int { return at(a) - at(b) })
	}
	b := bytes.NewBuffer(bytes.TrimSuffix(text, []byte("}")))
	for _, name := range names {
		switch word := c.Word(name); {
		case c.silent(name):
		case word != "":
			fmt.Fprintf(b, ",%q:%q", name, word)
		default:
			fmt.Fprintf(b, ",%q:%d", name, c.Parameters[name])
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes. What the text does not have stays as it
// is; a field that is no encoder's, or stands twice or in another case, is an error.
func (c *EncoderConfig) UnmarshalJSON(text []byte) error {
	if err := strictjson.Unmarshal(text, (*encoderFields)(c)); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return kind // to which the reader of the whole text adds the path
		}
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if isEncoderField(name) {
			continue
		}
		if lower := strings.ToLower(name); lower != name && len(takers(lower)) > 0 {
			return fmt.Errorf("found key %q, expected %q", name, lower)
		}
		if len(takers(name)) == 0 {
			return fmt.Errorf("json: unknown field %q", name)
		}
		if words := wordsOf(name); words != nil {
			if err := c.setWord(name, words, all[name]); err != nil {
				return err
			}
			continue
		}
		var value *int
		if err := json.Unmarshal(all[name], &value); err != nil {
			var kind *json.UnmarshalTypeError
			if errors.As(err, &kind) {
				kind.Field = name
			}
			return err
		}
		if value != nil {
			c.Set(name, *value)
		}
	}
	return nil
}

// setWord gives a parameter the value of a word in JSON; null leaves it as it is.
func (c *EncoderConfig) setWord(name string, words []string, text json.RawMessage) error {
	var word *string
	err := json.Unmarshal(text, &word)
	switch {
	case err == nil && word == nil:
		return nil
	case err != nil || !slices.Contains(words, *word):
		return fmt.Errorf("%s: found %s, expected %s", name, text, strings.Join(words, " or "))
	}
	c.Set(name, slices.Index(words, *word)+1)
	return nil
}
