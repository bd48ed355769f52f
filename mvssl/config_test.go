package mvssl_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/mvssl"
	"entrec/mvssl/objective"
	"entrec/mvssl/view"
	"entrec/nn"
)

// configure is Configure with the small networks of [small], in its setting without
// views.
func configure(row mvssl.Row, given map[string]json.RawMessage) (mvssl.Config, error) {
	encoder := nn.EncoderConfig{Name: "mlp", Width: 10, Channels: 1, Height: tracedSide, ImgWidth: tracedSide}
	return row.Configure(encoder, mvssl.ProjectorConfig{Hidden: 9, Out: 6}, given,
		mvssl.Setting{Samples: tracedSamples, Batch: tracedBatch, Steps: scheduleSteps})
}

// TestOptions holds which values of parameters are refused, and with which words.
func TestOptions(t *testing.T) {
	for _, test := range []struct{ method, name, value, want string }{
		{"simclr", "ema", "0.99", "ema: means nothing to method simclr, which takes temperature"},
		{"swav", "predictor", "512", "predictor: means nothing to method swav, which takes temperature, prototypes, epsilon, iterations, queue, queue_start, freeze, local_crops"},
		{"byol", "queue", "512", "queue: means nothing to method byol, which takes ema, ema_schedule, predictor, stop_gradient"},
		{"byol-er", "queue", "512", "queue: means nothing to method byol-er, which takes ema, ema_schedule, predictor, stop_gradient, kappa, er_self, entropy_weight"},
		{"moco", "queue", "0", "queue: found 0, expected a number in [1, 16777216]"},
		{"byol", "ema", "1.1", "ema: found 1.1, expected a number in [0, 1]"},
		{"byol", "ema", "-0.1", "ema: found -0.1, expected a number in [0, 1]"},
		{"byol", "ema", "NaN", "ema: found NaN, expected a number or auto"},
		{"byol", "ema", `"much"`, `ema: found "much", expected a number or auto`},
		{"byol", "ema", "null", "ema: found null, expected a number or auto"},
		{"byol", "ema", `"0.9"`, `ema: found "0.9", expected a number or auto`},
		{"byol", "ema_schedule", "linear", `ema_schedule: found "linear", expected cosine or constant`},
		{"byol", "predictor", "5.5", "predictor: found 5.5, expected a whole number"},
		{"byol", "predictor", "auto", "predictor: found auto, expected a whole number"},
		{"byol", "predictor", "-1", "predictor: found -1, expected a number in [0, 65536]"},
		{"moco", "temperature", "0", "temperature: found 0, expected a number in (0, 1e9)"},
		{"moco", "queue", "1e999", "queue: found 1e999, expected a whole number or auto"},
		{"simclr-er", "kappa", "1e300", "kappa: found 1e+300, expected a number in (0, 1e9)"},
		{"moco", "queue", "-4", "queue: found -4, expected a number in [1, 16777216]"},
		{"swav", "local_crops", "900000000", "local_crops: found 900000000, expected a number in [0, 64]"},
		{"swav", "prototypes", "1", "prototypes: found 1, expected a number in [2, 65536]"},
		{"simclr-er", "er_self", "both", `er_self: found "both", expected include or exclude`},
		{"simsiam", "stop_gradient", "true", `stop_gradient: found "true", expected on or off`},
		{"simclr", "speed", "9", "speed: means nothing to method simclr, which takes temperature"},
		{"deepcluster", "variant", `"v3"`, `variant: found "v3", expected original or v2`},
	} {
		row, err := mvssl.Find(test.method)
		require.NoError(t, err)
		_, err = configure(row, map[string]json.RawMessage{test.name: json.RawMessage(test.value)})
		require.EqualError(t, err, test.want, test.method)
		var parameter *mvssl.ParameterError
		require.ErrorAs(t, err, &parameter)
		require.Equal(t, test.name, parameter.Name)
	}
	_, err := mvssl.Find("nothing")
	require.ErrorContains(t, err, `method "nothing" is unknown: there are simclr, simclr-er, `)

	// The rest are defaults, and what the method chooses.
	for _, test := range []struct {
		method, given string
		want          any
	}{
		{"simclr-er", `{"er_self":"exclude","kappa":7.5}`, mvssl.SphereER{Kappa: 7.5, ERSelf: objective.Exclude, EntropyWeight: 1}},
		{"deepcluster", `{"variant":"v2","prototypes":12}`, mvssl.DeepCluster{Variant: mvssl.DeepClusterV2, Prototypes: 12, Temperature: 0.1}},
		{"byol", `{"ema":0,"predictor":0,"ema_schedule":"constant"}`, mvssl.BYOL{EMASchedule: mvssl.ConstantEMA, StopGradient: mvssl.On}},
		{"byol", `{"ema":1}`, mvssl.BYOL{EMA: 1, EMASchedule: mvssl.CosineEMA, Predictor: 512, StopGradient: mvssl.On}},
		{"byol", `{"ema":"auto"}`, mvssl.BYOL{EMA: 0.8, EMASchedule: mvssl.CosineEMA, Predictor: 512, StopGradient: mvssl.On}},
		{"moco", "", mvssl.MoCo{Temperature: 0.2, EMA: 0.99, EMASchedule: mvssl.ConstantEMA, Queue: 16, BNSplits: 1}},
		{"simsiam", `{"stop_gradient":"off"}`, mvssl.SimSiam{Predictor: 512, StopGradient: mvssl.Off}},
	} {
		row, err := mvssl.Find(test.method)
		require.NoError(t, err)
		c, err := configure(row, object(t, test.given))
		require.NoError(t, err)
		require.Equal(t, test.want, c.Parameters, test.given)
	}
}

