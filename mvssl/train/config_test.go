package train_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/internal/runtest"
	"entrec/mvssl"
	"entrec/mvssl/data"
	"entrec/mvssl/train"
	"entrec/mvssl/view"
)

// written returns the folder of a run that has got no further than its config.json.
func written(t testing.TB, text []byte) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, train.ConfigFile), text, 0o644))
	return dir
}

// TestConfigRoundTrip writes each method's configuration, and reads it again as a
// run's and as a request.
func TestConfigRoundTrip(t *testing.T) {
	s := split()
	for _, method := range methods() {
		c := config(t, method, s)
		text, err := json.Marshal(c)
		require.NoError(t, err)
		dir := written(t, text)
		back, err := train.ReadConfig(dir)
		require.NoError(t, err)
		require.Equal(t, c, back, method)
		require.NoError(t, c.Same(&back))
		r, err := train.ReadRequest(filepath.Join(dir, train.ConfigFile))
		require.NoError(t, err)
		again, _, err := train.Resolve(r, s)
		require.NoError(t, err)
		require.Equal(t, c, again, method)
	}
}

// TestRequestOfARun: a run's configuration, asked for on other data, has their shape,
// their number, and their mean and standard deviation; views that are not the
// method's own stay.
func TestRequestOfARun(t *testing.T) {
	s := split()
	other := &data.Split{Train: runtest.Images(40, 7), Test: runtest.Images(8, 8)}
	for _, sets := range [][]string{nil, {"views.*.flip", "0.25"}} {
		c := config(t, "simclr", s, sets...)
		text, err := json.Marshal(c)
		require.NoError(t, err)
		r, err := train.ReadRequest(filepath.Join(written(t, text), train.ConfigFile))
		require.NoError(t, err)
		d, _, err := train.Resolve(r, other)
		require.NoError(t, err)
		require.Equal(t, 40, d.Images)
		require.Equal(t, c.Views[0].Flip, d.Views[0].Flip)
		if sets == nil {
			mean, std := other.Train.MeanStd()
			require.Equal(t, mean, d.Views[0].Mean)
			require.Equal(t, std, d.Views[0].Std)
		}
	}
}

// TestUnsetZeroAuto: what is not asked for, what is 0 and what is left to the method
// are three things.
func TestUnsetZeroAuto(t *testing.T) {
	s := split()
	base := config(t, "byol", s)
	require.Equal(t, base.Model, config(t, "byol", s, "model.ema", "auto").Model)
	require.NotEqual(t, base.Model, config(t, "byol", s, "model.ema", "0").Model)
	require.NotEqual(t, base.Model, config(t, "byol", s, "model.predictor", "0").Model)
	r := runtest.Request(t, "byol", "model.predictor", "auto")
	require.ErrorContains(t, r.Check(), `model.predictor: found "auto", expected a whole number`)
	decays := config(t, "simclr", s, "recipe.weight_decay", "0.01")
	require.Equal(t, 0.01, decays.Recipe.WeightDecayEnd, "the decay stays where nothing is said of its end")
	ends := config(t, "simclr", s, "recipe.weight_decay", "0.01", "recipe.weight_decay_end", "0")
	require.Equal(t, 0.0, ends.Recipe.WeightDecayEnd)
	adam := config(t, "simclr", s, "recipe.optimizer", "adamw")
	require.Equal(t, 0.002, adam.Recipe.LR, "the rates that are usual for the optimizer")
}

