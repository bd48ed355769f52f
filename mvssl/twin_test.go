package mvssl_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl"
	"entrec/tensor"
)

// objectiveParameters are the parameters that belong to the objective, of an ER twin or
// of its original: the ones that may be another, or missing. All others are those of
// the branches, which twins share. DINO's centering belongs to its objective too: it is
// what keeps the entropy up, and dino-er, which has the entropy itself, does without it
// as a rule.
var objectiveParameters = map[string][]string{
	"simclr-er": {"temperature", "kappa", "er_self", "entropy_weight"},
	"byol-er":   {"kappa", "er_self", "entropy_weight"},
	"dino-er":   {"centering", "entropy_weight"},
}

// objectiveState is what stands in the state for an objective: DINO's center.
var objectiveState = []string{"center"}

// TestTwins: an ER twin differs from its original in the objective alone.
func TestTwins(t *testing.T) {
	twins := 0
	for _, twin := range mvssl.Rows() {
		if twin.TwinOf == "" {
			continue
		}
		twins++
		require.Contains(t, objectiveParameters, twin.Name, "say which parameters belong to the objective")
		original, err := mvssl.Find(twin.TwinOf)
		require.NoError(t, err)
		require.Empty(t, differences(t, original, twin), "%s and %s", original.Name, twin.Name)
		require.NotEqual(t, original.Objective, twin.Objective)
		require.True(t, twin.Nats)
	}
	require.Len(t, objectiveParameters, twins)
}

// differences lists in what a twin differs from its original beside the objective and
// what belongs to it: in its row, its parameters, what is chosen for a run, the
// interfaces of the method that it builds, and the state that this starts from.
func differences(t *testing.T, original, twin mvssl.Row) []string {
	t.Helper()
	var found []string
	compare := func(what string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			found = append(found, fmt.Sprintf("%s: %v and %v", what, a, b))
		}
	}
	compare("branches", original.Branches, twin.Branches)
	compare("projections", original.Projections, twin.Projections)
	compare("recipe", original.Recipe, twin.Recipe)
	compare("projector", original.Projector, twin.Projector)
	ours := objectiveParameters[twin.Name]
	for _, pair := range [][2]mvssl.Row{{original, twin}, {twin, original}} {
		for _, p := range pair[0].Describe() {
			if !slices.Contains(ours, p.Name) {
				other, _ := pair[1].Parameter(p.Name)
				compare(p.Name, p, other)
			}
		}
	}
	if len(found) > 0 { // what follows builds both from parameters that they share
		return found
	}

	type built struct {
		config     map[string]json.RawMessage
		views      []mvssl.View
		state      map[string][]float64
		state32    map[string][]float32
		interfaces [4]bool
		features   []float64
	}
	build := func(row mvssl.Row, parameters string) (b built) {
		c, _, s := smallOf(t, row, parameters, nil)
		b.views = s.Views
		text, err := json.Marshal(c)
		require.NoError(t, err)
		b.config = object(t, string(text))
		for _, name := range append([]string{"method"}, ours...) {
			delete(b.config, name)
		}
		m, err := row.New64(mvssl.Build{Config: c, Setting: s, Rand: rand.New(rand.NewPCG(1, 2))})
		require.NoError(t, err)
		_, b.interfaces[0] = m.(mvssl.Updater)
		_, b.interfaces[1] = m.(mvssl.Freezer)
		_, b.interfaces[2] = m.(mvssl.Preparer[float64])
		_, b.interfaces[3] = m.(mvssl.Discrete[float64])
		single, err := row.New32(mvssl.Build{Config: c, Setting: s, Rand: rand.New(rand.NewPCG(1, 2))})
		require.NoError(t, err)
		b.state, b.state32 = stateOf(m), stateOf(single)
		batch, _ := made(autograd.NewFrozenTape[float64](), rand.New(rand.NewPCG(3, 4)), s, 0)
		features := m.Project(batch.Whole()).Value
		b.features = slices.Clone(tensor.Contiguous(features).Data())
		return b
	}
	samples := []string{""}
	for _, p := range original.Describe() {
		switch p.Name {
		case "local_crops":
			samples = append(samples, `{"local_crops":2}`)
		case "predictor":
			samples = append(samples, `{"predictor":0}`)
		}
	}
	for _, parameters := range samples {
		a, b := build(original, parameters), build(twin, parameters)
		compare("configuration", a.config, b.config)
		compare("views", a.views, b.views)
		compare("interfaces", a.interfaces, b.interfaces)
		compare("state", a.state, b.state)
		compare("state in float32", a.state32, b.state32)
		compare("projections of images", a.features, b.features)
	}
	return found
}

// stateOf returns the values of a method's state by name, without what stands there for
// the objective.
func stateOf[T mvssl.Float](m mvssl.Method[T]) map[string][]T {
	state := map[string][]T{}
	m.State("", func(name string, v *autograd.Var[T]) {
		if !slices.Contains(objectiveState, name) {
			state[name] = slices.Clone(tensor.Contiguous(v.Value).Data())
		}
	})
	return state
}

