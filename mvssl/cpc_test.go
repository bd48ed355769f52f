package mvssl

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

// TestCPCDoesNotLeak: the context of a row does not change with what lies in the rows below
// it, in the map or in the image, in training: neither convolutions nor statistics of the
// batch tell of what is to be predicted.
func TestCPCDoesNotLeak(t *testing.T) {
	const side = 16 // 3 rows of patches of 8 pixels
	row, err := Find("cpc")
	require.NoError(t, err)
	s := Setting{Samples: 4, Batch: 4, Steps: 9}
	c, err := row.Configure(nn.EncoderConfig{Name: "patchnet", Width: 2, Channels: 1, Height: side, ImgWidth: side, Parameters: map[string]int{"patch": 4}},
		ProjectorConfig{Hidden: 5, Out: 6}, nil, s)
	require.NoError(t, err)
	s.Views = SimCLRViews(c, 1, side)
	built, err := row.New64(Build{c, s, rand.New(rand.NewPCG(1, 2))})
	require.NoError(t, err)
	m := built.(*cpc[float64])
	rng := rand.New(rand.NewPCG(3, 4))
	x := tensor.New[float64](4, 1, side, side)
	for i := range x.Data() {
		x.Data()[i] = rng.NormFloat64()
	}
	context := func() *tensor.Tensor[float64] {
		maps, _ := m.encoder.Stages(nn.Context{Training: true}, &autograd.Var[float64]{Value: x})
		return tensor.Contiguous(m.contextOf(maps[1]).Value).Clone()
	}
	before := context()
	rows := before.Dim(2)
	require.Equal(t, 7, rows)
	// Row r of the map sees pixel rows 2r to 2r + 3. All below those of row 2 change.
	const r = 2
	for image := range 4 {
		for at := (2*r + 4) * side; at < side*side; at++ {
			x.Data()[image*side*side+at] += 3 * rng.NormFloat64()
		}
	}
	after := context()
	require.Equal(t, tensor.Contiguous(before.Slice(2, 0, r+1)).Data(), tensor.Contiguous(after.Slice(2, 0, r+1)).Data())
	require.NotEqual(t, tensor.Contiguous(before.Slice(2, r+1, r+2)).Data(), tensor.Contiguous(after.Slice(2, r+1, r+2)).Data())
	// And the context does see the rows above.
	x.Data()[0] += 1
	require.NotEqual(t, tensor.Contiguous(after.Slice(2, 1, 2)).Data(), tensor.Contiguous(context().Slice(2, 1, 2)).Data())
}

// TestCPCRows: as many rows are predicted as are asked for, or as there are below the nearest.
func TestCPCRows(t *testing.T) {
	for rows, predicted := range map[int]int{1: 1, 5: 5, 6: 5, 64: 5} { // of 7
		c, err := cpcRow.Configure(nn.EncoderConfig{Name: "patchnet", Width: 2, Channels: 1, Height: 16, ImgWidth: 16, Parameters: map[string]int{"patch": 4}},
			ProjectorConfig{Hidden: 5, Out: 6}, map[string]json.RawMessage{"rows": json.RawMessage(fmt.Sprint(rows))}, Setting{})
		require.NoError(t, err)
		built, err := newCPC[float64](Build{c, Setting{Batch: 4, Views: SimCLRViews(c, 1, 16)}, rand.New(rand.NewPCG(1, 2))})
		require.NoError(t, err)
		require.Len(t, built.(*cpc[float64]).predict, predicted)
	}
}