// TestMeaningless: a parameter that means nothing is refused of a new run, and not of one that
// was made before it was, which goes on and can be made again.
func TestMeaningless(t *testing.T) {
	s := split()
	config(t, "infomax", s, "model.variant", "imax")
	config(t, "infomax", s, "model.variant", "imax", "model.kappa", "64")
	asked := runtest.Request(t, "infomax", "model.variant", "imax", "model.kappa", "3")
	require.ErrorContains(t, asked.Check(), "model.kappa: found 3, which means nothing")

	old := config(t, "infomax", s, "model.kappa", "3")
	old.Model.Parameters = mvssl.Infomax{Variant: mvssl.IMAX, Eps: 0.2, Kappa: 3}
	dir, _ := runtest.Finished(t, old, s)
	stored, err := train.ReadConfig(dir)
	require.NoError(t, err)
	require.Equal(t, old.Model, stored.Model)
	longer := &train.Request{}
	longer.Set("epochs", 4)
	longer.Set("model.kappa", 3) // as the script says that began it
	on, _, err := train.Resume(dir, stored, longer, s)
	require.NoError(t, err)
	require.Equal(t, old.Model, on.Model)
	again, err := train.ReadRequest(filepath.Join(dir, train.ConfigFile))
	require.NoError(t, err)
	require.NoError(t, again.Check())
	made, _, err := train.Resolve(again, s)
	require.NoError(t, err)
	require.Equal(t, old.Model, made.Model)
	again.Set("model.kappa", 5)
	require.ErrorContains(t, again.Check(), "model.kappa: found 5, which means nothing")
}

