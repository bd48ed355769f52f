package mvssl_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/internal/foreign"
	"entrec/mvssl"
	"entrec/mvssl/train"
	"entrec/nn"
	"entrec/tensor"
)

// torchMethods is each method's training step in PyTorch, written from the papers
// and the official files.
//
//go:embed testdata/methods.py
var torchMethods string

// torchTolerance bounds the difference of losses, relative to 1 + |loss|, and of
// tensors, relative to 1 + their largest element, after three steps. The worst
// measured is 8e-10 (barlow-twins, then vicreg and byol): where a gradient is 0 but for
// rounding, as that of a bias before a standardization, AdamW magnifies the
// rounding. All other cases come within 5e-15.
const torchTolerance = 1e-8

// traced is a case of TestTorch: the JSON that methods.py reads.
type traced struct {
	Model   mvssl.Config      `json:"model"`
	Views   []mvssl.View      `json:"views"`
	Recipe  mvssl.Recipe      `json:"recipe"`
	Steps   int               `json:"steps"`
	State   map[string]matrix `json:"state"`
	Trained []string          `json:"trained"`
	Batches []batch           `json:"batches"`
	Shuffle [][]int           `json:"shuffle"`
	// Directions are those of each step, of a method that looks along some.
	Directions []matrix `json:"directions"`
}

type matrix struct {
	Shape []int     `json:"shape"`
	Data  []float64 `json:"data"`
}

type batch struct {
	Groups  []matrix `json:"groups"`
	Samples []int    `json:"samples"`
}

// answer is what methods.py makes of a case.
type answer struct {
	Losses []float64            `json:"losses"`
	Norms  []float64            `json:"norms"` // of all gradients, where clipped at; PyTorch's alone
	State  map[string][]float64 `json:"state"`
}

// Sizes of the runs of TestTorch. The schedules are those of a longer run, so that
// warm-up, freezing and the rise of the momentum all show within three steps.
const (
	tracedSamples, tracedBatch, tracedSteps, scheduleSteps = 24, 8, 3, 6
	tracedSide                                             = 8
	tracedClasses                                          = 5
)

// small returns a method's configuration, recipe and setting for images of 8×8:
// narrow networks, the method's defaults, and over them the parameters given as a
// JSON object, "" for none.
func small(t testing.TB, method, parameters string, change func(r *mvssl.Recipe)) (mvssl.Config, mvssl.Recipe, mvssl.Setting) {
	t.Helper()
	row, err := mvssl.Find(method)
	require.NoError(t, err)
	return smallOf(t, row, parameters, change)
}

// smallOf is small for a row that need not be in the table.
func smallOf(t testing.TB, row mvssl.Row, parameters string, change func(r *mvssl.Recipe)) (mvssl.Config, mvssl.Recipe, mvssl.Setting) {
	t.Helper()
	given := object(t, parameters)
	for name, width := range map[string]string{"prototypes": "5", "predictor": "7"} {
		if _, takes := row.Parameter(name); takes && given[name] == nil {
			given[name] = json.RawMessage(width)
		}
	}
	r := row.Recipe
	r.Warmup = 0.3
	if change != nil {
		change(&r)
	}
	s := mvssl.Setting{Samples: tracedSamples, Batch: tracedBatch, Steps: scheduleSteps, Classes: tracedClasses}
	mean, std := []float64{0}, []float64{1}
	if string(given["variant"]) == `"color"` {
		mean, std = []float64{0.49, 0.48, 0.45}, []float64{0.25, 0.24, 0.26}
	}
	encoder := nn.EncoderConfig{Name: "mlp", Width: 10, Channels: len(mean), Height: tracedSide, ImgWidth: tracedSide}
	if row.Encoder != "" {
		encoder.Name, encoder.Width = row.Encoder, 3
		encoder.Complete()
	}
	c, err := row.Configure(encoder, mvssl.ProjectorConfig{Hidden: 9, Out: 6}, given, s)
	require.NoError(t, err)
	if row.Views == nil {
		row.Views = mvssl.SimCLRViews
	}
	s.Views = row.Views(c, len(mean), tracedSide)
	for i := range s.Views {
		s.Views[i].Mean, s.Views[i].Std = mean, std
	}
	return c, r, s
}

