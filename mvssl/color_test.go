package mvssl

import (
	"encoding/json"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"entrec/autograd"
	"entrec/nn"
	"entrec/tensor"
)

const colorSide = 8

// colorMethod builds cmc's variant for images in color of 8×8 that are normalized by the
// given mean and std, of so many crops.
func colorMethod(t *testing.T, encoder nn.EncoderConfig, crops int, mean, std []float64) *colorCMC[float64] {
	t.Helper()
	encoder.Channels, encoder.Height, encoder.ImgWidth = 3, colorSide, colorSide
	s := Setting{Samples: 24, Batch: 4, Steps: 6}
	row, err := Find("cmc")
	require.NoError(t, err)
	c, err := row.Configure(encoder, ProjectorConfig{Hidden: 7, Out: 5}, map[string]json.RawMessage{"variant": []byte("color")}, s)
	require.NoError(t, err)
	s.Views = row.Views(c, 3, colorSide)
	s.Views[0].Count, s.Views[0].Mean, s.Views[0].Std = crops, mean, std
	m, err := New[float64](rand.New(rand.NewPCG(1, 2)), c, s)
	require.NoError(t, err)
	return m.(*colorCMC[float64])
}

// images are made of pixels' red, green and blue, normalized.
func images(n int, mean, std []float64, rgb func(i int) [3]float64) *tensor.Tensor[float64] {
	x, pixels := tensor.New[float64](n, 3, colorSide, colorSide), colorSide*colorSide
	for i := range n * pixels {
		for c, v := range rgb(i) {
			x.Data()[(i/pixels*3+c)*pixels+i%pixels] = (v - mean[c]) / std[c]
		}
	}
	return x
}

// TestYCbCr: the planes of normalized images are those of image/color, but for its rounding
// to 8 bits.
func TestYCbCr(t *testing.T) {
	mean, std := []float64{0.49, 0.48, 0.45}, []float64{0.25, 0.24, 0.26}
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 40
	bytes := make([][3]uint8, n*colorSide*colorSide)
	for i := range bytes {
		for c := range bytes[i] {
			bytes[i][c] = uint8(rng.Uint32())
			if i < 64 { // the corners of the cube among them
				bytes[i][c] = [...]uint8{0, 1, 254, 255}[i>>(2*c)&3]
			}
		}
	}
	x := images(n, mean, std, func(i int) (rgb [3]float64) {
		for c, v := range bytes[i] {
			rgb[c] = float64(v) / 255
		}
		return rgb
	})
	v := View{}
	v.Mean, v.Std = mean, std
	y := tensor.Contiguous(newPlanes[float64](v, ycbcr[:]).forward(&autograd.Var[float64]{Value: x}).Value)
	parts, err := colorParts(nn.EncoderConfig{Name: "mlp", Width: 4, Channels: 3, Height: colorSide, ImgWidth: colorSide})
	require.NoError(t, err)
	means, stds := append(slices.Clone(parts[0].Mean), parts[1].Mean...), append(slices.Clone(parts[0].Std), parts[1].Std...)
	pixels, worst := colorSide*colorSide, 0.0
	for i, rgb := range bytes {
		var want [3]uint8
		want[0], want[1], want[2] = color.RGBToYCbCr(rgb[0], rgb[1], rgb[2])
		for k, w := range want {
			got := 255 * (y.Data()[(i/pixels*3+k)*pixels+i%pixels]*stds[k] + means[k])
			worst = math.Max(worst, math.Abs(min(got, 255)-float64(w)))
		}
	}
	require.LessOrEqual(t, worst, 0.5+1e-9)
	require.Greater(t, worst, 0.49, "as many colors as round otherwise where a weight is wrong by a thousandth")
}