// TestRequestErrors holds what requests are refused for: one line with the field, what
// was found, and what was expected.
func TestRequestErrors(t *testing.T) {
	s := split()
	for _, test := range []struct {
		method string
		sets   []string
		want   string
	}{
		{"simclr", []string{"epoch", "4"}, "epoch: there is no such field: there are batch, data, diagnostics, epochs, format, holdout, init, knn, model, precision, probe, recipe, report, resize, seed, size, skip_bad, steps, subset, views"},
		{"simclr", []string{"report.kept", "4"}, "report.kept: there is no such field: there are bag, eval_every, evaluate, keep_every, keep_predictions, log, log_every"},
		{"simclr", []string{"recipe.speed", "4"}, "recipe.speed: there is no such field: there are accumulate, clip, "},
		{"simclr", []string{"model.kapa", "4"}, "model.kapa: means nothing to method simclr, which takes temperature"},
		{"simclr", []string{"model.kappa", "4"}, "model.kappa: means nothing to method simclr, which takes temperature"},
		{"simclr", []string{"views.*.sise", "4"}, "views.0.sise: there is no such field: there are blur, count, crop"},
		{"simclr", []string{"views.1.flip", "0"}, `views.1.flip: found view "1", expected 0 to 0, or * for all`},
		{"simclr", []string{"views.*.flip", "no"}, `views.0.flip: found "no", expected a number`},
		{"simclr", []string{"views", "3"}, "views: found 3, expected a list"},
		{"simclr", []string{"views", "[1]"}, "views.0: found 1, expected an object"},
		{"simclr", []string{"views", "[]"}, "views: found 0, expected 2"},
		{"infomax", []string{"model.variant", "imax", "model.kappa", "3"}, "model.kappa: found 3, which means nothing to variant imax, only to linsker: --variant linsker would do"},
		{"moco", []string{"views.0.count", "3"}, "views: found 3, expected the 2 of method moco"},
		{"simclr", []string{"views.0.count", "0"}, "views[0]: count 0 must be at least 1"},
		{"simclr", []string{"views.0.flip", "2"}, "views[0]: flip 2 is not a probability"},
		{"simclr", []string{"views.0.size", "4"}, "views[0]: encoder mlp: found images of 4×4, expected the 8×8 that it is built for, alone"},
		{"dino", []string{"model.encoder.name", "vit", "model.encoder.width", "8", "model.encoder.patch", "6", "model.local_crops", "2"},
			"views[1]: encoder vit: found images of 4×4, expected at least 6×6"},
		{"simclr", []string{"epochs", "many"}, `epochs: found "many", expected a whole number`},
		{"simclr", []string{"epochs", "3.5"}, "epochs: found 3.5, expected a whole number"},
		{"simclr", []string{"recipe", "3"}, "recipe: found 3, expected an object"},
		{"simclr", []string{"recipe", "null"}, "recipe: found null, expected an object"},
		{"simclr", []string{"epochs", "null"}, "epochs: found null, expected a whole number"},
		{"simclr", []string{"views.0.flip", "null"}, "views.0.flip: found null, expected a number"},
		{"simclr", []string{"views.0.blur", "null"}, "views.0.blur: found null, expected an object"},
		{"simclr", []string{"model.temperature", "null"}, "model.temperature: found null, expected a number"},
		{"simclr", []string{"model.encoder", "null"}, "model.encoder: found null, expected an object"},
		{"simclr", []string{"model.encoder.name", "null"}, "model.encoder.name: found null, expected a name"},
		{"simclr", []string{"model.encoder.width", "null"}, "model.encoder.width: found null, expected a whole number"},
		{"simclr", []string{"model.method", "7"}, "model.method: found 7, expected a name"},
		{"simclr", []string{"data", "[]"}, "data: found a list, expected a name"},
		{"simclr", []string{"epochs.first", "1"}, "epochs.first: there is no such field: epochs is a whole number"},
		{"simclr", []string{"recipes.lr.now", "1"}, "recipes.lr.now: there is no such field: there are batch, data, "},
		{"simclr", []string{"model", "3"}, "model: found 3, expected an object"},
		{"simclr", []string{"seed", "-1"}, "seed: found -1, expected a whole number, not negative"},
		{"simclr-er", []string{"model.er_self", "both"}, `model.er_self: found "both", expected include or exclude`},
		{"simclr", []string{"batch", "61"}, "batch 61 × 1 is larger than the 60 training images"},
		{"simclr", []string{"batch", "31", "recipe.accumulate", "2"}, "batch 31 × 2 is larger"},
		{"simclr", []string{"batch", "1"}, "batch 1 must be at least 2 and at most 65536"},
		{"simclr", []string{"batch", "4611686018427387904"}, "must be at least 2 and at most 65536"},
		{"simclr", []string{"epochs", "0"}, "epochs 0 must be at least 1"},
		{"simclr", []string{"steps", "0"}, "steps 0 must be at least 1"},
		{"simclr", []string{"subset", "0"}, "subset 0 must be at least 1"},
		{"simclr", []string{"subset", "61"}, "subset of made-up: found 61 images asked for, expected 1 to 60"},
		{"simclr", []string{"holdout", "1"}, "holdout 1 must be in [0, 1)"},
		{"simclr", []string{"holdout", "0.001"}, "holdout 0.001 of the 60 training images of made-up are 0, expected 1 to 59"},
		{"simclr", []string{"precision", "f16"}, `precision: found "f16", expected f32 or f64`},
		{"simclr", []string{"knn.k", "0"}, "knn with k 0"},
		{"simclr", []string{"knn.temperature", "0.001"}, "the temperature at least 0.002"},
		{"simclr", []string{"diagnostics.kappa", "0"}, "diagnostics.kappa 0 must be positive and less than 1e9"},
		{"simclear", nil, `method "simclear" is unknown: there are simclr`},
		{"simclr", []string{"model.temperature", "0"}, "model.temperature: found 0, expected a number in (0, 1e9)"},
		{"simclr-er", []string{"model.entropy_weight", "-1"}, "model.entropy_weight: found -1, expected a number in [0, 1e9)"},
		{"simclr", []string{"model.encoder.name", "resnet"}, `encoder "resnet" is unknown`},
		{"simclr", []string{"model.encoder.width", "0"}, "model.encoder.width: found 0, expected a positive number"},
		{"simclr", []string{"model.encoder.height", "9"}, "model.encoder.height: found 9, the images of made-up have 8"},
		{"simclr", []string{"model.projector.out", "1"}, "projector 12-1: the widths must be at least 1 and 2"},
		{"simclr", []string{"recipe.optimizer", "adam"}, `optimizer "adam" is unknown: there are sgd, adamw, lars`},
		{"simclr", []string{"recipe.lr", "0"}, "lr 0 must be positive and less than 1e6"},
		{"byol", []string{"recipe.optimizer", "adamw", "recipe.momentum", "0.9"}, "momentum 0.9 means nothing to adamw, only to sgd and lars"},
		{"simclr", []string{"recipe.momentum", "1"}, "momentum 1 is not in [0, 1)"},
		{"simclr", []string{"recipe.weight_decay", "-1"}, "weight_decay -1 must be at least 0 and less than 1e6"},
		{"simclr", []string{"recipe.weight_decay_end", "-1"}, "weight_decay_end -1 must be at least 0 and less than 1e6"},
		{"simclr", []string{"recipe.warmup", "2"}, "warmup 2 must be in [0, 1]"},
		{"simclr", []string{"recipe.schedule", "linear"}, `recipe.schedule: found "linear", expected cosine or constant`},
		{"simclr", []string{"recipe.clip", "0"}, "clip 0 must be positive and less than 1e9, or null for none"},
		{"simclr", []string{"recipe.clip_each", "true"}, "clip_each needs a clip"},
		{"simclr", []string{"recipe.accumulate", "0"}, "accumulate 0 must be at least 1 and at most 65536"},
		{"simclr", []string{"report.eval_every", "0"}, "report.eval_every 0 must be at least 1"},
		{"simclr", []string{"report.bag", "-1"}, "report.bag -1 must be at least 0 and at most 4096"},
		{"simclr", []string{"report.bag", "4097"}, "report.bag 4097 must be at least 0 and at most 4096"},
		{"simclr", []string{"report.bag", "1.5"}, "report.bag: found 1.5, expected a whole number"},
		{"simclr", []string{"format", "entrec-run/9"}, `format: found "entrec-run/9", expected "entrec-run/2": another version wrote it`},
	} {
		_, _, err := train.Resolve(runtest.Request(t, test.method, test.sets...), s)
		require.ErrorContains(t, err, test.want, "%v", test.sets)
		require.NotContains(t, err.Error(), "\n")
	}
	r := &train.Request{}
	require.ErrorContains(t, r.SetText("recipe..lr", "1"), `found "recipe..lr", expected a path such as recipe.lr`)
	narrow := &data.Split{Train: runtest.Images(60, 1), Test: split().Test}
	narrow.Train.Height, narrow.Train.Width = 4, 16
	_, _, err := train.Resolve(runtest.Request(t, "simclr", "model.encoder.name", "convnet"), narrow)
	require.ErrorContains(t, err, "images of 4×4 are smaller than 8×8", "the shorter side is what the network sees")
}