// TestSetting holds what does not fit the run.
func TestSetting(t *testing.T) {
	for _, test := range []struct{ method, parameters, want string }{
		{"moco", `{"queue":8}`, "queue 8 must be a multiple of 16 (batch × 2 views): --queue 16 would do"},
		{"moco", `{"queue":40}`, "queue 40 must be a multiple of 16 (batch × 2 views): --queue 32 or 48 would do"},
		{"moco", `{"bn_splits":3}`, "bn_splits 3 must divide the 16 views of a batch"},
		{"moco", `{"bn_splits":16}`, "into parts of at least 2"},
		{"swav", `{"queue":12}`, "queue 12 must be a multiple of 8 (batch): --queue 8 or 16 would do"},
		{"swav", `{"queue_start":0.5}`, "queue_start 0.5 needs a queue"},
		{"swav", `{"prototypes":25}`, "prototypes 25 are more than the 24 training images"},
		{"dino", `{"prototypes":25}`, "prototypes 25 are more than the 24 training images"},
		{"dino-er", `{"prototypes":25}`, "prototypes 25 are more than the 24 training images"},
		{"dino", `{"teacher_temperature_start":0.9}`, "teacher_temperature_start 0.9 needs a teacher_warmup"},
		{"dino-er", `{"teacher_temperature_start":0.9}`, "teacher_temperature_start 0.9 needs a teacher_warmup"},
		{"vicreg", `{"invariance_weight":0,"variance_weight":0,"covariance_weight":0}`, "one at least must be positive"},
		{"align-uniform", `{"alignment_weight":0,"uniformity_weight":0}`, "one at least must be positive"},
		{"deepcluster", `{"prototypes":25}`, "prototypes 25 are more than the 24 training images"},
	} {
		c, _, s := small(t, test.method, test.parameters, nil)
		require.ErrorContains(t, c.ValidateIn(s), test.want)
	}
	one, two := mvssl.View{Count: 1, Config: view.SimCLR(3, tracedSide)}, mvssl.View{Count: 1, Config: view.SimCLR(3, tracedSide)}
	two.Mean = []float64{0, 0, 0.5}
	for _, views := range [][]mvssl.View{{one, two}, {one, {Count: 1, Config: view.SimCLR(1, tracedSide)}}, {two, one}} {
		c, _, s := small(t, "cmc", `{"variant":"color"}`, nil)
		s.Views = views
		require.EqualError(t, c.ValidateIn(s), "variant color needs views with one mean and one std, of three channels, from which colors are made again")
	}
	for _, test := range []struct {
		method string
		change func(c *mvssl.Config)
		want   string
	}{
		{"cmc", func(c *mvssl.Config) { c.Parameters = mvssl.CMC{Variant: "colour", Temperature: 1} }, `variant: found "colour", expected crops or color`},
		{"cmc", color(func(c *mvssl.Config) {}), "variant color: found images of 1×8×8, expected 3 channels: red, green and blue"},
		{"cmc", color(func(c *mvssl.Config) { c.Encoder.Channels, c.Encoder.Width = 3, 1 }), "variant color: found encoder width 1, expected at least 2: half of it is for luma and half for chroma"},
		{"cmc", color(func(c *mvssl.Config) {
			c.Encoder = nn.EncoderConfig{Name: "vit", Width: 8, Channels: 3, Height: 8, ImgWidth: 8, Parameters: map[string]int{"heads": 8}}
		}), "part luma: encoder vit: width 4 is no multiple of 8 heads"},
		{"cpc", func(c *mvssl.Config) { c.Encoder = squares("resnet18") }, "method cpc: the places of encoder resnet18 see more than a patch, expected patchnet"},
		{"cpc", func(c *mvssl.Config) { c.Encoder = squares("vit") }, "method cpc: the places of encoder vit see more than a patch, expected patchnet"},
		{"cpc", func(c *mvssl.Config) { c.Parameters = mvssl.CPC{Nearest: 3, Rows: 1} }, "method cpc: found views of 3 rows of patches, expected more than nearest 3"},
		{"dim", func(c *mvssl.Config) { c.Encoder = squares(withoutMaps) }, "encoder without-maps returns features alone, expected one that returns maps too"},
		{"amdim", func(c *mvssl.Config) { c.Encoder = squares(withoutMaps) }, "encoder without-maps returns features alone, expected one that returns maps too"},
		{"simclr-er", func(c *mvssl.Config) { c.Projector.Out = 1 }, "projector 9-1: the widths must be at least 1 and 2, and at most 65536"},
		{"simclr-er", func(c *mvssl.Config) { c.Projector.Hidden = 1 << 40 }, "projector 1099511627776-6: the widths"},
		{"simclr", func(c *mvssl.Config) { c.Parameters = mvssl.BYOL{} }, "parameters of method simclr: found a mvssl.BYOL, expected a mvssl.SimCLR"},
		{"simclr", func(c *mvssl.Config) { c.Parameters = nil }, "parameters of method simclr: found a <nil>, expected a mvssl.SimCLR"},
		{"simclr", func(c *mvssl.Config) { c.Parameters = mvssl.SimCLR{} }, "temperature: found 0, expected a number in (0, 1e9)"},
		{"simclr", func(c *mvssl.Config) { c.Parameters = mvssl.SimCLR{Temperature: math.NaN()} }, "temperature: found NaN, expected a number in (0, 1e9)"},
		{"deepcluster", func(c *mvssl.Config) {
			c.Parameters = mvssl.DeepCluster{Variant: "v3", Prototypes: 5, Temperature: 1}
		}, `variant: found "v3", expected original or v2`},
		{"byol", func(c *mvssl.Config) { c.Parameters = mvssl.BYOL{EMA: 1} }, `ema_schedule: found "", expected cosine or constant`},
		{"simclr-er", func(c *mvssl.Config) { c.Parameters = mvssl.SphereER{Kappa: 1, ERSelf: 7} }, "er_self: found "},
		{"nothing", func(*mvssl.Config) {}, `method "nothing" is unknown`},
	} {
		method := test.method
		if method == "nothing" {
			method = "simclr"
		}
		c, _, s := small(t, method, "", nil)
		c.Method = test.method
		test.change(&c)
		require.ErrorContains(t, c.ValidateIn(s), test.want)
		_, err := mvssl.New[float32](rand.New(rand.NewPCG(1, 2)), c, s)
		require.ErrorContains(t, err, test.want)
	}
}