// object returns the members of a JSON object, none for "".
func object(t testing.TB, text string) map[string]json.RawMessage {
	t.Helper()
	members := map[string]json.RawMessage{}
	if text != "" {
		require.NoError(t, json.Unmarshal([]byte(text), &members), text)
	}
	return members
}

// trace makes steps of so many passes of a method, and returns the case for PyTorch
// and what came out.
func trace(t testing.TB, c mvssl.Config, r mvssl.Recipe, s mvssl.Setting, steps, passes int) (traced, answer) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	m, err := mvssl.New[float64](rng, c, s)
	require.NoError(t, err)
	prepare(t, m, rng)
	tr := traced{Model: c, Views: s.Views, Recipe: r, Steps: s.Steps, State: map[string]matrix{}}
	m.State("", func(name string, v *autograd.Var[float64]) {
		tr.State[name] = matrix{append([]int{}, v.Shape()...), append([]float64{}, tensor.Contiguous(v.Value).Data()...)}
	})
	for _, p := range m.Parameters() {
		tr.Trained = append(tr.Trained, p.Name)
	}
	stepper, err := train.NewStepper(m, r)
	require.NoError(t, err)
	a := answer{State: map[string][]float64{}}
	tape := autograd.NewTape[float64]()
	for step := range steps {
		if d, ok := m.(interface {
			Directions(step int) *tensor.Tensor[float64]
		}); ok {
			x := tensor.Contiguous(d.Directions(step))
			tr.Directions = append(tr.Directions, matrix{x.Shape(), x.Data()})
		}
		tr.Shuffle = append(tr.Shuffle, rand.New(rand.NewPCG(uint64(step), 0x6d6f636f)).Perm(2*tracedBatch))
		var at mvssl.Progress
		for range passes {
			b, given := made(tape, rng, s, step)
			tr.Batches = append(tr.Batches, given)
			result := m.Loss(b)
			a.Losses = append(a.Losses, result.Loss.Value.Item())
			stepper.Backward(tape, result)
			tape.Reset()
			at = b.Progress
		}
		stepper.Update(at)
	}
	m.State("", func(name string, v *autograd.Var[float64]) {
		a.State[name] = append([]float64{}, tensor.Contiguous(v.Value).Data()...)
	})
	return tr, a
}

// made returns a batch of made-up views, on tape and as numbers. Views of one
// sample resemble one another.
func made(tape *autograd.Tape[float64], rng *rand.Rand, s mvssl.Setting, step int) (mvssl.Batch[float64], batch) {
	given := batch{Samples: rng.Perm(s.Samples)[:s.Batch]}
	channels := len(s.Views[0].Mean)
	pixels := channels * tracedSide * tracedSide
	base := make([]float64, s.Batch*pixels)
	for i := range base {
		base[i] = rng.NormFloat64()
	}
	views := 0
	for _, v := range s.Views { // all of one size, so one group
		views += v.Count
	}
	data := make([]float64, views*s.Batch*pixels)
	for i := range data {
		data[i] = base[i%len(base)] + 0.5*rng.NormFloat64()
	}
	shape := []int{views * s.Batch, channels, tracedSide, tracedSide}
	given.Groups = []matrix{{shape, data}}
	at := mvssl.Progress{Step: step, Steps: s.Steps, StepsPerEpoch: s.Steps}
	b := mvssl.NewBatch(at, given.Samples, tape.Constant(tensor.FromSlice(data, shape...)))
	return b.WithWhole(whole(s)).WithLabels(tracedLabels()), given
}

// tracedLabels returns the labels of all samples, in turn.
func tracedLabels() []int {
	labels := make([]int, tracedSamples)
	for i := range labels {
		labels[i] = i % tracedClasses
	}
	return labels
}

// whole returns how many of the views are of the whole image: two, or all where the first
// kind alone has more.
func whole(s mvssl.Setting) int { return max(2, s.Views[0].Count) }