// TestReadErrors holds what is said of files that are no configuration.
func TestReadErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"epochs": 3`, `found the end of the text`},
		{`{"epochs": 3} {}`, `more text after the value`},
		{`{"epochs": ]}`, `at byte 11: `},
		{``, `found the end of the text`},
		{`{"epochs": 3, "epochs": 3}`, `found key "epochs" twice`},
		{`{"Epochs": 3}`, `Epochs: found key "Epochs", expected "epochs"`},
		{`{"recipe": {"LR": 3}}`, `recipe.LR: found key "LR" in recipe, expected "lr"`},
		{`{"model": {"Method": "byol"}}`, `model.Method: found key "Method", expected "method"`},
		{`{"model": {"encoder": {"Width": 8}}}`, `found key "Width"`},
		{`{"Model": {"method": "byol"}}`, `found key "Model", expected "model"`},
		{`[1]`, `found a list, expected an object`},
		{`{}`, "model: found nothing, expected an object"},
		{`{"model": {"method": "byol"}, "knn": {}}`, "model.encoder: found nothing, expected an object"},
		{`{"model": {"method": "byol", "encoder": {"name": "mlp", "channels": 1, "height": 8}}, "knn": {}, "views": []}`, "model.ema: found nothing, expected a value"},
	} {
		dir := written(t, []byte(test.text))
		_, err := train.ReadConfig(dir)
		require.ErrorContains(t, err, test.want, test.text)
		require.ErrorContains(t, err, filepath.Join(dir, train.ConfigFile))
		require.NotContains(t, err.Error(), "\n")
	}
	_, err := train.ReadConfig(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = train.ReadRequest(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestRequestsShareNothing: what one request sets is no other's, nor the table's.
func TestRequestsShareNothing(t *testing.T) {
	s := split()
	first := config(t, "dino", s)
	second := config(t, "dino", s, "recipe.clip", "1.5")
	require.Equal(t, 3.0, *first.Recipe.Clip)
	require.Equal(t, 1.5, *second.Recipe.Clip)
	for _, method := range []string{"dino", "dino-er"} {
		row, err := mvssl.Find(method)
		require.NoError(t, err)
		require.Equal(t, 3.0, *row.Recipe.Clip)
		*row.Recipe.Clip = 9
	}
	require.Equal(t, 3.0, *config(t, "dino", s).Recipe.Clip)
}

// TestLargeSeeds: seeds that float64 cannot tell apart are told apart.
func TestLargeSeeds(t *testing.T) {
	s := split()
	a, b := config(t, "simclr", s, "seed", "9007199254740992"), config(t, "simclr", s, "seed", "9007199254740993")
	require.NotEqual(t, a.Seed, b.Seed)
	require.ErrorContains(t, a.Same(&b), "seed: found 9007199254740992, expected 9007199254740993")
}

// TestOverWholeConfiguration: over a whole configuration a field means what it means
// over the defaults.
func TestOverWholeConfiguration(t *testing.T) {
	s := split()
	text, err := json.Marshal(config(t, "simclr", s, "views.0.flip", "0.25"))
	require.NoError(t, err)
	read := func(sets ...string) (*train.Request, error) {
		r, err := train.ReadRequest(filepath.Join(written(t, text), train.ConfigFile))
		require.NoError(t, err)
		for i := 0; i < len(sets); i += 2 {
			if err := r.SetText(sets[i], sets[i+1]); err != nil {
				return nil, err
			}
		}
		return r, nil
	}
	r, err := read("recipe.weight_decay", "0.1", "subset", "30")
	require.NoError(t, err)
	c, part, err := train.Resolve(r, s)
	require.NoError(t, err)
	require.Equal(t, 0.1, c.Recipe.WeightDecayEnd, "it stays")
	mean, std := part.Train.MeanStd()
	require.Equal(t, mean, c.Views[0].Mean, "of the images that are used")
	require.Equal(t, std, c.Views[0].Std)
	require.Equal(t, 0.25, c.Views[0].Flip)
	r, err = read("recipe", `{"lr": 1}`, "recipe", `{"lr": 2}`, "views", "[]", "views", "[]")
	require.NoError(t, err)
	_, _, err = train.Resolve(r, s)
	require.ErrorContains(t, err, "views: found 0, expected 2")
}

// TestResumedAuto: what is left to the method again on resume stays as it was chosen.
func TestResumedAuto(t *testing.T) {
	s := split()
	c := config(t, "byol", s)
	r := &train.Request{}
	require.NoError(t, r.SetText("model.ema", "auto"))
	require.NoError(t, r.SetText("epochs", "2000"))
	longer, _, err := train.Resume(t.TempDir(), c, r, s)
	require.NoError(t, err, "also where there is no checkpoint yet")
	require.Equal(t, c.Model, longer.Model)
	require.Equal(t, 2000, longer.Epochs)
}

// TestUpgrade reads the configuration of a run that an older version began.
func TestUpgrade(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "numerics", "dino.json"))
	require.NoError(t, err)
	require.NotContains(t, string(text), "format")
	r, err := train.ReadRequest(filepath.Join("testdata", "numerics", "dino.json"))
	require.NoError(t, err)
	require.NoError(t, r.Check())
	plain, err := train.ReadRequest(filepath.Join("testdata", "numerics", "simclr.json"))
	require.NoError(t, err)
	c, err := train.ResolveFor(plain, train.BenchSource())
	require.NoError(t, err)
	require.Nil(t, c.Recipe.Clip, "0 was none")
	require.Equal(t, 1, c.Recipe.Accumulate, "0 was 1")
	require.Equal(t, c.Recipe.WeightDecay, c.Recipe.WeightDecayEnd, "0 was the same")
}

// TestHoldout trains without the images that are held out, and measures on them.
func TestHoldout(t *testing.T) {
	s := split()
	c, part, err := train.Resolve(runtest.Request(t, "simclr", "holdout", "0.25", "subset", "40"), s)
	require.NoError(t, err)
	require.Equal(t, 40, part.Train.Len())
	require.Equal(t, 15, part.Test.Len())
	_, summary := runtest.Finished(t, c, part)
	require.Equal(t, data.Validation, summary.EvalSplit)
	_, plain := runtest.Finished(t, config(t, "simclr", s), s)
	require.Equal(t, data.Test, plain.EvalSplit)
}

// FuzzRequest checks that no text makes reading a request or resolving it panic, and
// that what is resolved is written and read as the same.
func FuzzRequest(f *testing.F) {
	s := split()
	for _, method := range methods() {
		text, err := json.Marshal(config(f, method, s))
		require.NoError(f, err)
		f.Add(string(text), "recipe.lr", "0.1")
	}
	for _, text := range []string{"", "{}", `{"views":[{}]}`, `{"batch":1e30}`, `{"model":null}`, `{"model":{"encoder":[]}}`} {
		f.Add(text, "views.*.flip", "{}")
	}
	f.Add("{}", "re\ncipe.lr", "0.1") // whose field's name has two lines
	f.Fuzz(func(t *testing.T, text, path, value string) {
		file := filepath.Join(t.TempDir(), "c.json")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		r, err := train.ReadRequest(file)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), file), err.Error())
			return
		}
		if r.SetText(path, value) != nil {
			return
		}
		c, _, err := train.Resolve(r, s)
		if err != nil {
			require.NotContains(t, fmt.Sprint(err), "\n")
			return
		}
		again, err := json.Marshal(c)
		require.NoError(t, err)
		back, err := train.ReadConfig(written(t, again))
		require.NoError(t, err)
		require.NoError(t, back.Same(&c))
	})
}

// TestBlurTurnedOn: a probability alone turns a blur on, SimCLR's; what else is asked of
// it stands.
func TestBlurTurnedOn(t *testing.T) {
	s := split()
	blur := func(sets ...string) view.BlurConfig { return config(t, "simclr", s, sets...).Views[0].Blur }
	require.Equal(t, view.BlurConfig{}, blur())
	require.Equal(t, view.BlurConfig{Probability: 0.5, Kernel: 3, SigmaMin: 0.1, SigmaMax: 2}, blur("views.0.blur.probability", "0.5"))
	require.Equal(t, view.BlurConfig{Probability: 0.5, Kernel: 5, SigmaMin: 0.1, SigmaMax: 2}, blur("views.*.blur", `{"kernel": 5, "probability": 0.5, "sigma_min": 0.1, "sigma_max": 2}`))
	require.Equal(t, 23, view.SimCLRBlur(224).Kernel)
	require.Equal(t, 3, view.SimCLRBlur(28).Kernel)
}

// TestSetObject: an object's members are set one by one, beside what was set before.
func TestSetObject(t *testing.T) {
	s := split()
	c := config(t, "simclr", s, "recipe.warmup", "0.25", "recipe", `{"lr": 0.5, "clip": 2}`, "model", `{"encoder": {"depth": 2, "name": "vit", "width": 8, "patch": 4}}`,
		"model.encoder", `{"heads": 2}`, "report", "{}")
	require.Equal(t, 0.25, c.Recipe.Warmup)
	require.Equal(t, 0.5, c.Recipe.LR)
	require.Equal(t, 2.0, *c.Recipe.Clip)
	require.Equal(t, "vit", c.Model.Encoder.Name)
	require.Equal(t, map[string]int{"depth": 2, "heads": 2, "patch": 4}, c.Model.Encoder.Parameters)
}

// TestOlderEncoder: the configuration of a version whose encoder had fewer parameters is
// that of today's with their usual values.
func TestOlderEncoder(t *testing.T) {
	c := config(t, "simclr", split(), "model.encoder.name", "resnet18", "model.encoder.width", "1")
	text, err := json.Marshal(c)
	require.NoError(t, err)
	older := strings.Replace(string(text), `,"features":8`, "", 1)
	require.NotEqual(t, string(text), older)
	read, err := train.ReadConfig(written(t, []byte(older)))
	require.NoError(t, err)
	require.NoError(t, read.Same(&c))
}
