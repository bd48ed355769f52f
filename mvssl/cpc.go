package mvssl

import (
	"fmt"
	"math"

	"entrec/autograd"
	"entrec/mvssl/objective"
	"entrec/nn"
	"entrec/tensor"
)

// CPC are the parameters of cpc.
type CPC struct {
	Nearest int `json:"nearest" default:"2" range:"[1, 64]" doc:"rows between a place and the nearest that is predicted from it"`
	Rows    int `json:"rows" default:"1" range:"[1, 64]" doc:"how many rows are predicted, each by weights of its own, as far as there are rows"`
}

// CheckEncoder reports an encoder whose places see more than their patch, by its pixels or
// by statistics of the batch: predicting would be copying. So it does a grid of too few rows.
func (p CPC) CheckEncoder(e nn.EncoderConfig, s Setting) error {
	row, err := nn.FindEncoder(e.Name)
	if err != nil {
		return err
	}
	if !row.SeesPatches {
		return fmt.Errorf("method cpc: the places of encoder %s see more than a patch, expected patchnet", e.Name)
	}
	rows, err := rowsOfMaps(e, s)
	if err == nil && rows[1] <= p.Nearest {
		err = fmt.Errorf("method cpc: found views of %d rows of patches, expected more than nearest %d", rows[1], p.Nearest)
	}
	return err
}

var cpcRow = Row{
	Name: "cpc", Branches: Identical, Projections: AsTheyAre, Objective: "InfoNCE of patches, predicted from rows above", Nats: true,
	Paper:      "van den Oord et al. 2018, arXiv:1807.03748; Hénaff et al. 2020, arXiv:1905.09272",
	Parameters: CPC{}, Recipe: adamRecipe, Projector: ProjectorConfig{Hidden: 64, Out: 64}, Encoder: "patchnet", MoreViews: true,
	New32: newCPC[float32], New64: newCPC[float64],
}

// cpc is contrastive predictive coding on images (van den Oord et al., 2018; Hénaff et al.,
// 2020): from what lies in the rows above, the patches some rows below are told from all
// patches of the batch. Each view is an image of its own.
type cpc[T Float] struct {
	watched[T]
	CPC
	encoder nn.Staged[T]
	target  *nn.Linear[T] // of the features of a patch, or of their mean
	into    *nn.Conv2d[T]
	context []cpcBlock[T]
	predict []*nn.Conv2d[T]
	targets int // patches of a batch
}

// cpcBlock is x + out(relu(above(relu(x)))), where above is a convolution of 3×3 that sees
// of each place its row and the two above.
type cpcBlock[T Float] struct{ above, out *nn.Conv2d[T] }

const cpcBlocks = 2

var _ Plateaued = (*cpc[float32])(nil)

func newCPC[T Float](b Build) (Method[T], error) {
	e, err := newEncoder[T](b)
	if err != nil {
		return nil, err
	}
	staged, maps, err := asStaged(b, e)
	if err != nil {
		return nil, err
	}
	rows := maps[1]
	m := &cpc[T]{CPC: b.Parameters.(CPC), encoder: staged, targets: b.Batch * rows * rows}
	hidden, out := b.Projector.Hidden, b.Projector.Out
	m.target = nn.NewLinear[T](b.Rand, e.Dim(), out, nn.WithBias)
	m.into = nn.NewConv2d[T](b.Rand, e.Dim(), hidden, 1, 1, 0, nn.WithBias)
	for range cpcBlocks {
		m.context = append(m.context, cpcBlock[T]{
			nn.NewConv2d[T](b.Rand, hidden, hidden, 3, 1, 1, nn.WithBias), nn.NewConv2d[T](b.Rand, hidden, hidden, 1, 1, 0, nn.WithBias),
		})
	}
	for range min(m.Rows, rows-m.Nearest) {
		m.predict = append(m.predict, nn.NewConv2d[T](b.Rand, hidden, out, 1, 1, 0, nn.WithBias))
	}
	return m, nil
}