// squares is a narrow encoder for the images of [small].
func squares(encoder string) nn.EncoderConfig {
	c := nn.EncoderConfig{Name: encoder, Width: 3, Channels: 1, Height: tracedSide, ImgWidth: tracedSide}
	c.Complete()
	return c
}

// withoutMaps is an encoder that returns features alone.
const withoutMaps = "without-maps"

func init() {
	nn.RegisterEncoder(nn.EncoderRow{Name: withoutMaps, StandardWidth: 1, New32: newPixels[float32], New64: newPixels[float64]})
}

// pixels is an encoder whose features are the pixels.
type pixels[T mvssl.Float] struct {
	nn.Flatten[T]
	dim int
}

func newPixels[T mvssl.Float](_ *rand.Rand, c nn.EncoderConfig) nn.Encoder[T] {
	return pixels[T]{dim: c.Channels * c.Height * c.ImgWidth}
}

func (p pixels[T]) Dim() int { return p.dim }

// TestValidIsBuilt: of each method with each encoder, what ValidateIn accepts is built. Only
// the methods of maps refuse an encoder.
func TestValidIsBuilt(t *testing.T) {
	for _, row := range mvssl.Rows() {
		for _, encoder := range nn.EncoderNames() {
			c, _, s := small(t, row.Name, "", nil)
			c.Encoder = squares(encoder)
			of := map[string]bool{"cpc": encoder != "patchnet", "dim": encoder == withoutMaps, "amdim": encoder == withoutMaps}
			if err := c.ValidateIn(s); err != nil {
				require.True(t, of[row.Name], "%s, %s: %v", row.Name, encoder, err)
				continue
			}
			require.False(t, of[row.Name], "%s, %s", row.Name, encoder)
			_, err := mvssl.New[float64](rand.New(rand.NewPCG(1, 2)), c, s)
			require.NoError(t, err, "%s, %s", row.Name, encoder)
		}
	}
	c, _, s := small(t, "cmc", `{"variant":"color"}`, nil)
	s.Weights = &nn.Weights{Path: "e.safetensors"}
	require.EqualError(t, c.ValidateIn(s), "e.safetensors: found weights of one encoder, expected none for a method that has 2")
}