// TestColorHalves: light that is the same in red, green and blue changes luma's features
// alone, color of the same luma those of chroma alone, both to the bit. All numbers are sums
// of powers of two, so that nothing is rounded before the encoders.
func TestColorHalves(t *testing.T) {
	mean, std := []float64{0.5, 0.25, 0.125}, []float64{0.25, 0.5, 0.125}
	for _, encoder := range []nn.EncoderConfig{{Name: "mlp", Width: 11}, {Name: "resnet18", Width: 4}, {Name: "vit", Width: 8}} {
		t.Run(encoder.Name, func(t *testing.T) {
			m := colorMethod(t, encoder, 2, mean, std)
			features := func(add [3]float64) (luma, chroma []float64) {
				rng := rand.New(rand.NewPCG(3, 4))
				x := images(2, mean, std, func(int) (rgb [3]float64) {
					for c := range rgb {
						rgb[c] = float64(rng.IntN(64))/64 + add[c]
					}
					return rgb
				})
				f := tensor.Contiguous(m.Encoder().Forward(nn.Context{}, &autograd.Var[float64]{Value: x}).Value)
				require.Equal(t, []int{2, m.Encoder().Dim()}, f.Shape())
				d := m.encoder.luma.encoder.Dim()
				return slices.Clone(tensor.Contiguous(f.Slice(1, 0, d)).Data()), slices.Clone(tensor.Contiguous(f.Slice(1, d, m.encoder.Dim())).Data())
			}
			luma, chroma := features([3]float64{})
			light, same := features([3]float64{0.125, 0.125, 0.125})
			require.Equal(t, chroma, same)
			require.NotEqual(t, luma, light)
			// A color of the same luma.
			const part = 1.0 / (1 << 20)
			same, color := features([3]float64{38470 * part, -19595 * part, 0})
			require.Equal(t, luma, same)
			require.NotEqual(t, chroma, color)
		})
	}
}

// TestColorProject: projections are luma's and chroma's side by side, each as long.
func TestColorProject(t *testing.T) {
	mean, std := []float64{0.49, 0.48, 0.45}, []float64{0.25, 0.24, 0.26}
	m, rng := colorMethod(t, nn.EncoderConfig{Name: "mlp", Width: 11}, 2, mean, std), rand.New(rand.NewPCG(3, 4))
	x := &autograd.Var[float64]{Value: images(3, mean, std, func(int) [3]float64 { return [3]float64{rng.Float64(), rng.Float64(), rng.Float64()} })}
	z := m.Project(x).Value
	require.Equal(t, []int{3, 10}, z.Shape())
	d, features := m.encoder.luma.encoder.Dim(), m.Encoder().Forward(nn.Context{}, x)
	for i, of := range []*autograd.Var[float64]{
		m.luma.Forward(nn.Context{}, autograd.Slice(features, 1, 0, d)), m.chroma.Forward(nn.Context{}, autograd.Slice(features, 1, d, m.encoder.Dim())),
	} {
		want := autograd.Scale(autograd.Normalize(of, 0), math.Sqrt2/2).Value
		require.InDeltaSlice(t, tensor.Contiguous(want).Data(), tensor.Contiguous(z.Slice(1, 5*i, 5*i+5)).Data(), 1e-12)
	}
}

// TestColorLoss: the loss is the mean over the crops of InfoNCE of chroma given luma and of
// luma given chroma, each told from those of other images' same crop.
func TestColorLoss(t *testing.T) {
	mean, std := []float64{0.49, 0.48, 0.45}, []float64{0.25, 0.24, 0.26}
	const n, crops = 4, 3
	batch := func() Batch[float64] {
		rng := rand.New(rand.NewPCG(3, 4))
		x := images(crops*n, mean, std, func(int) [3]float64 { return [3]float64{rng.Float64(), rng.Float64(), rng.Float64()} })
		return NewBatch(Progress{}, make([]int, n), autograd.NewFrozenTape[float64]().Constant(x)).WithWhole(crops)
	}
	build := func() *colorCMC[float64] {
		return colorMethod(t, nn.EncoderConfig{Name: "mlp", Width: 10}, crops, mean, std)
	}
	m, b := build(), batch()
	project := func(h colorHalf[float64], p *nn.Projector[float64]) *tensor.Tensor[float64] {
		z := p.Forward(training, h.encoder.Forward(training, h.planes.forward(b.Whole())))
		return tensor.Contiguous(autograd.Normalize(z, 0).Value)
	}
	z := [2]*tensor.Tensor[float64]{project(m.encoder.luma, m.luma), project(m.encoder.chroma, m.chroma)}
	// told returns the mean of −log softmax of the pairs' similarities, of anchors in one.
	told := func(from, to *tensor.Tensor[float64]) (loss float64) {
		for crop := range crops {
			for i := range n {
				sum, positive := 0.0, 0.0
				for j := range n {
					dot := 0.0
					for k := range z[0].Dim(1) {
						dot += from.At(crop*n+i, k) * to.At(crop*n+j, k)
					}
					sum += math.Exp(dot / 0.2)
					if i == j {
						positive = dot / 0.2
					}
				}
				loss += (math.Log(sum) - positive) / (crops * n)
			}
		}
		return loss
	}
	forth, back := told(z[0], z[1]), told(z[1], z[0])
	require.Greater(t, math.Abs(forth-back), 1e-2, "the directions differ")
	r := build().Loss(batch())
	require.InDelta(t, (forth+back)/2, r.Loss.Value.Item(), 1e-12)
	require.Equal(t, []Term{{"info_nce", r.Loss.Value.Item()}}, r.Terms)
}

