package mvssl

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// moreViews returns a small method that takes more than two views.
func moreViews(t *testing.T, row Row) Method[float64] {
	t.Helper()
	e := nn.EncoderConfig{Name: "mlp", Width: 10, Channels: 1, Height: 4, ImgWidth: 4}
	s := Setting{Samples: 40, Batch: 12, Steps: 20, Classes: 2}
	c, err := row.Configure(e, ProjectorConfig{Hidden: 9, Out: 6}, nil, s)
	require.NoError(t, err)
	m, err := row.New64(Build{Config: c, Setting: s, Rand: rand.New(rand.NewPCG(1, 2))})
	require.NoError(t, err)
	return m
}

// batchOf returns a batch of so many samples with the given views, by their numbers.
func batchOf(tape *autograd.Tape[float64], n int, views ...uint64) Batch[float64] {
	var parts []*tensor.Tensor[float64]
	for _, v := range views {
		x, rng := tensor.New[float64](n, 1, 4, 4), rand.New(rand.NewPCG(v, 3))
		for i := range x.Data() {
			x.Data()[i] = rng.NormFloat64()
		}
		parts = append(parts, x)
	}
	images := tape.Constant(tensor.Concat(0, parts...))
	return NewBatch(Progress{Steps: 20, StepsPerEpoch: 3}, make([]int, n), images).WithWhole(len(views)).WithLabels([]int{1})
}

// The loss of more views does not depend on their order, and that of one view three times
// is that of one view twice: means over pairs, or over views.
func TestMoreViews(t *testing.T) {
	many := 0
	for _, row := range Rows() {
		if !row.MoreViews {
			continue
		}
		many++
		t.Run(row.Name, func(t *testing.T) {
			loss := func(views ...uint64) Result[float64] {
				return moreViews(t, row).Loss(batchOf(autograd.NewTape[float64](), 12, views...))
			}
			a, b := loss(1, 2, 3), loss(3, 1, 2)
			require.InEpsilon(t, item(a.Loss), item(b.Loss), 1e-9)
			require.Len(t, b.Terms, len(a.Terms))
			for i := range a.Terms {
				require.InDelta(t, a.Terms[i].Value, b.Terms[i].Value, 1e-9*(1+max(a.Terms[i].Value, -a.Terms[i].Value)))
			}
			require.InDelta(t, item(loss(1, 1).Loss), item(loss(1, 1, 1).Loss), 1e-9*(1+max(item(a.Loss), -item(a.Loss))))
			require.NotEqual(t, item(loss(1, 2).Loss), item(a.Loss))
		})
	}
	require.Greater(t, many, 10)
}

// Of a pair objective the loss and its gradient are the means over the three pairs.
func TestOverPairs(t *testing.T) {
	row, err := Find("vicreg")
	require.NoError(t, err)
	gradient := func(loss func(m *identical[float64], b Batch[float64]) Result[float64]) (float64, []float64, []Term) {
		m, tape := moreViews(t, row).(*identical[float64]), autograd.NewTape[float64]()
		r := loss(m, batchOf(tape, 12, 1, 2, 3))
		tape.Backward(r.Loss)
		var all []float64
		for _, p := range m.Parameters() {
			all = append(all, tensor.Contiguous(p.Grad).Data()...)
		}
		return item(r.Loss), all, r.Terms
	}
	found, g, terms := gradient(func(m *identical[float64], b Batch[float64]) Result[float64] { return m.Loss(b) })
	expected, want, _ := gradient(func(m *identical[float64], b Batch[float64]) Result[float64] {
		z := b.ByView(m.Forward(training, b.Whole()))
		third := func(i, j int) *autograd.Var[float64] { return autograd.Scale(m.objective.Loss(z[i], z[j]).Loss, 1./3) }
		return Result[float64]{Loss: autograd.Add(third(0, 1), autograd.Add(third(0, 2), third(1, 2)))}
	})
	require.InEpsilon(t, expected, found, 1e-12)
	require.InDeltaSlice(t, want, g, 1e-12)
	sum := 0.0
	for _, term := range terms {
		sum += term.Value
	}
	require.NotZero(t, sum)
}

// TestUsualViews: what the help says of --views.
func TestUsualViews(t *testing.T) {
	for _, row := range Rows() {
		expected := 2
		if row.Name == "emp-ssl" {
			expected = 8
		}
		require.Equal(t, expected, row.UsualViews(), row.Name)
	}
}

// Methods that take two views refuse more, in one line.
func TestTwoViewsAlone(t *testing.T) {
	for _, row := range Rows() {
		c := Config{Method: row.Name, Encoder: nn.EncoderConfig{Name: "convnet", Width: 4, Channels: 3, Height: 32, ImgWidth: 32}, Parameters: row.Parameters}
		views := SimCLRViews(c, 3, 32)
		for i := range views {
			views[i].Mean, views[i].Std = []float64{0, 0, 0}, []float64{1, 1, 1}
		}
		views[0].Count = 3
		err := checkViews(c, views)
		if row.MoreViews {
			require.NoError(t, err, row.Name)
			views[0].Count = MaxViews + 1
			require.EqualError(t, checkViews(c, views), "views: found 65, expected 2 to 64")
			continue
		}
		require.EqualError(t, err, fmt.Sprintf("views: found 3, expected the 2 of method %s (2 and local_crops 0)", row.Name))
	}
}