// prepare lets a method prepare its first epoch on made-up images.
func prepare(t testing.TB, m mvssl.Method[float64], rng *rand.Rand) {
	t.Helper()
	p, ok := m.(mvssl.Preparer[float64])
	if !ok {
		return
	}
	images := tensor.New[float64](tracedSamples, 1, tracedSide, tracedSide)
	for i := range images.Data() {
		images.Data()[i] = rng.NormFloat64()
	}
	require.NoError(t, p.Prepare(context.Background(), mvssl.Epoch[float64]{
		Rand: rng,
		Map: func(f func(*autograd.Var[float64]) *autograd.Var[float64]) (*tensor.Tensor[float64], error) {
			return f(autograd.NewFrozenTape[float64]().Constant(images)).Value, nil
		},
	}))
}

// torchCase is a method with parameters and, where change is not nil, another recipe.
type torchCase struct {
	name, method, parameters string
	change                   func(r *mvssl.Recipe)
}

// variants are the cases of TestTorch beside each method as it stands.
var variants = []torchCase{
	{"cmc, luma and chroma", "cmc", `{"variant":"color","temperature":0.5}`, nil},
	{"infomax, imax", "infomax", `{"variant":"imax","eps":0.01}`, nil},
	{"emp-ssl, weighted", "emp-ssl", `{"weight":3,"eps":0.05}`, nil},
	{"corinfomax, longer memory", "corinfomax", `{"decay":0.7,"eps":0.1}`, nil},
	{"simclr-er, self left out", "simclr-er", `{"er_self":"exclude","entropy_weight":0.5}`, nil},
	{"cpc, the next row", "cpc", `{"nearest":1,"rows":2}`, nil},
	{"dim, Jensen-Shannon", "dim", `{"critic_objective":"jsd"}`, nil},
	{"dim, Donsker-Varadhan", "dim", `{"critic_objective":"dv"}`, nil},
	{"amdim, clipped and weighted", "amdim", `{"clip":0.5,"penalty":2}`, nil},
	{"moco, split batch norm", "moco", `{"bn_splits":4}`, nil},
	{"moco, longer queue", "moco", `{"queue":48}`, nil},
	{"deepcluster v2", "deepcluster", `{"variant":"v2"}`, nil},
	{"swav, queue and local crops", "swav", `{"queue":8,"queue_start":0.1,"local_crops":3,"freeze":0.3}`, nil},
	{"er-discrete, weighted", "er-discrete", `{"temperature":2,"entropy_weight":0.5}`, nil},
	{"dino, local crops and warm-up", "dino", `{"local_crops":2,"teacher_temperature_start":0.1,"teacher_warmup":0.4,"freeze":0.3}`,
		func(r *mvssl.Recipe) { *r = r.WithClipEach(0.1) }},
	{"byol, sgd", "byol", "", func(r *mvssl.Recipe) {
		*r = mvssl.Recipe{Optimizer: "sgd", LR: 0.1, Momentum: 0.9, DecayNorms: true, Schedule: mvssl.Cosine, Accumulate: 1}.WithWeightDecay(1e-3)
	}},
	{"er, self left out", "er", `{"er_self":"exclude","entropy_weight":2}`, nil},
	{"er, sphere kde gaussian", "er", `{"reconstruction":"gaussian"}`, nil},
	{"er, sphere knn vmf", "er", `{"entropy":"knn"}`, nil},
	{"er, sphere knn gaussian", "er", `{"entropy":"knn","reconstruction":"gaussian"}`, nil},
	{"er, sphere logdet vmf", "er", `{"entropy":"logdet","reconstruction":"vmf"}`, nil},
	{"er, sphere logdet gaussian", "er", `{"entropy":"logdet","kappa":3}`, nil},
	{"er, plane kde", "er", `{"space":"plane","entropy_weight":0.5}`, nil},
	{"er, plane kde, self left out", "er", `{"space":"plane","er_self":"exclude"}`, nil},
	{"er, plane knn", "er", `{"space":"plane","entropy":"knn"}`, nil},
	{"er, plane logdet", "er", `{"space":"plane","entropy":"logdet"}`, nil},
	{"er, plane sigreg", "er", `{"space":"plane","entropy":"sigreg"}`, nil},
	// What Figure 2 of the paper takes away, and what takes its place.
	{"byol, target at once", "byol", `{"ema":0,"ema_schedule":"constant"}`, nil},
	{"byol, target soon", "byol", `{"ema":0}`, nil},
	{"byol, target fixed", "byol", `{"ema":1,"ema_schedule":"constant"}`, nil},
	{"byol, constant momentum", "byol", `{"ema":0.7,"ema_schedule":"constant"}`, nil},
	{"byol, no predictor", "byol", `{"predictor":0}`, nil},
	{"byol, gradients through the target", "byol", `{"stop_gradient":"off","ema":0.3}`, nil},
	{"byol, nothing holds it up", "byol", `{"stop_gradient":"off","ema":0,"ema_schedule":"constant","predictor":0}`, nil},
	{"byol-er, gradients through the target", "byol-er", `{"stop_gradient":"off","ema":0.6,"ema_schedule":"constant"}`, nil},
	{"byol-er, target at once, no predictor", "byol-er", `{"ema":0,"ema_schedule":"constant","predictor":0}`, nil},
	{"moco, target at once", "moco", `{"ema":0}`, nil},
	{"moco, target fixed", "moco", `{"ema":1}`, nil},
	{"moco, rising momentum", "moco", `{"ema":0.7,"ema_schedule":"cosine"}`, nil},
	{"simsiam, no predictor", "simsiam", `{"predictor":0}`, nil},
	{"simsiam, gradients through both", "simsiam", `{"stop_gradient":"off"}`, nil},
	{"simsiam, neither", "simsiam", `{"predictor":0,"stop_gradient":"off"}`, nil},
	{"dino, not centered", "dino", `{"centering":"off"}`, nil},
	{"dino, teacher at once", "dino", `{"ema":0,"ema_schedule":"constant"}`, nil},
	{"dino, teacher fixed", "dino", `{"ema":1,"ema_schedule":"constant"}`, nil},
	{"dino-er, centered", "dino-er", `{"centering":"on","center_momentum":0.6}`, nil},
}