// TestFit checks what is chosen where few images are, and that a temperature of the
// teacher by itself is no warm-up.
func TestFit(t *testing.T) {
	row, err := mvssl.Find("dino")
	require.NoError(t, err)
	for _, test := range []struct{ samples, prototypes int }{{2, 2}, {15, 2}, {24, 3}, {5000, 256}} {
		c, err := row.Configure(nn.EncoderConfig{}, row.Projector, nil, mvssl.Setting{Samples: test.samples, Batch: 2, Steps: 1})
		require.NoError(t, err)
		require.Equal(t, test.prototypes, c.Parameters.(mvssl.DINO).Prototypes)
	}
	c, _, s := small(t, "dino", `{"teacher_temperature":0.07}`, nil)
	require.NoError(t, c.ValidateIn(s))
}

// TestRemedies: each method has hints against collapse, in terms of flags that it has.
func TestRemedies(t *testing.T) {
	flag := regexp.MustCompile(`--([a-z][a-z0-9-]*)`)
	for _, r := range mvssl.Rows() {
		remedies := r.Remedies()
		require.GreaterOrEqual(t, len(remedies), 2, r.Name)
		for _, remedy := range remedies {
			for _, named := range flag.FindAllStringSubmatch(remedy, -1) {
				if named[1] == "lr" || named[1] == "set" { // every method's
					continue
				}
				_, takes := r.Parameter(strings.ReplaceAll(named[1], "-", "_"))
				require.True(t, takes, "%s: %s", r.Name, remedy)
			}
		}
	}
	dino, err := mvssl.Find("dino")
	require.NoError(t, err)
	require.Contains(t, dino.Remedies(), "a smaller --teacher-temperature")
	simclr, err := mvssl.Find("simclr")
	require.NoError(t, err)
	require.NotContains(t, simclr.Remedies(), "a larger --ema")
}