// Encoder returns the network of patches, whose features are the mean over them.
func (m *cpc[T]) Encoder() nn.Encoder[T] { return m.encoder }

// Parameters returns the parameters of all networks.
func (m *cpc[T]) Parameters() []nn.Named[T] { return Trained(m.State) }

// State visits the encoder, "projector.", what targets go through, and the context.
func (m *cpc[T]) State(prefix string, visit nn.Visitor[T]) {
	m.encoder.State(prefix+"encoder.", visit)
	m.target.State(prefix+"projector.", visit)
	m.into.State(prefix+"context.in.", visit)
	for i, block := range m.context {
		block.above.State(fmt.Sprintf("%scontext.%d.above.", prefix, i), visit)
		block.out.State(fmt.Sprintf("%scontext.%d.out.", prefix, i), visit)
	}
	for i, p := range m.predict {
		p.State(fmt.Sprintf("%spredict.%d.", prefix, i), visit)
	}
}

// Project returns the targets' projection of an image's mean patch on the unit sphere.
func (m *cpc[T]) Project(images *autograd.Var[T]) *autograd.Var[T] {
	return autograd.Normalize(m.target.Forward(nn.Context{}, m.encoder.Forward(nn.Context{}, images)), normalizeEps)
}

func (m *cpc[T]) Loss(b Batch[T]) Result[T] {
	maps, features := m.encoder.Stages(training, b.Whole())
	m.seen(training, features)
	grids := b.ByView(maps[1])
	loss := overViews(len(grids), func(i int) *autograd.Var[T] { return m.ofGrid(grids[i]) })
	return Result[T]{Loss: loss, Terms: []Term{{"cpc", item(loss)}}}
}

// ofGrid returns the loss of the patches of images (n, c, rows, cols): the mean over all
// predictions, of which the nearest row has most.
func (m *cpc[T]) ofGrid(z *autograd.Var[T]) *autograd.Var[T] {
	n, rows, cols := z.Value.Dim(0), z.Value.Dim(2), z.Value.Dim(3)
	context := m.contextOf(z)
	var predictions []*autograd.Var[T]
	var positive []int
	for i, predict := range m.predict {
		below := m.Nearest + i
		from := autograd.Slice(context, 2, 0, rows-below)
		predictions = append(predictions, nn.Places(predict.Forward(training, from)))
		for image := range n {
			for row := below; row < rows; row++ {
				for col := range cols {
					positive = append(positive, (image*rows+row)*cols+col)
				}
			}
		}
	}
	scaled := autograd.Scale(autograd.Concat(0, predictions...), cpcScale)
	return objective.CPC(scaled, m.target.Forward(training, nn.Places(z)), positive)
}

// cpcScale is what predictions are multiplied by, so that scores begin small (that of
// PyTorch Lightning Bolts' CPC).
const cpcScale = 0.1

// contextOf returns for each place what lies in its row and in rows above (n, hidden, rows,
// cols).
func (m *cpc[T]) contextOf(z *autograd.Var[T]) *autograd.Var[T] {
	x := m.into.Forward(training, z)
	for _, block := range m.context {
		y := block.above.Forward(training, down(autograd.ReLU(x)))
		x = autograd.Add(x, block.out.Forward(training, autograd.ReLU(y)))
	}
	return autograd.ReLU(x)
}

// down moves each row of a map to the one below; the first becomes 0, the last is lost.
func down[T Float](x *autograd.Var[T]) *autograd.Var[T] {
	s := x.Shape()
	zeros := &autograd.Var[T]{Value: tensor.New[T](s[0], s[1], 1, s[3])}
	return autograd.Concat(2, zeros, autograd.Slice(x, 2, 0, s[2]-1))
}

// CollapsedLoss is the log of the number of targets: all are as likely.
func (m *cpc[T]) CollapsedLoss() (loss float64, known bool) {
	return math.Log(float64(m.targets)), true
}