// TestTorch holds three steps of each method against PyTorch: losses, parameters,
// and all that stands in the state.
func TestTorch(t *testing.T) {
	cases := variants
	for _, row := range mvssl.Rows() {
		cases = append(cases, torchCase{row.Name, row.Name, "", nil})
	}
	var questions []traced
	var got []answer
	for _, test := range cases {
		c, r, s := small(t, test.method, test.parameters, test.change)
		q, a := trace(t, c, r, s, tracedSteps, 1)
		questions, got = append(questions, q), append(got, a)
	}
	var want []answer
	foreign.Run(t, []string{"torch"}, torchMethods, questions, &want)
	require.Len(t, want, len(got))
	worst := 0.0
	for i, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			d, where := apart(t, got[i], want[i])
			require.LessOrEqual(t, d, torchTolerance, where)
			worst = math.Max(worst, d)
		})
	}
	t.Logf("largest difference %.1e", worst)
	_, err := json.Marshal(got) // all finite
	require.NoError(t, err)
}

// TestVariants: the variants that TestTorch holds are not what they vary.
func TestVariants(t *testing.T) {
	for _, v := range variants {
		outcome := func(parameters string, change func(r *mvssl.Recipe)) answer {
			c, r, s := small(t, v.method, parameters, change)
			_, a := trace(t, c, r, s, tracedSteps, 1)
			return a
		}
		require.NotEqual(t, outcome("", nil), outcome(v.parameters, v.change), v.name)
	}
}

// apart returns the largest difference of losses and of tensors, each relative to
// its largest element, 1 at least, and where it is.
func apart(t testing.TB, got, want answer) (worst float64, where string) {
	t.Helper()
	compare := func(name string, got, want []float64) {
		require.Len(t, got, len(want), name)
		largest := 1.0
		for _, v := range want {
			largest = math.Max(largest, math.Abs(v))
		}
		for i := range want {
			d := math.Abs(got[i]-want[i]) / largest
			require.False(t, math.IsNaN(d), name)
			if d > worst {
				worst, where = d, fmt.Sprintf("%s[%d]: found %v, PyTorch has %v", name, i, got[i], want[i])
			}
		}
	}
	compare("losses", got.Losses, want.Losses)
	require.Len(t, got.State, len(want.State))
	for name := range want.State {
		compare(name, got.State[name], want.State[name])
	}
	return worst, where
}