// TestColorCollapse: where both projectors map all images to one point, the loss is what the
// method says that it is.
func TestColorCollapse(t *testing.T) {
	mean, std := []float64{0.5, 0.5, 0.5}, []float64{0.25, 0.25, 0.25}
	m := colorMethod(t, nn.EncoderConfig{Name: "mlp", Width: 10}, 2, mean, std)
	m.State("", func(name string, v *autograd.Var[float64]) {
		if strings.HasPrefix(name, "projector.luma.3.") || strings.HasPrefix(name, "projector.chroma.3.") {
			v.Value.Fill(map[bool]float64{true: 0.25}[strings.HasSuffix(name, "bias")])
		}
	})
	rng := rand.New(rand.NewPCG(3, 4))
	x := images(8, mean, std, func(int) [3]float64 { return [3]float64{rng.Float64(), rng.Float64(), rng.Float64()} })
	r := m.Loss(NewBatch(Progress{}, make([]int, 4), autograd.NewFrozenTape[float64]().Constant(x)))
	collapsed, known := m.CollapsedLoss()
	require.True(t, known)
	require.InDelta(t, math.Log(4), collapsed, 1e-15)
	require.InDelta(t, collapsed, r.Loss.Value.Item(), 1e-12)
}

// TestColorGradient: the gradient of the loss is that of the function it computes, along a
// direction of all parameters: (L(p + h·d) − L(p − h·d)) / 2h.
func TestColorGradient(t *testing.T) {
	mean, std := []float64{0.49, 0.48, 0.45}, []float64{0.25, 0.24, 0.26}
	m := colorMethod(t, nn.EncoderConfig{Name: "mlp", Width: 10}, 2, mean, std)
	loss := func(tape *autograd.Tape[float64]) *autograd.Var[float64] {
		rng := rand.New(rand.NewPCG(3, 4))
		x := images(8, mean, std, func(int) [3]float64 { return [3]float64{rng.Float64(), rng.Float64(), rng.Float64()} })
		return m.Loss(NewBatch(Progress{}, make([]int, 4), tape.Constant(x))).Loss
	}
	tape := autograd.NewTape[float64]()
	tape.Backward(loss(tape))
	const h = 1e-6
	rng, slope := rand.New(rand.NewPCG(5, 6)), 0.0
	var values, direction [][]float64
	for _, p := range m.Parameters() {
		require.True(t, p.HasGrad(), p.Name)
		d := make([]float64, p.Var.Value.Len())
		for i := range d {
			d[i] = rng.NormFloat64()
			slope += d[i] * p.Var.Grad.Data()[i]
		}
		values, direction = append(values, p.Var.Value.Data()), append(direction, d)
	}
	at := func(by float64) float64 {
		move := func(by float64) {
			for i, d := range direction {
				for j := range d {
					values[i][j] += by * d[j]
				}
			}
		}
		move(by)
		defer move(-by)
		return loss(autograd.NewFrozenTape[float64]()).Value.Item()
	}
	measured := (at(h) - at(-h)) / (2 * h)
	require.Greater(t, math.Abs(slope), 1e-3)
	require.InDelta(t, measured, slope, 1e-6)
}