// TestRecipe holds the schedules of learning rate and weight decay.
func TestRecipe(t *testing.T) {
	r := mvssl.Recipe{Optimizer: "adamw", LR: 2, WeightDecay: 0.04, WeightDecayEnd: 0.4, Warmup: 0.2, Schedule: mvssl.Cosine, Accumulate: 1}
	at := func(step int) (float64, float64) { return r.Rate(mvssl.Progress{Step: step, Steps: 10}) }
	for _, test := range []struct {
		step      int
		lr, decay float64
	}{{0, 1, 0.04}, {1, 2, 0.04 + 0.36*0.5*(1-0.9510565162951535)}, {2, 2, 0.04 + 0.36*0.5*(1-0.8090169943749475)}, {6, 1, 0.04 + 0.36*0.5*(1+0.30901699437494745)}} {
		lr, decay := at(test.step)
		require.InDelta(t, test.lr, lr, 1e-12, "step %d", test.step)
		require.InDelta(t, test.decay, decay, 1e-12, "step %d", test.step)
	}
	r.Schedule, r.WeightDecayEnd = mvssl.Constant, r.WeightDecay
	lr, decay := at(9)
	require.Equal(t, 2.0, lr)
	require.Equal(t, 0.04, decay)
	lr, _ = at(0)
	require.Equal(t, 1.0, lr)

	for _, name := range nn.OptimizerNames() {
		o := r.WithOptimizer(nn.OptimizerName(name))
		require.NoError(t, o.Validate())
		require.Equal(t, name == r.Optimizer.String(), o == r, name)
		require.Equal(t, r.Schedule, o.Schedule)
		require.Less(t, o.LR, 2.1)
	}
	require.ErrorContains(t, r.WithOptimizer("adam").Validate(), `optimizer "adam" is unknown`)
	for _, test := range []struct {
		change func(r *mvssl.Recipe)
		want   string
	}{
		{func(r *mvssl.Recipe) { r.Accumulate = 0 }, "accumulate 0 must be at least 1"},
		{func(r *mvssl.Recipe) { *r = r.WithClipEach(0) }, "clip 0 must be positive"},
		{func(r *mvssl.Recipe) { *r = r.WithClipEach(math.NaN()) }, "clip NaN must be positive"},
		{func(r *mvssl.Recipe) { r.ClipEach = true }, "clip_each needs a clip"},
		{func(r *mvssl.Recipe) { r.Schedule = "" }, `schedule "" is unknown: there are cosine, constant`},
		{func(r *mvssl.Recipe) { r.WeightDecayEnd = -1 }, "weight_decay_end -1 must be at least 0"},
		{func(r *mvssl.Recipe) { r.WeightDecayEnd = 0 }, ""}, // it falls to 0
		{func(r *mvssl.Recipe) { *r = r.WithClipEach(3) }, ""},
	} {
		r := r
		test.change(&r)
		if test.want == "" {
			require.NoError(t, r.Validate())
		} else {
			require.ErrorContains(t, r.Validate(), test.want)
		}
	}
	r.WeightDecayEnd = 0
	_, decay = at(5)
	require.InDelta(t, 0.02, decay, 1e-12, "half way to 0")
}

// color asks for cmc's variant, and for what change does.
func color(change func(c *mvssl.Config)) func(c *mvssl.Config) {
	return func(c *mvssl.Config) {
		c.Parameters = mvssl.CMC{Variant: mvssl.ColorViews, Temperature: 1}
		change(c)
	}
}
