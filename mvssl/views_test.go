package mvssl

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// moreSide is how high and wide the images of these tests are: three rows of patches.
const moreSide = 8

// moreViews returns a small method that takes more than two views.
func moreViews(t *testing.T, row Row) Method[float64] {
	t.Helper()
	e := nn.EncoderConfig{Name: "mlp", Width: 10}
	switch row.Name {
	case "cpc":
		e = nn.EncoderConfig{Name: row.Encoder, Width: 2, Parameters: map[string]int{"patch": 4}}
	case "dim", "amdim": // which go by places
		e = nn.EncoderConfig{Name: "convnet", Width: 2}
	}
	e.Channels, e.Height, e.ImgWidth = 1, moreSide, moreSide
	s := Setting{Samples: 40, Batch: 12, Steps: 20, Classes: 2}
	c, err := row.Configure(e, ProjectorConfig{Hidden: 9, Out: 6}, nil, s)
	require.NoError(t, err)
	s.Views = SimCLRViews(c, 1, moreSide)
	m, err := row.New64(Build{Config: c, Setting: s, Rand: rand.New(rand.NewPCG(1, 2))})
	require.NoError(t, err)
	return m
}

// batchOf returns a batch of so many samples with the given views, by their numbers.
func batchOf(tape *autograd.Tape[float64], n int, views ...uint64) Batch[float64] {
	var parts []*tensor.Tensor[float64]
	for _, v := range views {
		x, rng := tensor.New[float64](n, 1, moreSide, moreSide), rand.New(rand.NewPCG(v, 3))
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
	require.Greater(t, many, 20)
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

// TestViewsByThemselves: the loss of methods that take each view, or each pair, by itself is
// the mean over three views, or over the six ways from one to another, and tico's moment
// that of all views.
func TestViewsByThemselves(t *testing.T) {
	type loss = *autograd.Var[float64]
	// over returns the mean over views i, or over i and another view j.
	over := func(pairs bool, of func(i, j int) loss) float64 {
		sum, n := 0.0, 0.0
		for i := range 3 {
			for j := range 3 {
				if pairs == (i != j) {
					sum, n = sum+item(of(i, j)), n+1
				}
			}
		}
		return sum / n
	}
	for name, expected := range map[string]func(m Method[float64], b Batch[float64]) float64{
		"dim": func(m Method[float64], b Batch[float64]) float64 {
			global, local := m.(*dim[float64]).project(b.Whole())
			g, l := b.ByView(global), b.ByView(local[0])
			return over(false, func(i, _ int) loss { return objective.DIMNCE(g[i], l[i]) })
		},
		"cpc": func(m Method[float64], b Batch[float64]) float64 {
			maps, _ := m.(*cpc[float64]).encoder.Stages(training, b.Whole())
			grids := b.ByView(maps[1])
			return over(false, func(i, _ int) loss { return m.(*cpc[float64]).ofGrid(grids[i]) })
		},
		"amdim": func(m Method[float64], b Batch[float64]) float64 {
			image, local := m.(*amdim[float64]).project(b.Whole())
			images, fine, coarse := b.ByView(image), b.ByView(local[0]), b.ByView(local[1])
			rng := rand.New(rand.NewPCG(m.(*amdim[float64]).seed, uint64(b.Step)))
			rows := onePlaceEach(rng, len(b.Samples), coarse[0].Value.Dim(1))
			return over(true, func(i, j int) loss {
				one := autograd.Gather(autograd.Reshape(coarse[i], -1, coarse[i].Value.Dim(2)), rows)
				to := func(from, to loss) loss { return objective.AMDIM(from, to, 20, 0.05) }
				return autograd.Add(to(one, coarse[j]), autograd.Add(to(images[i], coarse[j]), to(images[i], fine[j])))
			})
		},
		"tico": func(m Method[float64], b Batch[float64]) float64 {
			z := b.ByView(m.(*tico[float64]).Forward(training, b.Whole()))
			before := tensor.New[float64](6, 6)
			return over(true, func(i, j int) loss {
				l, _ := objective.TiCo(z[i], z[j], before, objective.TiCoConfig{Momentum: 0.9, Rho: 8})
				return l
			})
		},
	} {
		row, err := Find(name)
		require.NoError(t, err)
		b := batchOf(autograd.NewTape[float64](), 12, 1, 2, 3)
		require.InEpsilon(t, expected(moreViews(t, row), b), item(moreViews(t, row).Loss(b).Loss), 1e-12, name)
	}

	m := moreViews(t, ticoRow).(*tico[float64])
	b := batchOf(autograd.NewTape[float64](), 12, 1, 2, 3)
	m.Loss(b)
	z := autograd.Normalize(m.Forward(training, b.Whole()), normalizeEps).Value
	for i, found := range m.moment.Value.Data() {
		want := 0.0
		for row := range z.Dim(0) {
			want += 0.1 * z.At(row, i/6) * z.At(row, i%6) / float64(z.Dim(0))
		}
		require.InDelta(t, want, found, 1e-12)
	}
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
