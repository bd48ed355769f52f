package mvssl

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// ofOrigin are the methods whose collapsed loss is not that of any point but of 0, where
// scores are 0 or a Gaussian is nearest.
var ofOrigin = []string{
	"amdim", "cpc", "lejepa", `dim {"critic_objective":"jsd"}`,
	`er {"space":"plane","entropy":"logdet"}`, `er {"space":"plane","entropy":"sigreg"}`,
}

// memories are the methods that remember earlier batches, with how many fill the memory.
var memories = map[string]int{"moco": 20, "tico": 300, "corinfomax": 20}

// TestCollapsedLoss: where the heads map all images to one point, and prototypes are all
// the same, the loss is what the method says that it is.
func TestCollapsedLoss(t *testing.T) {
	variants := map[string][]string{
		"dim":     {`{}`, `{"critic_objective":"dv"}`, `{"critic_objective":"jsd"}`},
		"infomax": {`{}`, `{"variant":"imax"}`},
		"er": {`{}`, `{"er_self":"exclude"}`, `{"entropy":"knn"}`, `{"entropy":"logdet"}`, `{"entropy_weight":2}`,
			`{"space":"plane"}`, `{"space":"plane","entropy":"knn"}`, `{"space":"plane","entropy":"logdet"}`, `{"space":"plane","entropy":"sigreg"}`},
	}
	tested := 0
	for _, row := range rows {
		parameters := variants[row.Name]
		if parameters == nil {
			parameters = []string{`{}`}
		}
		for _, p := range parameters {
			name := strings.TrimSuffix(row.Name+" "+p, " {}")
			m, images := onePoint(t, row.Name, p)
			plateaued, ok := m.(Plateaued)
			if !ok {
				continue
			}
			want, known := plateaued.CollapsedLoss()
			if !known {
				continue
			}
			point := 0.25
			if slices.Contains(ofOrigin, name) {
				point = 0
			}
			m.State("", func(name string, v *autograd.Var[float64]) {
				switch {
				case strings.HasSuffix(name, "prototypes.weight") || name == "head.weight" || name == "head.bias":
					v.Value.Fill(1)
				case last(name) && strings.HasSuffix(name, ".weight"):
					v.Value.Fill(0)
				case last(name):
					v.Value.Fill(point)
				}
			})
			loss := 0.0
			for range max(1, memories[row.Name]) {
				loss = m.Loss(NewBatch(Progress{}, make([]int, toySize), images).WithLabels([]int{1})).Loss.Value.Item()
			}
			require.InDelta(t, want, loss, 1e-6, name) // dino-er adds 1e-7 to each probability
			tested++
		}
	}
	require.Greater(t, tested, 30)
}

// last says whether a parameter is of the last layer of a head.
func last(name string) bool {
	for _, head := range []string{"projector.3.", "predictor.3.", "local.0.3.", "local.1.3.", "predict."} {
		if strings.Contains(name, head) {
			return true
		}
	}
	return false
}

// onePoint builds a method on images of 2×2, or of 16×16 where it goes by patches, and
// two views of toySize random ones.
func onePoint(t *testing.T, method, parameters string) (Method[float64], *autograd.Var[float64]) {
	t.Helper()
	side, encoder := 2, nn.EncoderConfig{Name: "mlp", Width: 16}
	row, err := Find(method)
	require.NoError(t, err)
	if row.Encoder != "" {
		side, encoder = 16, nn.EncoderConfig{Name: row.Encoder, Width: 2, Parameters: map[string]int{"patch": 4}}
	}
	encoder.Channels, encoder.Height, encoder.ImgWidth = 1, side, side
	var given map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(parameters), &given))
	s := Setting{Samples: toySize, Batch: toySize, Steps: 400, Classes: 5}
	c, err := row.Configure(encoder, ProjectorConfig{Hidden: 16, Out: 8}, given, s)
	require.NoError(t, err)
	s.Views = SimCLRViews(c, 1, side)
	m, err := row.New64(Build{c, s, rand.New(rand.NewPCG(1, 2))})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(3, 4))
	x := tensor.New[float64](2*toySize, 1, side, side)
	for i := range x.Data() {
		x.Data()[i] = rng.NormFloat64()
	}
	return m, autograd.NewFrozenTape[float64]().Constant(x)
}
