package nn

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
)

// TestEncoderConfigJSON holds how configurations are written, and that they are read
// as they were.
func TestEncoderConfigJSON(t *testing.T) {
	for _, test := range []struct {
		config EncoderConfig
		text   string
	}{
		{EncoderConfig{}, `{"name":"","width":0,"channels":0,"height":0,"image_width":0}`},
		{EncoderConfig{Name: "mlp", Width: 2, Channels: 3, Height: 4, ImgWidth: 5}, `{"name":"mlp","width":2,"channels":3,"height":4,"image_width":5}`},
		{
			EncoderConfig{Name: "vit", Width: 64, Channels: 3, Height: 32, ImgWidth: 32, Parameters: map[string]int{"patch": 4, "depth": 6, "heads": 1}},
			`{"name":"vit","width":64,"channels":3,"height":32,"image_width":32,"depth":6,"heads":1,"patch":4}`,
		},
	} {
		text, err := json.Marshal(test.config)
		require.NoError(t, err)
		require.Equal(t, test.text, string(text))
		var read EncoderConfig
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, test.config, read)
	}

	// What is not in the text stays, and a copy is not changed with it.
	base := EncoderConfig{Name: "vit", Width: 64, Parameters: map[string]int{"depth": 6}}
	read := base
	require.NoError(t, json.Unmarshal([]byte(`{"width":8,"heads":2,"patch":null}`), &read))
	require.Equal(t, EncoderConfig{Name: "vit", Width: 8, Parameters: map[string]int{"depth": 6, "heads": 2}}, read)
	require.Equal(t, map[string]int{"depth": 6}, base.Parameters)

	for text, says := range map[string]string{
		`{"encoder":{"width":"wide"}}`: "encoder.width",
		`{"encoder":{"depth":"deep"}}`: "encoder.depth",
		`{"encoder":{"depth":1.5}}`:    "encoder.depth",
		`{"encoder":{"speed":1}}`:      `unknown field "speed"`,
		`{"encoder":7}`:                "encoder",
	} {
		var c struct {
			Encoder EncoderConfig `json:"encoder"`
		}
		require.ErrorContains(t, json.Unmarshal([]byte(text), &c), says)
	}
}

// TestImageSizes holds which images encoders say that they take.
func TestImageSizes(t *testing.T) {
	for _, test := range []struct {
		name          string
		height, width int
		says          string
	}{
		{"mlp", 16, 16, ""},
		{"mlp", 8, 16, "encoder mlp: found images of 8×16, expected the 16×16 that it is built for, alone"},
		{"convnet", 3, 40, ""},
		{"convnet", 0, 40, "encoder convnet: found images of 0×40, expected at least 1×1"},
		{"resnet50", 9, 7, ""},
		{"vit", 4, 21, ""},
		{"vit", 16, 3, "encoder vit: found images of 16×3, expected at least 4×4"},
	} {
		c := EncoderConfig{Name: test.name, Channels: 3, Height: 16, ImgWidth: 16}
		require.Equal(t, test.name != "mlp", c.TakesAnySize(), test.name)
		if err := c.CheckSize(test.height, test.width); test.says == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, test.says)
		}
	}
}

// tiles is an encoder from elsewhere: mean pixels of tiles, one after another.
type tiles[T Float] struct {
	Flatten[T]
	dim int
}

func (m tiles[T]) Dim() int { return m.dim }

func (m tiles[T]) Forward(ctx Context, x *autograd.Var[T]) *autograd.Var[T] {
	return m.Flatten.Forward(ctx, x)
}

func newTiles[T Float](_ *rand.Rand, c EncoderConfig) Encoder[T] {
	return tiles[T]{dim: c.Channels * c.Height * c.ImgWidth * c.Parameters["tiles"]}
}

// TestRegisterEncoder adds an encoder with a parameter of its own.
func TestRegisterEncoder(t *testing.T) {
	before := encoders
	t.Cleanup(func() { encoders = before })
	RegisterEncoder(EncoderRow{
		Name: "tiles", StandardWidth: 3,
		Parameters: []EncoderParameter{{Name: "tiles", Max: 9, Default: func(c EncoderConfig) int { return c.Width }}},
		Sizes:      func(EncoderConfig) ImageSizes { return ImageSizes{Any: true, Multiple: 4} },
		New32:      newTiles[float32], New64: newTiles[float64],
	})
	require.Contains(t, EncoderNames(), "tiles")
	require.True(t, slices.ContainsFunc(EncoderParameters(), func(p EncoderParameter) bool { return p.Name == "tiles" }))

	c := EncoderConfig{Name: "tiles", Channels: 1, Height: 4, ImgWidth: 8}
	m, err := NewEncoder[float32](nil, c)
	require.NoError(t, err)
	require.Equal(t, 3*4*8, m.Dim())
	require.Nil(t, c.Parameters)
	require.EqualError(t, c.CheckSize(4, 6), "encoder tiles: found images of 4×6, expected multiples of 4")
	_, err = c.Maps(8)
	require.EqualError(t, err, "encoder tiles returns features alone, expected one that returns maps too (nn.EncoderRow.Maps)")
	c.Height = 7
	require.EqualError(t, c.Validate(), "encoder tiles: found images of 7×8, expected multiples of 4")
	c.Height = 4
	c.Set("tiles", 0)
	require.EqualError(t, c.Validate(), "encoder tiles: tiles 0 must be at least 1 and at most 9")
	text, err := json.Marshal(c)
	require.NoError(t, err)
	require.Equal(t, `{"name":"tiles","width":0,"channels":1,"height":4,"image_width":8,"tiles":0}`, string(text))

	require.PanicsWithValue(t, `nn.RegisterEncoder: encoder "vit" is there already`, func() { RegisterEncoder(EncoderRow{Name: "vit"}) })
	require.PanicsWithValue(t, `nn.RegisterEncoder: encoder "x": every encoder has a width`, func() {
		RegisterEncoder(EncoderRow{Name: "x", Parameters: []EncoderParameter{{Name: "width"}}})
	})
}

// TestEncoderRows checks that the table of encoders is whole.
func TestEncoderRows(t *testing.T) {
	for _, r := range Encoders() {
		require.NotEmpty(t, r.Doc, r.Name)
		require.Positive(t, r.StandardWidth, r.Name)
		for _, p := range r.Parameters {
			require.NotEmpty(t, p.Doc, p.Name)
			require.NotEmpty(t, p.Usual, p.Name)
			require.Positive(t, p.Max, p.Name)
		}
	}
}

// TestEncoderConfigKeys: a key stands once, in its own case.
func TestEncoderConfigKeys(t *testing.T) {
	for text, words := range map[string]string{
		`{"name":"vit","name":"mlp"}`: `found key "name" twice`,
		`{"Name":"vit"}`:              `found key "Name", expected "name"`,
		`{"depth":1,"depth":2}`:       `found key "depth" twice`,
		`{"Depth":1}`:                 `found key "Depth", expected "depth"`,
		`{"heigth":1}`:                `unknown field "heigth"`,
	} {
		var c EncoderConfig
		require.ErrorContains(t, json.Unmarshal([]byte(text), &c), words)
	}
}
