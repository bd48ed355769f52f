package train_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/nn"
)

// TestConfigRoundTrip writes each method's configuration and reads it again.
func TestConfigRoundTrip(t *testing.T) {
	s := split()
	for _, method := range methods() {
		c := config(t, method, s)
		text, err := json.Marshal(c)
		require.NoError(t, err)
		back, err := train.ParseConfig("config.json", text, train.Config{})
		require.NoError(t, err)
		require.Equal(t, c, back, method)
		require.NoError(t, c.Same(&back))
		require.NoError(t, back.Complete(s.Train), "completing what is complete")
		require.Equal(t, c, back, method)
	}
}

// TestConfigErrors holds what configurations are refused for.
func TestConfigErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"epochs": 3, "epoch": 4}`, `c.json: unknown field "epoch"`},
		{`{"model": {"kapa": 4}}`, `c.json: unknown field "kapa"`},
		{`{"views": [{"count": 1, "sise": 4}]}`, `c.json: unknown field "sise"`},
		{`{"epochs": "3"}`, `c.json: field "epochs": found string, expected int`},
		{`{"epochs": 3.5}`, `c.json: field "epochs": found number 3.5, expected int`},
		{`{"model": {"er_self": "both"}}`, `c.json: found "both", expected one of [include exclude]`},
		{`{"epochs": 3`, `c.json: unexpected EOF`},
		{`{"epochs": 3} {}`, `c.json: more text after the object`},
		{`{"epochs": ]}`, `c.json: at byte 12: `},
		{``, `c.json: EOF`},
	} {
		_, err := train.ParseConfig("c.json", []byte(test.text), train.Config{})
		require.ErrorContains(t, err, test.want, test.text)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err := train.ReadConfig(filepath.Join(t.TempDir(), "none.json"), train.Config{})
	require.ErrorContains(t, err, "none.json")
}

// TestRefused holds configurations that make no sense.
func TestRefused(t *testing.T) {
	s := split()
	for _, test := range []struct {
		method string
		change func(c *train.Config)
		want   string
	}{
		{"simclr", func(c *train.Config) { c.Batch = 61 }, "batch 61 × 1 is larger than the 60 training images"},
		{"simclr", func(c *train.Config) { c.Batch, c.Recipe.Accumulate = 31, 2 }, "batch 31 × 2 is larger"},
		{"simclr", func(c *train.Config) { c.Batch = 1 }, "batch 1 must be at least 2 and at most 65536"},
		{"simclr", func(c *train.Config) { c.Batch = 1 << 62 }, "must be at least 2 and at most 65536"},
		{"simclr", func(c *train.Config) { c.Epochs = 0 }, "epochs 0 must be at least 1"},
		{"simclr", func(c *train.Config) { c.Steps = -1 }, "steps -1 must not be negative"},
		{"simclr", func(c *train.Config) { c.Subset = -1 }, "subset -1 must not be negative"},
		{"simclr", func(c *train.Config) { c.Precision = "f16" }, `precision "f16" must be f32 or f64`},
		{"simclr", func(c *train.Config) { c.KNN.K = 0 }, "knn with k 0"},
		{"simclr", func(c *train.Config) { c.Diagnostics.Kappa = 0 }, "diagnostics.kappa 0 must be positive and less than 1e9"},
		{"simclr", func(c *train.Config) { c.Model.Method = "simclear" }, `method "simclear" is unknown: there are simclr`},
		{"simclr", func(c *train.Config) { c.Model.Temperature = 0 }, "temperature 0 of method simclr must be positive"},
		{"simclr", func(c *train.Config) { c.Model.Kappa = 3 }, "kappa means nothing to method simclr, which takes [temperature]"},
		{"simclr", func(c *train.Config) { c.Model.LocalCrops = 3 }, "local_crops means nothing to method simclr"},
		{"simclr-er", func(c *train.Config) { c.Model.EntropyWeight = -1 }, "entropy_weight -1 of method simclr-er must be at least 0 and less than 1e9"},
		{"simclr", func(c *train.Config) { c.Model.Encoder.Name = "resnet" }, `encoder "resnet" is unknown`},
		{"simclr", func(c *train.Config) { c.Model.Encoder.Height = 9 }, "model.encoder.height is 9, the images of made-up have 8"},
		{"simclr", func(c *train.Config) { c.Model.Projector.Out = 0 }, "projector 12-0: the widths must be at least 1 and 2"},
		{"simclr", func(c *train.Config) { c.Recipe.Optimizer = "adam" }, `optimizer "adam" is unknown: there are sgd, adamw, lars`},
		{"simclr", func(c *train.Config) { c.Recipe.LR = 0 }, "lr 0 must be positive and less than 1e6"},
		{"byol", func(c *train.Config) { c.Recipe.Momentum = 0.9 }, "momentum 0.9 means nothing to adamw, only to sgd and lars"},
		{"simclr", func(c *train.Config) { c.Recipe.Momentum = 1 }, "momentum 1 is not in [0, 1)"},
		{"simclr", func(c *train.Config) { c.Recipe.WeightDecay = -1 }, "weight_decay -1 must be at least 0 and less than 1e6"},
		{"simclr", func(c *train.Config) { c.Recipe.WeightDecayEnd = -1 }, "weight_decay_end -1 must be at least 0 and less than 1e6"},
		{"simclr", func(c *train.Config) { c.Recipe.Warmup = 2 }, "warmup 2 must be in [0, 1]"},
		{"simclr", func(c *train.Config) { c.Recipe.Schedule = "linear" }, `schedule "linear" is unknown: there are cosine, constant`},
		{"simclr", func(c *train.Config) { c.Recipe.Clip = -1 }, "clip -1 must be at least 0 and less than 1e9"},
		{"simclr", func(c *train.Config) { c.Recipe.ClipEach = true }, "clip_each needs a clip"},
		{"simclr", func(c *train.Config) { c.Recipe.Accumulate = -1 }, "accumulate -1 must be at least 0 and at most 65536"},
		{"simclr", func(c *train.Config) { c.Views = c.Views[:0] }, "views: found 0, expected 2"},
		{"simclr", func(c *train.Config) { c.Views[0].Count = 3 }, "views: found 3, expected 2"},
		{"simclr", func(c *train.Config) { c.Views[0].Count = 0 }, "views[0]: count 0 must be at least 1"},
		{"simclr", func(c *train.Config) { c.Views[0].Flip = 2 }, "views[0]: flip 2 is not a probability"},
		{"simclr", func(c *train.Config) { c.Views[0].Size = 4 }, "views[0]: encoder mlp: found images of 4×4, expected the 8×8 that it is built for, alone"},
		{"dino", func(c *train.Config) {
			c.Model.Encoder = nn.EncoderConfig{Name: "vit", Width: 8, Parameters: map[string]int{"patch": 6}}
			c.Model.LocalCrops, c.Views = 2, nil
		}, "views[1]: encoder vit: found images of 4×4, expected at least 6×6"},
		{"simclr", func(c *train.Config) {
			c.Model.Encoder.Name = "convnet"
			small := mvssl.View{Count: 1, Config: c.Views[0].Config}
			small.Size = 6
			c.Views[0].Count = 1
			c.Views = append(c.Views, small)
		}, "views[1]: size 6, but the second view must be as large as the first, 8"},
	} {
		c := config(t, test.method, s)
		test.change(&c)
		err := c.Complete(s.Train)
		require.ErrorContains(t, err, test.want)
		require.NotContains(t, err.Error(), "\n")
	}
	c, err := train.Defaults("simclr")
	require.NoError(t, err)
	require.ErrorContains(t, c.Complete(&data.Dataset{Channels: 1, Height: 8, Width: 4, Labels: []int{0}}), "square ones are needed")
	_, err = train.Defaults("simclear")
	require.ErrorContains(t, err, `method "simclear" is unknown`)
}

// FuzzParseConfig checks that no text makes ParseConfig or Complete panic, and that
// what they accept is written and read as the same.
func FuzzParseConfig(f *testing.F) {
	s := split()
	for _, method := range methods() {
		text, err := json.Marshal(config(f, method, s))
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{"", "{}", `{"views":[{}]}`, `{"batch":1e30}`, `{"model":null}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := train.ParseConfig("c.json", text, train.Config{})
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "c.json: "), err.Error())
			return
		}
		if c.Complete(s.Train) != nil {
			return
		}
		again, err := json.Marshal(c)
		require.NoError(t, err)
		back, err := train.ParseConfig("c.json", again, train.Config{})
		require.NoError(t, err)
		require.NoError(t, back.Same(&c))
	})
}