// TestCheatingTwins: a twin that differs in anything else is caught.
func TestCheatingTwins(t *testing.T) {
	for _, test := range []struct {
		name, twin string
		cheat      func(r *mvssl.Row)
		want       string
	}{
		{"another learning rate", "byol-er", func(r *mvssl.Row) { r.Recipe.LR *= 2 }, "recipe: "},
		{"another optimizer", "byol-er", func(r *mvssl.Row) { r.Recipe = r.Recipe.WithOptimizer("adamw") }, "recipe: "},
		{"another clipping", "dino-er", func(r *mvssl.Row) { r.Recipe = r.Recipe.WithClipEach(4) }, "recipe: "},
		{"another projector", "simclr-er", func(r *mvssl.Row) { r.Projector.Out *= 2 }, "projector: "},
		{"other branches", "byol-er", func(r *mvssl.Row) { r.Branches = mvssl.EMATeacher }, "branches: "},
		{"other projections", "dino-er", func(r *mvssl.Row) { r.Projections = mvssl.Sinkhorn }, "projections: "},
		{"other views", "byol-er", func(r *mvssl.Row) { r.Views = nil }, "views: "},
		{"other small crops", "dino-er", func(r *mvssl.Row) {
			r.Views = func(c mvssl.Config, channels, size int) []mvssl.View {
				views := mvssl.MultiCropViews(c, channels, size)
				views[len(views)-1].Crop.ScaleMin /= 2
				return views
			}
		}, "views: "},
		{"another default", "byol-er", func(r *mvssl.Row) { r.Parameters = steadyBYOLER{} }, "ema_schedule: "},
		{"another choice", "byol-er", func(r *mvssl.Row) {
			r.Parameters = slowBYOLER{}
			unwrap(r, func(b *mvssl.Build) { b.Parameters = b.Parameters.(slowBYOLER).BYOLER })
		}, "configuration: "},
		{"a parameter less", "byol-er", func(r *mvssl.Row) { r.Parameters = mvssl.SphereER{} }, "ema: "},
		{"a parameter more", "simclr-er", func(r *mvssl.Row) { r.Parameters = predictingER{} }, "predictor: "},
		{"other weights", "simclr-er", func(r *mvssl.Row) {
			unwrap(r, func(b *mvssl.Build) { b.Rand.Uint64() })
		}, "state: "},
		{"other weights in float32", "simclr-er", func(r *mvssl.Row) {
			build := r.New32
			r.New32 = func(b mvssl.Build) (mvssl.Method[float32], error) {
				b.Rand.Uint64()
				return build(b)
			}
		}, "state in float32: "},
		{"another network", "byol-er", func(r *mvssl.Row) {
			unwrap(r, func(b *mvssl.Build) {
				p := b.Parameters.(mvssl.BYOLER)
				p.Predictor = 5
				b.Parameters = p
			})
		}, "state: "},
		{"another method", "dino-er", func(r *mvssl.Row) {
			r.New64 = func(b mvssl.Build) (mvssl.Method[float64], error) {
				d := b.Parameters.(mvssl.DINOER)
				b.Parameters = mvssl.SwAV{Temperature: 0.1, Prototypes: d.Prototypes, Epsilon: 0.05, Iterations: 3, LocalCrops: d.LocalCrops}
				return mustFind(t, "swav").New64(b)
			}
		}, "interfaces: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			twin := mustFind(t, test.twin)
			original := mustFind(t, twin.TwinOf)
			require.Empty(t, differences(t, original, twin))
			test.cheat(&twin)
			found := differences(t, original, twin)
			require.True(t, slices.ContainsFunc(found, func(d string) bool { return strings.HasPrefix(d, test.want) }), "found %v", found)
		})
	}
}

func mustFind(t *testing.T, method string) mvssl.Row {
	t.Helper()
	row, err := mvssl.Find(method)
	require.NoError(t, err)
	return row
}

// unwrap lets a row build its method of something changed.
func unwrap(r *mvssl.Row, change func(b *mvssl.Build)) {
	single, double := r.New32, r.New64
	r.New32 = func(b mvssl.Build) (mvssl.Method[float32], error) {
		change(&b)
		return single(b)
	}
	r.New64 = func(b mvssl.Build) (mvssl.Method[float64], error) {
		change(&b)
		return double(b)
	}
}

// Parameters of twins that cheat.
type (
	steadyBYOLER struct {
		EMA         float64           `json:"ema" default:"auto" auto:"by the run's length" range:"[0, 1]" doc:"base momentum of the target" remedy:"a larger --ema"`
		EMASchedule mvssl.EMASchedule `json:"ema_schedule" default:"constant" doc:"how the momentum goes over the run: to 1 by half a cosine, or constant"`
		Predictor   int               `json:"predictor" default:"512" range:"[0, 65536]" doc:"hidden width of the predictor; 0 for none"`
		mvssl.SphereER
	}
	slowBYOLER struct{ mvssl.BYOLER }

	predictingER struct {
		mvssl.SphereER
		Predictor int `json:"predictor" default:"512" range:"[0, 65536]" doc:"hidden width of the predictor; 0 for none"`
	}
)

// Choose chooses a momentum of its own.
func (p *slowBYOLER) Choose(mvssl.Setting) { p.EMA = 0.99 }
