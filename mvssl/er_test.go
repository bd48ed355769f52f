package mvssl

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/mvssl/special"
	"entrec/nn"
	"entrec/tensor"
)

// Of the toys of [toy].
const (
	toyWidth = 8
	toySize  = 64
)

// TestPointsOfTheGrid: these methods are points of er's grid. The loss of er is scale
// times theirs plus a constant of batch and width, and so are the gradients of all
// parameters, without the constant.
func TestPointsOfTheGrid(t *testing.T) {
	const d, k = toyWidth, toySize
	gaussian := func(kappa float64) float64 { return d / 2 * math.Log(kappa/(2*math.Pi)) }
	normal := objective.EntropyOfNormal(d)
	ball, _ := math.Lgamma((d-1)/2. + 1)
	const eulerGamma = 0.57721566490153286
	for _, test := range []struct {
		method, parameters string
		point              string // of the grid
		scale, constant    float64
		tolerance          float64
	}{
		{"simclr-er", `{}`, `{}`, 1, 0, 0},
		{"simclr-er", `{"kappa":7,"er_self":"exclude","entropy_weight":0.5}`, `{"kappa":7,"er_self":"exclude","entropy_weight":0.5}`, 1, 0, 0},
		{"dhel", `{"temperature":0.2}`, `{"kappa":5,"er_self":"exclude","entropy_weight":2}`, 1, special.LogVMFNormalizer(d, 5) - 2*math.Log(k-1), 1e-13},
		{"koleo", `{"koleo_weight":0.5}`, `{"entropy":"knn","reconstruction":"gaussian","kappa":28}`, 14,
			-gaussian(28) - math.Log(k-1) - eulerGamma - (d-1)/2.*math.Log(math.Pi) + ball, 1e-13},
		{"infomax", `{"kappa":64}`, `{"entropy":"logdet","reconstruction":"gaussian","kappa":64}`, 1,
			-gaussian(64) - normal - d/2*math.Log(0.2/d), 1e-13},
		{"lejepa", `{"lambda":0.05}`, fmt.Sprintf(`{"space":"plane","entropy":"sigreg","kappa":0.1,"entropy_weight":%v}`, 2*d*0.1*0.05/0.95),
			2 * d * 0.1 / 0.95, -gaussian(0.1) - 2*d*0.1*0.05/0.95*normal, 1e-13},
	} {
		t.Run(test.method, func(t *testing.T) {
			loss, gradients := lossOf(t, test.method, test.parameters)
			erLoss, erGradients := lossOf(t, "er", test.point)
			require.InDelta(t, test.scale*loss+test.constant, erLoss, test.tolerance*(1+math.Abs(test.constant)))
			largest := 0.0
			for i := range gradients {
				gradients[i] *= test.scale
				largest = max(largest, math.Abs(gradients[i]))
			}
			require.NotZero(t, largest)
			require.InDeltaSlice(t, gradients, erGradients, test.tolerance*largest)
		})
	}
}

// lossOf returns the loss of a toy's first batch, and the gradients of all parameters.
func lossOf(t *testing.T, method, parameters string) (loss float64, gradients []float64) {
	t.Helper()
	m := toy(t, method, parameters)
	tape := autograd.NewTape[float64]()
	r := m.Loss(toyBatch(tape, rand.New(rand.NewPCG(3, 4)), toySize))
	tape.Backward(r.Loss)
	for _, p := range m.Parameters() {
		gradients = append(gradients, tensor.Contiguous(p.Var.Grad).Data()...)
	}
	return r.Loss.Value.Item(), gradients
}

// TestGrid: of all combinations these are refused, by one line that names what would do,
// and all others train.
func TestGrid(t *testing.T) {
	refused := []string{
		"sphere sigreg vmf include", "sphere sigreg gaussian include", "sphere sigreg vmf exclude", "sphere sigreg gaussian exclude",
		"sphere knn vmf exclude", "sphere knn gaussian exclude", "sphere logdet vmf exclude", "sphere logdet gaussian exclude",
		"plane kde vmf include", "plane kde vmf exclude", "plane knn vmf include", "plane knn vmf exclude", "plane logdet vmf include",
		"plane logdet vmf exclude", "plane sigreg vmf include", "plane sigreg vmf exclude",
		"plane knn gaussian exclude", "plane logdet gaussian exclude", "plane sigreg gaussian exclude",
	}
	row, err := Find("er")
	require.NoError(t, err)
	s := Setting{Samples: 64, Batch: 64, Steps: 400, Views: SimCLRViews(Config{}, 1, 2)}
	for i := range s.Views {
		s.Views[i].Mean, s.Views[i].Std = []float64{0}, []float64{1}
	}
	for _, space := range ERSpace("").Choices() {
		for _, entropy := range EREntropy("").Choices() {
			for _, reconstruction := range ERReconstruction("").Choices() {
				for _, self := range objective.Self(0).Choices() {
					given := map[string]json.RawMessage{
						"space": json.RawMessage(space), "entropy": json.RawMessage(entropy),
						"reconstruction": json.RawMessage(reconstruction), "er_self": json.RawMessage(self),
					}
					c, err := row.Configure(nn.EncoderConfig{Name: "mlp", Width: 16, Channels: 1, Height: 2, ImgWidth: 2}, ProjectorConfig{Hidden: 16, Out: toyWidth}, given, s)
					require.NoError(t, err)
					name := fmt.Sprint(space, " ", entropy, " ", reconstruction, " ", self)
					_, err = New[float64](rand.New(rand.NewPCG(1, 2)), c, s)
					if slices.Contains(refused, name) {
						require.ErrorContains(t, err, " would do", name)
						require.NotContains(t, err.Error(), "\n", name)
						continue
					}
					require.NoError(t, err, name)
					parameters := fmt.Sprintf(`{"space":%q,"entropy":%q,"reconstruction":%q,"er_self":%q}`, space, entropy, reconstruction, self)
					loss, gradients := lossOf(t, "er", parameters)
					require.False(t, math.IsNaN(loss) || math.IsInf(loss, 0), name)
					require.NotZero(t, slices.Max(gradients), name)
				}
			}
		}
	}
}

// TestGridOfPoints: the loss of one point is the collapsed one that the method says, and
// less of one point than of images that the method tells apart only where the entropy
// weighs nothing.
func TestGridOfPoints(t *testing.T) {
	for _, point := range []string{
		`{}`, `{"er_self":"exclude"}`, `{"entropy":"knn"}`, `{"entropy":"logdet"}`,
		`{"space":"plane"}`, `{"space":"plane","entropy":"knn"}`, `{"space":"plane","entropy":"logdet"}`, `{"space":"plane","entropy":"sigreg"}`,
	} {
		m := toy(t, "er", point)
		collapsed, known := m.(Plateaued).CollapsedLoss()
		require.True(t, known, point)
		require.False(t, math.IsNaN(collapsed) || math.IsInf(collapsed, 0), point)
		before, after := spread(t, m, 1e-3)
		require.Less(t, before, -0.1, point)
		require.Less(t, after, -0.1, point)
		r := m.Loss(toyBatch(autograd.NewFrozenTape[float64](), rand.New(rand.NewPCG(5, 6)), toySize))
		require.Less(t, r.Loss.Value.Item(), collapsed, point)
	}
	before, after := spread(t, toy(t, "er", `{"entropy_weight":0}`), 0.05)
	require.Less(t, before, -0.1)
	require.Greater(t, after, -0.02, "without entropy all points become one")
}
